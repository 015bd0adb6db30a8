//! Bytes on the wire: what each coding makes of the Rust documentation, and what it costs. Prints tables in Markdown.
//!
//! `codings [CODING:LEVEL]…`, levels on the coding's own scale. The sample is made of the files of 1 KiB to 1 MiB of
//! `share/doc/rust/html` in the toolchain, in the order of their paths: every 10th `.js`, every `.css`, every 100th
//! `.html`; and above 1 MiB, up to 4, every 4th `.js` and every 12th `.html`. Each file is compressed at once, as a server
//! does that keeps it; times are CPU time of the one thread.
#![forbid(unsafe_code)]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use catzilla_content_coding::{Coding, Level, compress, verify};
use rustix::time::{ClockId, clock_gettime};

const MIB: usize = 1 << 20;

/// What is compared when nothing is asked for.
const COLUMNS: [&str; 10] = [
    "gzip:1", "gzip:6", "gzip:9", "br:5", "br:6", "br:11", "zstd:3", "zstd:6", "zstd:11", "zstd:19",
];

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let columns: Vec<Column> = if arguments.is_empty() {
        COLUMNS.into_iter().map(Column::parse).collect::<Result<_>>()?
    } else {
        arguments.iter().map(|text| Column::parse(text)).collect::<Result<_>>()?
    };
    let mut files = Vec::new();
    walk(&documentation()?, &mut files)?;
    files.sort();

    let mut report = String::new();
    for (what, samples) in [
        ("Files of 1 KiB to 1 MiB", &[("js", 10), ("css", 1), ("html", 100)][..]),
        ("Files of 1 MiB to 4 MiB", &[("js", 4), ("html", 12)]),
    ] {
        let sizes = if what.ends_with("1 MiB") { 1 << 10..MIB + 1 } else { MIB + 1..4 * MIB + 1 };
        for &(extension, step) in samples {
            let sample = sample(&files, extension, &sizes, step)?;
            let len: usize = sample.iter().map(Vec::len).sum();
            writeln!(report, "\n{what}, `.{extension}`: {} files, {len} bytes\n", sample.len())?;
            writeln!(report, "| coding | bytes | of identity | CPU per MiB | MiB/s |")?;
            writeln!(report, "|---|---:|---:|---:|---:|")?;
            writeln!(report, "| identity | {len} | 100.0 % | | |")?;
            for column in &columns {
                column.row(&sample, len, &mut report)?;
            }
        }
    }
    #[allow(clippy::print_stdout, reason = "the table is what it is for")]
    {
        println!("{}", report.trim_start());
    }
    Ok(())
}

struct Column {
    coding: Coding,
    level: Level,
}

impl Column {
    fn parse(text: &str) -> Result<Self> {
        let (coding, number) = text.split_once(':').context("CODING:LEVEL")?;
        let coding = Coding::from_token(coding.as_bytes()).context("no such coding")?;
        let level = Level::DEFAULT.with(coding, number.parse()?).context("no such level")?;
        Ok(Self { coding, level })
    }

    fn row(&self, sample: &[Vec<u8>], len: usize, report: &mut String) -> Result<()> {
        let (mut encoded_len, mut took) = (0, Duration::ZERO);
        for file in sample {
            let start = cpu_time();
            let encoded = compress(self.coding, self.level, file)?;
            took += cpu_time().saturating_sub(start);
            encoded_len += encoded.len();
            ensure!(verify(self.coding, &encoded, file).is_same(), "it doesn't decode");
        }
        let share = 100.0 * encoded_len as f64 / len as f64;
        let seconds = took.as_secs_f64() / (len as f64 / MIB as f64);
        writeln!(
            report,
            "| {} {} | {encoded_len} | {share:.1} % | {:.1} ms | {:.1} |",
            self.coding,
            self.level.number(self.coding),
            seconds * 1000.0,
            1.0 / seconds,
        )?;
        Ok(())
    }
}

fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

fn documentation() -> Result<PathBuf> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).args(["--print", "sysroot"]).output()?;
    let path = Path::new(str::from_utf8(&output.stdout)?.trim()).join("share/doc/rust/html");
    ensure!(path.is_dir(), "the toolchain has no documentation: rustup component add rust-docs");
    Ok(path)
}

fn walk(folder: &Path, files: &mut Vec<(PathBuf, u64)>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        if metadata.is_dir() {
            walk(&entry.path(), files)?;
        } else {
            files.push((entry.path(), metadata.len()));
        }
    }
    Ok(())
}

/// Every `step`th file of a kind and of a size in `sizes`.
fn sample(
    files: &[(PathBuf, u64)],
    extension: &str,
    sizes: &std::ops::Range<usize>,
    step: usize,
) -> Result<Vec<Vec<u8>>> {
    let is_one = |(path, len): &&(PathBuf, u64)| {
        path.extension().is_some_and(|found| found == extension) && sizes.contains(&(*len as usize))
    };
    let chosen = files.iter().filter(is_one).step_by(step);
    Ok(chosen.map(|(path, _)| fs::read(path)).collect::<Result<_, _>>()?)
}
