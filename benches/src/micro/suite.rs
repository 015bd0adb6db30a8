//! Cases under one name, and how they are run.

use std::env;
use std::fmt;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use criterion::Criterion;

use super::allocations;
use super::callgrind;
use super::case::Case;
use super::estimate::{self, Estimate};
use super::record::{NANOSECONDS, Record, Table};

/// Names the file that results are appended to.
const JSON: &str = "CATZILLA_BENCH_JSON";

/// Asks for a short run.
const QUICK: &str = "CATZILLA_BENCH_QUICK";

/// Cases that belong together, usually those of one crate.
///
/// Cases may borrow what they have in common: they live no longer than the suite.
#[derive(Debug)]
pub struct Suite<'a> {
    name: &'static str,
    cases: Vec<Case<'a>>,
    figures: Vec<Figure<'a>>,
}

/// What isn't time.
struct Figure<'a> {
    name: &'static str,
    unit: &'static str,
    find: Box<dyn FnMut() -> f64 + 'a>,
}

impl fmt::Debug for Figure<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name, self.unit)
    }
}

impl<'a> Suite<'a> {
    /// A suite without cases. Its name is that of the bench target.
    pub fn new(name: &'static str) -> Self {
        Self { name, cases: Vec::new(), figures: Vec::new() }
    }

    /// Adds a case. What `routine` returns is dropped within the measured time.
    ///
    /// # Panics
    ///
    /// When the suite has a case of this name, or when it can't name a folder: criterion keeps its results there.
    pub fn case<O>(
        &mut self,
        name: &'static str,
        routine: impl FnMut() -> O + 'a,
    ) -> &mut Case<'a> {
        assert!(estimate::makes_folder_name(name), "{name:?} can't name a folder");
        let folder = estimate::folder_name(name);
        let is_new = |case: &Case<'_>| estimate::folder_name(case.name()) != folder;
        assert!(self.cases.iter().all(is_new), "{name:?} is there already");
        self.cases.push(Case::new(name, routine));
        self.cases.last_mut().expect("one has just been added")
    }

    /// The same with what is prepared when it is first called: in a count of instructions nobody else's set-up is to be.
    ///
    /// # Panics
    ///
    /// As [`case`](Self::case).
    pub fn prepared<S: 'a, T>(
        &mut self,
        name: &'static str,
        prepare: impl FnOnce() -> S + 'a,
        mut call: impl FnMut(&mut S) -> T + 'a,
    ) -> &mut Case<'a> {
        let mut prepare = Some(prepare);
        let mut prepared = None;
        self.case(name, move || {
            let prepared = prepared.get_or_insert_with(|| {
                let prepare = prepare.take().expect("it is prepared once");
                prepare()
            });
            call(prepared)
        })
    }

    /// Adds a figure that isn't time, such as bytes or a share. It is found once, when all cases have been measured.
    pub fn figure(
        &mut self,
        name: &'static str,
        unit: &'static str,
        find: impl FnMut() -> f64 + 'a,
    ) {
        self.figures.push(Figure { name, unit, find: Box::new(find) });
    }

    /// Does what the arguments of the program ask for, the module's documentation says what that is.
    ///
    /// # Errors
    ///
    /// When there is no case of the name that was asked for, or results can't be written.
    ///
    /// # Panics
    ///
    /// When a case is compared with one that isn't there, or nobody counts allocations.
    pub fn run(mut self) -> io::Result<()> {
        let arguments: Vec<String> = env::args().skip(1).collect();
        if let [callgrind::ARGUMENT, case, times] =
            arguments.iter().map(String::as_str).collect::<Vec<_>>()[..]
        {
            return self.call(case, times);
        }
        for rival in self.cases.iter().filter_map(Case::rival) {
            assert!(self.cases.iter().any(|case| case.name() == rival), "there is no {rival:?}");
        }
        let folder = estimate::folder()?;
        if !is_measured(&arguments) {
            self.time(&folder);
            return Ok(());
        }
        for case in &self.cases {
            Estimate::new(&folder, self.name, case.name()).forget()?;
        }
        self.time(&folder);
        let records = self.records(&folder)?;
        write!(io::stdout().lock(), "{}", Table(&records))?;
        match env::var_os(JSON).filter(|path| !path.is_empty()) {
            Some(path) => append(Path::new(&path), &records),
            None => Ok(()),
        }
    }

    /// Calls a case and nothing else.
    fn call(&mut self, case: &str, times: &str) -> io::Result<()> {
        let case = self
            .cases
            .iter_mut()
            .find(|found| found.name() == case)
            .ok_or_else(|| io::Error::other(format!("no case {case:?}")))?;
        case.call(times.parse().map_err(io::Error::other)?);
        Ok(())
    }

    /// Hands all cases to criterion.
    fn time(&mut self, folder: &Path) {
        let mut criterion = criterion(folder);
        for case in &mut self.cases {
            // A group each: criterion gives the throughput of a case to all that follow it in its group.
            let mut group = criterion.benchmark_group(self.name);
            if let Some(throughput) = case.throughput() {
                group.throughput(throughput);
            }
            group.bench_function(case.name(), |bencher| {
                bencher.iter_custom(|times| {
                    let start = Instant::now();
                    case.call(times);
                    start.elapsed()
                });
            });
            group.finish();
        }
        criterion.final_summary();
    }

    /// All that is known about the cases that criterion has measured.
    fn records(&mut self, folder: &Path) -> io::Result<Vec<Record>> {
        let program = env::current_exe()?;
        // A minute's look has no time for them.
        let mut counts_instructions = !is_quick();
        let suite = self.name;
        let time = |case: &str| Estimate::new(folder, suite, case).read();
        let mut records = Vec::new();
        for case in &mut self.cases {
            let Some(value) = time(case.name()) else { continue };
            let mut instructions = None;
            if counts_instructions && !case.is_uncounted() {
                match callgrind::instructions(&program, case.name()) {
                    Ok(count) => instructions = Some(count),
                    Err(error) => {
                        // What fails once fails for all, and is said once.
                        counts_instructions = false;
                        writeln!(io::stderr().lock(), "no instruction counts: {error}")?;
                    }
                }
            }
            records.push(Record {
                suite,
                case: case.name(),
                value,
                unit: NANOSECONDS,
                allocations: Some(allocations::per_call(case)),
                rival: case.rival(),
                ratio: case.rival().and_then(time).map(|rival| value / rival),
                instructions,
                throughput: case.amount(),
            });
        }
        for Figure { name, unit, find } in &mut self.figures {
            records.push(Record::figure(suite, name, unit, find()));
        }
        Ok(records)
    }
}

