//! What the allocator of the process was told.

use std::process::Command;

#[test]
fn it_gives_memory_back_soon_and_keeps_few_arenas() {
    let output = Command::new(env!("CARGO_BIN_EXE_catzilla"))
        .arg("--version")
        .env("_RJEM_MALLOC_CONF", "stats_print:true")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    for line in [
        "opt.narenas: 2",
        "opt.oversize_threshold: 65536",
        "opt.dirty_decay_ms: 20 ",
        "opt.muzzy_decay_ms: 0 ",
        "opt.background_thread: true ",
    ] {
        assert!(told.contains(line), "{line}: {told}");
    }
}
