//! Asks the rules: those about contracts while each is judged, the others once what all contracts say is joined.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use super::usage::Usage;
use super::{Check, Digest, Lint, Question, RULES, Rule, internal_error};
use crate::analysis::Analysis;
use crate::diagnostic::{Diagnostic, Label};
use crate::facts::Unchecked;
use crate::graph::{FunctionId, Program};
use crate::project::ContractId;
use crate::source::Location;
use crate::stopwatch::Stopwatch;

/// What was found, and what could not be found out.
#[derive(Clone, Default)]
pub struct Outcome {
    pub found: Vec<Diagnostic>,
    /// The functions that were not checked, or not by all rules.
    pub unchecked: BTreeMap<FunctionId, Unchecked>,
}

/// So many contracts are named that took so long to walk.
const SLOWEST: usize = 10;
const LONG: Duration = Duration::from_millis(100);

/// What one contract came to.
#[derive(Clone, Default)]
struct Judged {
    outcome: Outcome,
    digest: Digest,
    /// How long each rule took.
    laps: Vec<(&'static str, Duration)>,
}

/// Everything that the rules find which are on, and what those would find that are only counted. A rule that panics is
/// a finding itself and loses only its own findings. What contracts say comes with it, to `questions` as well as to
/// those of the rules.
pub fn run(
    analysis: &Analysis<'_>,
    is_on: impl Fn(&Rule) -> bool,
    is_counted: impl Fn(&Rule) -> bool,
    questions: &[Question],
    watch: &mut Stopwatch,
) -> (Outcome, Digest) {
    let mut rules: Vec<_> = RULES.iter().copied().filter(|rule| is_on(rule)).collect();
    let needs_facts =
        !questions.is_empty() || rules.iter().flat_map(|rule| rule.checks).any(Check::needs_facts);
    let on = rules.len();
    // Facts are not found out for a number, and a part of it would be a wrong one.
    if needs_facts {
        rules.extend(RULES.iter().copied().filter(|rule| is_counted(rule)));
    }
    let checks = rules.iter().flat_map(|rule| rule.checks);
    let needs_usage = checks.clone().any(Check::needs_usage);
    let asked = checks.filter_map(|check| check.questions()).flatten().chain(questions);
    let questions: Vec<_> = BTreeSet::from_iter(asked.copied()).into_iter().collect();
    let (mut outcome, mut digest) = (Outcome::default(), Digest::default());
    let mut laps: BTreeMap<&'static str, Duration> = BTreeMap::new();
    if needs_usage {
        let read = analysis.each(|contract| read(analysis, contract, &rules));
        for judged in read {
            outcome.found.extend(judged.outcome.found);
            judged.laps.into_iter().for_each(|(lap, took)| *laps.entry(lap).or_default() += took);
        }
        watch.add(USAGE, laps.remove(USAGE).unwrap_or_default());
    }
    if needs_facts {
        let contracts = analysis.program.project.contract_ids();
        for (contract, judged) in contracts.zip(judge_all(analysis, &rules, on, &questions)) {
            let Some(judged) = judged else {
                outcome.found.push(internal_error::of_contract(analysis.program, contract));
                continue;
            };
            outcome.found.extend(judged.outcome.found);
            outcome.unchecked.extend(judged.outcome.unchecked);
            digest.join(judged.digest);
            judged.laps.into_iter().for_each(|(rule, took)| *laps.entry(rule).or_default() += took);
        }
        watch.add("facts", analysis.walked());
        for (took, contract) in analysis.slowest(SLOWEST).into_iter().filter(|&(took, _)| took >= LONG) {
            let path = &analysis.program.project.file(analysis.program.contract(contract).file).path;
            watch.note(format!("{path} took {} ms", took.as_millis()));
        }
    }
    let mut lint = Lint::of_answers(analysis, digest);
    for rule in &rules {
        let began = Instant::now();
        for check in rule.checks {
            if let Check::Program(check) | Check::Project(_, check) = check {
                lint.end();
                outcome.found.extend(guarded(analysis.program, rule, || check(&mut lint)));
            }
        }
        *laps.entry(rule.id).or_default() += began.elapsed();
    }
    for rule in &rules {
        watch.add(rule.id, laps.get(rule.id).copied().unwrap_or_default());
    }
    outcome.found = settled(outcome.found, &rules);
    (outcome, lint.digest)
}

/// What contracts say, where no rule is asked.
pub fn gather(analysis: &Analysis<'_>, questions: &[Question]) -> Digest {
    let mut digest = Digest::default();
    let judged = judge_all(analysis, &[], 0, questions);
    judged.into_iter().flatten().for_each(|judged| digest.join(judged.digest));
    digest
}

/// Asks rules, of which the first `on` are on, and questions of every contract; `None` where the analysis itself panicked.
fn judge_all(
    analysis: &Analysis<'_>,
    rules: &[&Rule],
    on: usize,
    questions: &[Question],
) -> Vec<Option<Judged>> {
    if questions.contains(&Question::Codes) {
        analysis.ask_codes();
    }
    let asked: Vec<_> =
        rules.iter().map(|rule| rule.id).chain(questions.iter().map(|it| it.as_str())).collect();
    analysis.judge(&asked, |contract, judging| {
        judge(Lint::of_contract(analysis, contract, judging), contract, rules, on, questions)
    })
}

impl Check {
    fn needs_usage(&self) -> bool {
        matches!(self, Check::Usage(_))
    }

