#![no_main]

#[allow(dead_code, reason = "the tests of the engine use all of it")]
#[path = "../../crates/server/tests/http1/driver.rs"]
mod driver;

libfuzzer_sys::fuzz_target!(|data: &[u8]| catzilla_testkit::laws::bodies::check(data, &driver::transcript_of_reading));
