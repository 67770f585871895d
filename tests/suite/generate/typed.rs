//! Small well-typed projects that run: flags, numbers, an owner, maps, helpers that write and fail, calls across
//! contracts and through a trait.
//!
//! Every effect that is asked about later is a `map-set` of `log` under a number of its own, so that the state after
//! a transaction tells which effects were committed.

use super::Choices;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    Bool,
    Uint,
    Principal,
    Optional,
    /// `(response bool uint)` and `(response uint uint)`.
    Check,
    Amount,
    List,
    Tuple,
    Trait,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    Private,
    ReadOnly,
    Public,
}

#[derive(Clone, Debug)]
pub struct Function {
    pub name: String,
    pub contract: &'static str,
    pub access: Access,
    pub parameters: Vec<Type>,
    pub result: Type,
}

#[derive(Debug)]
pub struct Program {
    /// Of all contracts.
    pub version: u8,
    /// Names and texts, in the order of deployment.
    pub contracts: Vec<(&'static str, String)>,
    pub functions: Vec<Function>,
    /// How many numbers `log` has, over all contracts.
    pub logged: u32,
}

/// The contracts under test; both have the same state.
pub const CONTRACTS: [&str; 2] = ["core", "front"];
/// The variables that they have.
pub const VARIABLES: [&str; 5] = ["flag", "open", "count", "limit", "owner"];
/// The keys of `amounts` that a program uses.
pub const KEYS: u128 = 3;

/// State that every contract has. `seed` sets it; nothing calls it.
const STATE: &str = "\
(define-data-var flag bool false)
(define-data-var open bool true)
(define-data-var count uint u0)
(define-data-var limit uint u2)
(define-data-var owner principal tx-sender)
(define-map amounts uint uint)
(define-map permitted principal bool)
(define-map records principal {a: uint, b: bool})
(define-map log uint bool)
(define-fungible-token coin)
(define-constant ERR_NO u90)
(define-constant FAILED (err u91))
(define-private (seed (f bool) (o bool) (c uint) (l uint) (w principal) (a0 (optional uint)) (a1 (optional uint))
    (p (optional bool)) (r (optional {a: uint, b: bool})) (who principal))
  (begin (var-set flag f) (var-set open o) (var-set count c) (var-set limit l) (var-set owner w)
    (match a0 it (map-set amounts u0 it) true) (match a1 it (map-set amounts u1 it) true)
    (match p it (map-set permitted who it) true) (match r it (map-set records who it) true)))
";

/// What a test may pass for the trait; `act` changes what `core` holds.
const ACTOR: &str = "\
(define-public (act (n uint))
  (if (< n u3) (begin (try! (contract-call? .core poke n)) (ok true)) (err u77)))
";

const POKE: &str = "\
(define-public (poke (n uint))
  (begin (var-set flag (not (var-get flag))) (var-set count n) (map-set amounts u0 n) (if (< n u99) (ok true) (err u78))))
";

/// A program of Clarity 2, or of Clarity 4, where contracts act in their own name with allowances and every value has
/// a type that can be told.
pub fn program(choices: Choices, version: u8) -> Program {
    let mut generator = Generator {
        choices,
        lends: version >= 4,
        functions: Vec::new(),
        contract: CONTRACTS[0],
        locals: Vec::new(),
        result: Type::Bool,
        access: Access::Public,
        fresh: 0,
        logged: 0,
        callback: false,
    };
    let traits = "(define-trait actor ((act (uint) (response bool uint))))\n".to_string();
    let core = format!("{STATE}{POKE}{}", generator.contract(CONTRACTS[0]));
    let uses = "(use-trait actor .traits.actor)\n";
    let front = format!("{uses}{STATE}{}", generator.contract(CONTRACTS[1]));
    Program {
        version,
        contracts: vec![("traits", traits), ("core", core), ("actor", ACTOR.to_string()), ("front", front)],
        functions: generator.functions,
        logged: generator.logged,
    }
}

