#![no_main]

#[allow(dead_code, reason = "the tests of the engine use all of it")]
#[path = "../../crates/server/tests/http2/caller.rs"]
mod caller;

libfuzzer_sys::fuzz_target!(|data: &[u8]| catzilla_testkit::laws::frames::check(data, &caller::transcript));
