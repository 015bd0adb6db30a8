//! Running the binary, and asking it for pages.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdout, Command, Output, Stdio};
use std::time::Duration;

/// A server that runs until the test ends.
pub(crate) struct Running {
    child: Child,
    stdout: BufReader<ChildStdout>,
    stderr: BufReader<ChildStderr>,
    /// The line that it printed when it was ready.
    pub(crate) line: String,
}

pub(crate) fn catzilla(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_catzilla"));
    command.args(args).env_remove("CATZILLA_LOG");
    command
}

/// Runs a command that should end by itself.
pub(crate) fn run(args: &[&str]) -> Output {
    catzilla(args).output().expect("catzilla")
}

/// Starts a server and waits for its line.
#[track_caller]
pub(crate) fn serve(args: &[&str]) -> Running {
    let mut child =
        catzilla(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("catzilla");
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    if line.is_empty() {
        let mut errors = String::new();
        stderr.read_to_string(&mut errors).unwrap();
        panic!("it did not start: {errors}");
    }
    Running { child, stdout, stderr, line }
}

impl Running {
    pub(crate) fn address(&self) -> SocketAddr {
        let url = self
            .line
            .split_whitespace()
            .find_map(|word| word.strip_prefix("url=")?.split_once("://"))
            .map(|(_scheme, address)| address)
            .expect("a URL");
        url.trim_end_matches('/').parse().expect("an address")
    }

    /// Status, head and body of one request on a connection of its own.
    pub(crate) fn get(&self, path: &str) -> (u16, String, Vec<u8>) {
        let mut stream = self.ask(path);
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("an answer");
        let end = answer.windows(4).position(|window| window == b"\r\n\r\n").expect("a head") + 4;
        let body = answer.split_off(end);
        let head = String::from_utf8(answer).unwrap();
        let status =
            head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        (status, head, body)
    }

    /// Sends a request and leaves the answer to the caller.
    pub(crate) fn ask(&self, path: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address()).expect("connect");
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("send");
        stream
    }

    pub(crate) fn signal(&self, name: &str) {
        self.signals(&[name]);
    }

    /// Sends signals one right behind the other. A process that has ended, and is not waited for yet, takes them.
    pub(crate) fn signals(&self, names: &[&str]) {
        let id = self.child.id();
        let script: Vec<_> = names.iter().map(|name| format!("kill -s {name} {id}")).collect();
        let status = Command::new("sh").args(["-c", &script.join(" && ")]).status();
        assert!(status.is_ok_and(|status| status.success()));
    }

    #[cfg(target_os = "linux")]
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// The next line of its log.
    pub(crate) fn error_line(&mut self) -> String {
        let mut line = String::new();
        self.stderr.read_line(&mut line).unwrap();
        line
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("its state").is_none()
    }

    /// Waits for the end. Returns whether it was a success, and what else it printed.
    pub(crate) fn wait(mut self) -> (bool, String, String) {
        let status = self.child.wait().unwrap();
        let (mut out, mut errors) = (String::new(), String::new());
        self.stdout.read_to_string(&mut out).unwrap();
        self.stderr.read_to_string(&mut errors).unwrap();
        (status.success(), out, errors)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A folder with an index, a hidden file and a page.
pub(crate) fn site() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "index.html", b"home");
    write(dir.path(), "page.html", b"page");
    write(dir.path(), ".env", b"SECRET");
    dir
}

pub(crate) fn write(dir: &Path, name: &str, content: &[u8]) {
    std::fs::create_dir_all(dir.join(name).parent().unwrap()).unwrap();
    std::fs::write(dir.join(name), content).unwrap();
}

pub(crate) fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
