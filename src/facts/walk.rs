//! Walking a body: one state per program point, no enumeration of paths.

use std::rc::Rc;

use super::engine::Engine;
use super::set::Facts;
use super::state::State;
use super::summary::{Allowance, Bound, Effect, EffectKind, Exit, Statements, Summary, Unchecked};
use super::term::{Mask, Op, StateId, TermId, Terms};
use crate::builtins::{self, Builtin, Keyword};
use crate::graph::{FunctionId, Site, Target};
use crate::model::{Access, Definition, ExprId, ExprKind, List, Model};
use crate::project::ContractId;
use rustc_hash::FxHashMap;

/// The most terms that one function may make.
const MAX_TERMS: usize = 300_000;
/// The most writes of one map that are told apart; past it only that it was written is known.
const MAX_WRITES: usize = 4;
/// The most effects that are told apart; past them, those of one kind on one target are one effect.
const MAX_APART: usize = 512;
/// The most effects that one function may have.
const MAX_EFFECTS: usize = 4_096;

pub(super) fn summarise(engine: &mut Engine<'_>, function: FunctionId) -> Summary {
    engine.budget.refill();
    engine.terms.too_deep = false;
    let contract = engine.program.contract_of(function);
    let program = engine.program;
    let definition = program.function(function);
    let mut walk = Walk::new(engine, contract, definition.locals);
    walk.parameters = (0..definition.parameters.len())
        .map(|index| walk.engine.terms.leaf(Op::Parameter(index as u32)))
        .collect();
    let value = walk.eval(definition.body);
    walk.leave(definition.body, value);
    if walk.too_large() {
        return Summary::unknown(Unchecked::TooLarge);
    }
    let summary = walk.finish(definition.access);
    if engine.terms.too_deep || engine.budget.is_spent() {
        return Summary::unknown(Unchecked::TooLarge);
    }
    summary
}

/// The value of a constant, as the deployer computes it.
pub(super) fn constant(engine: &mut Engine<'_>, contract: ContractId, index: u32) -> TermId {
    let value = engine.program.model(contract).constants[index as usize].value;
    let deployer = engine.deployer(contract);
    let mut walk = Walk::new(engine, contract, 0);
    (walk.sender, walk.caller) = (deployer, deployer);
    walk.eval(value)
}

struct Walk<'e, 'p> {
    engine: &'e mut Engine<'p>,
    contract: ContractId,
    model: &'p Model,
    parameters: Vec<TermId>,
    locals: Vec<TermId>,
    sender: TermId,
    caller: TermId,
    allowances: Option<Rc<[Allowance]>>,
    /// `None` once every path has left the function.
    state: Option<State>,
    /// Under which choices of `if` and `match` the current point is reached.
    path: TermId,
    exits: Vec<Leaving>,
    effects: Vec<Effect>,
    /// The effects that stand for all others of their kind.
    merged: FxHashMap<EffectKind, usize>,
    statements: Statements,
    origins: FxHashMap<super::set::Fact, ExprId>,
    /// Whether an event was printed.
    prints: bool,
    /// How many terms there were before.
    terms_before: usize,
}

/// A way out that was met: under which condition, with which value, in which state.
struct Leaving {
    site: ExprId,
    condition: TermId,
    value: TermId,
    state: State,
}

/// Where the function goes one way or another.
struct Fork {
    condition: TermId,
    /// How many exits there were, which choices led here, and what was known.
    exits: usize,
    path: TermId,
    before: State,
}

impl<'e, 'p> Walk<'e, 'p> {
    fn new(engine: &'e mut Engine<'p>, contract: ContractId, locals: u32) -> Self {
        let absurd = engine.absurd();
        let program = engine.program;
        Walk {
            contract,
            model: program.model(contract),
            parameters: Vec::new(),
            locals: vec![absurd; locals as usize],
            sender: engine.terms.leaf(Op::Sender),
            caller: engine.terms.leaf(Op::Caller),
            allowances: None,
            state: Some(State::new(contract)),
            path: Terms::TRUE,
            exits: Vec::new(),
            effects: Vec::new(),
            merged: FxHashMap::default(),
            statements: Statements::default(),
            origins: FxHashMap::default(),
            prints: false,
            terms_before: engine.terms.len(),
            engine,
        }
    }

