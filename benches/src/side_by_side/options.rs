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
    /// A look of seconds whether everything starts, beside the floor only.
    #[arg(long, conflicts_with_all = ["quick", "only", "against"])]
    pub smoke: bool,
    /// Where our own programs are.
    #[arg(long, required_unless_present_any = ["list", "report"])]
    pub programs: Option<PathBuf>,
    /// Where rivals are that no system package has.
    #[arg(long)]
    pub rivals: Option<PathBuf>,
    /// In which folder the record gets one of its own.
    #[arg(long, required_unless_present_any = ["list", "report"])]
    pub record: Option<PathBuf>,
    /// In which folder the record gets its place once it is complete.
    #[arg(long)]
    pub publish: Option<PathBuf>,
    /// What the suites have found, one object per line, to be shown with the rest.
    #[arg(long)]
    pub suites: Option<PathBuf>,
    /// Make the tables and plots of this record again, from its lines.
    #[arg(long, value_name = "FOLDER")]
    pub report: Option<PathBuf>,
    /// Print names and end.
    #[arg(long)]
    pub list: Option<Names>,
}

/// Whose names are printed.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub enum Names {
    /// Those for `--only`.
    Workloads,
    /// Those for `--against`.
    Rivals,
}