struct Generator {
    choices: Choices,
    /// Whether identities are lent with allowances.
    lends: bool,
    functions: Vec<Function>,
    contract: &'static str,
    locals: Vec<(String, Type)>,
    result: Type,
    access: Access,
    fresh: u32,
    logged: u32,
    /// Whether the function is one that `map`, `filter` and `fold` apply: it has to stay callable with any element.
    callback: bool,
}

impl Generator {
    fn contract(&mut self, name: &'static str) -> String {
        self.contract = name;
        let mut text = String::new();
        for index in 0..self.choices.usize(3..7) {
            text += &self.function(index);
        }
        text
    }

    fn function(&mut self, index: usize) -> String {
        let private = [Type::Bool, Type::Uint, Type::Check, Type::Amount, Type::Optional, Type::Check];
        self.access = match self.choices.u8(..) {
            _ if index == 0 => Access::Private,
            0..100 => Access::Private,
            100..130 => Access::ReadOnly,
            _ => Access::Public,
        };
        self.result = match self.access {
            Access::Public => self.choices.of(&[Type::Check, Type::Amount]),
            _ => self.choices.of(&private),
        };
        self.callback = self.access == Access::Private && self.choices.u8(..) < 90;
        let parameters = if self.callback {
            match self.result {
                Type::Bool if self.choices.bool() => vec![Type::Uint],
                Type::Optional => vec![Type::Uint],
                result => vec![Type::Uint, result],
            }
        } else {
            let mut types = vec![Type::Bool, Type::Uint, Type::Optional, Type::List, Type::Principal];
            if self.contract == "front" && self.access != Access::ReadOnly {
                types.push(Type::Trait);
            }
            (0..self.choices.usize(0..3)).map(|_| self.choices.of(&types)).collect()
        };
        self.locals = parameters.iter().enumerate().map(|(at, &of)| (format!("p{at}"), of)).collect();
        let name = format!("f{index}");
        let declared: Vec<_> =
            self.locals.iter().map(|(name, of)| format!(" ({name} {})", written(*of))).collect();
        let form = match self.access {
            Access::Private => "private",
            Access::ReadOnly => "read-only",
            Access::Public => "public",
        };
        let depth = self.choices.u32(2..6);
        let result = self.result;
        let body = self.sequence(result, depth);
        let function = Function {
            name: name.clone(),
            contract: self.contract,
            access: self.access,
            parameters,
            result: self.result,
        };
        self.functions.push(function);
        format!("(define-{form} ({name}{})\n  {body})\n", declared.concat())
    }

    fn fresh(&mut self) -> String {
        self.fresh += 1;
        format!("v{}", self.fresh)
    }

    fn writes(&self) -> bool {
        self.access != Access::ReadOnly
    }

    fn local(&mut self, of: Type) -> Option<String> {
        let known: Vec<_> =
            self.locals.iter().filter(|&&(_, known)| known == of).map(|(name, _)| name.clone()).collect();
        (!known.is_empty()).then(|| self.choices.of(&known))
    }

    /// `(begin ..)` or `(let ..)` with some statements before the value.
    fn sequence(&mut self, of: Type, depth: u32) -> String {
        let outer = self.locals.len();
        let mut bindings = String::new();
        let lets = if self.choices.bool() { self.choices.usize(1..3) } else { 0 };
        for _ in 0..lets {
            let bound = self.choices.of(&[
                Type::Bool,
                Type::Uint,
                Type::Optional,
                Type::Check,
                Type::Amount,
                Type::Tuple,
                Type::List,
                Type::Principal,
            ]);
            let value = self.expr(bound, depth.saturating_sub(1));
            let name = self.fresh();
            bindings += &format!(" ({name} {value})");
            self.locals.push((name, bound));
        }
        let statements: Vec<_> =
            (0..self.choices.usize(1..4)).map(|_| self.statement(depth.saturating_sub(1))).collect();
        let value = self.expr(of, depth.saturating_sub(1));
        self.locals.truncate(outer);
        match lets {
            0 => format!("(begin {} {value})", statements.join(" ")),
            _ => format!("(let ({}) {} {value})", bindings.trim_start(), statements.join(" ")),
        }
    }

