//! Where error codes come from: the constants and literals that a function can fail with, and the calls that lead to
//! them. [`Engine::codes`] says which codes can leave a function; this says who brought them up.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, OnceLock};

use super::engine::Engine;
use super::term::{Op, TermId};
use crate::builtins::Builtin;
use crate::graph::{FunctionId, Program, Site, Target};
use crate::model::{Definition, ExprId, ExprKind, Model};
use crate::project::ContractId;

/// What brings up a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    Constant(ContractId, u32),
    Literal(Site),
}

/// A code that a function can fail with.
#[derive(Clone, Debug)]
pub struct Thrown {
    /// As it is written in canonical form: `u404`.
    pub code: String,
    pub origin: Origin,
    /// Where the constant or literal is thrown.
    pub at: Site,
    /// The calls that lead there, outermost first.
    pub calls: Vec<Site>,
}

/// What every function can throw, contract by contract as they are asked: callees first.
#[derive(Debug)]
pub struct Throws(Vec<OnceLock<Arc<OfContract>>>);

/// What every function of a contract can throw.
#[derive(Debug)]
pub struct OfContract(Vec<Summary>);

/// The most functions that are looked into for one that is asked about, nearest first.
const MAX_FUNCTIONS: usize = 1_024;

#[derive(Debug, Default)]
struct Summary {
    /// What the function itself throws.
    thrown: BTreeMap<Origin, Thrown>,
    /// The calls whose errors are its own.
    calls: Vec<(Site, FunctionId)>,
    /// Parameters that are thrown: what a caller passes is a code, or a response that may hold one.
    passed: BTreeSet<(u32, Wanted)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Wanted {
    Code,
    Response,
}

/// What a local stands for.
#[derive(Clone, Copy)]
enum Local {
    Value(ExprId),
    /// What the err of an expression holds.
    Failure(ExprId),
}

impl Throws {
    pub fn new(program: &Program<'_>) -> Self {
        Self(program.project.contract_ids().map(|_| OnceLock::new()).collect())
    }

    /// Looks into the functions of a contract. Those that it calls were looked into before.
    pub fn look_into(&self, engine: &mut Engine<'_>, contract: ContractId) {
        let slot = &self.0[contract.0 as usize];
        if slot.get().is_some() {
            return;
        }
        let program = engine.program;
        let model = program.model(contract);
        let mut own: Vec<_> = program.functions_of(contract).map(|_| Summary::default()).collect();
        for function in program.callees_first(&[contract]).into_iter().flatten() {
            let mut search = Search {
                engine,
                throws: self,
                own: &own,
                model,
                contract,
                locals: BTreeMap::new(),
                seen: BTreeSet::new(),
                open: Vec::new(),
                found: Summary::default(),
            };
            search.body(program.function(function).body);
            own[function.index as usize] = search.found;
        }
        let _ = slot.set(Arc::new(OfContract(own)));
    }

    /// What was found out about a contract, if it was looked into.
    pub fn of_contract(&self, contract: ContractId) -> Option<&Arc<OfContract>> {
        self.0[contract.0 as usize].get()
    }

    /// Takes over what was found out about a contract before.
    pub fn put(&self, contract: ContractId, known: Arc<OfContract>) {
        let _ = self.0[contract.0 as usize].set(known);
    }

    fn get(&self, function: FunctionId) -> Option<&Summary> {
        self.of_contract(function.contract).map(|all| &all.0[function.index as usize])
    }

    /// What the function throws itself.
    pub fn own(&self, function: FunctionId) -> impl Iterator<Item = &Thrown> {
        self.get(function).into_iter().flat_map(|summary| summary.thrown.values())
    }

    /// Every origin of a code that the function can fail with, by the shortest way.
    pub fn of(&self, function: FunctionId) -> BTreeMap<Origin, Thrown> {
        let mut all = BTreeMap::new();
        let mut seen = BTreeSet::from([function]);
        let mut open = VecDeque::from([(function, Vec::new())]);
        while let Some((function, way)) = open.pop_front() {
            let Some(summary) = self.get(function) else { continue };
            for (&origin, thrown) in &summary.thrown {
                all.entry(origin).or_insert_with(|| Thrown { calls: way.clone(), ..thrown.clone() });
            }
            for &(site, callee) in &summary.calls {
                if seen.len() < MAX_FUNCTIONS && seen.insert(callee) {
                    open.push_back((callee, [&way[..], &[site]].concat()));
                }
            }
        }
        all
    }
}

struct Search<'s, 'e, 'p> {
    engine: &'e mut Engine<'p>,
    throws: &'s Throws,
    /// What the contract's functions throw that were looked into already.
    own: &'s [Summary],
    model: &'p Model,
    contract: ContractId,
    locals: BTreeMap<u32, Local>,
    seen: BTreeSet<(ExprId, Wanted)>,
    /// What is still to be looked at.
    open: Vec<(ExprId, Wanted)>,
    found: Summary,
}

