//! Handshakes: versions, protocols, sessions from before, and those that never end.

use std::io::{Read, Write};
use std::sync::Arc;

use catzilla_server::Limits;
use rustls::version::{TLS12, TLS13};
use rustls::{AlertDescription, HandshakeKind, ProtocolVersion, SupportedProtocolVersion};

use crate::site::TestClock;
use crate::tls::Secure;
use crate::tls::client::{TlsClient, begin, hello, socket};

const VERSIONS: [(&SupportedProtocolVersion, ProtocolVersion); 2] =
    [(&TLS12, ProtocolVersion::TLSv1_2), (&TLS13, ProtocolVersion::TLSv1_3)];

#[test]
fn both_versions() {
    let secure = Secure::start(&[("a.txt", b"content")]);
    for (version, name) in VERSIONS {
        let config = Arc::new(secure.files.first.client_of(&[version]));
        let mut client = TlsClient::connect(secure.site.address(), &config).unwrap();
        assert_eq!(client.tls().protocol_version(), Some(name));
        let answer = client.get("/a.txt");
        assert_eq!((answer.status, answer.text()), (200, "content"));
        assert_eq!(client.get("/a.txt").text(), "content", "it is kept");
    }
    let stats = secure.site.handle.stats();
    assert_eq!((stats.handshakes, stats.resumed, stats.failed_handshakes), (2, 0, 0));
}

/// What a client offers, and what is chosen.
#[track_caller]
fn check_alpn(secure: &Secure, offers: &[&str], chosen: Result<Option<&str>, AlertDescription>) {
    let mut config = secure.files.first.client_of(rustls::ALL_VERSIONS);
    config.alpn_protocols = offers.iter().map(|name| name.as_bytes().to_vec()).collect();
    match (TlsClient::connect(secure.site.address(), &Arc::new(config)), chosen) {
        (Ok(mut client), Ok(chosen)) => {
            assert_eq!(client.tls().alpn_protocol(), chosen.map(str::as_bytes), "{offers:?}");
            if chosen != Some("h2") {
                assert_eq!(client.get("/a.txt").status, 200);
            }
        }
        (Err(err), Err(alert)) => {
            let err = err.into_inner().and_then(|err| err.downcast::<rustls::Error>().ok());
            assert_eq!(err.as_deref(), Some(&rustls::Error::AlertReceived(alert)), "{offers:?}");
        }
        (client, chosen) => panic!("{offers:?}: {:?} for {chosen:?}", client.err()),
    }
}

#[test]
fn protocols() {
    let secure = Secure::start(&[("a.txt", b"a")]);
    check_alpn(&secure, &[], Ok(None));
    check_alpn(&secure, &["http/1.1"], Ok(Some("http/1.1")));
    check_alpn(&secure, &["h2"], Ok(Some("h2")));
    check_alpn(&secure, &["http/1.1", "h2"], Ok(Some("h2")));
    check_alpn(&secure, &["spdy/3", "http/1.1", "http/1.0"], Ok(Some("http/1.1")));
    check_alpn(&secure, &["spdy/3"], Err(AlertDescription::NoApplicationProtocol));
    check_alpn(&secure, &["http/1.1"], Ok(Some("http/1.1")));
    assert_eq!(secure.site.wait_for(|stats| stats.failed_handshakes == 1).handshakes, 6);
}

#[test]
fn any_name_gets_the_certificate() {
    let secure = Secure::start(&[("a.txt", b"a")]);
    for name in ["localhost", "other.example", "127.0.0.1"] {
        let mut socket = socket(secure.site.address());
        let config = secure.files.client();
        let name = name.to_owned().try_into().unwrap();
        let mut tls = rustls::ClientConnection::new(config, name).unwrap();
        // The client judges the name when it sees the certificate: it was shown one.
        let _ = tls.complete_io(&mut socket);
        let shaken =
            matches!(tls.process_new_packets(), Ok(_) | Err(rustls::Error::InvalidCertificate(_)));
        assert!(shaken);
    }
}

