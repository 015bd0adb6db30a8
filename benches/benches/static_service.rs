//! Our service beside tower-http's `ServeDir`, without a socket: `cargo bench -p catzilla-benches --bench static_service`.
//!
//! What a request costs from its `http::Request` to the last byte of the body. Over sockets, `side-by-side` has both
//! behind hyper (`--against hyper,hyper-service`).

use std::convert::Infallible;
use std::hint::black_box;
use std::io;
use std::path::Path;

use bytes::Buf as _;
use catzilla_benches::micro::Suite;
use catzilla_server::{MountConfig, StaticService};
use catzilla_testkit::counting::Counting;
use http::{Request, Response};
use http_body::Body;
use http_body_util::BodyExt as _;
use tokio::runtime::Runtime;
use tower_http::services::ServeDir;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const SIZES: [(&str, usize); 2] = [("1 KiB", 1 << 10), ("100 KiB", 100 << 10)];

fn main() -> io::Result<()> {
    let folder = tempfile::tempdir()?;
    for (name, size) in SIZES {
        let path = folder.path().join(name.replace(' ', ""));
        std::fs::write(&path, vec![b'x'; size])?;
        // What has just changed isn't kept.
        let hour_ago = std::time::SystemTime::now() - std::time::Duration::from_hours(1);
        std::fs::File::options().write(true).open(path)?.set_modified(hour_ago)?;
    }
    let mut suite = Suite::new("static_service");
    for (name, size) in SIZES {
        let path = format!("/{}", name.replace(' ', ""));
        cases(&mut suite, name, size, &path, folder.path())?;
    }
    suite.run()
}

fn cases(
    suite: &mut Suite<'_>,
    name: &str,
    size: usize,
    path: &str,
    folder: &Path,
) -> io::Result<()> {
    let named = |what: &str| -> &'static str { format!("{name}, {what}").leak() };
    let serve_dir = named("ServeDir");
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build();

    let (service, of_dir, at) = (ServeDir::new(folder), runtime()?, path.to_owned());
    suite.case(serve_dir, move || {
        answer(&of_dir, size, async {
            let response = service.clone().try_call(request(&at)).await;
            Ok(response.unwrap_or_else(|err| panic!("{err}")))
        })
    });
    for (what, is_cached) in [("StaticService", true), ("StaticService without its cache", false)] {
        let builder = StaticService::builder().mount(MountConfig::new("/", folder));
        let builder = if is_cached { builder } else { builder.no_cache() };
        let service = builder.build().map_err(io::Error::other)?;
        let (runtime, at) = (runtime()?, path.to_owned());
        let case = move || answer(&runtime, size, service.serve(request(&at)));
        suite.case(named(what), case).beside(serve_dir);
    }
    Ok(())
}

fn request(path: &str) -> Request<http_body_util::Empty<bytes::Bytes>> {
    let request = Request::get(black_box(path)).header("host", "localhost");
    request.body(http_body_util::Empty::new()).expect("a plain request")
}

/// Reads an answer to its end.
fn answer<B: Body + Unpin>(
    runtime: &Runtime,
    size: usize,
    answer: impl Future<Output = Result<Response<B>, Infallible>>,
) -> usize
where
    B::Error: std::fmt::Debug,
{
    runtime.block_on(async {
        let Ok(response) = answer.await;
        assert_eq!(response.status(), 200);
        let (mut body, mut len) = (response.into_body(), 0);
        while let Some(frame) = body.frame().await {
            len += frame.expect("all of it").into_data().map_or(0, |data| data.remaining());
        }
        assert_eq!(len, size);
        len
    })
}
