//! The code of the README, so that it compiles. `cargo xtask tidy` compares the two.

#![expect(clippy::print_stdout, reason = "the README shows where to look")]
#![expect(unused_variables, reason = "the README leaves out what is done with them")]

use std::error::Error;

use bytes::Bytes;
use catzilla_server::middleware::builtin::RequestId;
use catzilla_server::middleware::{Chain, Flow, Response, before};
use catzilla_server::{RequestBody, StaticService};
use http::{Method, Request};
use http_body_util::Full;

fn whole() -> Result<(), Box<dyn Error>> {
    use catzilla_server::{MountConfig, Server};
    use std::time::Duration;

    let server = Server::builder()
        .listen("127.0.0.1:0".parse()?)
        .mount(MountConfig::new("/files", "./dist").header("X-Frame-Options", "DENY")?)
        .build()?;
    let handle = server.start()?;
    println!("http://{}/files/", handle.addresses()[0]);
    handle.shutdown(Duration::from_secs(10));
    Ok(())
}

async fn user(request: Request<RequestBody>) -> http::Response<Full<Bytes>> {
    http::Response::new(request.uri().path().to_owned().into())
}

fn with_routes() -> Result<(), Box<dyn Error>> {
    use catzilla_server::{MountConfig, Server};

    let server = Server::builder()
        .mount(MountConfig::new("/", "./dist"))
        .route(Method::GET, "/api/users/{id}", user)
        .build()?;
    drop(server);
    Ok(())
}

fn with_middlewares() -> Result<(), Box<dyn Error>> {
    use catzilla_server::{MountConfig, Server};

    let chain = Chain::builder()
        .with(RequestId::new())
        .with(before("no-drafts", |cx| {
            let is_draft = cx.request.is_beneath("/drafts");
            Ok(if is_draft { Flow::Stop(Response::new(404)) } else { Flow::Next })
        }))
        .build()?;
    let server =
        Server::builder().middleware(chain).mount(MountConfig::new("/", "./dist")).build()?;
    drop(server);
    Ok(())
}

fn conditional() -> Result<(), Box<dyn Error>> {
    use catzilla_http_conditional::{Method, Outcome, RangeLimits, Validators, decide};
    use std::time::SystemTime;

    let (now, file) = (SystemTime::now(), std::fs::metadata("index.html")?);
    let validators = Validators::of_file(file.modified()?, file.len(), now);
    let fields = [("If-None-Match", "\"abc\""), ("Range", "bytes=0-99")];
    match decide(Method::Get, &fields, &validators, file.len(), now, &RangeLimits::default()) {
        Outcome::NotModified => { /* 304: the client has it */ }
        Outcome::Range(range) => { /* 206: these bytes */ }
        outcome => { /* everything, several parts, 412 or 416 */ }
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    whole()?;
    with_routes()?;
    with_middlewares()?;
    conditional()?;
    drop(StaticService::new("./dist")?);
    Ok(())
}
