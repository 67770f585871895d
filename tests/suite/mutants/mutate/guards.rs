//! The guards of a function, found in its tree, and what each is for.

use std::collections::{BTreeMap, BTreeSet};

use clarlint::builtins::{Builtin, Keyword};
use clarlint::graph::{FunctionId, Program, Site, Target};
use clarlint::model::{ExprId, ExprKind};
use clarlint::project::ContractId;

use super::sequence;

/// A statement that lets a function go on only under a condition.
#[derive(Debug)]
pub struct Guard {
    pub function: FunctionId,
    pub statement: Site,
    pub form: Form,
    pub class: Class,
    /// The last form of the sequence that the guard stands in, if that is the value of the function.
    pub last: Option<Site>,
}

#[derive(Clone, Copy, Debug)]
pub enum Form {
    /// The condition and what is thrown.
    Asserts(Site, Site),
    /// The call that must go well.
    Try(Site),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    Breaker,
    Emergency,
    Limiter,
    Authorisation,
    Identity,
}

impl Class {
    /// The rules that ask for such a guard.
    pub fn rules(self) -> &'static [&'static str] {
        match self {
            Class::Breaker | Class::Emergency => &["missing-circuit-breaker"],
            Class::Limiter => &["missing-rate-limit"],
            Class::Authorisation => &[
                "missing-authorisation",
                "breaker-not-governed",
                "attacker-writable-registry",
                "open-setter",
            ],
            Class::Identity => {
                &["unverified-contract-argument", "as-contract-dynamic-call", "missing-authorisation"]
            }
        }
    }
}

/// The guards that stand in the sequences of a function. Conditions on amounts and states are not among them.
pub fn of(program: &Program<'_>, function: FunctionId) -> Vec<Guard> {
    let contract = function.contract;
    let mut finder = Finder { program, function, contract, locals: BTreeMap::new(), guards: Vec::new() };
    finder.visit(program.function(function).body, true);
    finder.guards
}

struct Finder<'a, 'p> {
    program: &'a Program<'p>,
    function: FunctionId,
    contract: ContractId,
    locals: BTreeMap<u32, ExprId>,
    guards: Vec<Guard>,
}

impl Finder<'_, '_> {
    fn site(&self, expr: ExprId) -> Site {
        Site { contract: self.contract, expr }
    }

    fn visit(&mut self, expr: ExprId, is_value: bool) {
        let model = self.program.model(self.contract);
        if let ExprKind::Binding { local, value } = model.expr(expr).kind {
            self.locals.insert(local, value);
        }
        let body = sequence(model, expr).unwrap_or_default();
        let last = body.last().copied();
        for child in model.children(expr) {
            // Children come in the order of evaluation, so that what a guard names is bound before it is met.
            self.visit(child, is_value && Some(child) == last);
        }
        let tail = last.filter(|_| is_value).map(|last| self.site(last));
        for &statement in body.split_last().map_or(&[][..], |(_, before)| before) {
            if let Some((form, class)) = self.guard(statement) {
                let statement = self.site(statement);
                self.guards.push(Guard { function: self.function, statement, form, class, last: tail });
            }
        }
    }

    fn guard(&self, statement: ExprId) -> Option<(Form, Class)> {
        let model = self.program.model(self.contract);
        let ExprKind::Builtin(builtin, parts) = model.expr(statement).kind else { return None };
        let mut mentions = Mentions::default();
        match (builtin, model.list(parts)) {
            (Builtin::Asserts, &[condition, thrown]) => {
                mentions.collect(self.program, self.contract, &self.locals, condition, 8);
                let class = mentions.class()?;
                Some((Form::Asserts(self.site(condition), self.site(thrown)), class))
            }
            // A call that does more than to check is no guard: only those that look no further than one helper.
            (Builtin::Try, &[call]) if matches!(model.expr(call).kind, ExprKind::Call(..)) => {
                mentions.collect(self.program, self.contract, &self.locals, call, 1);
                let class = mentions.class()?;
                let checks = matches!(class, Class::Breaker | Class::Emergency | Class::Limiter);
                checks.then_some((Form::Try(self.site(call)), class))
            }
            _ => None,
        }
    }
}

/// What an expression names, through helpers of its contract.
#[derive(Default)]
pub struct Mentions {
    pub calls: BTreeSet<String>,
    caller: bool,
    contract_of: bool,
}

impl Mentions {
    pub fn collect(
        &mut self,
        program: &Program<'_>,
        contract: ContractId,
        locals: &BTreeMap<u32, ExprId>,
        expr: ExprId,
        depth: u32,
    ) {
        let model = program.model(contract);
        match model.expr(expr).kind {
            ExprKind::Keyword(Keyword::TxSender | Keyword::ContractCaller) => self.caller = true,
            ExprKind::Builtin(Builtin::ContractOf, _) => self.contract_of = true,
            ExprKind::Local(local) => {
                if let (Some(&value), Some(depth)) = (locals.get(&local), depth.checked_sub(1)) {
                    self.collect(program, contract, locals, value, depth);
                }
            }
            ExprKind::Call(index, _) => {
                if let Some(depth) = depth.checked_sub(1) {
                    let body = model.functions[index as usize].body;
                    self.collect(program, contract, &BTreeMap::new(), body, depth);
                }
            }
            ExprKind::ContractCall { method, .. } => {
                if let Some(Target::Contract(callee)) = program.target(Site { contract, expr }) {
                    let method = program.contract(contract).syntax.tree.name(method);
                    self.calls.insert(format!("{}.{method}", program.contract(*callee).name));
                }
            }
            _ => {}
        }
        for child in model.children(expr) {
            self.collect(program, contract, locals, child, depth);
        }
    }

    fn class(&self) -> Option<Class> {
        let calls = |path: &str| self.calls.contains(path);
        if calls("parameter-contract.check-circuit-breaker") {
            Some(Class::Breaker)
        } else if calls("parameter-contract.check-rate-limit") {
            Some(Class::Limiter)
        } else if calls("emergency-response.is-emergency-active") {
            Some(Class::Emergency)
        } else if self.contract_of {
            Some(Class::Identity)
        } else {
            self.caller.then_some(Class::Authorisation)
        }
    }
}