    fn too_large(&self) -> bool {
        self.engine.terms.len() - self.terms_before > MAX_TERMS
            || self.effects.len() > MAX_EFFECTS
            || self.engine.terms.too_deep
            || self.engine.budget.is_spent()
    }

    fn site(&self, expr: ExprId) -> Site {
        Site { contract: self.contract, expr }
    }

    fn terms(&mut self) -> &mut Terms {
        &mut self.engine.terms
    }

    /// The state at a point that is reached. Only [`Self::eval`] calls the rest, and only with a state.
    fn state(&mut self) -> &mut State {
        let contract = self.contract;
        self.state.get_or_insert_with(|| State::new(contract))
    }

    // Expressions.

    fn eval(&mut self, id: ExprId) -> TermId {
        if self.state.is_none() || self.too_large() {
            return self.engine.absurd();
        }
        let model = self.model;
        match model.expr(id).kind {
            ExprKind::Literal => {
                let node = self.engine.program.node(self.site(id));
                self.engine.literal(self.contract, node)
            }
            ExprKind::Keyword(keyword) => self.keyword(keyword),
            ExprKind::Parameter(index) => match self.parameters.get(index as usize) {
                Some(&term) => term,
                None => self.terms().opaque(),
            },
            ExprKind::Local(index) => match self.locals.get(index as usize) {
                Some(&term) => term,
                None => self.terms().opaque(),
            },
            ExprKind::Constant(index) => self.engine.constant(self.contract, index),
            ExprKind::Builtin(builtin, args) => self.builtin(id, builtin, args),
            ExprKind::Call(index, args) => {
                let args = self.eval_all(args);
                let callee = self.engine.program.function_id(self.contract, index);
                let caller = self.caller;
                self.call(id, callee, &args, caller)
            }
            ExprKind::UnknownCall(_, args) => {
                self.eval_all(args);
                self.terms().opaque()
            }
            ExprKind::ContractCall { method, target_and_arguments } => {
                self.contract_call(id, method, target_and_arguments)
            }
            ExprKind::Let { bindings, body } => {
                for &binding in model.list(bindings) {
                    self.eval(binding);
                }
                self.sequence(model.list(body))
            }
            ExprKind::Binding { local, value } => {
                let (term, idle) = self.eval_idle(value);
                if idle {
                    self.statements.bound.push(Bound { local, value, term });
                }
                self.bind(local, term);
                term
            }
            ExprKind::Match { good, bad, parts } => self.match_(id, good, bad, parts),
            ExprKind::Tuple(fields) => self.tuple(fields),
            ExprKind::Field { value, .. } => self.eval(value),
            ExprKind::Get { name, tuple } => {
                let tuple = self.eval(tuple);
                let tuple = self.revealed(tuple);
                let name = self.engine.name(self.contract, name);
                self.terms().field(name, tuple)
            }
            ExprKind::Name(_) | ExprKind::Word(_) | ExprKind::Unknown => self.terms().opaque(),
        }
    }

    /// A tuple that a function returns, alone or as an ok: a call that is only looked into decides nothing.
    fn revealed(&mut self, tuple: TermId) -> TermId {
        match self.engine.terms.op(tuple) {
            Op::Call(_) => self.engine.unfold(tuple).unwrap_or(tuple),
            Op::Payload => {
                let of = self.engine.terms.arg(tuple, 0);
                match self.engine.unfold(of) {
                    Some(result) => self.terms().payload(result, true),
                    None => tuple,
                }
            }
            _ => tuple,
        }
    }

    fn eval_all(&mut self, list: List) -> Vec<TermId> {
        let model = self.model;
        model.list(list).iter().map(|&expr| self.eval(expr)).collect()
    }

    fn bind(&mut self, local: u32, value: TermId) {
        if let Some(slot) = self.locals.get_mut(local as usize) {
            *slot = value;
        }
    }

    fn keyword(&mut self, keyword: Keyword) -> TermId {
        match keyword {
            Keyword::True => Terms::TRUE,
            Keyword::False => Terms::FALSE,
            Keyword::None => self.terms().leaf(Op::None),
            Keyword::TxSender => self.sender,
            Keyword::ContractCaller => self.caller,
            Keyword::CurrentContract => self.engine.principal(self.contract),
            other => self.terms().leaf(Op::Keyword(other)),
        }
    }

