//! What is served: files of round sizes, and a real site.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};
use flate2::Compression;
use flate2::write::GzEncoder;

/// Sizes that workloads ask for, in bytes.
const SIZES: [u64; 4] = [1024, 10 * 1024, 100 * 1024, 1024 * 1024];

/// Files of the real site that are asked for.
const FILES: usize = 5_000;

/// The script that is sent compressed, and a file of the bytes that it is then.
pub(super) const SCRIPT: &str = "/script.js";
pub(super) const SCRIPT_TWIN: &str = "/script.bin";

/// About how many bytes the script has.
const SCRIPT_LEN: u64 = 137_000;

/// Requests in one turn around the site.
const TURN: usize = 20_000;

/// How skewed: the share of the file in place `n` is `1 / n^SKEW`. What caches of web sites see lies around 0.8.
const SKEW: f64 = 0.8;

/// Pages that are loaded as a browser does.
const PAGES: usize = 20;

/// What all servers serve.
#[derive(Debug)]
pub(super) struct Site {
    /// The folder with one file per size.
    pub(super) sizes: PathBuf,
    /// The folder of the real site, where the machine has one.
    pub(super) real: Option<PathBuf>,
    /// The paths of the files of the real site, most wanted first.
    pub(super) paths: Vec<String>,
    /// Their sizes in bytes.
    lens: Vec<u64>,
    /// What their bytes are.
    pub(super) hashes: Vec<blake3::Hash>,
    /// In which order they are asked for: places in `paths`.
    pub(super) order: Vec<usize>,
    /// Pages of it that have assets.
    pub(super) pages: Vec<String>,
    /// Bytes of the script as gzip.
    pub(super) coded_len: u64,
}

impl Site {
    /// Writes the files, and chooses from the documentation of the Rust toolchain.
    pub(super) fn new(folder: &Path) -> Result<Self> {
        let sizes = folder.join("sizes");
        fs::create_dir_all(&sizes)?;
        for size in SIZES {
            // Nothing in it comes twice, so that bytes from another place are other bytes; and no magic bytes.
            let mut random = fastrand::Rng::with_seed(size);
            let content: Vec<u8> = (0..size).map(|_| random.alphanumeric() as u8).collect();
            write_aged(&sizes, &Self::path_of_size(size), &content)?;
        }
        let real = rust_docs();
        let mut site = Self {
            sizes,
            real,
            paths: Vec::new(),
            lens: Vec::new(),
            hashes: Vec::new(),
            order: Vec::new(),
            pages: Vec::new(),
            coded_len: 0,
        };
        if let Some(root) = site.real.clone() {
            site.choose(&root)?;
            site.write_script(&root)?;
        }
        Ok(site)
    }

    pub(super) fn path_of_size(size: u64) -> String {
        format!("/{size}.bin")
    }

    /// Bytes per request, on average.
    pub(super) fn mean_size(&self) -> u64 {
        let sum: u64 = self.order.iter().map(|&at| self.lens[at]).sum();
        sum / self.order.len().max(1) as u64
    }

    /// A script of the real site, and what it is as gzip, as files of their own.
    fn write_script(&mut self, root: &Path) -> Result<()> {
        let mut files = Vec::new();
        walk(root, root, &mut files)?;
        files.sort();
        let is_script = |path: &str| Path::new(path).extension().is_some_and(|ext| ext == "js");
        let scripts = files.iter().filter(|(path, _)| is_script(path));
        let (path, _) = scripts
            .min_by_key(|(_, len)| len.abs_diff(SCRIPT_LEN))
            .context("the real site has no script")?;
        let content = fs::read(root.join(&path[1..]))?;
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&content)?;
        let coded = encoder.finish()?;
        self.coded_len = coded.len() as u64;
        write_aged(&self.sizes, SCRIPT, &content)?;
        write_aged(&self.sizes, SCRIPT_TWIN, &coded)
    }

    /// The same choice on every machine with the same toolchain: nothing of it is random.
    fn choose(&mut self, root: &Path) -> Result<()> {
        let mut files = Vec::new();
        walk(root, root, &mut files)?;
        files.sort();
        let mut random = fastrand::Rng::with_seed(1);
        random.shuffle(&mut files);
        files.truncate(FILES);
        for (path, len) in files {
            self.hashes.push(blake3::hash(&fs::read(root.join(&path[1..]))?));
            self.paths.push(path);
            self.lens.push(len);
        }
        self.order = skewed(self.paths.len(), TURN, &mut random);
        let is_page = |path: &&String| path.starts_with("/std/") && is_html(path);
        self.pages = self.paths.iter().filter(is_page).take(PAGES).cloned().collect();
        Ok(())
    }
}

/// Writes a file that looks an hour old, as files that are served do.
fn write_aged(folder: &Path, path: &str, content: &[u8]) -> Result<()> {
    let mut file = fs::File::create(folder.join(&path[1..]))?;
    file.write_all(content)?;
    file.set_modified(SystemTime::now() - Duration::from_hours(1))?;
    Ok(())
}

/// Places below `count`, drawn by Zipf's law.
fn skewed(count: usize, draws: usize, random: &mut fastrand::Rng) -> Vec<usize> {
    let mut sum = 0.0;
    let bounds: Vec<f64> = (1..=count)
        .map(|place| {
            sum += (place as f64).powf(-SKEW);
            sum
        })
        .collect();
    let draw = |_| {
        let at = random.f64() * sum;
        bounds.partition_point(|&bound| bound < at).min(count - 1)
    };
    (0..draws).map(draw).collect()
}

fn is_html(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|extension| extension == "html")
}

fn rust_docs() -> Option<PathBuf> {
    let output = Command::new("rustc").args(["--print", "sysroot"]).output().ok()?;
    let sysroot = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
    Some(sysroot.join("share/doc/rust/html")).filter(|folder| folder.is_dir())
}

/// Every file that any server would give: no hidden ones, none whose name wants escapes.
fn walk(root: &Path, folder: &Path, files: &mut Vec<(String, u64)>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        let name = path.strip_prefix(root)?.to_str().unwrap_or(".");
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.".contains(&byte);
        if entry.file_name().as_encoded_bytes().starts_with(b".") || !name.bytes().all(plain) {
            continue;
        }
        let metadata = entry.metadata().with_context(|| name.to_owned())?;
        if metadata.is_dir() {
            walk(root, &path, files)?;
        } else if metadata.is_file() && metadata.len() > 0 {
            files.push((format!("/{name}"), metadata.len()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_is_wanted_most() {
        let order = skewed(100, 10_000, &mut fastrand::Rng::with_seed(7));
        let count = |place| order.iter().filter(|&&at| at == place).count();
        assert!(order.iter().all(|&at| at < 100));
        assert!(count(0) > 2 * count(4) && count(4) > count(60), "{} {}", count(0), count(4));
        assert_eq!(order, skewed(100, 10_000, &mut fastrand::Rng::with_seed(7)));
    }

    #[test]
    fn files_have_their_sizes() {
        let folder = tempfile::tempdir().unwrap();
        let site = Site::new(folder.path()).unwrap();
        for size in SIZES {
            let file = site.sizes.join(&Site::path_of_size(size)[1..]);
            assert_eq!(fs::metadata(file).unwrap().len(), size);
        }
        assert_eq!(site.paths.is_empty(), site.real.is_none());
        assert!(site.order.iter().all(|&at| at < site.paths.len()));
    }
}
