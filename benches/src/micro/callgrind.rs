//! Instructions of a case, counted by callgrind.

use std::io::{self, ErrorKind};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

/// The argument that makes a suite call one case and exit.
pub(super) const ARGUMENT: &str = "--instructions";

/// Calls of the shorter run. Set-up differs between two runs by some ten instructions (names of temporary folders);
/// divided by this, nothing is left of it.
const CALLS: u64 = 500;

/// How many instructions a call of a case takes in user space.
///
/// `program` runs twice, with so many calls and with twice as many: start, set-up and the first, cold calls are the
/// same in both, and the difference is that many warm calls.
///
/// # Errors
///
/// When valgrind isn't there or makes no sense; the text is for people.
pub(super) fn instructions(program: &Path, case: &str) -> io::Result<u64> {
    let shorter = start(program, case, CALLS)?;
    // The two run at the same time: neighbours don't change what is counted.
    let longer = start(program, case, 2 * CALLS);
    let shorter = collected(&shorter.wait_with_output()?);
    let longer = collected(&longer?.wait_with_output()?);
    Ok(per_call(shorter?, longer?))
}

fn per_call(shorter: u64, longer: u64) -> u64 {
    (longer.saturating_sub(shorter) + CALLS / 2) / CALLS
}

fn start(program: &Path, case: &str, times: u64) -> io::Result<Child> {
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(program);
    command.args([ARGUMENT, case, &times.to_string()]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    command.spawn().map_err(|error| match error.kind() {
        ErrorKind::NotFound => io::Error::other("valgrind is not installed"),
        _ => error,
    })
}

fn collected(output: &Output) -> io::Result<u64> {
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        let last = said.lines().last().unwrap_or_default();
        return Err(io::Error::other(format!("valgrind: {}: {last}", output.status)));
    }
    parse(&said).ok_or_else(|| io::Error::other("valgrind doesn't say what it has collected"))
}

/// The number of `==1234== Collected : 846839`.
fn parse(said: &str) -> Option<u64> {
    said.lines().find_map(|line| {
        let (_, number) = line.strip_prefix("==")?.split_once("== Collected :")?;
        number.trim().parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(said: &str, expected: Option<u64>) {
        assert_eq!(parse(said), expected, "{said:?}");
    }

    #[test]
    fn the_line_that_counts_is_found() {
        check(
            "==7== Callgrind, a call-graph generating cache profiler\n\
             ==7== Command: suite --instructions Collected 500\n\
             --7-- WARNING: unhandled amd64-linux syscall: 437\n\
             ==7== \n\
             ==7== Events    : Ir\n\
             ==7== Collected : 846839\n\
             ==7== \n\
             ==7== I   refs:      846,839\n",
            Some(846_839),
        );
        check("==7== Events    : Ir Dr\n==7== Collected : 12 34\n", None);
        check("==7== Command: x\n", None);
        check("Collected : 1\n", None);
        check("", None);
    }

    #[test]
    fn what_both_runs_have_in_common_does_not_count() {
        assert_eq!(per_call(846_839, 846_839 + CALLS * 412), 412);
        assert_eq!(per_call(846_839, 846_839 + CALLS * 412 + 30), 412, "set-up differs a little");
        assert_eq!(per_call(846_839, 846_839 + CALLS * 412 - 30), 412);
        assert_eq!(per_call(846_839, 846_800), 0);
    }
}
