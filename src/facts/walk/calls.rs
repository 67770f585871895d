//! Calls: the summary of a callee instantiated at the call, the callbacks of lists, and contracts that are not known.

use super::Walk;
use crate::builtins::Builtin;
use crate::facts::govern::is_who_calls;
use crate::facts::set::Facts;
use crate::facts::summary::{Allowance, Effect, EffectKind, Outcome, Summary};
use crate::facts::term::{Op, StateId, TermId};
use crate::graph::{FunctionId, Site, Target};
use crate::model::{Access, Definition, ExprId, ExprKind, List};
use crate::syntax::Symbol;

impl Walk<'_, '_> {
    pub(super) fn contract_call(&mut self, id: ExprId, method: Symbol, parts: List) -> TermId {
        let model = self.model;
        let (&target, arguments) = match model.list(parts).split_first() {
            Some(split) => split,
            None => return self.terms().opaque(),
        };
        let program = self.engine.program;
        let called = self.eval(target);
        let args: Vec<_> = arguments.iter().map(|&argument| self.eval(argument)).collect();
        if self.state.is_none() {
            return self.engine.absurd();
        }
        let name = program.contract(self.contract).syntax.tree.name(method);
        match program.target(self.site(id)) {
            Some(Target::Contract(contract)) => match program.callable(*contract, name) {
                Some(callee) => {
                    let own = self.engine.principal(self.contract);
                    self.call(id, callee, &args, own)
                }
                None => self.external(id, &format!("{}.{name}", program.contract(*contract).name), args),
            },
            Some(Target::Missing(contract) | Target::Absent(contract)) => {
                self.external(id, &format!("{contract}.{name}"), args)
            }
            Some(Target::Dynamic(of)) => {
                let label = format!("{}.{name}", program.node(Site { expr: target, ..self.site(id) }).text());
                let method = self.engine.name(self.contract, method);
                // A helper may have checked the contract and handed it on.
                let called = self.revealed(called);
                let args = [&[called], &args[..]].concat();
                self.effect(id, EffectKind::Dynamic { method, of: *of }, args);
                self.havoc();
                let result = self.terms().result_of(&label);
                if let Some(call) = self.effects.last_mut() {
                    call.result = Some(result);
                }
                result
            }
            None => self.terms().opaque(),
        }
    }

    /// A call of a contract that is not in the project.
    pub(super) fn external(&mut self, id: ExprId, path: &str, mut args: Vec<TermId>) -> TermId {
        let path = self.terms().intern(path);
        self.effect(id, EffectKind::External(path), args.clone());
        self.havoc();
        args.push(self.sender);
        let own = self.terms().opaque();
        args.push(own);
        self.terms().make(Op::External(path), &args)
    }

    pub(super) fn call(&mut self, id: ExprId, callee: FunctionId, args: &[TermId], caller: TermId) -> TermId {
        let Some(state) = self.state.clone() else { return self.engine.absurd() };
        let summary = self.engine.summary(callee);
        let Some(result) = summary.result else {
            self.effect(id, EffectKind::Unchecked, args.to_vec());
            self.havoc();
            return self.terms().opaque();
        };
        let call =
            self.engine.call(callee, args, (self.sender, caller), |terms, input| state.read(terms, input));
        let told = match self.is_accessor(result) || self.may_be_caller(result) {
            true => self.engine.instance(call, result),
            false => call,
        };
        let result =
            if self.is_accessor(result) || is_who_calls(&self.engine.terms, told) { told } else { call };
        self.apply(id, callee, &summary, call, result, None);
        result
    }

    /// Whether a result decides nothing, so that the call may be its result at once. A call that decides something,
    /// with a bool, an ok or an err, stays folded: that it was made is a fact that policies ask for.
    pub(super) fn is_accessor(&self, result: TermId) -> bool {
        let terms = &self.engine.terms;
        match terms.op(result) {
            Op::Initial(state @ StateId::Variable(..)) => !self.engine.is_flag(state),
            Op::Literal(_)
            | Op::Deployer
            | Op::Constant(..)
            | Op::Sender
            | Op::Caller
            | Op::Keyword(_)
            | Op::Tuple(_)
            | Op::Token(..) => true,
            _ => terms.is_optional(result),
        }
    }

    /// Whether a result is who calls in one of two ways, or may be at some calls.
    fn may_be_caller(&self, result: TermId) -> bool {
        match (self.engine.terms.op(result), self.engine.terms.args(result)) {
            (Op::If, &[_, yes, no]) => [yes, no].iter().any(|&side| is_who_calls(&self.engine.terms, side)),
            _ => is_who_calls(&self.engine.terms, result),
        }
    }

