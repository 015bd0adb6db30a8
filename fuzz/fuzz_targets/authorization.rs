#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| catzilla_testkit::laws::authorization::check(data));
