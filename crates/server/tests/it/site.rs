//! A folder that is being served for the length of a test.

use std::fs;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use catzilla_server::{Clock, Handle, MountConfig, Server, ServerBuilder, Stats};
use catzilla_testkit::clock::ManualClock;
use tempfile::TempDir;

use crate::client::{Answer, Client};

/// One worker, one folder at `/`, a clock that looks around often.
pub(crate) struct Site {
    pub(crate) dir: TempDir,
    pub(crate) handle: Handle,
}

impl Site {
    /// Serves files of these names and contents, an hour old.
    pub(crate) fn start(files: &[(&str, &[u8])]) -> Self {
        Self::with(files, |builder| builder, |mount| mount)
    }

    pub(crate) fn with(
        files: &[(&str, &[u8])],
        server: impl FnOnce(ServerBuilder) -> ServerBuilder,
        mount: impl FnOnce(MountConfig) -> MountConfig,
    ) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("site");
        fs::create_dir(&root).unwrap();
        for (name, content) in files {
            write(&root.join(name), content);
        }
        let builder = Server::builder()
            .threads(NonZeroUsize::MIN)
            .tick(Duration::from_millis(5))
            .mount(mount(MountConfig::new("/", &root)));
        let handle = server(builder).build().expect("build").start().expect("start");
        Self { dir, handle }
    }

    /// A server as it is, with one worker and a clock that looks around often.
    pub(crate) fn of(server: ServerBuilder) -> Self {
        let server = server.threads(NonZeroUsize::MIN).tick(Duration::from_millis(5));
        let handle = server.build().expect("build").start().expect("start");
        Self { dir: tempfile::tempdir().unwrap(), handle }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.handle.addresses()[0]
    }

    /// The path of a file of the site.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join("site").join(name)
    }

    pub(crate) fn connect(&self) -> Client {
        Client::connect(self.address())
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.connect().get(path)
    }

    pub(crate) fn ask(&self, method: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.connect().ask(method, path, fields)
    }

    /// Waits until the statistics say so; a test that waits in vain fails.
    #[track_caller]
    pub(crate) fn wait_for(&self, mut what: impl FnMut(&Stats) -> bool) -> Stats {
        eventually(|| Some(self.handle.stats()).filter(|stats| what(stats)))
            .unwrap_or_else(|| panic!("it never came to that: {:?}", self.handle.stats()))
    }
}

/// Looks again and again until there is something to see, for half a minute at the most.
pub(crate) fn eventually<T>(look: impl FnMut() -> Option<T>) -> Option<T> {
    let mut look = look;
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_secs(30) {
        if let Some(seen) = look() {
            return Some(seen);
        }
        std::thread::yield_now();
    }
    None
}

/// Writes a file an hour in the past, so that it is not racy, with the folders above it.
pub(crate) fn write(path: &Path, content: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
    age(path, Duration::from_hours(1));
}

/// How many watches of this process are over a folder.
#[cfg(target_os = "linux")]
pub(crate) fn watches(folder: &Path) -> usize {
    use std::os::unix::fs::MetadataExt;

    let inode = format!("ino:{:x} ", fs::metadata(folder).unwrap().ino());
    let descriptors = fs::read_dir("/proc/self/fdinfo").unwrap().flatten();
    let infos = descriptors.filter_map(|entry| fs::read_to_string(entry.path()).ok());
    infos.filter(|info| info.contains(&inode)).count()
}

/// Makes a file look so old.
pub(crate) fn age(path: &Path, age: Duration) {
    fs::File::options()
        .write(true)
        .open(path)
        .unwrap()
        .set_modified(SystemTime::now() - age)
        .unwrap();
}

/// The test kit's clock, as the server asks for one.
#[derive(Debug, Clone, Default)]
pub(crate) struct TestClock(pub(crate) ManualClock);

impl TestClock {
    /// Lets a second pass for every few milliseconds, so that the ticks of the server keep up.
    pub(crate) fn creeping(&self) -> impl FnMut() {
        let mut last = Instant::now();
        move || {
            if last.elapsed() > Duration::from_millis(20) {
                self.0.advance(Duration::from_secs(1));
                last = Instant::now();
            }
        }
    }
}

impl Clock for TestClock {
    fn monotonic(&self) -> Duration {
        self.0.monotonic()
    }

    fn real(&self) -> SystemTime {
        self.0.real()
    }
}

/// Bytes that differ everywhere, so that a shifted or mixed body shows.
pub(crate) fn noise(len: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    (0..len)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state as u8
        })
        .collect()
}

/// Says why a test can't run here. CI has everything, so there it fails.
#[track_caller]
pub(crate) fn skip(why: &str) {
    assert!(std::env::var_os("CATZILLA_CI").is_none(), "required in CI: {why}");
    #[expect(clippy::print_stderr, reason = "whoever reads the log of a test should know")]
    {
        eprintln!("skipped: {why}");
    }
}
