//! Routes for those who bear a token: `cargo run --example jwt -p catzilla-server -- keys.json`.
//!
//! `keys.json` is a JWK Set, as issuers publish it under `jwks_uri`. The server reads it again when it has changed; one that is
//! broken leaves the keys that were there.

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use catzilla_server::middleware::Chain;
use catzilla_server::middleware::builtin::{Claims, Jwt, JwtKeySet, JwtKeys};
use catzilla_server::{RequestBody, Server, ServerBuilder};
use http::{Method, Request, Response};
use http_body_util::Full;

/// Who it is that asks.
async fn me(request: Request<RequestBody>) -> Response<Full<Bytes>> {
    // Nobody comes here without.
    let claims = request.extensions().get::<Arc<Claims>>();
    let subject = claims.and_then(|claims| claims.subject()).unwrap_or("nobody in particular");
    Response::new(Full::from(format!("hello, {subject}\n")))
}

/// Tokens of that issuer for this audience.
pub(crate) fn server(
    jwks: PathBuf,
    issuer: &str,
    audience: &str,
) -> Result<ServerBuilder, Box<dyn Error>> {
    // There is no set without keys, so the first one is here before the server reads the file.
    let keys = JwtKeys::from(JwtKeySet::from_jwks(&std::fs::read_to_string(&jwks)?)?);
    let jwt = Jwt::builder(keys.clone()).issuer(issuer).audience(audience).build()?;
    let chain = Chain::builder().with(jwt).build()?;
    let server = Server::builder().route_through(chain, Method::GET, "/me", me);
    Ok(server.follow(jwks, move |content| Ok(keys.set_jwks(std::str::from_utf8(content)?)?)))
}

fn main() -> Result<(), Box<dyn Error>> {
    let jwks = std::env::args_os().nth(1).ok_or("the first argument is a file with a JWK Set")?;
    let server = server(jwks.into(), "https://login.example", "api")?;
    let handle = server.listen("127.0.0.1:8080".parse()?).build()?.start()?;
    let mut line = String::new();
    #[expect(clippy::print_stdout, reason = "an example tells where to look")]
    {
        println!("http://{}/me, until you press Enter", handle.addresses()[0]);
    }
    std::io::stdin().read_line(&mut line)?;
    handle.shutdown(Duration::from_secs(10));
    Ok(())
}