    /// What a call does: the effects of the callee, instantiated at the call, and the state that it leaves. `given`
    /// is what holds for each element of a list that the function is applied to.
    pub(super) fn apply(
        &mut self,
        id: ExprId,
        callee: FunctionId,
        summary: &Summary,
        call: TermId,
        result: TermId,
        given: Option<&Facts>,
    ) {
        // The effects of a public function exist only if it returns ok; it rolls back otherwise.
        let public = self.engine.program.function(callee).access == Access::Public;
        let gate = if public { self.engine.assume_good(result, true) } else { Some(Facts::default()) };
        let gate = gate.and_then(|gate| given.map_or(Some(gate.clone()), |given| gate.and(given)));
        let Some(gate) = gate else { return };
        let may_fail = public && self.engine.assume_good(result, false).is_some();
        // How often a list's function is applied is not known, nor what is made of its answers.
        let response = if given.is_some() { Outcome::Settled } else { Outcome::Asked(result) };
        // Effects in a row mostly share what holds for them.
        let mut told: Option<(&Facts, Option<Facts>)> = None;
        for effect in &summary.effects {
            if self.too_large() {
                return;
            }
            let facts = match told.take() {
                Some((of, facts)) if of.is_shared_with(&effect.facts) => facts,
                _ => self.engine.instance_facts(call, &effect.facts).and_then(|facts| facts.and(&gate)),
            };
            told = Some((&effect.facts, facts.clone()));
            if let Some(facts) = facts {
                let outcome = match effect.outcome {
                    // What a public function does is gone if it fails.
                    Outcome::Settled if !public || !may_fail => Outcome::Settled,
                    Outcome::Settled | Outcome::Asked(_) => response,
                    Outcome::Ignored => Outcome::Ignored,
                };
                let effect = Effect { outcome, ..self.instance_effect(id, call, effect) };
                self.add_effect(effect, facts);
            }
        }
        self.prints |= summary.prints;
        if summary.havocs {
            self.havoc();
        }
        for &(state, value) in &summary.post {
            let value = self.engine.instance(call, value);
            // What a public function wrote is gone if it fails.
            let value = if public {
                let (before, succeeds) = (self.read(state), self.terms().good(result));
                self.terms().if_(succeeds, value, before)
            } else {
                value
            };
            self.write(state, value);
        }
    }

    pub(super) fn instance_effect(&mut self, id: ExprId, call: TermId, effect: &Effect) -> Effect {
        let own_allowances = |walk: &mut Self, allowance: &Allowance| Allowance {
            builtin: allowance.builtin,
            args: allowance.args.iter().map(|&arg| walk.engine.instance(call, arg)).collect(),
        };
        let allowances = match &effect.allowances {
            Some(inner) => Some(inner.iter().map(|allowance| own_allowances(self, allowance)).collect()),
            None => self.allowances.clone(),
        };
        Effect {
            kind: effect.kind.clone(),
            args: effect.args.iter().map(|&arg| self.engine.instance(call, arg)).collect(),
            sender: self.engine.instance(call, effect.sender),
            caller: self.engine.instance(call, effect.caller),
            result: effect.result.map(|result| self.engine.instance(call, result)),
            outcome: Outcome::Settled,
            allowances,
            site: effect.site,
            calls: [&[self.site(id)], &effect.calls[..]].concat(),
            facts: Facts::default(),
            exits: Vec::new(),
        }
    }

    /// `map`, `filter`, `fold`: the function is applied to any element, any number of times.
    pub(super) fn callback(
        &mut self,
        id: ExprId,
        builtin: Builtin,
        function: ExprId,
        lists: &[ExprId],
    ) -> TermId {
        let lists: Vec<_> = lists.iter().map(|&list| self.eval(list)).collect();
        if self.state.is_none() {
            return self.engine.absurd();
        }
        let ExprKind::Name(Definition::Function(index)) = self.model.expr(function).kind else {
            return self.terms().pure(builtin, &lists);
        };
        // While it is written, a `fold` has no first value yet, or more than one.
        if builtin == Builtin::Fold && lists.len() != 2 {
            return self.terms().opaque();
        }
        let callee = FunctionId { contract: self.contract, index };
        let summary = self.engine.summary(callee);
        if summary.result.is_none() {
            self.effect(id, EffectKind::Unchecked, lists);
            self.havoc();
            return self.terms().opaque();
        }
        // What one application writes, the next one reads.
        for &(state, _) in &summary.post {
            self.disturb(state);
        }
        let sequences = if builtin == Builtin::Fold { 1 } else { lists.len() };
        let mut args = Vec::new();
        let mut given = Some(Facts::default());
        for &list in lists.iter().take(sequences) {
            let (element, known) = self.element(list);
            given = given.zip(known).and_then(|(given, known)| given.and(&known));
            args.push(element);
        }
        let accumulator = (builtin == Builtin::Fold).then(|| self.terms().opaque());
        args.extend(accumulator);
        let (sender, caller) = (self.sender, self.caller);
        let Some(state) = self.state.clone() else { return self.engine.absurd() };
        let call = self.engine.call(callee, &args, (sender, caller), |terms, input| state.read(terms, input));
        // If nothing can hold for an element, there is none, and nothing is done.
        if let Some(given) = given {
            self.apply(id, callee, &summary, call, call, Some(&given));
        }
        for &(state, _) in &summary.post {
            self.disturb(state);
        }
        let parameters = self.engine.program.function(callee).parameters.len();
        // The chain rejects a function of other parameters; its steps have no meaning.
        if args.len() != parameters {
            return self.terms().opaque();
        }
        let inputs = self.engine.terms.args(call)[parameters..].to_vec();
        let args = [&lists[..], &inputs].concat();
        let op = match builtin {
            Builtin::Fold => Op::Folded(callee),
            Builtin::Filter => Op::Filtered(callee),
            _ => Op::Mapped(callee),
        };
        let term = self.terms().make(op, &args);
        if let Some(accumulator) = accumulator {
            self.engine.note_accumulator(term, accumulator);
        }
        term
    }

    /// Any element of a list, and what holds for it: what a `filter` lets through satisfies its function. That is
    /// known of elements only; of a list without any it says nothing.
    pub(super) fn element(&mut self, list: TermId) -> (TermId, Option<Facts>) {
        let element = self.terms().make(Op::Element, &[list]);
        let (mut known, mut list) = (Some(Facts::default()), list);
        while let Op::Filtered(function) = self.engine.terms.op(list) {
            let mut args = self.engine.terms.args(list).to_vec();
            list = std::mem::replace(&mut args[0], element);
            let test = self.terms().make(Op::Call(function), &args);
            let passes = self.engine.assume(test, true);
            known = known.zip(passes).and_then(|(known, passes)| known.and(&passes));
        }
        (element, known)
    }
}
