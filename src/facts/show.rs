//! Terms and facts in words, as close to the contract's own text as terms allow.

use super::engine::Engine;
use super::set::Fact;
use super::summary::{Effect, EffectKind};
use super::term::{Op, StateId, TermId, Terms, TextId};
use crate::builtins::Builtin;
use crate::graph::FunctionId;
use crate::model::Name;
use crate::project::ContractId;

/// How deep a term is written out; what is deeper is `..`.
const MAX_DEPTH: u32 = 12;

/// How long a fact or an effect may be that is told in full; of what is longer the depths are left out, as far as it takes.
const READABLE: usize = 200;
const DEPTHS: [u32; 5] = [MAX_DEPTH, 6, 4, 3, 2];

/// What `text` says at the greatest depth at which it can be read.
fn readable(text: impl Fn(u32) -> String) -> String {
    let mut said = String::new();
    for depth in DEPTHS {
        said = text(MAX_DEPTH - depth);
        if said.len() <= READABLE {
            break;
        }
    }
    said
}

/// Writes terms as one function would.
#[derive(Clone, Copy)]
pub struct Show<'e, 'p> {
    pub engine: &'e Engine<'p>,
    pub function: FunctionId,
}

impl Show<'_, '_> {
    fn home(&self) -> ContractId {
        self.function.contract
    }

    fn defined(&self, contract: ContractId, name: Name) -> String {
        let defined = self.engine.program.contract(contract);
        let text = defined.syntax.tree.name(name.symbol);
        if contract == self.home() { text.to_string() } else { format!("{}.{text}", defined.name) }
    }

    pub fn state(&self, state: StateId) -> String {
        let model = |contract: ContractId| self.engine.program.model(contract);
        let (contract, storage) = match state {
            StateId::Variable(contract, index) => (contract, &model(contract).variables[index as usize]),
            StateId::Map(contract, index) => (contract, &model(contract).maps[index as usize]),
            StateId::FungibleToken(contract, index) => {
                (contract, &model(contract).fungible_tokens[index as usize])
            }
            StateId::NonFungibleToken(contract, index) => {
                (contract, &model(contract).non_fungible_tokens[index as usize])
            }
            StateId::Stx => return "STX".to_string(),
        };
        self.defined(contract, storage.name)
    }

    /// A function's name, with its contract where that is another.
    pub fn function_name(&self, function: FunctionId) -> String {
        let contract = function.contract;
        self.defined(contract, self.engine.program.function(function).name)
    }

    pub fn term(&self, term: TermId) -> String {
        self.at_depth(term, 0)
    }