    fn tuple(&mut self, fields: List) -> TermId {
        let (model, program) = (self.model, self.engine.program);
        let tree = &program.contract(self.contract).syntax.tree;
        let mut values = Vec::new();
        for &field in model.list(fields) {
            if let ExprKind::Field { name, value } = model.expr(field).kind {
                values.push((tree.name(name), self.eval(value)));
            }
        }
        self.terms().tuple(values)
    }

    /// A value, and whether computing it did nothing else: no effect, no event, no exit.
    fn eval_idle(&mut self, expr: ExprId) -> (TermId, bool) {
        let (exits, before) = (self.exits.len(), self.state.clone());
        let printed_before = std::mem::take(&mut self.prints);
        let value = self.eval(expr);
        let idle = exits == self.exits.len()
            && !self.prints
            && matches!((&before, &self.state), (Some(before), Some(after)) if before.same_but_for_facts(after));
        self.prints |= printed_before;
        (value, idle)
    }

    /// The forms of a `begin` or of a body: all but the last are evaluated for what they do.
    fn sequence(&mut self, body: &[ExprId]) -> TermId {
        let Some((&last, before)) = body.split_last() else { return self.engine.absurd() };
        for &form in before {
            let (value, idle) = self.eval_idle(form);
            if idle {
                self.statements.dropped.push((form, value));
            }
        }
        self.eval(last)
    }

    fn builtin(&mut self, id: ExprId, builtin: Builtin, args: List) -> TermId {
        let model = self.model;
        let parts = model.list(args);
        match (builtin, parts) {
            (Builtin::Begin, body) => self.sequence(body),
            (Builtin::If, &[condition, yes, no]) => {
                let condition = self.eval(condition);
                self.choose(id, condition, |walk| walk.eval(yes), |walk| walk.eval(no))
            }
            (Builtin::And, parts) => self.short_circuit(id, parts, true),
            (Builtin::Or, parts) => self.short_circuit(id, parts, false),
            (Builtin::Asserts, &[condition, thrown]) => {
                let term = self.eval(condition);
                self.statements.asserted.push((condition, term));
                self.exit_unless(id, term, |walk| walk.eval(thrown));
                Terms::TRUE
            }
            (Builtin::Try, &[of]) => {
                let of_term = self.eval(of);
                let good = self.terms().good(of_term);
                self.exit_unless(id, good, |walk| walk.rethrown(of_term));
                self.terms().payload(of_term, true)
            }
            // Unlike that of `asserts!`, what these throw is evaluated whether it is thrown or not.
            (Builtin::Unwrap, &[of, thrown]) => {
                let (of, thrown) = (self.eval(of), self.eval(thrown));
                let good = self.terms().good(of);
                self.exit_unless(id, good, |_| thrown);
                self.terms().payload(of, true)
            }
            (Builtin::UnwrapErr, &[of, thrown]) => {
                let (of, thrown) = (self.eval(of), self.eval(thrown));
                let good = self.terms().good(of);
                let bad = self.terms().not(good);
                self.exit_unless(id, bad, |_| thrown);
                self.terms().payload(of, false)
            }
            (Builtin::UnwrapPanic, &[of]) => {
                let of = self.eval(of);
                let good = self.terms().good(of);
                self.learn(id, good, true);
                self.terms().payload(of, true)
            }
            (Builtin::UnwrapErrPanic, &[of]) => {
                let of = self.eval(of);
                let good = self.terms().good(of);
                self.learn(id, good, false);
                self.terms().payload(of, false)
            }
            (Builtin::Map | Builtin::Filter | Builtin::Fold, &[function, ref lists @ ..]) => {
                self.callback(id, builtin, function, lists)
            }
            (Builtin::AsContract, body) => self.as_contract(body),
            (Builtin::AsContractSafe, parts) => {
                let (allowances, body) = self.allowances(parts);
                let outer = self.allowances.replace(allowances);
                let value = self.as_contract(body);
                self.allowances = outer;
                self.kept_to_allowances(value)
            }
            (Builtin::RestrictAssets, &[owner, ref parts @ ..]) => {
                self.eval(owner);
                let (_, body) = self.allowances(parts);
                let value = self.sequence(body);
                self.kept_to_allowances(value)
            }
            (Builtin::AtBlock, &[block, body]) => {
                self.eval(block);
                let before = self.state.clone();
                self.eval(body);
                self.state = before;
                self.terms().opaque()
            }
            (Builtin::VarGet, &[variable]) => match self.storage(variable) {
                Some(state) => self.read(state),
                None => self.terms().opaque(),
            },
            (Builtin::VarSet, &[variable, value, ..]) => {
                let value = self.eval(value);
                if let Some(state) = self.storage(variable) {
                    self.effect(id, EffectKind::Write(builtin, state), vec![value]);
                    self.state().write(state, value);
                }
                Terms::TRUE
            }
            (Builtin::MapGet, &[map, key]) => {
                let key = self.eval(key);
                match self.storage(map) {
                    Some(state) => self.entry(state, key),
                    None => self.terms().opaque(),
                }
            }
            (Builtin::MapSet | Builtin::MapInsert | Builtin::MapDelete, &[map, ref values @ ..]) => {
                let values: Vec<_> = values.iter().map(|&value| self.eval(value)).collect();
                self.write_map(id, builtin, map, values)
            }
            _ => self.plain(id, builtin, parts),
        }
    }

