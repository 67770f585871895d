//! Where error codes come from: the constants and literals that a function can fail with, and the calls that lead to
//! them. [`Engine::codes`] says which codes can leave a function; this says who brought them up.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

use super::engine::Engine;
use super::term::{Op, TermId};
use crate::builtins::Builtin;
use crate::graph::{FunctionId, Site, Target};
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

/// What every function can throw.
#[derive(Debug, Default)]
pub struct Throws(Vec<Rc<Summary>>);

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
    pub fn new(engine: &mut Engine<'_>) -> Self {
        let program = engine.program;
        let mut throws = Self(program.functions().map(|_| Rc::default()).collect());
        for function in program.callees_first().into_iter().flatten() {
            let contract = program.contract_of(function);
            let model = program.model(contract);
            let mut search = Search {
                engine,
                throws: &throws,
                model,
                contract,
                locals: BTreeMap::new(),
                seen: BTreeSet::new(),
                open: Vec::new(),
                found: Summary::default(),
            };
            search.body(program.function(function).body);
            throws.0[function.0 as usize] = Rc::new(search.found);
        }
        throws
    }

    /// What the function throws itself.
    pub fn own(&self, function: FunctionId) -> impl Iterator<Item = &Thrown> {
        self.0[function.0 as usize].thrown.values()
    }

    /// Every origin of a code that the function can fail with, by the shortest way.
    pub fn of(&self, function: FunctionId) -> BTreeMap<Origin, Thrown> {
        let mut all = BTreeMap::new();
        let mut seen = BTreeSet::from([function]);
        let mut open = VecDeque::from([(function, Vec::new())]);
        while let Some((function, way)) = open.pop_front() {
            let summary = &self.0[function.0 as usize];
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
                let callee = self.engine.program.function_id(self.contract, index);
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
                    let callee = self.engine.program.function_id(self.contract, index);
                    self.call(site, callee, &[]);
                }
            }
            _ => {}
        }
    }

    /// What the callee throws is thrown by the call, and so is what it is given to throw.
    fn call(&mut self, site: Site, callee: FunctionId, arguments: &[ExprId]) {
        self.found.calls.push((site, callee));
        let summary = self.throws.0[callee.0 as usize].clone();
        for &(parameter, wanted) in &summary.passed {
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