    fn needs_facts(&self) -> bool {
        !matches!(self, Check::Program(_)) && !self.needs_usage()
    }

    fn questions(&self) -> Option<&'static [Question]> {
        match self {
            Check::Project(questions, _) => Some(questions),
            _ => None,
        }
    }
}

/// What a rule finds, or that it panicked.
fn guarded(program: &Program<'_>, rule: &Rule, check: impl FnOnce() -> Vec<Diagnostic>) -> Vec<Diagnostic> {
    let found = catch_unwind(AssertUnwindSafe(check));
    found.unwrap_or_else(|_| internal_error::of(program, rule).into_iter().collect())
}

/// The lap of what the rules about usage share.
const USAGE: &str = "usage";

/// Asks the rules about one contract that need no facts. What names mean in a broken one is not known.
fn read<'a>(analysis: &'a Analysis<'a>, contract: ContractId, rules: &[&Rule]) -> Judged {
    let (program, mut judged) = (analysis.program, Judged::default());
    let stated = program.contract(contract);
    if !stated.linted || !stated.syntax.errors.is_empty() {
        return judged;
    }
    let began = Instant::now();
    let usage = catch_unwind(AssertUnwindSafe(|| Usage::new(analysis, contract)));
    judged.laps.push((USAGE, began.elapsed()));
    let Ok(usage) = usage else {
        judged.outcome.found.push(internal_error::of_contract(program, contract));
        return judged;
    };
    for rule in rules.iter().filter(|rule| rule.checks.iter().any(Check::needs_usage)) {
        let began = Instant::now();
        for check in rule.checks {
            if let Check::Usage(check) = check {
                judged.outcome.found.extend(guarded(program, rule, || check(&usage)));
            }
        }
        judged.laps.push((rule.id, began.elapsed()));
    }
    judged
}

/// Asks all rules about one contract.
fn judge(
    mut lint: Lint<'_>,
    contract: ContractId,
    rules: &[&Rule],
    on: usize,
    questions: &[Question],
) -> Judged {
    let program = lint.program;
    let mut judged = Judged::default();
    let functions: Vec<_> = program.functions_of(contract).collect();
    for &function in &functions {
        if let Some(why) = lint.begin(function).unchecked {
            judged.outcome.unchecked.insert(function, why);
        }
    }
    if program.contract(contract).linted {
        let entrypoints = lint.entrypoints();
        for (index, rule) in rules.iter().enumerate() {
            let began = Instant::now();
            let before = std::mem::take(&mut lint.too_large);
            let mut found = Vec::new();
            for &check in rule.checks {
                lint.end();
                match check {
                    Check::Program(_) | Check::Usage(_) | Check::Project(..) => {}
                    Check::Contract(check) => {
                        found.extend(guarded(program, rule, || check(&mut lint, contract)));
                    }
                    Check::Function(check) => {
                        found.extend(guarded(program, rule, || each(&mut lint, &functions, check)));
                    }
                    Check::Entrypoint(check) => {
                        found.extend(guarded(program, rule, || each(&mut lint, &entrypoints, check)));
                    }
                }
            }
            lint.end();
            // What was not looked at to the end is not accused.
            let too_large: BTreeSet<_> =
                lint.too_large.iter().map(|&function| program.name(function)).collect();
            found.retain(|it: &Diagnostic| {
                it.function.as_deref().is_none_or(|function| !too_large.contains(function))
            });
            judged.outcome.found.extend(found);
            // What is only counted takes nothing from what was asked for.
            if index >= on {
                lint.too_large.clear();
            }
            lint.too_large.extend(before);
            judged.laps.push((rule.id, began.elapsed()));
        }
    }
    lint.end();
    judged.digest = Digest::of(&mut lint, contract, questions);
    lint.end();
    for &function in &lint.too_large {
        judged.outcome.unchecked.entry(function).or_insert(Unchecked::TooLarge);
    }
    judged
}