    fn statement(&mut self, depth: u32) -> String {
        let write = self.writes();
        match self.choices.u8(0..12) {
            0..4 if write => self.log(),
            4 if write => self.write(depth),
            5..9 => self.asserts(depth),
            9 if matches!(self.result, Type::Check | Type::Amount) => {
                format!("(try! {})", self.expr(Type::Check, depth))
            }
            10 => format!("(is-ok {})", self.expr(Type::Check, depth)),
            _ => self.expr(Type::Bool, depth),
        }
    }

    fn log(&mut self) -> String {
        self.logged += 1;
        format!("(map-set log u{} true)", self.logged - 1)
    }

    fn write(&mut self, depth: u32) -> String {
        match self.choices.u8(0..9) {
            0 => format!("(var-set flag {})", self.expr(Type::Bool, depth)),
            1 => format!("(var-set open {})", self.expr(Type::Bool, depth)),
            2 => format!("(var-set count {})", self.expr(Type::Uint, depth)),
            3 => format!("(var-set owner {})", self.expr(Type::Principal, depth)),
            4 => format!("(map-set amounts {} {})", self.key(), self.expr(Type::Uint, depth)),
            5 => format!("(map-insert amounts {} {})", self.key(), self.expr(Type::Uint, depth)),
            6 => format!("(map-delete amounts {})", self.key()),
            7 => {
                let who = self.expr(Type::Principal, 0);
                format!("(map-set permitted {who} {})", self.expr(Type::Bool, depth))
            }
            _ => {
                let who = self.expr(Type::Principal, 0);
                format!("(map-set records {who} {})", self.expr(Type::Tuple, depth))
            }
        }
    }

    fn key(&mut self) -> String {
        match self.choices.u8(0..4) {
            0 => "(var-get count)".to_string(),
            _ => format!("u{}", self.choices.u128(0..KEYS)),
        }
    }

    fn asserts(&mut self, depth: u32) -> String {
        let condition = self.expr(Type::Bool, depth);
        format!("(asserts! {condition} {})", self.thrown(depth))
    }

    /// What an early exit leaves the function with.
    fn thrown(&mut self, depth: u32) -> String {
        match self.result {
            Type::Check | Type::Amount if self.choices.u8(0..4) > 0 => {
                self.choices.of(&["(err u1)", "(err u2)", "(err ERR_NO)", "FAILED"]).to_string()
            }
            result => self.expr(result, depth.min(1)),
        }
    }

    fn call(&mut self, of: Type, depth: u32) -> Option<String> {
        let (contract, read_only, callback) = (self.contract, !self.writes(), self.callback);
        let known: Vec<_> = self
            .functions
            .iter()
            .filter(|function| {
                function.result == of
                    && (function.contract == contract || function.access != Access::Private)
                    && (!read_only || function.access == Access::ReadOnly)
                    && (!callback || !function.parameters.contains(&Type::Trait))
            })
            .cloned()
            .collect();
        if known.is_empty() {
            return None;
        }
        let function = self.choices.of(&known);
        if function.parameters.contains(&Type::Trait) && self.local(Type::Trait).is_none() {
            return None;
        }
        let arguments: Vec<_> =
            function.parameters.iter().map(|&of| format!(" {}", self.expr(of, depth))).collect();
        let arguments = arguments.concat();
        Some(match function.contract == self.contract {
            true => format!("({}{arguments})", function.name),
            false => format!("(contract-call? .{} {}{arguments})", function.contract, function.name),
        })
    }

    /// The name of a private function that takes these and gives `of`.
    fn applied(&mut self, parameters: &[Type], of: Type) -> Option<String> {
        let (contract, read_only) = (self.contract, !self.writes());
        let known: Vec<_> = self
            .functions
            .iter()
            .filter(|function| {
                function.contract == contract
                    && function.access != Access::Public
                    && (!read_only || function.access == Access::ReadOnly)
                    && function.parameters == parameters
                    && function.result == of
            })
            .map(|function| function.name.clone())
            .collect();
        (!known.is_empty()).then(|| self.choices.of(&known))
    }

