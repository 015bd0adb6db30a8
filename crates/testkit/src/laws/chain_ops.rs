//! A chain of middlewares beside one that is told step by step what the documents say: who is called, in which order, and
//! what is answered.

use std::time::{Duration, SystemTime};

use arbitrary::{Arbitrary, Unstructured};
use catzilla_middleware_engine::{
    After, ArenaConfig, ArenaPool, Before, Chain, ChainBuilder, Context, Done, Error, Flow,
    Middleware, Moment, Outcome, Phase, Phases, Response, ResponseView, Result, RunError,
};

/// A middleware that does as it is told.
#[derive(Debug, Clone, Arbitrary)]
struct Member {
    priority: u8,
    /// Which phases it takes part in; those of no phase are left out.
    phases: [bool; 3],
    before: Act,
    after: Act,
    /// What it answers in the error phase, if it does, and whether it fails there.
    error: (bool, bool),
}

#[derive(Debug, Clone, Arbitrary)]
enum Act {
    Pass,
    /// Before: skips the handler. After: replaces the answer.
    Answer,
    /// Before: stops. After: replaces the answer.
    Stop,
    Fail,
    /// Asks for more memory than there is.
    Greed,
    Defer(Box<Self>),
}

/// What happens beside the chain.
#[derive(Debug, Arbitrary)]
struct Case {
    members: Vec<Member>,
    handler_fails: bool,
    /// Whether there is a place for each job, in their order; then there is.
    places: Vec<bool>,
}

/// As many as make a difference.
const MAX_MEMBERS: usize = 8;

/// A chain and the naive one call the same middlewares in the same order, and come to the same status.
///
/// # Panics
/// When they don't.
pub fn check(data: &[u8]) {
    let Ok(mut case) = Case::arbitrary(&mut Unstructured::new(data)) else { return };
    case.members.truncate(MAX_MEMBERS);
    case.members.retain(|member| member.phases.contains(&true));
    let expected = Naive::new(&case).run();
    assert_eq!(run(&case), expected, "{case:#?}");
}

/// The status of a middleware's answers.
fn status(index: usize) -> u16 {
    400 + index as u16
}

const FULL: usize = 4096;

struct Told {
    name: String,
    index: usize,
    member: Member,
}

impl Middleware for Told {
    fn name(&self) -> &str {
        &self.name
    }

    fn priority(&self) -> i32 {
        i32::from(self.member.priority)
    }

    fn phases(&self) -> Phases {
        let all = [Phases::BEFORE, Phases::AFTER, Phases::ERROR];
        let taken = all.into_iter().zip(self.member.phases).filter(|(_, takes)| *takes);
        taken.fold(Phases::NONE, |sum, (phase, _)| sum | phase)
    }

    fn before(&self, cx: &mut Context<'_>) -> Result {
        before(&self.member.before, self.index, cx)
    }

    fn after(&self, cx: &mut Context<'_>) -> Result<Done> {
        after(&self.member.after, self.index, cx)
    }

    fn on_error(&self, _: &mut Context<'_>, _: &RunError) -> Result<Option<Response>> {
        let (answers, fails) = self.member.error;
        if fails {
            return Err(Error::new("as it was told to"));
        }
        Ok(answers.then(|| Response::new(status(self.index) + 100)))
    }
}

