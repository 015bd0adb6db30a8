//! Opening beneath a folder while it is rebuilt: both ways of resolving, each rule for links.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use arbitrary::{Result, Unstructured};
use catzilla_path_security::{OpenError, Opened, Policy, RequestPath, Resolver, Root, Symlinks};

const NAMES: [&str; 6] = ["a", "b", "c.txt", "d", ".h", "e"];
/// Where links lead: inside, up, round, out.
const TARGETS: [&str; 14] = [
    "a",
    "b",
    "c.txt",
    "../a",
    "../b/c.txt",
    "a/b",
    ".",
    "..",
    "../..",
    "/",
    "../outside",
    "outside/secret",
    "/etc/hostname",
    "d/../a",
];
const MARK: &[u8] = b"outside the root";

/// However a tree is built: what opens under `Never` and `Within` lies beneath the root and is never the file
/// outside; both ways of resolving agree.
///
/// # Panics
///
/// When that isn't so, or when a temporary folder can't be made.
pub fn check(data: &[u8]) {
    let place = tempfile::tempdir().expect("a temporary folder");
    let (site, outside) = (place.path().join("site"), place.path().join("outside"));
    fs::create_dir(&site).expect("a folder");
    fs::create_dir(&outside).expect("a folder");
    fs::write(outside.join("secret"), MARK).expect("a file");
    let roots = [Symlinks::Never, Symlinks::Within].map(|rule| {
        [Resolver::Kernel, Resolver::Walk].map(|resolver| {
            let policy = Policy::default().hidden(true).symlinks(rule);
            Root::open_with(&site, policy, resolver).expect("a root")
        })
    });
    // Whatever an input is too short for, the next one has.
    let _ = operate(&mut Unstructured::new(data), &site, &roots);
}

fn operate(input: &mut Unstructured<'_>, site: &Path, roots: &[[Root; 2]; 2]) -> Result<()> {
    for _ in 0..input.int_in_range(1..=24)? {
        let path = place(input, site)?;
        match input.int_in_range(0..=5)? {
            0 => drop(fs::write(&path, name_of(&path))),
            1 => drop(fs::create_dir(&path)),
            2 => drop(link(input.choose(&TARGETS)?, &path)),
            3 => drop(fs::rename(&path, place(input, site)?)),
            4 => drop(fs::remove_file(&path)),
            _ => drop(fs::remove_dir_all(&path)),
        }
        let raw = request(input)?;
        if let Ok(path) = RequestPath::parse(raw.as_bytes()) {
            for (rule, [kernel, walk]) in ["Never", "Within"].into_iter().zip(roots) {
                let (kernel, walk) = (kernel.get(&path), walk.get(&path));
                assert_eq!(word(&kernel), word(&walk), "{raw} under {rule}");
                for opened in [&kernel, &walk].into_iter().flatten() {
                    inside(opened, site, &raw);
                }
            }
        }
    }
    Ok(())
}

/// A path of the host beneath the site, for building. It never leads through a link.
fn place(input: &mut Unstructured<'_>, site: &Path) -> Result<PathBuf> {
    let mut path = site.to_owned();
    for _ in 0..input.int_in_range(1..=3)? {
        let next = path.join(input.choose(&NAMES)?);
        if path != site && !fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_dir()) {
            break;
        }
        path = next;
    }
    Ok(path)
}

fn request(input: &mut Unstructured<'_>) -> Result<String> {
    let mut raw = String::new();
    for _ in 0..input.int_in_range(1..=4)? {
        raw.push('/');
        raw.push_str(input.choose(&NAMES)?);
    }
    if input.ratio(1, 4)? {
        raw.push('/');
    }
    Ok(raw)
}

/// A file's content is where it was made, so that a wrong one shows.
fn name_of(path: &Path) -> Vec<u8> {
    path.as_os_str().as_encoded_bytes().to_vec()
}

fn word(got: &std::result::Result<Opened, OpenError>) -> String {
    match got {
        Ok(opened) => format!("{:?}", opened.metadata().identity()),
        Err(OpenError::Refused(refusal)) => format!("{refusal:?}"),
        Err(err) => err.to_string(),
    }
}

/// Whether an opened file is one that a walk over the site without links comes by.
fn inside(opened: &Opened, site: &Path, raw: &str) {
    let mut bytes = Vec::new();
    if opened.metadata().is_file() {
        opened.file().read_to_end(&mut bytes).expect("a file that is read");
        assert_ne!(bytes, MARK, "{raw} leads outside");
    }
    let wanted = opened.metadata().identity();
    assert!(found(site, wanted), "{raw} leads to what is not beneath the root");
}

fn found(folder: &Path, wanted: catzilla_path_security::Identity) -> bool {
    if catzilla_path_security::identity(folder).is_ok_and(|identity| identity == wanted) {
        return true;
    }
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.into_iter().any(|entry| match entry.file_type() {
        Ok(kind) if kind.is_dir() => found(&entry.path(), wanted),
        Ok(kind) if kind.is_file() => {
            catzilla_path_security::identity(&entry.path()).is_ok_and(|identity| identity == wanted)
        }
        _ => false,
    })
}

#[cfg(unix)]
fn link(target: &str, path: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(target, path)
}

#[cfg(not(unix))]
fn link(_: &str, _: &Path) -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}