    /// Ways to an expression that every type has.
    fn general(&mut self, of: Type, depth: u32) -> Option<String> {
        match self.choices.u8(0..16) {
            0..4 => self.call(of, depth),
            4 => Some(self.sequence(of, depth)),
            5 => {
                let condition = self.expr(Type::Bool, depth);
                Some(format!("(if {condition} {} {})", self.expr(of, depth), self.expr(of, depth)))
            }
            6 => Some(self.matched(of, depth)),
            7 => self.unwrapped(of, depth),
            8 if matches!(of, Type::Bool | Type::Uint | Type::Check | Type::Amount | Type::Optional) => {
                let step = self.applied(&[Type::Uint, of], of)?;
                Some(format!("(fold {step} {} {})", self.expr(Type::List, depth), self.expr(of, depth)))
            }
            9 if self.lends => Some(self.lent(of, depth)),
            9 => Some(format!("(as-contract {})", self.expr(of, depth))),
            10..13 => self.local(of),
            _ => None,
        }
    }

    /// A value that is computed in somebody's name, whose assets are kept together. The form is a response itself.
    fn lent(&mut self, of: Type, depth: u32) -> String {
        let inner = match of {
            Type::Check => Type::Bool,
            Type::Amount => Type::Uint,
            other => other,
        };
        let some = ["()", "((with-stx u5))", "((with-ft current-contract \"coin\" u1))"];
        let allowances = self.choices.of(&some);
        let form = match self.choices.u8(0..3) {
            0 => format!("restrict-assets? {} {allowances}", self.expr(Type::Principal, 0)),
            1 => format!("as-contract? {allowances}"),
            _ => "as-contract? ((with-all-assets-unsafe))".to_owned(),
        };
        let form = format!("({form} {})", self.expr(inner, depth));
        if inner == of { format!("(unwrap-panic {form})") } else { form }
    }

    fn matched(&mut self, of: Type, depth: u32) -> String {
        let input = self.choices.of(&[Type::Optional, Type::Check, Type::Amount]);
        let value = self.expr(input, depth);
        let (good, bad) = (self.fresh(), self.fresh());
        let held = if input == Type::Check { Type::Bool } else { Type::Uint };
        self.locals.push((good.clone(), held));
        let yes = self.expr(of, depth);
        self.locals.pop();
        if input == Type::Optional {
            return format!("(match {value} {good} {yes} {})", self.expr(of, depth));
        }
        self.locals.push((bad.clone(), Type::Uint));
        let no = self.expr(of, depth);
        self.locals.pop();
        format!("(match {value} {good} {yes} {bad} {no})")
    }

    fn unwrapped(&mut self, of: Type, depth: u32) -> Option<String> {
        let responds = matches!(self.result, Type::Check | Type::Amount);
        let from = match of {
            Type::Bool => Type::Check,
            Type::Uint => self.choices.of(&[Type::Amount, Type::Optional]),
            _ => return None,
        };
        let value = self.expr(from, depth);
        Some(match self.choices.u8(0..6) {
            0..3 if responds && from != Type::Optional => format!("(try! {value})"),
            0..3 if self.result == Type::Optional && from == Type::Optional => format!("(try! {value})"),
            3 => format!("(unwrap-panic {value})"),
            4 if of == Type::Uint && from == Type::Amount => {
                format!("(unwrap-err! {value} {})", self.thrown(depth))
            }
            _ => format!("(unwrap! {value} {})", self.thrown(depth)),
        })
    }

    /// A value whose form alone tells one half of its type. Where every type has to be told, the other branch of an `if`
    /// tells the rest.
    fn half(&self, value: String, rest: &str) -> String {
        if self.lends { format!("(if true {value} {rest})") } else { value }
    }

