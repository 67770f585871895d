//! Walking a body: one state per program point, no enumeration of paths.

mod calls;
mod control;
mod effects;
mod finish;
mod shape;

use std::sync::Arc;

use super::engine::Engine;
use super::state::State;
use super::summary::{Allowance, Bound, Effect, EffectKind, Statements, Summary};
use super::term::{Op, Place, StateId, TermId, Terms};
use crate::builtins::{self, Builtin, Keyword};
use crate::graph::{FunctionId, Site};
use crate::model::{Access, ExprId, ExprKind, List, Model};
use crate::project::ContractId;
use rustc_hash::FxHashMap;

/// The most terms that one function may make.
const MAX_TERMS: usize = 300_000;
/// The most writes of one map that are kept separate; past it only that it was written is known.
const MAX_WRITES: usize = 4;
/// The most effects that are kept separate; past them, those of one kind on one target are one effect.
const MAX_APART: usize = 512;
/// The most effects that one function may have.
const MAX_EFFECTS: usize = 4_096;

pub(super) fn summarise(engine: &mut Engine<'_>, function: FunctionId) -> Summary {
    engine.refill();
    engine.terms.at(Place::Function(function));
    let contract = function.contract;
    let program = engine.program;
    let definition = program.function(function);
    let mut walk = Walk::new(engine, contract, definition.locals);
    walk.function = Some(function);
    walk.parameters = (0..definition.parameters.len())
        .map(|index| walk.engine.terms.leaf(Op::Parameter(index as u32)))
        .collect();
    let value = walk.eval(definition.body);
    walk.leave(definition.body, value);
    walk.summary(definition.access)
}

/// What a contract does when it is deployed, in the name of who deploys it.
pub(super) fn deployment(engine: &mut Engine<'_>, contract: ContractId) -> Summary {
    engine.refill();
    engine.terms.at(Place::Contract(contract));
    let deployment = &engine.program.model(contract).deployment;
    let Some(&last) = deployment.body.last() else { return Summary::default() };
    let deployer = engine.deployer(contract);
    let mut walk = Walk::new(engine, contract, deployment.locals);
    (walk.sender, walk.caller) = (deployer, deployer);
    let value = walk.sequence(&deployment.body);
    walk.leave(last, value);
    walk.summary(Access::Private)
}

/// The value of a constant, or the first one of a variable, as the deployer computes it.
pub(super) fn value(engine: &mut Engine<'_>, contract: ContractId, value: ExprId) -> TermId {
    let deployer = engine.deployer(contract);
    let mut walk = Walk::new(engine, contract, 0);
    (walk.sender, walk.caller) = (deployer, deployer);
    walk.eval(value)
}

struct Walk<'e, 'p> {
    engine: &'e mut Engine<'p>,
    contract: ContractId,
    /// `None` for what is computed when the contract is deployed.
    function: Option<FunctionId>,
    model: &'p Model,
    parameters: Vec<TermId>,
    locals: Vec<TermId>,
    sender: TermId,
    caller: TermId,
    allowances: Option<Arc<[Allowance]>>,
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
    /// The expression that chooses.
    at: ExprId,
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
            function: None,
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

    /// Notes what a piece of state holds from now on, if this point is reached: evaluating what is written may have
    /// left the function.
    fn write(&mut self, to: StateId, value: TermId) {
        if let Some(state) = &mut self.state {
            state.write(to, value);
        }
    }

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
                let callee = FunctionId { contract: self.contract, index };
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

    /// A value that a function returns, alone or as an ok: a call that is only looked into decides nothing.
    fn revealed(&mut self, value: TermId) -> TermId {
        match self.engine.terms.op(value) {
            Op::Call(_) => self.engine.unfold(value).unwrap_or(value),
            Op::Payload => {
                let of = self.engine.terms.arg(value, 0);
                match self.engine.unfold(of) {
                    Some(result) => self.terms().payload(result, true),
                    None => value,
                }
            }
            _ => value,
        }
    }

    /// What a good value holds. A tuple or a list that a helper put together is its parts, as if it stood here.
    fn payload(&mut self, of: TermId) -> TermId {
        let payload = self.terms().payload(of, true);
        let revealed = self.revealed(payload);
        let is_put_together =
            matches!(self.engine.terms.op(revealed), Op::Tuple(_) | Op::Pure(Builtin::List));
        if is_put_together { revealed } else { payload }
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
                self.payload(of_term)
            }
            // Unlike that of `asserts!`, what these throw is evaluated whether it is thrown or not.
            (Builtin::Unwrap, &[of, thrown]) => {
                let (of, thrown) = (self.eval(of), self.eval(thrown));
                let good = self.terms().good(of);
                self.exit_unless(id, good, |_| thrown);
                self.payload(of)
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
                self.note_unwrapped(id, good);
                self.learn(id, good, true);
                self.payload(of)
            }
            (Builtin::UnwrapErrPanic, &[of]) => {
                let of = self.eval(of);
                let good = self.terms().good(of);
                self.note_unwrapped(id, good);
                self.learn(id, good, false);
                self.terms().payload(of, false)
            }
            (Builtin::Map | Builtin::Filter | Builtin::Fold, &[function, ref lists @ ..]) => {
                self.callback(id, builtin, function, lists)
            }
            (Builtin::AsContract, body) => self.as_contract(body),
            (Builtin::AsContractSafe, parts) => {
                let (allowances, body) = self.allowances(parts);
                let count = allowances.len();
                let outer = self.allowances.replace(allowances);
                let value = self.as_contract(body);
                self.allowances = outer;
                self.kept_to_allowances(builtin, value, count)
            }
            (Builtin::RestrictAssets, &[owner, ref parts @ ..]) => {
                self.eval(owner);
                let (allowances, body) = self.allowances(parts);
                let value = self.sequence(body);
                self.kept_to_allowances(builtin, value, allowances.len())
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
                    self.write(state, value);
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
            (Builtin::Merge, &[left, right]) => {
                let (left, right) = (self.eval(left), self.eval(right));
                self.merge(left, right)
            }
            (Builtin::ContractOf, &[of]) => {
                let of = self.eval(of);
                let of = self.revealed(of);
                self.terms().pure(builtin, &[of])
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
                let response = self.terms().result_of(spec.name);
                self.responds(response);
                response
            }
            (Does::Event, _) => {
                self.prints = true;
                args.first().copied().unwrap_or(Terms::TRUE)
            }
            _ => self.terms().pure(builtin, &args),
        }
    }
}