    /// Builtins that evaluate their arguments in order and then compute, read a token, or move something.
    fn plain(&mut self, id: ExprId, builtin: Builtin, parts: &[ExprId]) -> TermId {
        let spec = builtin.spec();
        let mut state = None;
        let mut args = Vec::new();
        for (index, &part) in parts.iter().enumerate() {
            match spec.role(index) {
                builtins::Role::Ft | builtins::Role::Nft => state = self.storage(part),
                builtins::Role::Property | builtins::Role::Type => {
                    let text = self.engine.program.node(self.site(part)).text();
                    let text = self.terms().literal(text);
                    args.push(text);
                }
                _ => {
                    let value = self.eval(part);
                    args.push(value);
                }
            }
        }
        if self.state.is_none() {
            return self.engine.absurd();
        }
        use builtins::Effect as Does;
        match (spec.effect, state) {
            (Does::ReadTokens, Some(state)) => {
                let version = self.read(state);
                args.push(version);
                self.terms().make(Op::Token(builtin, state), &args)
            }
            (Does::ReadChain, _) if matches!(builtin, Builtin::StxGetBalance | Builtin::StxAccount) => {
                let version = self.read(StateId::Stx);
                args.push(version);
                self.terms().make(Op::Token(builtin, StateId::Stx), &args)
            }
            (Does::Mint | Does::Burn | Does::Transfer, state) => {
                let (kind, moved) = match state {
                    Some(state) => (EffectKind::Token(builtin, state), state),
                    None => (EffectKind::Stx(builtin), StateId::Stx),
                };
                self.effect(id, kind, args);
                self.disturb(moved);
                self.terms().result_of(spec.name)
            }
            (Does::Event, _) => {
                self.prints = true;
                args.first().copied().unwrap_or(Terms::TRUE)
            }
            _ => self.terms().pure(builtin, &args),
        }
    }

    // State.

    fn storage(&self, name: ExprId) -> Option<StateId> {
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

    fn read(&mut self, state: StateId) -> TermId {
        match &self.state {
            Some(at) => at.read(&mut self.engine.terms, state),
            None => self.engine.absurd(),
        }
    }

    fn disturb(&mut self, state: StateId) {
        if let Some(at) = &mut self.state {
            at.disturb(&mut self.engine.terms, state);
        }
    }

    fn stir(&mut self) {
        if let Some(at) = &mut self.state {
            at.stir(&mut self.engine.terms);
        }
    }

    fn entry(&mut self, map: StateId, key: TermId) -> TermId {
        let version = self.read(map);
        self.terms().make(Op::Entry(map), &[key, version])
    }

    fn write_map(&mut self, id: ExprId, builtin: Builtin, map: ExprId, args: Vec<TermId>) -> TermId {
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
            self.state().write(map, version);
        } else {
            self.disturb(map);
        }
        match builtin {
            Builtin::MapInsert => self.terms().not(existed),
            Builtin::MapDelete => existed,
            _ => Terms::TRUE,
        }
    }

    fn effect(&mut self, id: ExprId, kind: EffectKind, args: Vec<TermId>) {
        if self.state.is_none() {
            return;
        }
        let effect = Effect {
            kind,
            args,
            sender: self.sender,
            caller: self.caller,
            result: None,
            allowances: self.allowances.clone(),
            site: self.site(id),
            calls: Vec::new(),
            facts: Facts::default(),
        };
        self.add_effect(effect, Facts::default());
    }

