//! The engine: summaries of the functions of a contract, callees first, over one arena of terms.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::budget::Budget;
use super::seal::{Seal, Seals};
use super::set::{Fact, Facts};
use super::summary::{Summary, Unchecked};
use super::term::{Declarations, Mask, Moved, Op, Place, StateId, TermId, Terms, TextId};
use super::walk;
use crate::builtins::Builtin;
use crate::graph::{FunctionId, Program};
use crate::project::ContractId;
use crate::syntax::{Expr as Node, Kind, Symbol};

/// How deep constants that are defined by constants further below are looked into.
const MAX_CONSTANTS: u32 = 32;
/// How many calls are looked into for what a term rests on.
const MAX_CALLS: u32 = 32;

/// What is known of the functions of one contract and of those that it calls, over one arena of terms; or of all
/// functions of a project, each imported when it is asked for.
pub struct Engine<'p> {
    pub program: &'p Program<'p>,
    pub terms: Terms,
    seals: &'p Seals,
    /// The contracts whose functions were walked here; those of others are imported.
    home: &'p [ContractId],
    summaries: FxHashMap<FunctionId, Arc<Summary>>,
    deployments: FxHashMap<ContractId, Arc<Summary>>,
    imported: FxHashMap<ContractId, Moved>,
    pub(super) assumed: FxHashMap<Fact, Option<Facts>>,
    pub(super) branches: FxHashMap<(Fact, Fact), Option<Facts>>,
    /// How many helpers, and how many terms, the current assumption is inside of.
    pub(super) helpers: u32,
    pub(super) nested: u32,
    pub(super) budget: Budget,
    /// What the leaves of a callee's summary are at one call, by the term of the call.
    instances: FxHashMap<TermId, FxHashMap<TermId, TermId>>,
    unfolded: FxHashMap<TermId, Option<TermId>>,
    accumulators: FxHashMap<TermId, TermId>,
    constants: FxHashMap<(ContractId, u32), TermId>,
    names: FxHashMap<(ContractId, Symbol), TextId>,
}

impl<'p> Engine<'p> {
    /// Nothing is walked: everything is imported when it is asked for.
    pub fn importing(program: &'p Program<'p>, seals: &'p Seals) -> Self {
        Self {
            program,
            terms: Terms::new(seals.declared.clone()),
            seals,
            home: &[],
            summaries: FxHashMap::default(),
            deployments: FxHashMap::default(),
            imported: FxHashMap::default(),
            assumed: FxHashMap::default(),
            branches: FxHashMap::default(),
            helpers: 0,
            nested: 0,
            budget: Budget::default(),
            instances: FxHashMap::default(),
            unfolded: FxHashMap::default(),
            accumulators: FxHashMap::default(),
            constants: FxHashMap::default(),
            names: FxHashMap::default(),
        }
    }

    /// Summarises every function of a contract, and of those that it is in a cycle with. All others that it calls are
    /// sealed already.
    pub fn walking(program: &'p Program<'p>, seals: &'p Seals, contract: ContractId) -> Self {
        let mut engine = Self::importing(program, seals);
        engine.home = seals.walked_with(contract);
        // In their order, so that each finds those before it computed.
        for &home in engine.home {
            engine.terms.at(Place::Contract(home));
            for index in 0..program.model(home).constants.len() as u32 {
                engine.refill();
                engine.constant(home, index);
            }
        }
        for group in program.callees_first(engine.home) {
            for &function in &group {
                let summary = match group[..] {
                    [_] => walk::summarise(&mut engine, function),
                    _ => Summary::unknown(Unchecked::Cycle),
                };
                engine.summaries.insert(function, Arc::new(summary));
            }
        }
        let deployment = walk::deployment(&mut engine, contract);
        engine.deployments.insert(contract, Arc::new(deployment));
        engine.terms.at(Place::Question);
        engine.refill();
        engine
    }

    /// Begins the work on another function, or another question.
    pub fn refill(&mut self) {
        self.budget = Budget::default();
        self.terms.too_deep = false;
    }

    /// Whether the work since the last refill was more than a function may take: what was found out then is less than
    /// what holds.
    pub fn is_spent(&self) -> bool {
        self.budget.is_spent()
    }

    pub fn summary(&mut self, function: FunctionId) -> Arc<Summary> {
        if let Some(known) = self.summaries.get(&function) {
            return known.clone();
        }
        let summary = match self.sealed(function.contract) {
            Some(seal) => {
                self.import(function.contract, &seal.terms, &seal.functions[function.index as usize])
            }
            None => Summary::unknown(Unchecked::Cycle),
        };
        let summary = Arc::new(summary);
        self.summaries.insert(function, summary.clone());
        summary
    }

