//! Before anything is measured: does this server answer what was asked, with the same bytes?

use std::fmt;
use std::fs;
use std::io::Read;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail, ensure};
use flate2::read::MultiGzDecoder;
use rustls::ClientConfig;

use crate::client::{Answer, Client};
use crate::http2::Http2;
use crate::paced::Expected;
use crate::side_by_side::parts;
use crate::side_by_side::site::Site;
use crate::side_by_side::workload::{Request, Work, Workload};

/// A request, and the answer that was found to be right.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) request: Request,
    pub(super) expected: Expected,
}

/// What a server gives that doesn't do a kind of work by its nature: the whole content, rightly, to one who has asked
/// for less. Any other answer that isn't what was asked for is a fault.
#[derive(Debug)]
pub(super) struct Lacks(&'static str);

impl fmt::Display for Lacks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Lacks {}

/// The requests of this work for this server, after its answers were found to be right.
///
/// # Errors
///
/// When an answer isn't what the others give: [`Lacks`], where that is no fault.
pub(super) fn requests(
    workload: &Workload,
    mut asker: Asker,
    prefix: &str,
    root: &Path,
    site: &Site,
) -> Result<Vec<Asked>> {
    let mut all = Vec::new();
    for (at, path) in workload.paths(site).iter().enumerate() {
        let plain = Request::new(format!("{prefix}{path}"));
        let answer = asker.ask(&plain).with_context(|| path.clone())?;
        ensure!(answer.status == 200, "{path} is answered with {}", answer.status);
        if workload.work == Work::Site {
            // Every file that will be asked for.
            ensure!(blake3::hash(&answer.body) == site.hashes[at], "{path} has other bytes");
            all.push(Asked { request: plain, expected: Expected::of(200, &answer.body) });
            continue;
        }
        let content = fs::read(root.join(&path[1..]))?;
        ensure!(answer.body == content, "{path} has other bytes");
        let request = asked(workload.work, plain.clone(), &answer)?;
        let found = asker.ask(&request).with_context(|| path.clone())?;
        check(workload.work, &found, &answer, &content).with_context(|| path.clone())?;
        // What follows on the same connection shows whether the answer ended where it should.
        let again = asker.ask(&plain).context("after that answer")?;
        ensure!(again.body == content, "after that answer {path} has other bytes");
        let expected = expected(workload.work, &found);
        all.push(Asked { request, expected });
    }
    Ok(all)
}

/// The floor answers everything alike: that it answers is all there is to check.
pub(super) fn floor(workload: &Workload, address: SocketAddr, site: &Site) -> Result<Vec<Asked>> {
    let paths = workload.paths(site);
    let len = workload.floor_size(site);
    let response = Asker::new(address, None).ask(&Request::new(paths[0].clone()))?;
    ensure!(response.body.len() as u64 == len, "the floor has another size");
    let asked = |path: &String| {
        let request = Request::new(path.clone());
        let request = match workload.work {
            Work::Connect(_) => request.with("Connection", "close"),
            _ => request,
        };
        Asked { request, expected: Expected { status: 200, len: Some(len), hash: None } }
    };
    Ok(paths.iter().map(asked).collect())
}

/// What may be expected of all answers to come: those in parts have other borders, and what is compressed may become
/// smaller.
fn expected(work: Work, found: &Answer) -> Expected {
    let expected = Expected::of(found.status, &found.body);
    match work {
        Work::Compressed => Expected { len: None, hash: None, ..expected },
        Work::Ranges(_, ranges) if ranges.contains(',') => Expected { hash: None, ..expected },
        _ => expected,
    }
}

/// The request that this work sends, made from the answer to a plain one.
fn asked(work: Work, request: Request, plain: &Answer) -> Result<Request> {
    Ok(match work {
        Work::Hot(_)
        | Work::TlsHot(_)
        | Work::Held(_)
        | Work::Pipelined(..)
        | Work::Http2(..)
        | Work::TlsHttp2(..)
        | Work::Site
        | Work::Pages
        | Work::Idle => request,
        Work::Compressed | Work::CompressedTwin => request.with("Accept-Encoding", "gzip"),
        Work::NotModified(_) => match (plain.field("etag"), plain.field("last-modified")) {
            (Some(etag), _) => request.with("If-None-Match", etag),
            (None, Some(date)) => request.with("If-Modified-Since", date),
            (None, None) => bail!(Lacks("it sends neither ETag nor Last-Modified")),
        },
        Work::Ranges(_, ranges) => request.with("Range", ranges),
        Work::Connect(_) | Work::TlsConnect(_) => request.with("Connection", "close"),
    })
}

fn check(work: Work, response: &Answer, plain: &Answer, content: &[u8]) -> Result<()> {
    let Answer { status, body, .. } = response;
    let status = *status;
    let is_whole = status == 200
        && response.field("content-encoding").is_none_or(|coding| coding == "identity")
        && body == content;
    match work {
        Work::NotModified(_) if is_whole => bail!(Lacks("200, not 304")),
        Work::Compressed if is_whole => bail!(Lacks("it is sent as it is")),
        Work::Ranges(..) if is_whole => bail!(Lacks("200, not 206")),
        Work::NotModified(_) => {
            ensure!(status == 304, "{status}, not 304");
            // RFC 9110 section 15.4.5: it has the tag that a 200 would have had.
            let same = response.field("etag") == plain.field("etag");
            ensure!(same, "304 with the tag {:?}", response.field("etag"));
        }
        Work::Compressed => {
            let coding = response.field("content-encoding");
            ensure!(status == 200 && coding == Some("gzip"), "{status} in the coding {coding:?}");
            let mut plain = Vec::new();
            MultiGzDecoder::new(&body[..]).read_to_end(&mut plain)?;
            ensure!(plain == content, "it decodes to other bytes");
        }
        Work::Ranges(_, ranges) => {
            ensure!(status == 206, "{status}, not 206");
            parts::check(response, ranges, content)?;
        }
        _ => ensure!(status == 200 && *body == content, "{status} or other bytes"),
    }
    Ok(())
}

/// Asks over one connection as long as the server keeps it, or over HTTP/2.
pub(super) struct Asker {
    address: SocketAddr,
    tls: Option<Arc<ClientConfig>>,
    client: Option<Client>,
    is_http2: bool,
}

impl Asker {
    /// With what it takes to speak TLS, if that is spoken.
    pub(super) fn new(address: SocketAddr, tls: Option<Arc<ClientConfig>>) -> Self {
        Self { address, tls, client: None, is_http2: false }
    }

    /// The same over HTTP/2, if that is to be spoken.
    pub(super) fn over_http2(mut self, on: bool) -> Self {
        self.is_http2 = on;
        self
    }

    fn ask(&mut self, request: &Request) -> Result<Answer> {
        if self.is_http2 {
            let fields: Vec<_> =
                request.fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            return Http2::new(self.address, self.tls.as_deref())?.get(&request.path, &fields);
        }
        let mut client = match (self.client.take(), &self.tls) {
            (Some(client), _) => client,
            (None, None) => Client::connect(self.address)?,
            (None, Some(tls)) => Client::connect_tls(self.address, Arc::clone(tls))?,
        };
        client.send(&request.text())?;
        let answer = client.receive()?;
        let closes = answer.field("connection").is_some_and(|value| {
            value.split(',').any(|word| word.trim().eq_ignore_ascii_case("close"))
        });
        self.client = Some(client).filter(|_| !closes);
        Ok(answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, fields: &[(&str, &str)], body: &[u8]) -> Answer {
        let field = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Answer { status, fields: fields.iter().map(field).collect(), body: body.to_vec() }
    }

    #[track_caller]
    fn wrong(work: Work, response: &Answer, says: &str, is_fault: bool) {
        let plain = answer(200, &[("ETag", "\"a\"")], b"content");
        let err = check(work, response, &plain, b"content").unwrap_err();
        assert_eq!(err.is::<Lacks>(), !is_fault, "{err}");
        let err = err.context("which path").context("and more");
        assert_eq!(err.is::<Lacks>(), !is_fault, "with what is said on the way");
        assert!(format!("{err:#}").contains(says), "{err:#}");
    }

    #[test]
    fn wrong_answers_are_told_apart_from_what_a_server_does_not_do() {
        const FAULT: bool = true;
        let plain = answer(200, &[("ETag", "\"a\"")], b"content");
        check(Work::Hot(7), &plain, &plain, b"content").unwrap();
        wrong(Work::Hot(7), &answer(200, &[], b"contest"), "other bytes", FAULT);
        let (fresh, range) = (Work::NotModified(7), Work::Ranges(7, "bytes=0-1"));
        wrong(fresh, &plain, "not 304", !FAULT);
        wrong(fresh, &answer(200, &[], b"contest"), "not 304", FAULT);
        wrong(fresh, &answer(500, &[], b""), "500, not 304", FAULT);
        wrong(fresh, &answer(304, &[], b""), "tag None", FAULT);
        check(fresh, &answer(304, &[("etag", "\"a\"")], b""), &plain, b"content").unwrap();
        wrong(Work::Compressed, &plain, "as it is", !FAULT);
        wrong(Work::Compressed, &answer(200, &[], b"contest"), "coding None", FAULT);
        let gzip = [("Content-Encoding", "gzip")];
        assert!(check(Work::Compressed, &answer(200, &gzip, b"x"), &plain, b"content").is_err());
        wrong(range, &plain, "not 206", !FAULT);
        wrong(range, &answer(200, &[], b"co"), "200, not 206", FAULT);
        wrong(range, &answer(416, &[], b""), "416, not 206", FAULT);
    }

    #[test]
    fn requests_carry_what_their_work_is_about() {
        let text = |work, fields: &[(&str, &str)]| {
            asked(work, Request::new("/a"), &answer(200, fields, b"")).map(|request| request.text())
        };
        let date = ("Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT");
        let tag = ("ETag", "\"a\"");
        let both = text(Work::NotModified(1), &[date, tag]).unwrap();
        assert!(both.contains("If-None-Match: \"a\"\r\n") && !both.contains("Since"), "{both}");
        let dated = text(Work::NotModified(1), &[date]).unwrap();
        assert!(dated.contains("If-Modified-Since: Sun, 06 Nov"), "{dated}");
        assert!(text(Work::NotModified(1), &[]).is_err());
        for work in [Work::Compressed, Work::CompressedTwin] {
            assert!(text(work, &[]).unwrap().contains("Accept-Encoding: gzip\r\n"));
        }
    }
}