    fn add_effect(&mut self, effect: Effect, surplus: Facts) {
        self.engine.budget.spend(1 + surplus.len());
        let index = self.effects.len();
        if index >= MAX_APART {
            return self.merge_effect(effect, surplus);
        }
        self.effects.push(effect);
        Rc::make_mut(&mut self.state().effects).push((index, surplus));
    }

    /// One effect stands for all of a kind on a target: its arguments can be anything, and what holds for it is what
    /// holds for each of them.
    fn merge_effect(&mut self, effect: Effect, surplus: Facts) {
        let index = match self.merged.get(&effect.kind) {
            Some(&index) => {
                let known = &self.effects[index];
                let same = (known.sender, known.caller) == (effect.sender, effect.caller);
                let opaque = if same { None } else { Some(self.terms().opaque()) };
                let known = &mut self.effects[index];
                if let Some(opaque) = opaque {
                    (known.sender, known.caller) = (opaque, opaque);
                }
                if known.allowances != effect.allowances {
                    known.allowances = None;
                }
                index
            }
            None => {
                let index = self.effects.len();
                let args = effect.args.iter().map(|_| self.terms().opaque()).collect();
                self.merged.insert(effect.kind.clone(), index);
                self.effects.push(Effect { args, ..effect });
                index
            }
        };
        let effects = Rc::make_mut(&mut self.state().effects);
        match effects.binary_search_by_key(&index, |&(known, _)| known) {
            Ok(at) => effects[at].1 = effects[at].1.common(&surplus),
            Err(at) => effects.insert(at, (index, surplus)),
        }
    }

    // Control.

    /// Goes on with what holds if `term` is `holds`.
    fn learn(&mut self, at: ExprId, term: TermId, holds: bool) {
        let facts = self.engine.assume(term, holds);
        if let Some(facts) = &facts {
            for fact in facts.iter() {
                self.origins.entry(fact).or_insert(at);
            }
        }
        self.state = match (self.state.take(), facts) {
            (Some(state), Some(facts)) => state.learn(&facts),
            _ => None,
        };
    }

    /// Leaves the function with what `thrown` gives unless `condition` holds.
    fn exit_unless(&mut self, at: ExprId, condition: TermId, thrown: impl FnOnce(&mut Self) -> TermId) {
        let before = self.state.clone();
        self.learn(at, condition, false);
        if self.state.is_some() {
            let outer = self.path;
            let fails = self.terms().not(condition);
            self.path = self.terms().and(outer, fails);
            let value = thrown(self);
            self.leave(at, value);
            self.path = outer;
        }
        self.state = before;
        self.learn(at, condition, true);
    }

    fn leave(&mut self, site: ExprId, value: TermId) {
        if let Some(state) = self.state.take() {
            self.exits.push(Leaving { site, condition: self.path, value, state });
        }
    }

    /// What `try!` leaves the function with.
    fn rethrown(&mut self, of: TermId) -> TermId {
        if self.engine.terms.is_optional(of) {
            return self.terms().leaf(Op::None);
        }
        let failure = self.terms().payload(of, false);
        self.terms().make(Op::Err, &[failure])
    }

    fn choose(
        &mut self,
        at: ExprId,
        condition: TermId,
        yes: impl FnOnce(&mut Self) -> TermId,
        no: impl FnOnce(&mut Self) -> TermId,
    ) -> TermId {
        let Some(before) = self.state.clone() else { return self.engine.absurd() };
        let fork = Fork { condition, exits: self.exits.len(), path: self.path, before };

        self.take(at, &fork, true);
        let yes_value = yes(self);
        let yes_state = self.state.take();

        self.take(at, &fork, false);
        let no_value = no(self);
        let no_state = self.state.take();
        self.join(fork, (yes_value, yes_state), (no_value, no_state))
    }

    /// Goes on with one side of a fork.
    fn take(&mut self, at: ExprId, fork: &Fork, holds: bool) {
        let condition = if holds { fork.condition } else { self.terms().not(fork.condition) };
        self.path = self.terms().and(fork.path, condition);
        self.state = Some(fork.before.clone());
        self.learn(at, fork.condition, holds);
    }

