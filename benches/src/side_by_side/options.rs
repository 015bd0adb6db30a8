//! What is asked for.

use std::path::PathBuf;

/// The command line of the driver.
#[derive(Debug, Clone, clap::Parser)]
#[command(about = "Measures servers side by side; called by cargo xtask bench")]
pub struct Options {
    /// A minute's run: few workloads, short rounds.
    #[arg(long)]
    pub quick: bool,
    /// Only these workloads.
    #[arg(long, value_delimiter = ',')]
    pub only: Vec<String>,
    /// Only beside these servers.
    #[arg(long, value_delimiter = ',')]
    pub against: Vec<String>,
    /// One object per result and line.
    #[arg(long)]
    pub json: bool,
    /// Where our own programs are.
    #[arg(long)]
    pub programs: PathBuf,
    /// Where rivals are that no system package has.
    #[arg(long)]
    pub rivals: PathBuf,
    /// In which folder the record gets one of its own.
    #[arg(long)]
    pub record: PathBuf,
    /// What the suites have found, one object per line, to be shown with the rest.
    #[arg(long)]
    pub suites: Option<PathBuf>,
    /// Print the names of the workloads and end.
    #[arg(long)]
    pub list: bool,
}