    fn at_depth(&self, term: TermId, depth: u32) -> String {
        if depth > MAX_DEPTH {
            return "..".to_string();
        }
        let terms = &self.engine.terms;
        let args = terms.args(term);
        let sub = |term: TermId| self.at_depth(term, depth + 1);
        let applied = |head: &str, args: &[TermId]| {
            let args: Vec<_> = args.iter().map(|&arg| sub(arg)).collect();
            if args.is_empty() { format!("({head})") } else { format!("({head} {})", args.join(" ")) }
        };
        match terms.op(term) {
            Op::Bool(value) => value.to_string(),
            Op::Literal(text) => terms.text(text).to_string(),
            Op::Deployer => "the deployer".to_string(),
            Op::Constant(contract, index) => {
                let constants = &self.engine.program.model(contract).constants;
                self.defined(contract, constants[index as usize].name)
            }
            Op::Parameter(index) => {
                let parameters = &self.engine.program.function(self.function).parameters;
                match parameters.get(index as usize) {
                    Some(parameter) => self.defined(self.home(), parameter.name),
                    None => format!("argument {index}"),
                }
            }
            Op::Sender => "tx-sender".to_string(),
            Op::Caller => "contract-caller".to_string(),
            Op::Keyword(keyword) => keyword.name().to_string(),
            Op::Initial(state) => self.state(state),
            Op::After(state) | Op::Written(state) | Op::Since(state) => {
                format!("later {}", self.state(state))
            }
            Op::Opaque(..) => match terms.label(term) {
                Some(label) => format!("the result of {label}"),
                None => "an unknown value".to_string(),
            },
            Op::Absurd => "nothing".to_string(),
            Op::None => "none".to_string(),
            Op::Some => applied("some", args),
            Op::Ok => applied("ok", args),
            Op::Err => applied("err", args),
            Op::If | Op::Good => self.condition(term, true, depth),
            // What a call or an entry holds is called as the call or the entry is.
            Op::Payload => sub(args[0]),
            Op::Failure => format!("the error of {}", sub(args[0])),
            Op::Tuple(shape) => {
                let fields: Vec<_> = (terms.fields(shape).iter().zip(args))
                    .map(|(&name, &value)| format!("{}: {}", terms.text(name), sub(value)))
                    .collect();
                format!("{{{}}}", fields.join(", "))
            }
            Op::Field(name) => format!("{}.{}", sub(args[0]), terms.text(name)),
            Op::Entry(map) => {
                let later = if !matches!(terms.op(args[1]), Op::Initial(_)) { "later " } else { "" };
                format!("{later}{}[{}]", self.state(map), self.key(args[0], depth + 1))
            }
            Op::Token(builtin, StateId::Stx) => applied(builtin.spec().name, &args[..args.len() - 1]),
            Op::Token(builtin, state) => {
                let head = format!("{} {}", builtin.spec().name, self.state(state));
                applied(&head, &args[..args.len() - 1])
            }
            Op::Pure(Builtin::Less | Builtin::IsEq) => format!("({})", self.condition(term, true, depth)),
            Op::Pure(builtin) => applied(builtin.spec().name, args),
            Op::Call(function) => {
                let parameters = self.engine.program.function(function).parameters.len();
                applied(&self.function_name(function), &args[..parameters])
            }
            Op::External(path) => applied(terms.text(path), &args[..args.len() - 2]),
            Op::Element => format!("each of {}", sub(args[0])),
            Op::Filtered(function) => self.applied_to_list("filter", function, &args[..1], depth),
            Op::Mapped(function) => self.applied_to_list("map", function, &args[..1], depth),
            Op::Folded(function) => self.applied_to_list("fold", function, &args[..2], depth),
        }
    }

    fn applied_to_list(&self, head: &str, function: FunctionId, args: &[TermId], depth: u32) -> String {
        let args: Vec<_> = args.iter().map(|&arg| self.at_depth(arg, depth + 1)).collect();
        format!("({head} {} {})", self.function_name(function), args.join(" "))
    }

    /// A map's key; of a tuple only the values.
    fn key(&self, key: TermId, depth: u32) -> String {
        let terms = &self.engine.terms;
        match terms.op(key) {
            Op::Tuple(_) => {
                let values: Vec<_> =
                    terms.args(key).iter().map(|&value| self.at_depth(value, depth + 1)).collect();
                values.join(", ")
            }
            _ => self.at_depth(key, depth + 1),
        }
    }

    pub fn fact(&self, fact: Fact) -> String {
        self.condition(fact.term(), fact.holds(), 0)
    }

    /// The fact as people read it: what is long is cut.
    pub fn brief_fact(&self, fact: Fact) -> String {
        readable(|depth| self.condition(fact.term(), fact.holds(), depth))
    }

