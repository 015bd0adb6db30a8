//! Files that a server follows for others.

use std::fs;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use catzilla_server::{Server, ServerBuilder};

use crate::site::{Site, eventually};

type Read = Arc<Mutex<Vec<String>>>;

/// Takes numbers, and nothing else; panics at 13.
fn following(server: ServerBuilder, file: &std::path::Path, read: &Read) -> ServerBuilder {
    let read = Arc::clone(read);
    server.follow(file, move |content| {
        let text = std::str::from_utf8(content)?;
        let number: u32 = text.parse()?;
        assert_ne!(number, 13, "on purpose");
        read.lock().unwrap().push(text.to_owned());
        Ok(())
    })
}

#[test]
fn it_is_read_at_the_start_and_when_it_has_changed() {
    let dir = tempfile::tempdir().unwrap();
    let (file, fresh) = (dir.path().join("number"), dir.path().join("fresh"));
    fs::write(&file, "1").unwrap();
    let read = Read::default();
    let server = Server::builder().tick(Duration::from_millis(20));
    let site = Site::of(following(server, &file, &read));
    assert_eq!(*read.lock().unwrap(), ["1"]);
    fs::write(&fresh, "2").unwrap();
    fs::rename(&fresh, &file).unwrap();
    eventually(|| (*read.lock().unwrap() == ["1", "2"]).then_some(())).unwrap();
    // What is wrong is left, whatever is wrong with it.
    for wrong in ["two", "13"] {
        fs::write(&file, wrong).unwrap();
        let error = site.handle.reload_files().unwrap_err().to_string();
        assert!(error.starts_with(file.to_str().unwrap()), "{error}");
    }
    fs::remove_file(&file).unwrap();
    site.handle.reload_files().unwrap_err();
    fs::write(&file, "3").unwrap();
    eventually(|| (read.lock().unwrap().last().unwrap() == "3").then_some(())).unwrap();
    site.handle.reload_files().unwrap();
    assert_eq!(read.lock().unwrap()[..3], ["1", "2", "3"]);
}

#[test]
fn what_is_wrong_at_the_start_is_an_error_of_the_build() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("number");
    let refused = || {
        let server = following(Server::builder(), &file, &Read::default());
        server.build().unwrap_err().to_string()
    };
    let missing = refused();
    assert!(missing.contains("number: this file is followed"), "{missing}");
    assert!(missing.ends_with("mend the path"), "{missing}");
    fs::write(&file, "two").unwrap();
    assert!(refused().ends_with("invalid digit found in string"));
    fs::File::create(&file).unwrap().set_len(17 << 20).unwrap();
    assert!(refused().contains("of 16 MiB at most"));
}

#[test]
fn a_pipe_in_its_place_is_not_waited_for() {
    let dir = tempfile::tempdir().unwrap();
    let (file, fresh) = (dir.path().join("number"), dir.path().join("fresh"));
    fs::write(&file, "1").unwrap();
    let read = Read::default();
    let server = Server::builder().tick(Duration::from_millis(20));
    let site = Site::of(following(server, &file, &read));
    assert!(std::process::Command::new("mkfifo").arg(&fresh).status().unwrap().success());
    fs::rename(&fresh, &file).unwrap();
    let (done, answered) = channel();
    std::thread::scope(|scope| {
        scope.spawn(|| done.send(site.handle.reload_files().map_err(|err| err.to_string())));
        let reloaded = answered.recv_timeout(Duration::from_secs(10));
        // Whoever waits for a writer is let go.
        let _writer = reloaded.is_err().then(|| fs::File::options().write(true).open(&file));
        let error = reloaded.expect("it waits").unwrap_err();
        assert!(error.contains("not a regular file"), "{error}");
    });
    fs::write(&fresh, "2").unwrap();
    fs::rename(&fresh, &file).unwrap();
    eventually(|| (*read.lock().unwrap() == ["1", "2"]).then_some(())).unwrap();
}

#[test]
fn one_that_hangs_holds_up_no_other() {
    let dir = tempfile::tempdir().unwrap();
    let (hanging, file) = (dir.path().join("hanging"), dir.path().join("number"));
    fs::write(&hanging, "1").unwrap();
    fs::write(&file, "1").unwrap();
    let (let_go, held) = channel::<()>();
    let (begun, begins) = channel();
    let mut is_first = true;
    let server = Server::builder().tick(Duration::from_millis(20)).follow(&hanging, move |_| {
        if !std::mem::take(&mut is_first) {
            begun.send(())?;
            // It ends when the test does.
            let _ = held.recv();
        }
        Ok(())
    });
    let read = Read::default();
    let _site = Site::of(following(server, &file, &read));
    fs::write(&hanging, "2").unwrap();
    begins.recv().unwrap();
    fs::write(&file, "2").unwrap();
    eventually(|| (*read.lock().unwrap() == ["1", "2"]).then_some(())).unwrap();
    drop(let_go);
}