    fn expr(&mut self, of: Type, depth: u32) -> String {
        let Some(depth) = depth.checked_sub(1) else { return self.leaf(of) };
        if let Some(found) = self.general(of, depth) {
            return found;
        }
        let write = self.writes();
        match of {
            Type::Bool => match self.choices.u8(0..14) {
                0 => format!("(and {} {})", self.expr(of, depth), self.expr(of, depth)),
                1 => format!("(or {} {})", self.expr(of, depth), self.expr(of, depth)),
                2 => format!("(not {})", self.expr(of, depth)),
                3 => format!("(is-eq {} {})", self.expr(of, depth), self.expr(of, depth)),
                4 => format!("(< {} {})", self.expr(Type::Uint, depth), self.expr(Type::Uint, depth)),
                5 => format!("(>= {} {})", self.expr(Type::Uint, depth), self.expr(Type::Uint, depth)),
                6 => format!("(is-eq {} {})", self.expr(Type::Uint, depth), self.expr(Type::Uint, depth)),
                7 => {
                    format!("(is-eq {} {})", self.expr(Type::Principal, depth), self.expr(Type::Principal, 0))
                }
                8 => format!("(is-some {})", self.expr(Type::Optional, depth)),
                9 => format!("(is-ok {})", self.expr(Type::Check, depth)),
                10 => format!("(is-err {})", self.expr(Type::Amount, depth)),
                11 => format!("(get b {})", self.expr(Type::Tuple, depth)),
                12 if write => self.write(depth),
                12 => self.leaf(of),
                _ => self.asserts(depth),
            },
            Type::Uint => match self.choices.u8(0..6) {
                0 => format!("(+ {} {})", self.expr(of, depth), self.expr(of, depth)),
                1 => format!("(default-to {} {})", self.expr(of, 0), self.expr(Type::Optional, depth)),
                2 => format!("(get a {})", self.expr(Type::Tuple, depth)),
                3 => format!("(len {})", self.expr(Type::List, depth)),
                _ => self.leaf(of),
            },
            Type::Principal => match self.choices.u8(0..3) {
                0 if self.lends => "current-contract".to_string(),
                0 => "(as-contract tx-sender)".to_string(),
                _ => self.leaf(of),
            },
            Type::Optional => match self.choices.u8(0..5) {
                0 => format!("(some {})", self.expr(Type::Uint, depth)),
                1 => format!("(map-get? amounts {})", self.expr(Type::Uint, depth)),
                2 => format!("(get a (map-get? records {}))", self.expr(Type::Principal, depth)),
                3 => format!("(element-at? {} u0)", self.expr(Type::List, depth)),
                _ => self.leaf(of),
            },
            Type::Check => match self.choices.u8(0..5) {
                0 => self.ok(Type::Bool, depth),
                1 => self.err("(ok true)", depth),
                2 if write => match self.local(Type::Trait) {
                    Some(actor) => format!("(contract-call? {actor} act {})", self.expr(Type::Uint, depth)),
                    None => {
                        let burns = self.lends && self.choices.bool();
                        let form = if burns { "ft-burn?" } else { "ft-mint?" };
                        format!("({form} coin {} tx-sender)", self.expr(Type::Uint, depth))
                    }
                },
                3 => {
                    let asserts = self.asserts(depth);
                    self.half(format!("(ok {asserts})"), "(err u0)")
                }
                _ => self.leaf(of),
            },
            Type::Amount => match self.choices.u8(0..3) {
                0 => self.ok(Type::Uint, depth),
                1 => self.err("(ok u0)", depth),
                _ => self.leaf(of),
            },
            Type::List => match self.choices.u8(0..4) {
                0 => {
                    let list = self.expr(of, depth);
                    match self.applied(&[Type::Uint], Type::Bool) {
                        Some(test) => format!("(filter {test} {list})"),
                        None => list,
                    }
                }
                1 => {
                    let list = self.expr(of, depth);
                    match self.applied(&[Type::Uint, Type::Uint], Type::Uint) {
                        Some(step) => format!("(map {step} {list} {list})"),
                        None => list,
                    }
                }
                2 => format!("(list {} {})", self.expr(Type::Uint, depth), self.expr(Type::Uint, depth)),
                _ => self.leaf(of),
            },
            Type::Tuple => match self.choices.u8(0..3) {
                0 => {
                    let record = self.expr(of, depth);
                    format!("(merge {record} {{a: {}}})", self.expr(Type::Uint, depth))
                }
                1 => format!("{{b: {}, a: {}}}", self.expr(Type::Bool, depth), self.expr(Type::Uint, depth)),
                _ => self.leaf(of),
            },
            Type::Trait => self.leaf(of),
        }
    }

