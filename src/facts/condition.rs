//! Conditions that a policy states in Clarity, as terms: what they are when the entrypoint is entered.
//!
//! A condition is made of what decides and reads, and of nothing that acts: it has no effects and no way out.

use super::engine::Engine;
use super::term::{Op, StateId, TermId, Terms};
use crate::builtins::{self, Builtin, Keyword, Role, Word};
use crate::config::table::suggestion;
use crate::graph::FunctionId;
use crate::model::{Name, Storage};
use crate::project::ContractId;
use crate::source::Span;
use crate::syntax::{Expr, Kind};

/// Why a condition says nothing in an entrypoint, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unclear {
    /// Which part of the condition it is about, or of the role, by its index, that the condition names.
    pub span: Span,
    pub role: Option<usize>,
    pub message: String,
    pub help: String,
}

/// The scope that a condition is read in: an entrypoint, and the roles that may be used by name.
pub struct Scope<'r> {
    pub entrypoint: FunctionId,
    pub roles: &'r [(&'r str, Expr<'r>)],
}

impl Engine<'_> {
    /// The truth value that a condition asks for.
    pub fn condition(&mut self, scope: &Scope<'_>, node: Expr<'_>) -> Result<TermId, Unclear> {
        let home = scope.entrypoint.contract;
        let term = Reader { engine: self, scope, home }.value(node)?;
        let what = match self.answers(term) {
            Answer::Truth => return Ok(term),
            Answer::Optional => "some",
            Answer::Response => "ok",
        };
        Err(Unclear {
            span: node.span(),
            role: None,
            message: format!("`{}` is no condition: it is not true or false", node.text()),
            help: format!("write `(is-{what} {})`", node.text()),
        })
    }

    fn answers(&mut self, term: TermId) -> Answer {
        if self.terms.is_optional(term) {
            return Answer::Optional;
        }
        if super::why::responds(self, term) { Answer::Response } else { Answer::Truth }
    }
}

enum Answer {
    Truth,
    Optional,
    Response,
}

struct Reader<'e, 'p, 'r> {
    engine: &'e mut Engine<'p>,
    scope: &'r Scope<'r>,
    home: ContractId,
}

fn unclear<T>(node: Expr<'_>, message: String, help: impl Into<String>) -> Result<T, Unclear> {
    Err(Unclear { span: node.span(), role: None, message, help: help.into() })
}