#[test]
fn sessions_are_resumed_also_after_another_certificate() {
    let secure = Secure::start(&[("a.txt", b"a")]);
    for (version, _) in VERSIONS {
        let config = Arc::new(secure.files.first.client_of(&[version]));
        let mut kinds = Vec::new();
        for round in 0..3 {
            let mut client = TlsClient::connect(secure.site.address(), &config).unwrap();
            kinds.push(client.tls().handshake_kind().unwrap());
            // The tickets of TLS 1.3 come with the first answer.
            assert_eq!(client.get("/a.txt").status, 200);
            if round == 1 {
                secure.site.handle.reload_tls().unwrap();
            }
        }
        let resumed = HandshakeKind::Resumed;
        assert_eq!(kinds, [HandshakeKind::Full, resumed, resumed], "{version:?}");
    }
    let stats = secure.site.handle.stats();
    assert_eq!((stats.handshakes, stats.resumed), (6, 4));
}

#[test]
fn a_handshake_in_single_bytes() {
    let secure = Secure::start(&[("a.txt", b"a")]);
    let mut socket = socket(secure.site.address());
    let mut tls = begin(&secure.files.client());
    while tls.is_handshaking() || tls.wants_write() {
        let mut bytes = Vec::new();
        while tls.wants_write() {
            tls.write_tls(&mut bytes).unwrap();
        }
        for byte in bytes {
            socket.write_all(&[byte]).unwrap();
        }
        if tls.is_handshaking() {
            tls.read_tls(&mut socket).unwrap();
            tls.process_new_packets().unwrap();
        }
    }
    secure.site.wait_for(|stats| stats.handshakes == 1);
}

#[test]
fn a_handshake_that_never_ends_is_cut() {
    let clock = TestClock::default();
    let time = clock.clone();
    let secure = Secure::with(&[("a.txt", b"a")], |server| server.clock(time), |mount| mount);
    let hello = hello(&secure.files.client());
    let mut slow: Vec<_> = [0, 1, hello.len() / 2, hello.len()]
        .into_iter()
        .map(|len| {
            let mut socket = socket(secure.site.address());
            socket.write_all(&hello[..len]).unwrap();
            socket
        })
        .collect();
    secure.site.wait_for(|stats| stats.open == 4);
    let begin = clock.0.monotonic();
    let mut creep = clock.creeping();
    secure.site.wait_for(|stats| {
        creep();
        stats.timed_out == 4 && stats.open == 0
    });
    assert!(clock.0.monotonic() > begin + Limits::default().handshake_timeout);
    for socket in &mut slow {
        let mut answer = Vec::new();
        // The last of them got its part of the handshake.
        let _ = socket.read_to_end(&mut answer);
    }
    assert_eq!(secure.connect().get("/a.txt").status, 200);
}

#[test]
fn one_handshake_too_many_cuts_the_oldest() {
    let mut limits = Limits::default();
    limits.max_handshakes = 2;
    let secure = Secure::with(&[("a.txt", b"a")], |server| server.limits(limits), |mount| mount);
    let address = secure.site.address();
    let mut waiting = Vec::new();
    for open in 1..=2 {
        waiting.push(socket(address));
        secure.site.wait_for(|stats| stats.open == open);
    }
    // Connections that have finished theirs don't count.
    let mut clients = Vec::new();
    for handshakes in 1..=3 {
        clients.push(secure.connect());
        let stats = secure.site.wait_for(|stats| stats.handshakes == handshakes);
        assert_eq!(stats.turned_away, 1);
    }
    assert_eq!(waiting[0].read(&mut [0]).unwrap(), 0, "the oldest was cut");
    for client in &mut clients {
        assert_eq!(client.get("/a.txt").status, 200);
    }
    waiting[1].set_nonblocking(true).unwrap();
    assert!(waiting[1].read(&mut [0]).is_err(), "the other has its time");
}

#[test]
fn a_client_that_goes_in_the_middle_harms_nobody() {
    let secure = Secure::start(&[("a.txt", b"a")]);
    let hello = hello(&secure.files.client());
    for len in [0, 1, 100, hello.len()] {
        let mut socket = socket(secure.site.address());
        socket.write_all(&hello[..len]).unwrap();
    }
    secure.site.wait_for(|stats| stats.accepted == 4 && stats.open == 0);
    assert_eq!(secure.connect().get("/a.txt").status, 200);
}
