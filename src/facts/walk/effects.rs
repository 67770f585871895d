//! What a body does to the world: reading and writing state, and the effects that are kept of it.

use super::{MAX_APART, MAX_WRITES, Walk};
use crate::builtins::Builtin;
use crate::facts::set::Facts;
use crate::facts::summary::{Effect, EffectKind, Outcome};
use crate::facts::term::{Op, StateId, TermId, Terms};
use crate::model::{Access, Definition, ExprId, ExprKind};

impl Walk<'_, '_> {
    pub(super) fn storage(&self, name: ExprId) -> Option<StateId> {
        let contract = self.contract;
        match self.model.expr(name).kind {
            ExprKind::Name(Definition::Variable(index)) => Some(StateId::Variable(contract, index)),
            ExprKind::Name(Definition::Map(index)) => Some(StateId::Map(contract, index)),
            ExprKind::Name(Definition::FungibleToken(index)) => Some(StateId::FungibleToken(contract, index)),
            ExprKind::Name(Definition::NonFungibleToken(index)) => {
                Some(StateId::NonFungibleToken(contract, index))
            }
            _ => None,
        }
    }

    pub(super) fn read(&mut self, state: StateId) -> TermId {
        match &self.state {
            Some(at) => at.read(&mut self.engine.terms, state),
            None => self.engine.absurd(),
        }
    }

    pub(super) fn disturb(&mut self, state: StateId) {
        if let Some(at) = &mut self.state {
            at.disturb(&mut self.engine.terms, state);
        }
    }

    /// A call that may have changed the state of other contracts: what a read-only function calls changes nothing.
    pub(super) fn havoc(&mut self) {
        let is_read_only = |function| self.engine.program.function(function).access == Access::ReadOnly;
        if self.function.is_some_and(is_read_only) {
            return;
        }
        if let Some(at) = &mut self.state {
            at.havoc(&mut self.engine.terms);
        }
    }

    pub(super) fn entry(&mut self, map: StateId, key: TermId) -> TermId {
        let version = self.read(map);
        self.terms().make(Op::Entry(map), &[key, version])
    }

    pub(super) fn write_map(
        &mut self,
        id: ExprId,
        builtin: Builtin,
        map: ExprId,
        args: Vec<TermId>,
    ) -> TermId {
        let (Some(map), Some(&key)) = (self.storage(map), args.first()) else { return self.terms().opaque() };
        if self.state.is_none() {
            return self.engine.absurd();
        }
        let before = self.entry(map, key);
        let existed = self.terms().good(before);
        let held = match (builtin, args.get(1)) {
            (Builtin::MapSet, Some(&value)) => self.terms().make(Op::Some, &[value]),
            // An insert keeps what is there.
            (Builtin::MapInsert, Some(&value)) => {
                let inserted = self.terms().make(Op::Some, &[value]);
                self.terms().if_(existed, before, inserted)
            }
            _ => self.terms().leaf(Op::None),
        };
        let version = self.read(map);
        self.effect(id, EffectKind::Write(builtin, map), args);
        if self.engine.terms.writes(version) < MAX_WRITES {
            let version = self.terms().make(Op::Written(map), &[version, key, held]);
            self.write(map, version);
        } else {
            self.disturb(map);
        }
        match builtin {
            Builtin::MapInsert => self.terms().not(existed),
            Builtin::MapDelete => existed,
            _ => Terms::TRUE,
        }
    }

    pub(super) fn effect(&mut self, id: ExprId, kind: EffectKind, args: Vec<TermId>) {
        let effect = Effect {
            kind,
            args,
            sender: self.sender,
            caller: self.caller,
            result: None,
            outcome: Outcome::Settled,
            allowances: self.allowances.clone(),
            site: self.site(id),
            calls: Vec::new(),
            facts: Facts::default(),
            exits: Vec::new(),
        };
        self.add_effect(effect, Facts::default());
    }

    /// Notes the response of the operation that was done last.
    pub(super) fn responds(&mut self, response: TermId) {
        let is_apart = self.effects.len() <= MAX_APART && self.state.is_some();
        if let Some(effect) = self.effects.last_mut().filter(|_| is_apart) {
            effect.outcome = Outcome::Asked(response);
        }
    }

    pub(super) fn add_effect(&mut self, effect: Effect, surplus: Facts) {
        self.engine.budget.spend(1 + surplus.len());
        let index = self.effects.len();
        if index >= MAX_APART {
            return self.merge_effect(effect, surplus);
        }
        if let Some(state) = &mut self.state {
            self.effects.push(effect);
            state.effects.push(index, surplus);
        }
    }

    /// One effect stands for all of a kind on a target: its arguments can be anything, and what holds for it is what
    /// holds for each of them.
    pub(super) fn merge_effect(&mut self, effect: Effect, surplus: Facts) {
        let index = match self.merged.get(&effect.kind) {
            Some(&index) => {
                let known = &self.effects[index];
                let same = (known.sender, known.caller) == (effect.sender, effect.caller);
                let opaque = if same { None } else { Some(self.terms().opaque()) };
                let known = &mut self.effects[index];
                if let Some(opaque) = opaque {
                    (known.sender, known.caller) = (opaque, opaque);
                }
                known.outcome = Outcome::Settled;
                if known.allowances != effect.allowances {
                    known.allowances = None;
                }
                index
            }
            None => {
                let index = self.effects.len();
                let args = effect.args.iter().map(|_| self.terms().opaque()).collect();
                self.merged.insert(effect.kind.clone(), index);
                self.effects.push(Effect { args, outcome: Outcome::Settled, ..effect });
                index
            }
        };
        if let Some(state) = &mut self.state {
            state.effects.add(index, surplus);
        }
    }
}