impl Search<'_, '_, '_> {
    /// Everything that the body throws before its end, and what it ends with.
    fn body(&mut self, body: ExprId) {
        let mut all = vec![body];
        let mut next = 0;
        while let Some(&expr) = all.get(next) {
            next += 1;
            all.extend(self.model.children(expr));
            match self.model.expr(expr).kind {
                ExprKind::Binding { local, value } => {
                    self.locals.insert(local, Local::Value(value));
                }
                ExprKind::Match { bad: Some(bad), parts, .. } => {
                    if let Some(&input) = self.model.list(parts).first() {
                        self.locals.insert(bad, Local::Failure(input));
                    }
                }
                _ => {}
            }
        }
        for expr in all {
            let ExprKind::Builtin(builtin, args) = self.model.expr(expr).kind else { continue };
            match (builtin, self.model.list(args)) {
                (Builtin::Asserts | Builtin::Unwrap | Builtin::UnwrapErr, &[_, thrown])
                | (Builtin::Try, &[thrown]) => self.look(thrown, Wanted::Response),
                _ => {}
            }
        }
        self.look(body, Wanted::Response);
        while let Some((expr, wanted)) = self.open.pop() {
            self.follow(expr, wanted);
        }
    }

    fn look(&mut self, expr: ExprId, wanted: Wanted) {
        if self.seen.insert((expr, wanted)) {
            self.open.push((expr, wanted));
        }
    }

    fn follow(&mut self, expr: ExprId, wanted: Wanted) {
        let site = Site { contract: self.contract, expr };
        match self.model.expr(expr).kind {
            ExprKind::Literal if wanted == Wanted::Code => {
                let node = self.engine.program.node(site);
                let term = self.engine.literal(self.contract, node);
                self.throw(term, Origin::Literal(site), site);
            }
            ExprKind::Constant(index) => {
                let value = self.engine.constant(self.contract, index);
                let code = match (wanted, self.engine.terms.op(value)) {
                    (Wanted::Response, Op::Err) => self.engine.terms.arg(value, 0),
                    (Wanted::Response, _) => return,
                    (Wanted::Code, _) => value,
                };
                self.throw(code, Origin::Constant(self.contract, index), site);
            }
            ExprKind::Parameter(index) => {
                self.found.passed.insert((index, wanted));
            }
            ExprKind::Local(local) => match (self.locals.get(&local).copied(), wanted) {
                (Some(Local::Value(value)), _) => self.look(value, wanted),
                (Some(Local::Failure(input)), Wanted::Code) => self.look(input, Wanted::Response),
                _ => {}
            },
            ExprKind::Let { body, .. } => self.look_last(self.model.list(body), wanted),
            ExprKind::Match { parts, .. } => {
                for &branch in self.model.list(parts).iter().skip(1) {
                    self.look(branch, wanted);
                }
            }
            ExprKind::Builtin(builtin, args) => self.builtin(site, builtin, self.model.list(args), wanted),
            ExprKind::Call(index, args) if wanted == Wanted::Response => {
                let callee = FunctionId { contract: self.contract, index };
                self.call(site, callee, self.model.list(args));
            }
            ExprKind::ContractCall { method, target_and_arguments } if wanted == Wanted::Response => {
                let program = self.engine.program;
                let name = program.contract(self.contract).syntax.tree.name(method);
                let arguments = self.model.list(target_and_arguments).get(1..).unwrap_or_default();
                if let Some(Target::Contract(contract)) = program.target(site)
                    && let Some(callee) = program.callable(*contract, name)
                {
                    self.call(site, callee, arguments);
                }
            }
            _ => {}
        }
    }

    fn look_last(&mut self, body: &[ExprId], wanted: Wanted) {
        if let Some(&last) = body.last() {
            self.look(last, wanted);
        }
    }

    fn builtin(&mut self, site: Site, builtin: Builtin, args: &[ExprId], wanted: Wanted) {
        match (builtin, args, wanted) {
            (Builtin::Err, &[code], Wanted::Response) => self.look(code, Wanted::Code),
            (Builtin::If, &[_, yes, no], _) => {
                self.look(yes, wanted);
                self.look(no, wanted);
            }
            (Builtin::Begin | Builtin::AsContract, body, _) => self.look_last(body, wanted),
            (Builtin::DefaultTo, &[default, _], _) => self.look(default, wanted),
            (Builtin::UnwrapErr | Builtin::UnwrapErrPanic, &[of, ..], Wanted::Code) => {
                self.look(of, Wanted::Response);
            }
            (Builtin::Fold, &[function, _, initial], Wanted::Response) => {
                self.look(initial, wanted);
                if let ExprKind::Name(Definition::Function(index)) = self.model.expr(function).kind {
                    let callee = FunctionId { contract: self.contract, index };
                    self.call(site, callee, &[]);
                }
            }
            _ => {}
        }
    }

    /// What the callee throws is thrown by the call, and so is what it is given to throw.
    fn call(&mut self, site: Site, callee: FunctionId, arguments: &[ExprId]) {
        self.found.calls.push((site, callee));
        let summary = match callee.contract == self.contract {
            true => self.own.get(callee.index as usize),
            false => self.throws.get(callee),
        };
        for &(parameter, wanted) in summary.into_iter().flat_map(|summary| &summary.passed) {
            if let Some(&argument) = arguments.get(parameter as usize) {
                self.look(argument, wanted);
            }
        }
    }

    fn throw(&mut self, code: TermId, origin: Origin, at: Site) {
        if let Op::Literal(text) = self.engine.terms.op(code) {
            let code = self.engine.terms.text(text).to_string();
            self.found.thrown.entry(origin).or_insert(Thrown { code, origin, at, calls: Vec::new() });
        }
    }
}