    /// Goes on behind both sides, each with its value and, unless it has left the function, its state.
    fn join(&mut self, fork: Fork, yes: (TermId, Option<State>), no: (TermId, Option<State>)) -> TermId {
        self.path = fork.path;
        match (yes, no) {
            ((yes_value, Some(yes)), (no_value, Some(no))) => {
                let unchanged = fork.exits == self.exits.len()
                    && fork.before.same_but_for_facts(&yes)
                    && fork.before.same_but_for_facts(&no);
                // Without an exit or an effect, all that the two sides know and differ in is the condition itself.
                let joined = if unchanged { fork.before } else { self.engine.join(fork.condition, yes, no) };
                self.state = Some(joined);
                self.terms().if_(fork.condition, yes_value, no_value)
            }
            ((value, Some(state)), (_, None)) => {
                self.state = Some(state);
                value
            }
            ((_, None), (value, state)) => {
                self.state = state;
                value
            }
        }
    }

    /// `and` goes on while its operands are true, `or` while they are false. There may be thousands of operands, so
    /// the forks are kept in a list.
    fn short_circuit(&mut self, id: ExprId, parts: &[ExprId], on: bool) -> TermId {
        let mut forks = Vec::new();
        let mut value = Terms::bool(on);
        for (index, &part) in parts.iter().enumerate() {
            value = self.eval(part);
            let Some(before) = self.state.clone() else { break };
            if index + 1 == parts.len() {
                break;
            }
            let fork = Fork { condition: value, exits: self.exits.len(), path: self.path, before };
            self.take(id, &fork, !on);
            let stopped = self.state.take();
            self.take(id, &fork, on);
            forks.push((fork, stopped));
        }
        for (fork, stopped) in forks.into_iter().rev() {
            let (stop, go_on) = ((Terms::bool(!on), stopped), (value, self.state.take()));
            value = if on { self.join(fork, go_on, stop) } else { self.join(fork, stop, go_on) };
        }
        value
    }

    fn match_(&mut self, id: ExprId, good: u32, bad: Option<u32>, parts: List) -> TermId {
        let model = self.model;
        let &[input, good_branch, bad_branch] = model.list(parts) else { return self.terms().opaque() };
        let input = self.eval(input);
        let condition = self.terms().good(input);
        self.choose(
            id,
            condition,
            |walk| {
                let payload = walk.terms().payload(input, true);
                walk.bind(good, payload);
                walk.eval(good_branch)
            },
            |walk| {
                if let Some(bad) = bad {
                    let payload = walk.terms().payload(input, false);
                    walk.bind(bad, payload);
                }
                walk.eval(bad_branch)
            },
        )
    }

    fn as_contract(&mut self, body: &[ExprId]) -> TermId {
        let own = self.engine.principal(self.contract);
        let outer = (self.sender, self.caller);
        (self.sender, self.caller) = (own, own);
        let value = self.sequence(body);
        (self.sender, self.caller) = outer;
        value
    }