fn each(
    lint: &mut Lint<'_>,
    functions: &[FunctionId],
    check: fn(&mut Lint<'_>, FunctionId) -> Vec<Diagnostic>,
) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for &function in functions {
        lint.begin(function);
        found.extend(check(lint, function));
    }
    lint.end();
    found
}

/// What is left once all rules have spoken: everything once, one finding for one cause, and none where a rule that says
/// more has one.
fn settled(found: Vec<Diagnostic>, rules: &[&Rule]) -> Vec<Diagnostic> {
    let mut said = BTreeSet::new();
    let found = found.into_iter().filter(|it| said.insert((it.rule, it.at, it.message.clone()))).collect();
    let found = once_a_cause(found);
    let mut spoken: BTreeMap<&str, BTreeSet<Location>> = BTreeMap::new();
    for it in &found {
        let cause = it.cause.as_ref().map(|cause| cause.at);
        let places = it.labels.iter().map(|label| label.at).chain([it.at]).chain(cause);
        spoken.entry(it.rule).or_default().extend(places);
    }
    let yields = |it: &Diagnostic| {
        let rule = rules.iter().find(|rule| rule.id == it.rule);
        let others = rule.into_iter().flat_map(|rule| rule.yields_to);
        others.filter_map(|other| spoken.get(other)).any(|places| places.contains(&it.at))
    };
    found.iter().filter(|it| !yields(it)).cloned().collect()
}

/// The most entrypoints that a finding names besides its own.
const MAX_OTHERS: usize = 8;

/// Findings of one rule with one cause become one: that of the entrypoint which is nearest to the cause. It names the
/// others.
fn once_a_cause(found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut by_cause: BTreeMap<(&str, Location), Vec<Diagnostic>> = BTreeMap::new();
    let mut kept = Vec::new();
    for it in found {
        match &it.cause {
            Some(cause) => by_cause.entry((it.rule, cause.at)).or_default().push(it),
            None => kept.push(it),
        }
    }
    for mut all in by_cause.into_values() {
        all.sort_by_key(|it| it.trace.len());
        let mut all = all.into_iter();
        let Some(mut first) = all.next() else { continue };
        let others: Vec<_> = all.filter_map(|it| Some((it.cause?.entrypoint, it.function?))).collect();
        let mut named = BTreeSet::from_iter(first.cause.as_ref().map(|cause| cause.entrypoint));
        let others: Vec<_> = others.into_iter().filter(|&(at, _)| named.insert(at)).collect();
        let hidden = others.len().saturating_sub(MAX_OTHERS);
        for (index, (at, name)) in others.into_iter().take(MAX_OTHERS).enumerate() {
            let more = match hidden {
                hidden if hidden > 0 && index + 1 == MAX_OTHERS => format!(", and {hidden} more"),
                _ => String::new(),
            };
            first.labels.push(Label { at, message: format!("so does `{name}`{more}") });
        }
        kept.push(first);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Or what is only counted would take findings away.
    #[test]
    fn no_rule_yields_to_one_that_is_off_by_default() {
        for rule in RULES {
            for other in rule.yields_to.iter().filter_map(|id| super::super::find(id)) {
                assert!(other.level.is_some(), "{} yields to {}", rule.id, other.id);
            }
        }
    }
}
