//! Before anything is measured: does this server answer what was asked, with the same bytes?

use std::fs;
use std::io::Read;
use std::net::SocketAddr;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use flate2::read::MultiGzDecoder;

use crate::client::{Answer, Client};
use crate::side_by_side::site::Site;
use crate::side_by_side::workload::{Request, Work, Workload};

/// How many files of a site are compared.
const SAMPLE: usize = 40;

/// The requests of this work for this server, after its answers were found to be right.
///
/// # Errors
///
/// When an answer isn't what the others give: the server can't take part in this.
pub(super) fn requests(
    workload: &Workload,
    address: SocketAddr,
    prefix: &str,
    root: &Path,
    site: &Site,
) -> Result<Vec<Request>> {
    let mut requests = Vec::new();
    for (at, path) in workload.paths(site).iter().enumerate() {
        let mut request = Request::new(format!("{prefix}{path}"));
        if at < SAMPLE {
            let content = fs::read(root.join(&path[1..]))?;
            let plain = ask(address, &request)?;
            ensure!(plain.status == 200, "{path} is answered with {}", plain.status);
            ensure!(plain.body == content, "{path} has other bytes");
            request = asked(workload.work, request, &plain)?;
            check(workload.work, &ask(address, &request)?, &content)
                .with_context(|| path.clone())?;
        }
        requests.push(request);
    }
    Ok(requests)
}

/// The floor answers everything alike: that it answers is all there is to check.
pub(super) fn floor(workload: &Workload, address: SocketAddr, site: &Site) -> Result<Vec<Request>> {
    let paths = workload.paths(site);
    let response = ask(address, &Request::new(paths[0].clone()))?;
    ensure!(response.body.len() as u64 == workload.floor_size(site), "the floor has another size");
    let request = |path: &String| {
        let request = Request::new(path.clone());
        if matches!(workload.work, Work::Connect(_)) {
            request.with("Connection", "close")
        } else {
            request
        }
    };
    Ok(paths.iter().map(request).collect())
}

/// The request that this work sends, made from the answer to a plain one.
fn asked(work: Work, request: Request, plain: &Answer) -> Result<Request> {
    Ok(match work {
        Work::Hot(_)
        | Work::Pipelined(..)
        | Work::Site
        | Work::Pages
        | Work::Idle
        | Work::CompressedTwin => request,
        Work::Compressed => request.with("Accept-Encoding", "gzip"),
        Work::NotModified(_) => match (plain.field("etag"), plain.field("last-modified")) {
            (Some(etag), _) => request.with("If-None-Match", etag),
            (None, Some(date)) => request.with("If-Modified-Since", date),
            (None, None) => bail!("it sends neither ETag nor Last-Modified"),
        },
        Work::Ranges(_, ranges) => request.with("Range", ranges),
        Work::Connect(_) => request.with("Connection", "close"),
    })
}

fn check(work: Work, response: &Answer, content: &[u8]) -> Result<()> {
    let Answer { status, body, .. } = response;
    let status = *status;
    match work {
        Work::NotModified(_) => ensure!(status == 304 && body.is_empty(), "{status}, not 304"),
        Work::Compressed => {
            let coding = response.field("content-encoding");
            ensure!(status == 200 && coding == Some("gzip"), "it is sent as it is");
            let mut plain = Vec::new();
            MultiGzDecoder::new(&body[..]).read_to_end(&mut plain)?;
            ensure!(plain == content, "it decodes to other bytes");
        }
        Work::Ranges(_, ranges) if ranges.contains(',') => {
            ensure!(status == 206, "{status}, not 206");
            let has = |part: &[u8]| memchr::memmem::find(body, part).is_some();
            let parts =
                [&content[..500], &content[40_000..40_500], &content[content.len() - 500..]];
            ensure!(parts.into_iter().all(has), "a part is missing");
            ensure!(body.len() < content.len() / 10, "{} bytes for three parts", body.len());
        }
        Work::Ranges(..) => {
            ensure!(status == 206, "{status}, not 206");
            ensure!(body[..] == content[40_000..41_000], "the range has other bytes");
        }
        _ => ensure!(status == 200 && *body == content, "{status} or other bytes"),
    }
    Ok(())
}

fn ask(address: SocketAddr, request: &Request) -> Result<Answer> {
    let mut client = Client::connect(address)?;
    client.send(&request.text())?;
    client.receive()
}