    fn ok(&mut self, of: Type, depth: u32) -> String {
        let value = self.expr(of, depth);
        self.half(format!("(ok {value})"), "(err u0)")
    }

    fn err(&mut self, ok: &str, depth: u32) -> String {
        let code = self.expr(Type::Uint, depth);
        self.half(format!("(err {code})"), ok)
    }

    fn leaf(&mut self, of: Type) -> String {
        if self.choices.bool()
            && let Some(local) = self.local(of)
        {
            return local;
        }
        match of {
            Type::Bool => match self.choices.u8(0..8) {
                0..3 => "(var-get flag)".to_string(),
                3..5 => "(var-get open)".to_string(),
                5 => "(default-to false (map-get? permitted tx-sender))".to_string(),
                6 => "(is-eq tx-sender (var-get owner))".to_string(),
                _ => self.choices.bool().to_string(),
            },
            Type::Uint => match self.choices.u8(0..6) {
                0 => "(var-get count)".to_string(),
                1 => "(var-get limit)".to_string(),
                _ => format!("u{}", self.choices.u8(0..5)),
            },
            Type::Principal => match self.choices.u8(0..4) {
                0 => "tx-sender".to_string(),
                1 => "contract-caller".to_string(),
                2 => "(var-get owner)".to_string(),
                _ => format!(".{}", CONTRACTS[0]),
            },
            Type::Optional => match self.choices.u8(0..4) {
                0 => self.half("none".to_string(), "(some u0)"),
                1 => format!("(some u{})", self.choices.u8(0..3)),
                _ => format!("(map-get? amounts {})", self.key()),
            },
            Type::Check => match self.choices.u8(0..4) {
                0 => self.half("(err u3)".to_string(), "(ok true)"),
                1 => self.half("(ok (var-get flag))".to_string(), "(err u0)"),
                2 => "(if (var-get open) (ok true) (err u4))".to_string(),
                _ => self.half("(ok true)".to_string(), "(err u0)"),
            },
            Type::Amount => match self.choices.u8(0..3) {
                0 => self.half("(err u5)".to_string(), "(ok u0)"),
                1 => self.half("(ok (var-get count))".to_string(), "(err u0)"),
                _ => "(if (var-get flag) (ok u1) (err u6))".to_string(),
            },
            Type::List => match self.choices.u8(0..4) {
                0 => "(list u0 u1 u2)".to_string(),
                1 => "(list u1)".to_string(),
                2 => "(list (var-get count) u3)".to_string(),
                _ => "(list u2 u2)".to_string(),
            },
            Type::Tuple => match self.choices.u8(0..3) {
                0 => "(default-to {a: u0, b: false} (map-get? records tx-sender))".to_string(),
                1 => "{a: (var-get count), b: (var-get flag)}".to_string(),
                _ => "{a: u1, b: true}".to_string(),
            },
            Type::Trait => self.local(of).unwrap_or_default(),
        }
    }
}

fn written(of: Type) -> &'static str {
    match of {
        Type::Bool => "bool",
        Type::Uint => "uint",
        Type::Principal => "principal",
        Type::Optional => "(optional uint)",
        Type::Check => "(response bool uint)",
        Type::Amount => "(response uint uint)",
        Type::List => "(list 3 uint)",
        Type::Tuple => "{a: uint, b: bool}",
        Type::Trait => "<actor>",
    }
}
