#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| catzilla_testkit::laws::cache_ops::check(data));