    fn allowances<'m>(&mut self, parts: &'m [ExprId]) -> (Rc<[Allowance]>, &'m [ExprId]) {
        let model = self.model;
        let allowance = |part: &ExprId| match model.expr(*part).kind {
            ExprKind::Builtin(builtin, args) if builtin.spec().effect == builtins::Effect::Allowance => {
                Some((builtin, args))
            }
            _ => None,
        };
        let count = parts.iter().take_while(|&part| allowance(part).is_some()).count();
        let (allowances, body) = parts.split_at(count);
        let allowances = allowances
            .iter()
            .filter_map(allowance)
            .map(|(builtin, args)| Allowance { builtin, args: self.eval_all(args) })
            .collect();
        (allowances, body)
    }

    /// The value of a body that is rolled back where it moves more than its allowances.
    fn kept_to_allowances(&mut self, value: TermId) -> TermId {
        if self.state.is_none() {
            return self.engine.absurd();
        }
        let (kept, broken) = (self.terms().opaque(), self.terms().opaque());
        let ok = self.terms().make(Op::Ok, &[value]);
        let err = self.terms().make(Op::Err, &[broken]);
        self.terms().if_(kept, ok, err)
    }

    // Calls.

    fn contract_call(&mut self, id: ExprId, method: crate::syntax::Symbol, parts: List) -> TermId {
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
                let args = [&[called], &args[..]].concat();
                self.effect(id, EffectKind::Dynamic { method, of: *of }, args);
                self.stir();
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
    fn external(&mut self, id: ExprId, path: &str, mut args: Vec<TermId>) -> TermId {
        let path = self.terms().intern(path);
        self.effect(id, EffectKind::External(path), args.clone());
        self.stir();
        args.push(self.sender);
        let own = self.terms().opaque();
        args.push(own);
        self.terms().make(Op::External(path), &args)
    }

    fn call(&mut self, id: ExprId, callee: FunctionId, args: &[TermId], caller: TermId) -> TermId {
        let Some(state) = self.state.clone() else { return self.engine.absurd() };
        let summary = self.engine.summary(callee);
        let Some(result) = summary.result else {
            self.effect(id, EffectKind::Unchecked, args.to_vec());
            self.stir();
            return self.terms().opaque();
        };
        let call =
            self.engine.call(callee, args, (self.sender, caller), |terms, input| state.read(terms, input));
        let result = if self.is_accessor(result) { self.engine.instance(call, result) } else { call };
        self.apply(id, callee, &summary, call, result, &Facts::default());
        result
    }

    /// Whether a result decides nothing, so that the call may be its result at once. A call that decides something,
    /// with a bool, an ok or an err, stays folded: that it was made is a fact that policies ask for.
    fn is_accessor(&self, result: TermId) -> bool {
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

    /// What a call does: the callee's effects, told in terms of this function, and the state that it leaves. `given`
    /// is what holds whenever the call is made, beyond what is known here.
    fn apply(
        &mut self,
        id: ExprId,
        callee: FunctionId,
        summary: &Summary,
        call: TermId,
        result: TermId,
        given: &Facts,
    ) {
        // The effects of a public function exist only if it returns ok; it rolls back otherwise.
        let public = self.engine.program.function(callee).access == Access::Public;
        let gate = if public { self.engine.assume_good(result, true) } else { Some(Facts::default()) };
        let Some(gate) = gate.and_then(|gate| gate.and(given)) else { return };
        for effect in &summary.effects {
            if self.too_large() {
                return;
            }
            let facts = self.engine.instance_facts(call, &effect.facts).and_then(|facts| facts.and(&gate));
            if let Some(facts) = facts {
                let effect = self.instance_effect(id, call, effect);
                self.add_effect(effect, facts);
            }
        }
        self.prints |= summary.prints;
        if summary.stirs {
            self.stir();
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
            self.state().write(state, value);
        }
    }

    fn instance_effect(&mut self, id: ExprId, call: TermId, effect: &Effect) -> Effect {
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
            allowances,
            site: effect.site,
            calls: [&[self.site(id)], &effect.calls[..]].concat(),
            facts: Facts::default(),
        }
    }

    /// `map`, `filter`, `fold`: the function is applied to any element, any number of times.
    fn callback(&mut self, id: ExprId, builtin: Builtin, function: ExprId, lists: &[ExprId]) -> TermId {
        let lists: Vec<_> = lists.iter().map(|&list| self.eval(list)).collect();
        if self.state.is_none() {
            return self.engine.absurd();
        }
        let ExprKind::Name(Definition::Function(index)) = self.model.expr(function).kind else {
            return self.terms().pure(builtin, &lists);
        };
        let callee = self.engine.program.function_id(self.contract, index);
        let summary = self.engine.summary(callee);
        if summary.result.is_none() {
            self.effect(id, EffectKind::Unchecked, lists);
            self.stir();
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
        if builtin == Builtin::Fold {
            let before = self.terms().opaque();
            args.push(before);
        }
        let (sender, caller) = (self.sender, self.caller);
        let Some(state) = self.state.clone() else { return self.engine.absurd() };
        let call = self.engine.call(callee, &args, (sender, caller), |terms, input| state.read(terms, input));
        // If nothing can hold for an element, there is none, and nothing is done.
        if let Some(given) = given {
            self.apply(id, callee, &summary, call, call, &given);
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
        self.terms().make(op, &args)
    }

    /// Any element of a list, and what holds for it: what a `filter` lets through satisfies its function. That is
    /// known of elements only; of a list without any it says nothing.
    fn element(&mut self, list: TermId) -> (TermId, Option<Facts>) {
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

    // The end.

    fn finish(mut self, access: Access) -> Summary {
        let commits_only_ok = access == Access::Public;
        let result = self.result();
        let mut exits = Vec::new();
        let mut held: Vec<Option<Facts>> = vec![None; self.effects.len()];
        for leaving in std::mem::take(&mut self.exits) {
            let committed = if commits_only_ok {
                self.engine.assume_good(leaving.value, true)
            } else {
                Some(Facts::default())
            };
            let facts = committed
                .and_then(|committed| leaving.state.facts.and(&committed))
                .and_then(|facts| self.engine.propagate(&facts));
            if let Some(facts) = &facts {
                for (index, surplus) in leaving.state.effects.iter() {
                    self.engine.budget.spend(facts.len() + surplus.len());
                    if self.engine.budget.is_spent() {
                        break;
                    }
                    let here = match surplus.is_empty() {
                        true => Some(facts.clone()),
                        false => facts.and(surplus).and_then(|all| self.engine.propagate(&all)),
                    };
                    let Some(here) = here else { continue };
                    let holds = &mut held[*index];
                    *holds = Some(match holds.take() {
                        Some(elsewhere) => elsewhere.common(&here),
                        None => here,
                    });
                }
            }
            exits.push((leaving, facts));
        }
        let post = self.post(&exits);
        let stirs = exits.iter().any(|(leaving, _)| leaving.state.has_stirred());
        let effects: Vec<_> = self
            .effects
            .into_iter()
            .zip(held)
            .filter_map(|(effect, facts)| Some(Effect { facts: facts?, ..effect }))
            .collect();
        let mut summary = Summary {
            mask: self.engine.terms.mask(result),
            result: Some(result),
            effects,
            post,
            stirs,
            prints: self.prints,
            exits: exits
                .into_iter()
                .map(|(exit, facts)| Exit { site: exit.site, value: exit.value, facts })
                .collect(),
            origins: self.origins,
            statements: self.statements,
            ..Summary::default()
        };
        name_inputs(self.engine, &mut summary);
        summary
    }

    /// One term for all ways out: the first exit whose condition holds.
    fn result(&mut self) -> TermId {
        let ways: Vec<_> = self.exits.iter().map(|exit| (exit.condition, exit.value)).collect();
        let Some((&(_, last), before)) = ways.split_last() else { return self.engine.absurd() };
        before
            .iter()
            .rev()
            .fold(last, |otherwise, &(condition, value)| self.engine.terms.if_(condition, value, otherwise))
    }

    /// What the state holds after a call, told in the same way.
    fn post(&mut self, exits: &[(Leaving, Option<Facts>)]) -> Vec<(StateId, TermId)> {
        let committing: Vec<_> =
            exits.iter().filter(|(_, facts)| facts.is_some()).map(|(exit, _)| exit).collect();
        let mut written: Vec<_> =
            committing.iter().flat_map(|exit| exit.state.written().map(|(state, _)| state)).collect();
        written.sort_unstable();
        written.dedup();
        let mut post = Vec::new();
        for state in written {
            let values: Vec<_> = committing
                .iter()
                .map(|exit| (exit.condition, exit.state.read(&mut self.engine.terms, state)))
                .collect();
            let Some((&(_, last), before)) = values.split_last() else { continue };
            let value = match state {
                _ if before.iter().all(|&(_, value)| value == last) => last,
                StateId::Variable(..) => before.iter().rev().fold(last, |otherwise, &(condition, value)| {
                    self.engine.terms.if_(condition, value, otherwise)
                }),
                _ => {
                    let since = self.engine.terms.opaque();
                    self.engine.terms.make(Op::After(state), &[since])
                }
            };
            post.push((state, value));
        }
        post
    }
}

/// Notes which inputs the summary is told in terms of.
fn name_inputs(engine: &Engine<'_>, summary: &mut Summary) {
    let effects = summary.effects.iter().flat_map(|effect| {
        let allowances =
            effect.allowances.iter().flat_map(|list| list.iter()).flat_map(|allowance| &allowance.args);
        let facts = effect.facts.iter().map(|fact| fact.term());
        effect.args.iter().chain(allowances).copied().chain([effect.sender, effect.caller]).chain(facts)
    });
    let roots = effects.chain(summary.result).chain(summary.post.iter().map(|&(_, value)| value));
    let mut inputs = Vec::new();
    let mut uses_caller = false;
    for term in engine.parts(roots) {
        match engine.terms.op(term) {
            Op::Initial(state) => inputs.push(state),
            Op::Sender | Op::Caller => uses_caller = true,
            _ => {}
        }
    }
    inputs.sort_unstable();
    summary.inputs = inputs;
    summary.uses_caller = uses_caller;
    if summary
        .effects
        .iter()
        .any(|effect| effect.args.iter().any(|&arg| engine.terms.mask(arg).has(Mask::UNKNOWN)))
    {
        summary.mask = summary.mask.or(Mask::UNKNOWN);
    }
}
