//! Facts as conditions in Clarity: what [`Engine::condition`] reads.

use super::engine::Engine;
use super::set::Fact;
use super::term::{Mask, Op, StateId, TermId, Terms};
use crate::builtins::Builtin;
use crate::graph::FunctionId;
use crate::model::{Access, Name};
use crate::project::ContractId;

/// How deep a condition goes, and how long it gets: what is more than that, nobody would read.
const MAX_DEPTH: u32 = 16;
const MAX_LENGTH: usize = 400;

impl Engine<'_> {
    /// The condition that a fact is, as the entrypoint would ask it; `None` if it cannot be asked, or only at length.
    /// Private helpers are not named: they may be called differently tomorrow.
    pub fn asked(&mut self, entrypoint: FunctionId, fact: Fact) -> Option<String> {
        let home = entrypoint.contract;
        let text = Writer { engine: self, entrypoint, home, depth: 0 }.truth(fact.term(), fact.holds())?;
        (text.len() <= MAX_LENGTH).then_some(text)
    }
}

struct Writer<'e, 'p> {
    engine: &'e mut Engine<'p>,
    entrypoint: FunctionId,
    home: ContractId,
    depth: u32,
}

impl Writer<'_, '_> {
    fn args(&self, term: TermId) -> Vec<TermId> {
        self.engine.terms.args(term).to_vec()
    }

    fn name(&self, contract: ContractId, name: Name) -> String {
        let defined = self.engine.program.contract(contract);
        let text = defined.syntax.tree.name(name.symbol);
        if contract == self.home { text.to_string() } else { format!("{}.{text}", self.contract(contract)) }
    }

    fn contract(&self, contract: ContractId) -> String {
        let (called, home) =
            (self.engine.program.contract(contract), self.engine.program.contract(self.home));
        match &called.issuer {
            Some(issuer) if called.issuer != home.issuer => format!("'{issuer}.{}", called.name),
            _ => format!(".{}", called.name),
        }
    }

    fn state(&self, state: StateId) -> Option<String> {
        let model = |contract| self.engine.program.model(contract);
        let (contract, name) = match state {
            StateId::Variable(contract, index) => (contract, model(contract).variables[index as usize].name),
            StateId::Map(contract, index) => (contract, model(contract).maps[index as usize].name),
            StateId::FungibleToken(contract, index) => {
                (contract, model(contract).fungible_tokens[index as usize].name)
            }
            StateId::NonFungibleToken(contract, index) => {
                (contract, model(contract).non_fungible_tokens[index as usize].name)
            }
            StateId::Stx => return None,
        };
        Some(self.name(contract, name))
    }

    fn list(&mut self, head: &str, args: &[TermId]) -> Option<String> {
        let mut text = format!("({head}");
        for &arg in args {
            text = text + " " + &self.term(arg)?;
        }
        Some(text + ")")
    }

    /// That a boolean term is true, or that it is false.
    fn truth(&mut self, term: TermId, holds: bool) -> Option<String> {
        let args = self.args(term);
        let op = self.engine.terms.op(term);
        match (op, &args[..]) {
            (Op::If, &[inner, Terms::FALSE, Terms::TRUE]) => self.truth(inner, !holds),
            (Op::Good, &[of]) => {
                let word = match (self.engine.terms.is_optional(of), holds) {
                    (true, true) => "is-some",
                    (true, false) => "is-none",
                    (false, true) => "is-ok",
                    (false, false) => "is-err",
                };
                self.list(word, &[of])
            }
            (Op::Pure(Builtin::Less), &[a, b]) => self.list(if holds { "<" } else { ">=" }, &[a, b]),
            (Op::Pure(Builtin::IsEq), &[a, b]) if holds => self.equation(a, b),
            // What an entry says of somebody, who may have none.
            (Op::Field(_) | Op::Payload, _) if holds => match self.wrapped(term) {
                Some((text, "some")) => Some(format!("(default-to false {text})")),
                _ => self.term(term),
            },
            _ => {
                let text = self.term(term)?;
                Some(if holds { text } else { format!("(not {text})") })
            }
        }
    }

    /// `(is-eq (some a) b)` where `b` holds a value that may be missing: nothing is unwrapped.
    fn equation(&mut self, a: TermId, b: TermId) -> Option<String> {
        for (plain, wrapped) in [(a, b), (b, a)] {
            if let Some((text, wrapper)) = self.wrapped(wrapped) {
                return Some(format!("(is-eq ({wrapper} {}) {text})", self.term(plain)?));
            }
        }
        self.list("is-eq", &[a, b])
    }

    /// The optional or response that a value was taken from.
    fn wrapped(&mut self, term: TermId) -> Option<(String, &'static str)> {
        let of = *self.engine.terms.args(term).first()?;
        match self.engine.terms.op(term) {
            Op::Payload => {
                let of = self.looked_into(of);
                let wrapper = if self.engine.terms.is_optional(of) { "some" } else { "ok" };
                Some((self.term(of)?, wrapper))
            }
            Op::Field(name) => match self.wrapped(of)? {
                (text, "some") => Some((format!("(get {} {text})", self.engine.terms.text(name)), "some")),
                _ => None,
            },
            _ => None,
        }
    }