    /// The summary of a function that was walked here, or that something walked here calls.
    pub fn known(&self, function: FunctionId) -> Option<&Arc<Summary>> {
        self.summaries.get(&function)
    }

    /// What a contract does when it is deployed.
    pub fn deployment(&mut self, contract: ContractId) -> Arc<Summary> {
        if let Some(known) = self.deployments.get(&contract) {
            return known.clone();
        }
        let summary = match self.sealed(contract) {
            Some(seal) => self.import(contract, &seal.terms, &seal.deployment),
            None => Summary::unknown(Unchecked::Cycle),
        };
        let summary = Arc::new(summary);
        self.deployments.insert(contract, summary.clone());
        summary
    }

    /// The seal of a contract that was not walked here.
    pub fn sealed(&self, contract: ContractId) -> Option<&'p Seal> {
        self.seals.get(contract).filter(|_| !self.home.contains(&contract)).map(|seal| &**seal)
    }

    pub(super) fn declared(&self) -> Arc<Declarations> {
        self.seals.declared.clone()
    }

    fn import(&mut self, contract: ContractId, from: &Terms, summary: &Summary) -> Summary {
        let mut moved = self.imported.remove(&contract).unwrap_or_default();
        let summary = summary.moved(&mut moved, from, &mut self.terms);
        self.imported.insert(contract, moved);
        summary
    }

    /// Whether a variable is declared as a bool.
    pub fn is_flag(&self, state: StateId) -> bool {
        let StateId::Variable(contract, index) = state else { return false };
        let tree = &self.program.contract(contract).syntax.tree;
        let declared = self.program.model(contract).variables[index as usize].value_type;
        declared.is_some_and(|declared| tree.expr(declared).text() == "bool")
    }

    /// The two sides of an equation that holds.
    pub fn equation(&self, fact: Fact) -> Option<(TermId, TermId)> {
        let is_equation = fact.holds() && self.terms.op(fact.term()) == Op::Pure(Builtin::IsEq);
        is_equation.then(|| (self.terms.arg(fact.term(), 0), self.terms.arg(fact.term(), 1)))
    }

    /// The entries that the facts say are there, and their maps.
    pub fn found_entries(&self, facts: &Facts) -> impl Iterator<Item = (TermId, StateId)> {
        facts.iter().filter(|fact| fact.holds()).filter_map(|fact| {
            let &[entry] = self.terms.args(fact.term()) else { return None };
            match (self.terms.op(fact.term()), self.terms.op(entry)) {
                (Op::Good, Op::Entry(map)) => Some((entry, map)),
                _ => None,
            }
        })
    }

    /// What the facts compare who calls with, and find equal.
    pub fn equal_to_caller(&self, facts: &Facts) -> impl Iterator<Item = TermId> {
        let equations = facts.iter().filter_map(|fact| self.equation(fact));
        equations.filter_map(|(a, b)| match (self.terms.is_caller(a), self.terms.is_caller(b)) {
            (true, false) => Some(b),
            (false, true) => Some(a),
            _ => None,
        })
    }

    /// Whether somebody is who calls, by itself or because the facts compare the two.
    pub fn is_caller(&self, facts: &Facts, who: TermId) -> bool {
        self.terms.is_caller(who) || self.equal_to_caller(facts).any(|equal| equal == who)
    }

    /// The side of a choice that the facts leave, of choices within choices, too; the value itself where they leave both.
    pub fn chosen(&mut self, facts: &Facts, mut value: TermId) -> TermId {
        while let (Op::If, &[condition, yes, no]) = (self.terms.op(value), self.terms.args(value)) {
            value = match (self.given(facts, condition, true), self.given(facts, condition, false)) {
                (Some(_), None) => yes,
                (None, Some(_)) => no,
                _ => break,
            };
        }
        value
    }

    /// What holds where a condition does or does not, beside what is known; `None` if that cannot be.
    pub(super) fn given(&mut self, facts: &Facts, condition: TermId, holds: bool) -> Option<Facts> {
        let given = self.assume(condition, holds)?;
        self.propagate(&facts.and(&given)?)
    }

    /// A name of a contract, as a text that is the same in all contracts.
    pub fn name(&mut self, contract: ContractId, symbol: Symbol) -> TextId {
        let (program, terms) = (self.program, &mut self.terms);
        let tree = &program.contract(contract).syntax.tree;
        *self.names.entry((contract, symbol)).or_insert_with(|| terms.intern(tree.name(symbol)))
    }

    /// The principal of a contract of the project.
    pub fn principal(&mut self, contract: ContractId) -> TermId {
        let contract = self.program.contract(contract);
        let text = match &contract.issuer {
            Some(issuer) => format!("'{issuer}.{}", contract.name),
            None => format!(".{}", contract.name),
        };
        self.terms.literal(&text)
    }

    /// The principal that deploys a contract.
    pub fn deployer(&mut self, contract: ContractId) -> TermId {
        match &self.program.contract(contract).issuer {
            Some(issuer) => self.terms.literal(&format!("'{issuer}")),
            None => self.terms.leaf(Op::Deployer),
        }
    }

    /// The value of a literal: equal values are one term.
    pub fn literal(&mut self, contract: ContractId, node: Node<'_>) -> TermId {
        let text = match node.kind() {
            Kind::Int => node.int().map(|value| value.to_string()),
            Kind::Uint => node.uint().map(|value| format!("u{value}")),
            Kind::Buffer => Some(node.text().to_ascii_lowercase()),
            Kind::Contract => node.contract_literal().map(|(issuer, name)| {
                let issuer = issuer.or(self.program.contract(contract).issuer.as_deref());
                issuer.map_or_else(|| format!(".{name}"), |issuer| format!("'{issuer}.{name}"))
            }),
            _ => None,
        };
        match text {
            Some(text) => self.terms.literal(&text),
            None => self.terms.literal(node.text()),
        }
    }

    /// The value of a constant: a term that depends on nothing.
    pub fn constant(&mut self, contract: ContractId, index: u32) -> TermId {
        if let Some(&known) = self.constants.get(&(contract, index)) {
            return known;
        }
        let named = self.terms.leaf(Op::Constant(contract, index));
        // Of a constant that is defined by itself nothing more is known, nor of one at the end of a long chain.
        self.constants.insert((contract, index), named);
        if self.nested >= MAX_CONSTANTS {
            return named;
        }
        self.nested += 1;
        let value = walk::value(self, contract, self.program.model(contract).constants[index as usize].value);
        self.nested -= 1;
        let term =
            if self.terms.mask(value) == Mask::NOTHING && value != self.absurd() { value } else { named };
        self.constants.insert((contract, index), term);
        term
    }

    /// What a variable holds before anything is written to it.
    pub fn first_value(&mut self, variable: StateId) -> Option<TermId> {
        let StateId::Variable(contract, index) = variable else { return None };
        let value = self.program.model(contract).variables[index as usize].initial?;
        Some(walk::value(self, contract, value))
    }

    pub fn absurd(&mut self) -> TermId {
        self.terms.leaf(Op::Absurd)
    }

    /// The term of a call: the function, its arguments, and the inputs that its summary reads.
    pub(super) fn call(
        &mut self,
        function: FunctionId,
        arguments: &[TermId],
        (sender, caller): (TermId, TermId),
        mut state: impl FnMut(&mut Terms, StateId) -> TermId,
    ) -> TermId {
        let summary = self.summary(function);
        let absurd = self.absurd();
        let parameters = self.program.function(function).parameters.len();
        let mut args: Vec<_> = arguments.iter().copied().take(parameters).collect();
        args.resize(parameters, absurd);
        args.extend(if summary.uses_caller { [sender, caller] } else { [absurd, absurd] });
        args.extend(summary.inputs.iter().map(|&input| state(&mut self.terms, input)));
        if summary.mask.has(Mask::UNKNOWN) {
            args.push(self.terms.opaque());
        }
        self.terms.make(Op::Call(function), &args)
    }

    /// The term of a call in the state that an entrypoint is entered with.
    pub fn call_at_entry(&mut self, function: FunctionId, arguments: &[TermId]) -> TermId {
        let context = (self.terms.leaf(Op::Sender), self.terms.leaf(Op::Caller));
        self.call(function, arguments, context, |terms, input| terms.leaf(Op::Initial(input)))
    }

    /// A term of the summary of the callee, instantiated at the call.
    pub fn instance(&mut self, call: TermId, term: TermId) -> TermId {
        let Op::Call(function) = self.terms.op(call) else { return term };
        let summary = self.summary(function);
        let parameters = self.program.function(function).parameters.len();
        let args = self.terms.args(call).to_vec();
        let mut memo = self.instances.remove(&call).unwrap_or_default();
        let replaced = self.terms.replace(term, &mut memo, &mut |terms, leaf, op| match op {
            Op::Parameter(index) => args.get(index as usize).copied().unwrap_or(leaf),
            Op::Sender => args[parameters],
            Op::Caller => args[parameters + 1],
            Op::Initial(state) => {
                let input = summary.inputs.binary_search(&state);
                input.map_or(leaf, |index| args[parameters + 2 + index])
            }
            Op::Opaque(..) => terms.another(leaf),
            _ => leaf,
        });
        self.instances.insert(call, memo);
        replaced
    }

    /// Facts of the summary of the callee, instantiated at the call; `None` if they cannot hold at this call.
    pub fn instance_facts(&mut self, call: TermId, facts: &Facts) -> Option<Facts> {
        let mut all = Vec::with_capacity(facts.len());
        for fact in facts.iter() {
            self.budget.spend(1);
            let term = self.instance(call, fact.term());
            if term == fact.term() {
                all.push(fact);
            } else {
                let needs = self.assume(term, fact.holds())?;
                self.budget.spend(needs.len());
                all.extend(needs.iter());
            }
        }
        Facts::from_vec(all)
    }

    /// What a call results in; `None` if nothing is known of the function.
    pub fn unfold(&mut self, call: TermId) -> Option<TermId> {
        if let Some(&known) = self.unfolded.get(&call) {
            return known;
        }
        let Op::Call(function) = self.terms.op(call) else { return None };
        let result = self.summary(function).result.map(|result| self.instance(call, result));
        self.unfolded.insert(call, result);
        result
    }

    /// Notes the accumulator that stands in the effects of a fold, so that its result is made with the same.
    pub(super) fn note_accumulator(&mut self, fold: TermId, accumulator: TermId) {
        self.accumulators.entry(fold).or_insert(accumulator);
    }

    /// One step of a fold, and the accumulator that stands in it.
    pub(super) fn fold_step(&mut self, fold: TermId) -> Option<(TermId, TermId)> {
        let Op::Folded(function) = self.terms.op(fold) else { return None };
        let accumulator = match self.accumulators.get(&fold) {
            Some(&known) => known,
            None => self.terms.opaque(),
        };
        self.accumulators.insert(fold, accumulator);
        let list = self.terms.arg(fold, 0);
        let element = self.terms.make(Op::Element, &[list]);
        let mut args = vec![element, accumulator];
        args.extend_from_slice(&self.terms.args(fold)[2..]);
        let step = self.terms.make(Op::Call(function), &args);
        Some((step, accumulator))
    }

    /// What a `map` or `filter` makes of one element.
    pub(super) fn application(&mut self, of: TermId) -> Option<TermId> {
        let (Op::Filtered(function) | Op::Mapped(function)) = self.terms.op(of) else { return None };
        let parameters = self.program.function(function).parameters.len();
        let mut args = self.terms.args(of).to_vec();
        for list in args.get_mut(..parameters)? {
            *list = self.terms.make(Op::Element, &[*list]);
        }
        Some(self.terms.make(Op::Call(function), &args))
    }

    /// Every term that `roots` are made of, once.
    pub fn parts(&self, roots: impl IntoIterator<Item = TermId>) -> FxHashSet<TermId> {
        let mut seen = FxHashSet::default();
        let mut open: Vec<_> = roots.into_iter().collect();
        while let Some(term) = open.pop() {
            if seen.insert(term) {
                open.extend_from_slice(self.terms.args(term));
            }
        }
        seen
    }

    /// Every term that these are made of, also within the results of the calls among them and the steps of folds, as far
    /// as a few calls go.
    pub fn parts_within_calls(&mut self, roots: impl IntoIterator<Item = TermId>) -> FxHashSet<TermId> {
        let mut calls = 0;
        let mut seen = FxHashSet::default();
        let mut open: Vec<_> = roots.into_iter().collect();
        while let Some(term) = open.pop() {
            if !seen.insert(term) {
                continue;
            }
            open.extend_from_slice(self.terms.args(term));
            if calls == MAX_CALLS {
                continue;
            }
            let within = match self.terms.op(term) {
                Op::Call(_) => self.unfold(term),
                Op::Folded(_) => self.fold_step(term).map(|(step, _)| step),
                _ => continue,
            };
            calls += 1;
            open.extend(within);
        }
        seen
    }
}