    /// That a boolean term is true, or that it is false.
    fn condition(&self, term: TermId, holds: bool, depth: u32) -> String {
        if depth > MAX_DEPTH {
            return "..".to_string();
        }
        let terms = &self.engine.terms;
        let args = terms.args(term);
        let sub = |term: TermId| self.at_depth(term, depth + 1);
        let part = |term: TermId, holds: bool| self.operand(term, holds, depth + 1);
        match (terms.op(term), args) {
            (Op::If, &[inner, Terms::FALSE, Terms::TRUE]) => self.condition(inner, !holds, depth),
            (Op::If, &[a, b, Terms::FALSE]) if holds => format!("{} and {}", part(a, true), part(b, true)),
            (Op::If, &[a, b, Terms::FALSE]) => format!("{} or {}", part(a, false), part(b, false)),
            (Op::If, &[a, Terms::TRUE, b]) if holds => format!("{} or {}", part(a, true), part(b, true)),
            (Op::If, &[a, Terms::TRUE, b]) => format!("{} and {}", part(a, false), part(b, false)),
            (Op::If, &[a, Terms::FALSE, b]) if holds => format!("{} and {}", part(a, false), part(b, true)),
            (Op::If, &[a, Terms::FALSE, b]) => format!("{} or {}", part(a, true), part(b, false)),
            (Op::If, &[a, b, Terms::TRUE]) if holds => format!("{} or {}", part(a, false), part(b, true)),
            (Op::If, &[a, b, Terms::TRUE]) => format!("{} and {}", part(a, true), part(b, false)),
            (Op::If, &[a, b, c]) if self.is_boolean(b) || self.is_boolean(c) => {
                format!("if {} then {} else {}", part(a, true), part(b, holds), part(c, holds))
            }
            (Op::If, &[a, b, c]) => {
                let not = if holds { "" } else { "not " };
                format!("{not}(if {} then {} else {})", part(a, true), sub(b), sub(c))
            }
            (Op::Good, &[of]) => {
                let word = match (terms.is_optional(of), holds) {
                    (true, true) => "some",
                    (true, false) => "none",
                    (false, true) => "ok",
                    (false, false) => "err",
                };
                format!("{} is {word}", sub(of))
            }
            (Op::Pure(Builtin::Less), &[a, b]) => {
                format!("{} {} {}", sub(a), if holds { "<" } else { ">=" }, sub(b))
            }
            (Op::Pure(Builtin::IsEq), &[a, b]) => {
                format!("{} {} {}", sub(a), if holds { "=" } else { "is not" }, sub(b))
            }
            _ if holds => sub(term),
            _ => format!("not {}", sub(term)),
        }
    }

    /// A part of a larger condition, in parentheses where it has parts itself.
    fn operand(&self, term: TermId, holds: bool, depth: u32) -> String {
        let text = self.condition(term, holds, depth);
        let terms = &self.engine.terms;
        let compound =
            terms.op(term) == Op::If && !terms.negated(term).is_some_and(|inner| terms.op(inner) != Op::If);
        if compound { format!("({text})") } else { text }
    }

    fn is_boolean(&self, term: TermId) -> bool {
        let terms = &self.engine.terms;
        match terms.op(term) {
            Op::Bool(_) | Op::Good | Op::Pure(Builtin::Less | Builtin::IsEq) => true,
            Op::If => self.is_boolean(terms.arg(term, 1)) || self.is_boolean(terms.arg(term, 2)),
            _ => false,
        }
    }

    /// What an effect does.
    pub fn effect(&self, effect: &Effect) -> String {
        self.effect_from(effect, 0)
    }

    /// What an effect does, as people read it: what is long is cut.
    pub fn brief_effect(&self, effect: &Effect) -> String {
        readable(|depth| self.effect_from(effect, depth))
    }

    fn effect_from(&self, effect: &Effect, depth: u32) -> String {
        let terms = &self.engine.terms;
        let text = |id: TextId| terms.text(id).to_string();
        let args = |from: usize| {
            let args: Vec<_> = effect.args.iter().skip(from).map(|&arg| self.at_depth(arg, depth)).collect();
            args.join(", ")
        };
        let what = match &effect.kind {
            EffectKind::Write(Builtin::VarSet, state) => {
                format!("var-set {} to {}", self.state(*state), args(0))
            }
            EffectKind::Write(builtin, state) => {
                let key = effect.args.first().map(|&key| self.key(key, depth)).unwrap_or_default();
                format!("{} {}[{key}]", builtin.spec().name, self.state(*state))
            }
            EffectKind::Token(builtin, state) => {
                format!("{} {} ({})", builtin.spec().name, self.state(*state), args(0))
            }
            EffectKind::Stx(builtin) => format!("{} ({})", builtin.spec().name, args(0)),
            EffectKind::Dynamic { method, .. } => {
                let target = effect.args.first().map(|&target| self.term(target)).unwrap_or_default();
                format!("calls {target}.{} ({})", text(*method), args(1))
            }
            EffectKind::External(path) => {
                format!("calls {} ({}), which is not in the project", text(*path), args(0))
            }
            EffectKind::Unchecked => "calls a function that is not checked".to_string(),
        };
        let identity = match terms.op(effect.sender) {
            Op::Sender => String::new(),
            _ => format!(" as {}", self.term(effect.sender)),
        };
        what + &identity
    }
}