fn before(act: &Act, index: usize, cx: &mut Context<'_>) -> Result {
    Ok(match act {
        Act::Pass => Flow::Next,
        Act::Answer => Flow::Skip(Response::new(status(index))),
        Act::Stop => Flow::Stop(Response::new(status(index))),
        Act::Fail => return Err(Error::new("as it was told to")),
        Act::Greed => {
            cx.arena.insert([0_u8; FULL])?;
            Flow::Next
        }
        Act::Defer(then) => {
            let then = then.clone();
            Flow::defer(move || move |cx: &mut Context<'_>| before(&then, index, cx))
        }
    })
}

fn after(act: &Act, index: usize, cx: &mut Context<'_>) -> Result<Done> {
    Ok(match act {
        Act::Pass => Done::Next,
        Act::Answer | Act::Stop => Done::Replace(Response::new(status(index))),
        Act::Fail => return Err(Error::new("as it was told to")),
        Act::Greed => {
            cx.arena.insert([0_u8; FULL])?;
            Done::Next
        }
        Act::Defer(then) => {
            let then = then.clone();
            Done::defer(move || move |cx: &mut Context<'_>| after(&then, index, cx))
        }
    })
}

/// What was called, and how it ended.
type Way = (Vec<String>, u16);

struct Answered(u16);

impl ResponseView for Answered {
    fn status(&self) -> u16 {
        self.0
    }

    fn field(&self, _: &str) -> Option<&[u8]> {
        None
    }

    fn each(&self, _: &str, _: &mut dyn FnMut(&[u8])) {}

    fn content_length(&self) -> Option<u64> {
        None
    }
}

fn run(case: &Case) -> Way {
    let told = case.members.iter().enumerate().map(|(index, member)| Told {
        name: index.to_string(),
        index,
        member: member.clone(),
    });
    let chain = told.fold(Chain::builder(), ChainBuilder::with).build();
    let chain = chain.expect("nothing is wrong with it");
    let (request, ()) = http::Request::new(()).into_parts();
    let moment = Moment { real: SystemTime::UNIX_EPOCH, monotonic: Duration::ZERO };
    let config = ArenaConfig { limit: FULL / 2, ..ArenaConfig::DEFAULT };
    let mut arenas = ArenaPool::new(config);
    let mut run = chain.begin(arenas.take(), Vec::new()).traced();
    let mut places = case.places.iter().copied();
    let mut has_place = || places.next().unwrap_or(true);

    let mut going = chain.before(&mut run, &request, moment);
    let mut status = loop {
        going = match going {
            Before::Handle if case.handler_fails => {
                let error = Error::new("as it was told to");
                let answer = chain.handler_failed(&mut run, &request, moment, error);
                break answer.map_or(500, |answer| answer.status());
            }
            Before::Handle => break 200,
            Before::Answer(answer) => break answer.status(),
            Before::Wait(job) if has_place() => chain.resume(&mut run, &request, moment, job.run()),
            Before::Wait(_) => {
                let answer = chain.overloaded(&mut run, &request, moment, Phase::Before);
                break answer.map_or(503, |answer| answer.status());
            }
        };
    };
    let mut going = chain.after(&mut run, &request, moment, &Answered(status));
    loop {
        going = match going {
            After::Done => break,
            After::Replace(answer) => {
                status = answer.status();
                chain.after(&mut run, &request, moment, &Answered(status))
            }
            After::Wait(job) if has_place() => {
                let brought = job.run();
                chain.resume_after(&mut run, &request, moment, &Answered(status), brought)
            }
            After::Wait(_) => {
                let answer = chain.overloaded(&mut run, &request, moment, Phase::After);
                status = answer.map_or(503, |answer| answer.status());
                chain.after(&mut run, &request, moment, &Answered(status))
            }
        };
    }
    let trace = run.finish().trace.expect("it was asked for");
    let calls = trace.calls().iter().map(|call| {
        let outcome = match call.outcome {
            Outcome::Passed => "passed".to_owned(),
            Outcome::Answered(status) => status.to_string(),
            Outcome::Deferred => "deferred".to_owned(),
            _ => "failed".to_owned(),
        };
        format!("{} {}: {outcome}", call.phase, call.middleware)
    });
    (calls.collect(), status)
}

/// The same, step by step.
struct Naive<'a> {
    case: &'a Case,
    /// Indexes of the members, in the order in which they are called.
    order: Vec<usize>,
    calls: Vec<String>,
    jobs: usize,
}

/// How an act ended.
enum Ended {
    Pass,
    Answer { stops: bool },
    Fail,
    Overloaded,
}

impl<'a> Naive<'a> {
    fn new(case: &'a Case) -> Self {
        let mut order: Vec<_> = (0..case.members.len()).collect();
        order.sort_by_key(|&index| (case.members[index].priority, index));
        Self { case, order, calls: Vec::new(), jobs: 0 }
    }

    fn run(mut self) -> Way {
        let mut status = self.before();
        for index in self.of(1) {
            match self.act(&self.case.members[index].after, index, Phase::After) {
                Ended::Pass => {}
                Ended::Answer { .. } => status = self::status(index),
                Ended::Fail => status = self.error(500),
                Ended::Overloaded => status = self.error(503),
            }
        }
        (self.calls, status)
    }

    fn before(&mut self) -> u16 {
        let mut skipped = None;
        for index in self.of(0) {
            match self.act(&self.case.members[index].before, index, Phase::Before) {
                Ended::Pass => {}
                Ended::Answer { stops: true } => return status(index),
                Ended::Answer { stops: false } if skipped.is_none() => skipped = Some(index),
                Ended::Answer { stops: false } | Ended::Fail => return self.error(500),
                Ended::Overloaded => return self.error(503),
            }
        }
        match skipped {
            Some(index) => status(index),
            None if self.case.handler_fails => self.error(500),
            None => 200,
        }
    }

    /// Those that take part in a phase.
    fn of(&self, phase: usize) -> Vec<usize> {
        let takes_part = |index: &usize| self.case.members[*index].phases[phase];
        self.order.iter().copied().filter(takes_part).collect()
    }

    fn act(&mut self, act: &Act, index: usize, phase: Phase) -> Ended {
        let mut note = |outcome: &str| self.calls.push(format!("{phase} {index}: {outcome}"));
        match act {
            Act::Pass => {
                note("passed");
                Ended::Pass
            }
            Act::Answer | Act::Stop => {
                note(&status(index).to_string());
                Ended::Answer { stops: matches!(act, Act::Stop) }
            }
            Act::Fail | Act::Greed => {
                note("failed");
                Ended::Fail
            }
            Act::Defer(then) => {
                note("deferred");
                self.jobs += 1;
                match self.case.places.get(self.jobs - 1) {
                    Some(false) => Ended::Overloaded,
                    _ => self.act(then, index, phase),
                }
            }
        }
    }

    fn error(&mut self, otherwise: u16) -> u16 {
        let mut answer = None;
        for index in self.of(2) {
            let (answers, fails) = self.case.members[index].error;
            let answered = (answers && !fails).then(|| status(index) + 100);
            let outcome = match answered {
                _ if fails => "failed".to_owned(),
                Some(status) => status.to_string(),
                None => "passed".to_owned(),
            };
            self.calls.push(format!("error {index}: {outcome}"));
            answer = answer.or(answered);
        }
        answer.unwrap_or(otherwise)
    }
}
