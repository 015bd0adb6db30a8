//! `--tls-cert` and `--tls-key`.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use tempfile::TempDir;

use crate::command::{Running, catzilla, run, serve, site, text, write};

type Stream = StreamOwned<ClientConnection, TcpStream>;

/// A site, and a certificate beside it.
struct Setup {
    site: TempDir,
    dir: TempDir,
}

impl Setup {
    fn new() -> Self {
        Self { site: site(), dir: tempfile::tempdir().unwrap() }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes a certificate for `localhost` that is valid until a year.
    fn write(&self, until: i32) -> CertificateDer<'static> {
        let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        (params.not_before, params.not_after) =
            (date_time_ymd(2001, 1, 1), date_time_ymd(until, 1, 1));
        let key = KeyPair::generate().unwrap();
        let cert = params.self_signed(&key).unwrap();
        // Never half of it: the server looks whenever it likes.
        for (name, content) in [("key.pem", key.serialize_pem()), ("cert.pem", cert.pem())] {
            write(self.dir.path(), "fresh", content.as_bytes());
            std::fs::rename(self.file("fresh"), self.file(name)).unwrap();
        }
        cert.der().clone()
    }

    fn serve(&self) -> Running {
        let (cert, key) = (self.file("cert.pem"), self.file("key.pem"));
        let args = [text(self.site.path()), "-p", "0", "--threads", "1"];
        serve(&[&args[..], &["--tls-cert", text(&cert), "--tls-key", text(&key)]].concat())
    }
}

/// A connection, if the server shows this certificate.
fn connect(address: SocketAddr, trusted: &CertificateDer<'static>) -> Option<Stream> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let mut tls = ClientConnection::new(Arc::new(config), "localhost".try_into().unwrap()).unwrap();
    let mut socket = TcpStream::connect(address).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    while tls.is_handshaking() {
        tls.complete_io(&mut socket).ok()?;
    }
    Some(StreamOwned::new(tls, socket))
}

/// The same, as soon as it does.
#[track_caller]
fn eventually(address: SocketAddr, trusted: &CertificateDer<'static>) -> Stream {
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_secs(30) {
        if let Some(stream) = connect(address, trusted) {
            return stream;
        }
        std::thread::yield_now();
    }
    panic!("the certificate is never shown");
}

/// The answer to a request, on a connection that is kept.
fn home(stream: &mut Stream) -> String {
    stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"home") {
        let mut piece = [0; 1024];
        let len = stream.read(&mut piece).unwrap();
        assert_ne!(len, 0, "closed");
        answer.extend_from_slice(&piece[..len]);
    }
    String::from_utf8(answer).unwrap()
}

#[test]
fn a_folder_over_tls() {
    let setup = Setup::new();
    let cert = setup.write(2120);
    let server = setup.serve();
    assert!(server.line.starts_with("listening url=https://127.0.0.1:"), "{}", server.line);
    let mut stream = connect(server.address(), &cert).expect("a handshake");
    assert!(home(&mut stream).starts_with("HTTP/1.1 200 OK\r\n"));
    let (status, head, body) = server.get("/");
    assert_eq!(status, 400, "{head}");
    assert!(String::from_utf8(body).unwrap().contains("write https://"));
}

#[test]
fn a_signal_or_a_change_exchanges_the_certificate() {
    let setup = Setup::new();
    let first = setup.write(2120);
    let server = setup.serve();
    let mut open = connect(server.address(), &first).expect("a handshake");
    assert_eq!(home(&mut open).matches("HTTP/1.1 200").count(), 1);
    for signal in [true, false] {
        let next = setup.write(2120);
        if signal {
            server.signal("HUP");
        }
        eventually(server.address(), &next);
    }
    assert!(connect(server.address(), &first).is_none());
    home(&mut open);
    server.signal("TERM");
    let (success, _, errors) = server.wait();
    assert!(success && errors.is_empty(), "{errors}");
}

#[test]
fn a_bad_exchange_is_logged_and_the_old_certificate_stays() {
    let setup = Setup::new();
    let first = setup.write(2120);
    let mut server = setup.serve();
    write(setup.dir.path(), "cert.pem", b"nonsense");
    server.signal("HUP");
    let line = server.error_line();
    assert!(line.contains("ERROR") && line.contains("the one before it stays"), "{line}");
    assert!(line.contains("cert.pem: not PEM"), "{line}");
    home(&mut connect(server.address(), &first).expect("the old one"));
}

#[test]
fn an_expired_certificate_is_warned_of() {
    let setup = Setup::new();
    setup.write(2002);
    let mut server = setup.serve();
    let line = server.error_line();
    assert!(line.contains("WARN") && line.contains("cert.pem: the certificate expired"), "{line}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_terminal_that_was_closed_ends_it_as_ever() {
    use std::os::unix::fs::OpenOptionsExt;

    use rustix::fs::OFlags;
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

    let setup = Setup::new();
    setup.write(2120);
    let (cert, key) = (setup.file("cert.pem"), setup.file("key.pem"));
    // The server must not inherit it, or it would never be closed.
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
    let terminal = openpt(flags).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let name = ptsname(&terminal, Vec::new()).unwrap().into_string().unwrap();
    let flags = OFlags::NOCTTY.bits().cast_signed();
    let screen = File::options().read(true).write(true).custom_flags(flags).open(name).unwrap();
    let args = [text(setup.site.path()), "-p", "0"];
    let mut child =
        catzilla(&[&args[..], &["--tls-cert", text(&cert), "--tls-key", text(&key)]].concat())
            .stdout(screen)
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
    let mut banner = BufReader::new(File::from(terminal)).lines();
    assert!(banner.any(|line| line.unwrap().contains("press Ctrl-C")));
    let hang_up = || {
        let kill = Command::new("kill").args(["-s", "HUP", &child.id().to_string()]).status();
        assert!(kill.unwrap().success());
    };
    // With its terminal it goes on; without, nobody is left who could press Ctrl-C.
    hang_up();
    drop(banner);
    hang_up();
    assert!(child.wait().unwrap().success());
}

#[track_caller]
fn refused(setup: &Setup, flags: &[&str], says: &[&str]) {
    let output = run(&[&[text(setup.site.path()), "-p", "0"], flags].concat());
    assert!(!output.status.success(), "{flags:?}");
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(errors.starts_with("error: "), "{errors}");
    for part in says {
        assert!(errors.contains(part), "{flags:?} should say {part:?}: {errors}");
    }
}

#[test]
fn what_is_wrong_is_said() {
    let setup = Setup::new();
    setup.write(2120);
    let (cert, key) = (setup.file("cert.pem"), setup.file("key.pem"));
    let (cert, key) = (text(&cert), text(&key));
    refused(&setup, &["--tls-cert", cert], &["--tls-key <FILE>"]);
    refused(&setup, &["--tls-key", key], &["--tls-cert <FILE>"]);
    refused(&setup, &["--tls-cert", "/no/such", "--tls-key", key], &["/no/such: can't be read"]);
    refused(&setup, &["--tls-cert", key, "--tls-key", cert], &["key.pem: ", "swap the two files"]);
    let other = Setup::new();
    other.write(2120);
    let key = other.file("key.pem");
    refused(&setup, &["--tls-cert", cert, "--tls-key", text(&key)], &["not the key of the first"]);
}
