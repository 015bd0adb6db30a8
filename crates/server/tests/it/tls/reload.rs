//! Another certificate under open connections.

use std::fs;
use std::sync::Arc;
use std::time::SystemTime;

use catzilla_server::{Clock, TlsConfig};
use rustls::ClientConfig;
use rustls::client::Resumption;
use rustls::pki_types::CertificateDer;

use crate::site::{Site, TestClock, eventually};
use crate::tls::Secure;
use crate::tls::client::{begin, socket};
use crate::tls::files::{Files, Pair, replace};

fn serve(config: &TlsConfig) -> Site {
    let address = "127.0.0.1:0".parse().unwrap();
    Site::with(&[("a.txt", b"a")], |server| server.listen_tls(address, config), |mount| mount)
}

/// The certificate that is shown, whatever the client thinks of it.
fn shown(site: &Site, trusted: &Pair) -> Option<CertificateDer<'static>> {
    let mut config: ClientConfig = trusted.client_of(rustls::ALL_VERSIONS);
    config.resumption = Resumption::disabled();
    let (mut socket, mut tls) = (socket(site.address()), begin(&Arc::new(config)));
    while tls.is_handshaking() {
        tls.complete_io(&mut socket).ok()?;
    }
    Some(tls.peer_certificates()?[0].clone())
}

#[track_caller]
fn check_shown(site: &Site, pair: &Pair) {
    assert!(shown(site, pair) == Some(pair.der.clone()), "it is another certificate");
}

#[test]
fn the_next_handshake_sees_it_and_connections_go_on() {
    let secure = Secure::start(&[("a.txt", b"a")]);
    let mut open = secure.connect();
    assert_eq!(open.get("/a.txt").status, 200);
    let next = Pair::new();
    secure.files.write(&next);
    secure.site.handle.reload_tls().unwrap();
    check_shown(&secure.site, &next);
    assert!(shown(&secure.site, &secure.files.first).is_none(), "the first is gone");
    assert_eq!(open.get("/a.txt").status, 200);
    assert_eq!(secure.site.handle.stats().accepted, 3);
}

#[test]
fn what_is_wrong_leaves_the_old_one() {
    let files = Files::new();
    let config = files.config().unwrap().reload_on_change(false);
    let site = serve(&config);
    let [next, other] = [Pair::new(), Pair::new()];
    let first = &files.first;
    let (expired, to_come) = (Pair::valid(2001, 2002), Pair::valid(2119, 2120));
    for (cert, key, says) in [
        (&*next.cert, &*other.key, "not the key"),
        ("nonsense", &*next.key, "not PEM"),
        (&*next.cert, "nonsense", "not PEM"),
        (&*expired.cert, &*expired.key, "renew it"),
        (&*to_come.cert, &*to_come.key, "not valid before"),
    ] {
        replace(&files.cert(), cert);
        replace(&files.key(), key);
        let err = site.handle.reload_tls().unwrap_err().to_string();
        assert!(err.contains(says), "{err}");
        check_shown(&site, first);
    }
    fs::remove_file(files.cert()).unwrap();
    assert!(site.handle.reload_tls().is_err());
    check_shown(&site, first);
    files.write(&next);
    site.handle.reload_tls().unwrap();
    check_shown(&site, &next);
}

#[test]
fn a_change_of_the_files_is_enough() {
    let secure = Secure::start(&[("a.txt", b"a")]);
    let mut open = secure.connect();
    for _ in 0..2 {
        let next = Pair::new();
        secure.files.write(&next);
        eventually(|| shown(&secure.site, &next)).expect("the next certificate");
        // In place, as some tools write.
        let next = Pair::new();
        fs::write(secure.files.cert(), &next.cert).unwrap();
        fs::write(secure.files.key(), &next.key).unwrap();
        eventually(|| shown(&secure.site, &next)).expect("the next certificate");
    }
    assert_eq!(open.get("/a.txt").status, 200);
}

#[cfg(unix)]
#[test]
fn links_are_followed_when_they_are_pointed_elsewhere() {
    use std::os::unix::fs::symlink;

    let files = Files::new();
    let dir = files.dir.path();
    let folder = |name: &str, pair: &Pair| {
        fs::create_dir(dir.join(name)).unwrap();
        fs::write(dir.join(name).join("tls.crt"), &pair.cert).unwrap();
        fs::write(dir.join(name).join("tls.key"), &pair.key).unwrap();
    };
    let next = Pair::new();
    folder("..1", &files.first);
    folder("..2", &next);
    symlink("..1", dir.join("..data")).unwrap();
    for name in ["tls.crt", "tls.key"] {
        symlink(format!("..data/{name}"), dir.join(name)).unwrap();
    }
    let config = TlsConfig::from_pem_files(dir.join("tls.crt"), dir.join("tls.key")).unwrap();
    let site = serve(&config);
    check_shown(&site, &files.first);
    symlink("..2", dir.join("..data_tmp")).unwrap();
    fs::rename(dir.join("..data_tmp"), dir.join("..data")).unwrap();
    eventually(|| shown(&site, &next)).expect("the next certificate");
}

#[test]
fn an_expired_certificate_is_no_reason_not_to_start() {
    let files = Files::new();
    let expired = Pair::valid(2001, 2002);
    files.write(&expired);
    let config = files.config().unwrap();
    let site = serve(&config);
    assert!(shown(&site, &expired).is_none(), "the client refuses it");
    let next = Pair::new();
    files.write(&next);
    site.handle.reload_tls().unwrap();
    check_shown(&site, &next);
}

#[test]
fn the_time_is_that_of_the_server() {
    let clock = TestClock::default();
    let begin: SystemTime = clock.real();
    let time = clock.clone();
    let secure = Secure::with(&[("a.txt", b"a")], |server| server.clock(time), |mount| mount);
    let years = begin.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs() / 31_556_952;
    let year = 1970 + i32::try_from(years).unwrap();
    secure.files.write(&Pair::valid(year - 1, year + 2));
    clock.0.advance(std::time::Duration::from_hours(4 * 365 * 24));
    let err = secure.site.handle.reload_tls().unwrap_err();
    assert!(err.is_about_time() && err.to_string().contains("days ago"), "{err}");
}

#[test]
fn one_whose_time_has_not_come_is_shown_when_it_has() {
    let (files, clock) = (Files::new(), TestClock::default());
    let config = files.config().unwrap();
    let address = "127.0.0.1:0".parse().unwrap();
    let site = Site::with(
        &[("a.txt", b"a")],
        |server| server.listen_tls(address, &config).clock(clock.clone()),
        |mount| mount,
    );
    let to_come = Pair::valid(2119, 2400);
    files.write(&to_come);
    assert!(site.handle.reload_tls().unwrap_err().to_string().contains("not valid before"));
    check_shown(&site, &files.first);
    // A hundred years pass. No client of today would trust it, but the first one is gone.
    clock.0.advance(std::time::Duration::from_hours(24 * 365 * 100));
    assert!(eventually(|| shown(&site, &files.first).is_none().then_some(())).is_some());
}