    /// What a private helper results in, if that is what another function results in or what a map holds.
    fn looked_into(&mut self, mut term: TermId) -> TermId {
        while let Op::Call(function) = self.engine.terms.op(term)
            && self.engine.program.function(function).access == Access::Private
            && let Some(result) = self.engine.unfold(term)
            && matches!(self.engine.terms.op(result), Op::Call(_) | Op::Entry(_))
        {
            term = result;
        }
        term
    }

    fn term(&mut self, term: TermId) -> Option<String> {
        if self.depth >= MAX_DEPTH {
            return None;
        }
        self.depth += 1;
        let text = self.plain(term);
        self.depth -= 1;
        text.filter(|text| text.len() <= MAX_LENGTH)
    }

    fn plain(&mut self, term: TermId) -> Option<String> {
        let args = self.args(term);
        match (self.engine.terms.op(term), &args[..]) {
            (Op::Bool(value), _) => Some(value.to_string()),
            (Op::Literal(text), _) => Some(self.engine.terms.text(text).to_string()),
            (Op::Deployer | Op::Constant(..), _) => self.constant(term),
            (Op::Parameter(index), _) => {
                let program = self.engine.program;
                let parameter = program.function(self.entrypoint).parameters.get(index as usize)?;
                Some(self.name(self.home, parameter.name))
            }
            (Op::Sender, _) => Some("tx-sender".to_string()),
            (Op::Caller, _) => Some("contract-caller".to_string()),
            (Op::Keyword(keyword), _) => Some(keyword.name().to_string()),
            (Op::Initial(state @ StateId::Variable(..)), _) => {
                Some(format!("(var-get {})", self.state(state)?))
            }
            (Op::None, _) => Some("none".to_string()),
            (Op::Some, args) => self.list("some", args),
            (Op::Ok, args) => self.list("ok", args),
            (Op::Err, args) => self.list("err", args),
            (Op::If, &[a, b, Terms::FALSE]) => {
                Some(format!("(and {} {})", self.truth(a, true)?, self.truth(b, true)?))
            }
            (Op::If, &[a, Terms::TRUE, b]) => {
                Some(format!("(or {} {})", self.truth(a, true)?, self.truth(b, true)?))
            }
            (Op::If, &[a, Terms::FALSE, b]) => {
                Some(format!("(and {} {})", self.truth(a, false)?, self.truth(b, true)?))
            }
            (Op::If, &[a, b, Terms::TRUE]) => {
                Some(format!("(or {} {})", self.truth(a, false)?, self.truth(b, true)?))
            }
            (Op::If, &[a, b, c]) => {
                Some(format!("(if {} {} {})", self.truth(a, true)?, self.term(b)?, self.term(c)?))
            }
            (Op::Good, _) | (Op::Pure(Builtin::Less | Builtin::IsEq), _) => self.truth(term, true),
            (Op::Payload, &[of]) => self.list("unwrap-panic", &[of]),
            (Op::Tuple(shape), args) => {
                let names = self.engine.terms.fields(shape).to_vec();
                let mut fields = Vec::new();
                for (name, &value) in names.into_iter().zip(args) {
                    let value = self.term(value)?;
                    fields.push(format!("{}: {value}", self.engine.terms.text(name)));
                }
                Some(format!("{{ {} }}", fields.join(", ")))
            }
            (Op::Field(name), &[of]) => {
                let name = self.engine.terms.text(name).to_string();
                Some(format!("(get {name} {})", self.term(of)?))
            }
            (Op::Entry(map), &[key, version]) if self.engine.terms.op(version) == Op::Initial(map) => {
                Some(format!("(map-get? {} {})", self.state(map)?, self.term(key)?))
            }
            (Op::Token(builtin, state), [args @ .., _]) => {
                let head = format!("{} {}", builtin.spec().name, self.state(state)?);
                self.list(&head, args)
            }
            (Op::Pure(builtin), args) => self.list(builtin.spec().name, args),
            (Op::Call(function), args) => self.call(term, function, args),
            (Op::External(path), [args @ .., _, _]) => {
                let path = self.engine.terms.text(path).to_string();
                let (contract, method) = path.rsplit_once('.')?;
                self.list(&format!("contract-call? {contract} {method}"), args)
            }
            _ => None,
        }
    }

    fn call(&mut self, term: TermId, function: FunctionId, args: &[TermId]) -> Option<String> {
        let program = self.engine.program;
        let definition = program.function(function);
        if definition.access == Access::Private {
            let result = self.engine.unfold(term)?;
            return self.term(result);
        }
        let (contract, args) = (function.contract, &args[..definition.parameters.len()]);
        let head = match contract == self.home {
            true => program.name(function).to_string(),
            false => format!("contract-call? {} {}", self.contract(contract), program.name(function)),
        };
        self.list(&head, args)
    }

    /// The constant of the contract that has this value.
    fn constant(&mut self, value: TermId) -> Option<String> {
        let constants = &self.engine.program.model(self.home).constants;
        debug_assert!(self.engine.terms.mask(value) == Mask::NOTHING);
        let index =
            (0..constants.len()).find(|&index| self.engine.constant(self.home, index as u32) == value)?;
        Some(self.name(self.home, constants[index].name))
    }
}
