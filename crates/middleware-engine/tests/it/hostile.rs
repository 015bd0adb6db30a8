//! Whatever a client sends: nothing of it comes back but what is allowed, and nothing fails.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use catzilla_middleware_engine::Chain;
use catzilla_middleware_engine::builtin::{
    Cors, LogFormat, RequestId, RequestLog, SecurityHeaders, ServerTiming,
};
use http::{HeaderValue, Request};
use proptest::prelude::*;

use crate::drive::Host;

const APP: &str = "https://app.example.com";

/// What was written, to look at.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Bytes that mean something, and any others.
fn value() -> impl Strategy<Value = Vec<u8>> {
    let part = prop_oneof![
        Just(APP.as_bytes().to_vec()),
        Just(b"https://".to_vec()),
        Just(b"null".to_vec()),
        Just(b":443".to_vec()),
        proptest::sample::select(b"/:*,\"\\[]{}@% \t\xe2\x80\xae\xff".to_vec())
            .prop_map(|byte| vec![byte]),
        proptest::collection::vec(any::<u8>(), 0..8),
    ];
    proptest::collection::vec(part, 0..5).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn nothing_comes_back(
        is_options in any::<bool>(),
        fields in proptest::collection::vec((0..6_usize, value()), 0..6),
    ) {
        const NAMES: [&str; 6] = [
            "origin",
            "access-control-request-method",
            "access-control-request-headers",
            "x-request-id",
            "user-agent",
            "referer",
        ];
        let mut request = if is_options { Request::options("/") } else { Request::get("/") };
        for (name, value) in &fields {
            if let Ok(value) = HeaderValue::from_bytes(value) {
                request = request.header(NAMES[*name], value);
            }
        }
        let out = Written::default();
        let log = RequestLog::builder().format(LogFormat::Json).start(out.clone()).unwrap();
        let handle = log.handle();
        let cors = Cors::builder().origins([APP]).mirror_headers().credentials(true);
        let chain = Chain::builder()
            .with(log)
            .with(cors.build().unwrap())
            .with(SecurityHeaders::builder().build().unwrap())
            .with(RequestId::new().trust_incoming(true))
            .with(ServerTiming::new());
        let driven = Host::new(chain.build().unwrap()).drive(request);

        prop_assert_eq!(driven.error, None);
        prop_assert!(matches!(driven.status, 200 | 204 | 403));
        prop_assert!(driven.fields.bytes().all(|byte| byte == b'\n' || matches!(byte, b' '..=b'~')));
        for line in driven.fields.lines() {
            let (name, value) = line.split_once(": ").unwrap();
            if name == "access-control-allow-origin" {
                prop_assert_eq!(value, APP);
            }
        }
        prop_assert!(driven.fields.matches("access-control-allow-origin").count() <= 1);
        prop_assert!(handle.close(Duration::from_mins(1)));
        let text = String::from_utf8(out.0.lock().unwrap().clone()).unwrap();
        prop_assert_eq!(text.matches('\n').count(), 1);
        let line: serde_json::Value = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(&line["status"], driven.status);
    }
}