impl Reader<'_, '_, '_> {
    fn value(&mut self, node: Expr<'_>) -> Result<TermId, Unclear> {
        match node.kind() {
            Kind::Atom => self.name(node),
            Kind::List => self.call(node),
            Kind::Tuple => {
                let parts: Vec<_> = node.children().collect();
                let mut fields = Vec::new();
                for pair in parts.chunks_exact(2) {
                    fields.push((pair[0].text(), self.value(pair[1])?));
                }
                Ok(self.engine.terms.tuple(fields))
            }
            Kind::Int | Kind::Uint | Kind::Ascii | Kind::Utf8 | Kind::Buffer => {
                Ok(self.engine.literal(self.home, node))
            }
            Kind::Principal | Kind::Contract => Ok(self.engine.literal(self.home, node)),
            _ => unclear(node, format!("`{}` is no value", node.text()), "write an expression of Clarity"),
        }
    }

    fn values<'t>(&mut self, nodes: impl Iterator<Item = Expr<'t>>) -> Result<Vec<TermId>, Unclear> {
        nodes.map(|node| self.value(node)).collect()
    }

    fn name(&mut self, node: Expr<'_>) -> Result<TermId, Unclear> {
        if let Some(Word::Keyword(keyword)) = node.symbol().and_then(|symbol| symbol.word()) {
            return Ok(self.keyword(keyword));
        }
        let (name, roles) = (node.text(), self.scope.roles);
        let program = self.engine.program;
        let path = program.path(self.scope.entrypoint);
        let tree = &program.contract(self.home).syntax.tree;
        let parameters = &program.function(self.scope.entrypoint).parameters;
        let constants = &program.model(self.home).constants;
        let named = parameters.iter().map(|it| it.name).chain(constants.iter().map(|it| it.name));
        if let Some(before) = roles.iter().rposition(|&(role, _)| role == name) {
            if named.map(|it| tree.name(it.symbol)).any(|known| known == name) {
                let message = format!("`{name}` is a role, and a parameter or constant of `{path}`");
                return unclear(node, message, "give the role another name");
            }
            let scope = Scope { entrypoint: self.scope.entrypoint, roles: &roles[..before] };
            let read = Reader { engine: self.engine, scope: &scope, home: self.home }.value(roles[before].1);
            return read.map_err(|fault| Unclear { role: fault.role.or(Some(before)), ..fault });
        }
        if let Some(index) = parameters.iter().position(|it| tree.name(it.name.symbol) == name) {
            return Ok(self.engine.terms.leaf(Op::Parameter(index as u32)));
        }
        if let Some(index) = constants.iter().position(|it| tree.name(it.name.symbol) == name) {
            return Ok(self.engine.constant(self.home, index as u32));
        }
        let known: Vec<_> = named.map(|it| tree.name(it.symbol)).chain(roles.iter().map(|it| it.0)).collect();
        let message = format!("`{name}` is no role, parameter or constant of `{path}`");
        unclear(node, message, suggested(name, &known))
    }

    fn keyword(&mut self, keyword: Keyword) -> TermId {
        match keyword {
            Keyword::True => Terms::TRUE,
            Keyword::False => Terms::FALSE,
            Keyword::None => self.engine.terms.leaf(Op::None),
            Keyword::TxSender => self.engine.terms.leaf(Op::Sender),
            Keyword::ContractCaller => self.engine.terms.leaf(Op::Caller),
            Keyword::CurrentContract => self.engine.principal(self.home),
            other => self.engine.terms.leaf(Op::Keyword(other)),
        }
    }

    fn call(&mut self, node: Expr<'_>) -> Result<TermId, Unclear> {
        let parts: Vec<_> = node.children().collect();
        let Some((&head, args)) = parts.split_first() else {
            return unclear(node, "`()` is no value".into(), "write an expression of Clarity");
        };
        match head.symbol().and_then(|symbol| symbol.word()) {
            Some(Word::Builtin(builtin)) => self.builtin(node, builtin, args),
            _ => {
                let called = self.function(self.home, head, true)?;
                self.call_of(node, called, args)
            }
        }
    }

    fn builtin(&mut self, node: Expr<'_>, builtin: Builtin, args: &[Expr<'_>]) -> Result<TermId, Unclear> {
        let spec = builtin.spec();
        if !spec.takes(args.len()) {
            let message = format!("`{}` does not take {} arguments", spec.name, args.len());
            return unclear(node, message, "write it as it would stand in a contract");
        }
        match (builtin, args) {
            (Builtin::VarGet, &[variable]) => {
                let state = self.state(variable, Role::Var)?;
                Ok(self.engine.terms.leaf(Op::Initial(state)))
            }
            (Builtin::MapGet, &[map, key]) => {
                let (state, key) = (self.state(map, Role::Map)?, self.value(key)?);
                let version = self.engine.terms.leaf(Op::Initial(state));
                Ok(self.engine.terms.make(Op::Entry(state), &[key, version]))
            }
            (Builtin::ContractCall, &[contract, method, ref args @ ..]) => {
                self.contract_call(node, contract, method, args)
            }
            (Builtin::Get, &[field, of]) => {
                let (name, of) = (self.engine.terms.intern(field.text()), self.value(of)?);
                Ok(self.engine.terms.field(name, of))
            }
            (Builtin::If, &[condition, yes, no]) => {
                let args = self.values([condition, yes, no].into_iter())?;
                Ok(self.engine.terms.make(Op::If, &args))
            }
            (Builtin::UnwrapPanic, &[of]) => {
                let of = self.value(of)?;
                Ok(self.engine.terms.payload(of, true))
            }
            (_, &[token, ref args @ ..]) if spec.effect == builtins::Effect::ReadTokens => {
                let state = self.state(token, spec.role(0))?;
                let mut args = self.values(args.iter().copied())?;
                args.push(self.engine.terms.leaf(Op::Initial(state)));
                Ok(self.engine.terms.make(Op::Token(builtin, state), &args))
            }
            _ if matches!(builtin, Builtin::And | Builtin::Or) || is_plain(builtin) => {
                let args = self.values(args.iter().copied())?;
                Ok(self.engine.terms.pure(builtin, &args))
            }
            _ => {
                let message = format!("a condition cannot be made with `{}`", spec.name);
                unclear(node, message, "let a read-only function of the contract answer, and call that")
            }
        }
    }

    /// Own state by its name, or that of another contract as `.contract.name`.
    fn state(&mut self, node: Expr<'_>, role: Role) -> Result<StateId, Unclear> {
        let (contract, name) = match node.trait_identifier() {
            Some((issuer, contract, name)) => (self.contract(node, issuer, contract)?, name),
            None => (self.home, node.text()),
        };
        let program = self.engine.program;
        let model = program.model(contract);
        type Make = fn(ContractId, u32) -> StateId;
        let (what, all, make): (_, &[Storage], Make) = match role {
            Role::Var => ("variable", &model.variables, StateId::Variable),
            Role::Map => ("map", &model.maps, StateId::Map),
            Role::Ft => ("token", &model.fungible_tokens, StateId::FungibleToken),
            _ => ("token", &model.non_fungible_tokens, StateId::NonFungibleToken),
        };
        let tree = &program.contract(contract).syntax.tree;
        let text = |name: Name| tree.name(name.symbol);
        if let Some(index) = all.iter().position(|it| text(it.name) == name) {
            return Ok(make(contract, index as u32));
        }
        let known: Vec<_> = all.iter().map(|it| text(it.name)).collect();
        let message = format!("`{}` has no {what} `{name}`", program.contract(contract).name);
        unclear(node, message, suggested(name, &known))
    }

    fn contract(&self, node: Expr<'_>, issuer: Option<&str>, name: &str) -> Result<ContractId, Unclear> {
        let program = self.engine.program;
        if let Some(contract) = program.find_contract(self.home, issuer, name) {
            return Ok(contract);
        }
        let known: Vec<_> =
            program.project.contract_ids().map(|id| program.contract(id).name.as_str()).collect();
        unclear(node, format!("the project has no contract `{name}`"), suggested(name, &known))
    }

    fn contract_call(
        &mut self,
        node: Expr<'_>,
        contract: Expr<'_>,
        method: Expr<'_>,
        args: &[Expr<'_>],
    ) -> Result<TermId, Unclear> {
        let Some((issuer, name)) = contract.contract_literal() else {
            let message = format!("`{}` is not the name of a contract", contract.text());
            return unclear(contract, message, "a condition calls only contracts that it names: `.vault`");
        };
        // What a contract outside of the project answers is known only to have been asked.
        let program = self.engine.program;
        if program.find_contract(self.home, issuer, name).is_none()
            && program.calls_outside(contract.text(), method.text())
        {
            let path = self.engine.terms.intern(&format!("{}.{}", contract.text(), method.text()));
            let mut args = self.values(args.iter().copied())?;
            args.extend([self.engine.terms.leaf(Op::Sender), Terms::FALSE]);
            return Ok(self.engine.terms.make(Op::External(path), &args));
        }
        let contract = self.contract(contract, issuer, name)?;
        let called = self.function(contract, method, false)?;
        self.call_of(node, called, args)
    }

    fn function(&self, contract: ContractId, name: Expr<'_>, private: bool) -> Result<FunctionId, Unclear> {
        let program = self.engine.program;
        let is_callable =
            |id: &FunctionId| private || program.function(*id).access != crate::model::Access::Private;
        let mut callable = program.functions_of(contract).filter(is_callable);
        if let Some(found) = callable.find(|&id| program.name(id) == name.text()) {
            return Ok(found);
        }
        let known: Vec<_> =
            program.functions_of(contract).filter(is_callable).map(|id| program.name(id)).collect();
        let message = format!("`{}` has no function `{}`", program.contract(contract).name, name.text());
        unclear(name, message, suggested(name.text(), &known))
    }

    fn call_of(&mut self, node: Expr<'_>, called: FunctionId, args: &[Expr<'_>]) -> Result<TermId, Unclear> {
        let program = self.engine.program;
        let wanted = program.function(called).parameters.len();
        if args.len() != wanted {
            let message = format!("`{}` takes {wanted} arguments, not {}", program.name(called), args.len());
            return unclear(node, message, "give it what it takes");
        }
        let args = self.values(args.iter().copied())?;
        let caller = match called.contract == self.home {
            true => self.engine.terms.leaf(Op::Caller),
            false => self.engine.principal(self.home),
        };
        let sender = self.engine.terms.leaf(Op::Sender);
        Ok(self.engine.call(called, &args, (sender, caller), |terms, input| terms.leaf(Op::Initial(input))))
    }
}

/// Whether a builtin only computes with the values of all its arguments.
fn is_plain(builtin: Builtin) -> bool {
    let spec = builtin.spec();
    spec.effect == builtins::Effect::Pure && spec.roles.iter().all(|role| matches!(role, Role::Value))
}

fn suggested(name: &str, known: &[&str]) -> String {
    match known {
        [] => "there are none".to_string(),
        known => suggestion(name, known.iter().copied()),
    }
}
