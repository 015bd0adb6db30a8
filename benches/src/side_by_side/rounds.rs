//! Rounds in turn: A B C, B A C, and again for those that don't agree with themselves.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::side_by_side::certificate::Certificate;
use crate::side_by_side::contestant::Contestant;
use crate::side_by_side::cores::Cores;
use crate::side_by_side::figures::{Absence, Figures, Spread};
use crate::side_by_side::guard::interrupted;
use crate::side_by_side::plan::Plan;
use crate::side_by_side::rival::Rival;
use crate::side_by_side::site::Site;
use crate::side_by_side::workload::Workload;

/// What all rounds have in common.
#[derive(Debug)]
pub(super) struct Lab<'a> {
    /// Ours is the first.
    pub(super) entrants: &'a [Entrant],
    pub(super) site: &'a Site,
    /// What all of them show that speak TLS.
    pub(super) certificate: &'a Certificate,
    /// For what servers and clients are given to read.
    pub(super) folder: &'a Path,
    /// Where our own programs are.
    pub(super) programs: &'a Path,
    pub(super) cores: Cores,
}

/// A server that takes part: installed here, and its program found.
#[derive(Debug)]
pub(super) struct Entrant {
    pub(super) rival: Rival,
    pub(super) program: PathBuf,
    pub(super) version: Option<String>,
}

/// Starts all entrants for this kind of work, one after the other. Each is stopped when it has been warmed up.
///
/// # Errors
///
/// Only when the driver is told to end: who can't take part has the reason in its figures.
pub(super) fn enter(
    lab: &Lab<'_>,
    workload: &Workload,
    plan: Plan,
) -> Result<(Vec<Figures>, Vec<Option<Contestant>>)> {
    let mut all = Vec::new();
    let mut contestants = Vec::new();
    for entrant in lab.entrants {
        interrupted()?;
        let mut figures = Figures::new(entrant.rival.name);
        match Contestant::enter(lab, workload, entrant, plan) {
            Ok(contestant) => contestants.push(Some(contestant)),
            Err(absence) => {
                interrupted()?;
                figures.absence = Some(absence);
                contestants.push(None);
            }
        }
        all.push(figures);
    }
    Ok((all, contestants))
}

/// Measures in turn. A server that fails drops out; what it has shown until then is kept.
///
/// # Errors
///
/// Only when the driver is told to end.
pub(super) fn measure(
    lab: &Lab<'_>,
    workload: &Workload,
    all: &mut [Figures],
    contestants: &mut [Option<Contestant>],
    plan: Plan,
) -> Result<()> {
    let mut random = fastrand::Rng::with_seed(1);
    let mut wanted: Vec<usize> = (0..all.len()).collect();
    for round in 0..plan.rounds + plan.more {
        if round == plan.rounds {
            wanted = again(all);
        }
        // Nobody always comes after the same neighbour, or always first.
        random.shuffle(&mut wanted);
        for figures in &mut *all {
            figures.samples.push(None);
        }
        for &at in &wanted {
            interrupted()?;
            let Some(contestant) = &mut contestants[at] else { continue };
            match contestant.sample(lab, workload, plan) {
                Ok(sample) => all[at].samples[round] = Some(sample),
                Err(error) => {
                    interrupted()?;
                    let why = format!("in round {}: {error:#}", round + 1);
                    all[at].absence = Some(Absence::Failed(why));
                    contestants[at] = None;
                }
            }
        }
    }
    Ok(())
}

/// Has everybody who is left compared under load. Who gives other answers then has failed, whatever its figures.
///
/// # Errors
///
/// Only when the driver is told to end.
pub(super) fn compare(
    lab: &Lab<'_>,
    workload: &Workload,
    all: &mut [Figures],
    contestants: &mut [Option<Contestant>],
) -> Result<()> {
    for (figures, place) in all.iter_mut().zip(contestants) {
        interrupted()?;
        let Some(contestant) = place else { continue };
        if let Err(error) = contestant.compare(lab, workload) {
            interrupted()?;
            figures.absence = Some(Absence::Failed(format!("compared under load: {error:#}")));
            *place = None;
        }
    }
    Ok(())
}

/// Whose ratios to ours lie too far apart, with those that ratios are taken to; nobody if all agree.
fn again(all: &[Figures]) -> Vec<usize> {
    let Some(ours) = all.first() else { return Vec::new() };
    let is_wide = |figures: &Figures| figures.ratio_to(ours).is_some_and(Spread::is_wide);
    let wide: Vec<usize> = (1..all.len()).filter(|&at| is_wide(&all[at])).collect();
    if wide.is_empty() {
        return wide;
    }
    let is_base = |at: &usize| *at == 0 || all[*at].server == "floor";
    (0..all.len()).filter(|at| is_base(at) || wide.contains(at)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::side_by_side::figures::Sample;

    fn figures(server: &'static str, costs: [f64; 3]) -> Figures {
        let sample = |cost| Some(Sample { idle: Some(cost), ..Sample::default() });
        Figures { samples: costs.map(sample).into(), ..Figures::new(server) }
    }

    #[test]
    fn only_who_disagrees_with_itself_is_measured_again_beside_ours_and_the_floor() {
        let ours = || figures("catzilla", [1.0, 2.0, 3.0]);
        let steady = || figures("steady", [2.0, 4.0, 6.0]);
        let floor = || figures("floor", [0.5, 1.0, 1.5]);
        assert_eq!(again(&[ours(), steady(), floor()]), [0_usize; 0]);
        let wide = figures("wide", [2.0, 2.0, 2.0]);
        assert_eq!(again(&[ours(), steady(), wide, floor()]), [0, 2, 3]);
        assert_eq!(again(&[]), [0_usize; 0]);
    }
}