fn is_quick() -> bool {
    env::var_os(QUICK).is_some_and(|value| !value.is_empty())
}

fn criterion(folder: &Path) -> Criterion {
    // The folder is told, not guessed a second time: results are looked for where they were put.
    // A hundred cases: three seconds each tell as much as eight.
    let mut criterion = Criterion::default()
        .output_directory(folder)
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(2));
    if is_quick() {
        criterion = criterion
            .warm_up_time(Duration::from_millis(50))
            .measurement_time(Duration::from_millis(150))
            .sample_size(20)
            .nresamples(2000)
            .without_plots();
    }
    criterion.configure_from_args()
}

/// Whether criterion measures, as under `cargo bench`, and doesn't list cases, try each once or run a profiler.
fn is_measured(arguments: &[String]) -> bool {
    let has =
        |name: &str| arguments.iter().any(|argument| argument.split('=').next() == Some(name));
    has("--bench") && !["--test", "--list", "--profile-time"].into_iter().any(has)
}

/// Appends a line per record. A file of several suites is made by several programs.
fn append(path: &Path, records: &[Record]) -> io::Result<()> {
    let lines: String =
        records.iter().flat_map(|record| [record.json(), "\n".to_owned()]).collect();
    File::options().create(true).append(true).open(path)?.write_all(lines.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: bool) {
        let arguments: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        assert_eq!(is_measured(&arguments), expected, "{line}");
    }

    #[test]
    fn only_a_run_that_measures_is_reported() {
        check("--bench", true);
        check("parse --sample-size 20 --bench", true);
        check("", false);
        check("--list --format terse", false);
        check("--bench --test", false);
        check("--profile-time=5 --bench", false);
        check("--profile-time 5 --bench", false);
    }

    #[test]
    fn a_case_is_called_as_often_as_asked() {
        let calls = std::cell::Cell::new(0);
        let mut suite = Suite::new("suite");
        suite.case("first", || calls.set(calls.get() + 1));
        suite.case("second", || calls.set(calls.get() + 1000)).elements(2).beside("first");
        suite.call("first", "7").unwrap();
        assert_eq!(calls.get(), 7);
        assert!(suite.call("third", "1").is_err());
        assert!(suite.call("first", "often").is_err());
        assert_eq!(calls.get(), 7);
    }

    #[test]
    fn suites_add_to_the_file_one_line_per_case() {
        let record = |suite, case| Record::figure(suite, case, NANOSECONDS, 1.0);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("results.jsonl");
        append(&path, &[record("first", "a"), record("first", "b")]).unwrap();
        append(&path, &[record("second", "a")]).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let cases: Vec<String> = text
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
            .map(|value| format!("{} {}", value["suite"], value["case"]))
            .collect();
        assert_eq!(cases, [r#""first" "a""#, r#""first" "b""#, r#""second" "a""#]);
    }
}
