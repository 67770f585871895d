//! Verdicts and interfaces in one form, whoever gives them.

use std::fmt;

use clarlint::builtins::{Define, Word};
use clarlint::model::Access;
use clarlint::project::{Contract, Project};
use clarlint::syntax::Symbol;
use clarlint::types::{Ask, Checked, Conformance, Outcome, Type, each};
use serde_json::Value;

/// What is said of a contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// With the interface, one definition in a line, in order.
    Accepted(String),
    /// The analyser accepts it and nobody tells its interface: deploying it fails when it is run, or it defines
    /// nothing that the SDK lists.
    Untold,
    Rejected(String),
    /// It needs what is not there.
    Open(String),
}

impl Verdict {
    /// Whether both say the same, as far as both say something. Reasons are words, and words may differ.
    pub fn agrees(&self, other: &Verdict) -> bool {
        use Verdict::*;
        match (self, other) {
            (Accepted(one), Accepted(other)) => one == other,
            (Accepted(_) | Untold, Accepted(_) | Untold) => true,
            (Rejected(_), Rejected(_)) => true,
            (Open(_), _) | (_, Open(_)) => true,
            _ => false,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted(interface) => write!(f, "accepted: {interface}"),
            Self::Untold => f.write_str("accepted, and no interface is told"),
            Self::Rejected(reason) => write!(f, "rejected: {reason}"),
            Self::Open(reason) => write!(f, "not judged: {reason}"),
        }
    }
}

/// What the adapter says of every contract of a project, callees first.
pub fn adapter(project: &Project, ask: Ask) -> Vec<(&Contract, Verdict)> {
    let mut verdicts = Vec::new();
    each(project, ask, |id, judged| {
        let contract = project.contract(id);
        let outcome = judged.outcome.expect("there is a verdict wherever doubts are cleared up");
        verdicts.push((contract, of_outcome(contract, outcome)));
    });
    verdicts
}

fn of_outcome(contract: &Contract, outcome: Outcome) -> Verdict {
    let checked = match outcome {
        Outcome::Checked(checked) => checked,
        Outcome::Rejected(fault) => return Verdict::Rejected(fault.message),
        Outcome::Unavailable(reason) => {
            return match contract.syntax.errors.first() {
                Some(error) => Verdict::Rejected(error.message.clone()),
                None => Verdict::Open(reason.to_string()),
            };
        }
    };
    for implementation in &checked.implements {
        match &implementation.conformance {
            Conformance::Lacks(gaps) if gaps.is_empty() => {}
            Conformance::Lacks(gaps) => return Verdict::Rejected(format!("it lacks {}", gaps[0].method)),
            Conformance::NoTrait => return Verdict::Rejected("there is no such trait".to_owned()),
            Conformance::Unavailable => return Verdict::Open("the trait has no types".to_owned()),
        }
    }
    Verdict::Accepted(interface(contract, &checked))
}

fn interface(contract: &Contract, checked: &Checked) -> String {
    let mut lines = Vec::new();
    for function in checked.functions() {
        let access = match function.access {
            Access::Private => "private",
            Access::Public => "public",
            Access::ReadOnly => "read_only",
        };
        let parameters: Vec<_> = function.signature.parameters.into_iter().map(shown).collect();
        let (name, result) = (&function.name, shown(function.signature.result));
        lines.push(format!("{access} {name} ({}) {result}", parameters.join(" ")));
    }
    for form in contract.syntax.tree.forms() {
        let Some((head, mut arguments)) = form.call() else { continue };
        let (Some(Word::Define(define)), Some(name)) =
            (head.symbol().and_then(Symbol::word), arguments.next().and_then(|name| name.name()))
        else {
            continue;
        };
        let one = |of: Option<Type>| of.map_or("untyped".to_owned(), shown);
        lines.extend(match define {
            Define::Constant => Some(format!("constant {name} {}", one(checked.constant(name)))),
            Define::DataVar => Some(format!("variable {name} {}", one(checked.variable(name)))),
            Define::Map => {
                let (key, value) = checked.map(name).unzip();
                Some(format!("map {name} {} {}", one(key), one(value)))
            }
            Define::FungibleToken => Some(format!("ft {name}")),
            Define::NonFungibleToken => Some(format!("nft {name} {}", one(checked.token(name)))),
            _ => None,
        });
    }
    lines.sort();
    lines.join("; ")
}

/// The type, of which the SDK says no trait's name.
fn shown(of: Type) -> String {
    fn nameless(of: Type) -> Type {
        let boxed = |of: Box<Type>| Box::new(nameless(*of));
        match of {
            Type::Trait(contract, _) => Type::Trait(contract, "trait".to_owned()),
            Type::List(length, of) => Type::List(length, boxed(of)),
            Type::Optional(of) => Type::Optional(boxed(of)),
            Type::Response(sides) => Type::Response(Box::new((nameless(sides.0), nameless(sides.1)))),
            Type::Tuple(fields) => {
                Type::Tuple(fields.into_iter().map(|(name, of)| (name, nameless(of))).collect())
            }
            other => other,
        }
    }
    nameless(of).to_string()
}

/// What the SDK answered about a contract.
pub fn of_chain(answer: &Value) -> Verdict {
    let interface = &answer["interface"];
    match answer["reason"].as_str() {
        Some(reason) if reason.starts_with("Runtime Error") => Verdict::Untold,
        Some(reason) if reason.starts_with("use of unresolved contract") => Verdict::Open(reason.to_owned()),
        Some(reason) => Verdict::Rejected(reason.to_owned()),
        None if interface.is_null() => Verdict::Untold,
        None => Verdict::Accepted(interface_of_chain(interface)),
    }
}

fn interface_of_chain(interface: &Value) -> String {
    let text = |value: &Value| value.as_str().expect("names are strings").to_owned();
    let mut lines = Vec::new();
    for function in items(&interface["functions"]) {
        let parameters: Vec<_> =
            items(&function["args"]).iter().map(|it| type_of_chain(&it["type"])).collect();
        lines.push(format!(
            "{} {} ({}) {}",
            text(&function["access"]),
            text(&function["name"]),
            parameters.join(" "),
            type_of_chain(&function["outputs"]["type"])
        ));
    }
    for variable in items(&interface["variables"]) {
        let (access, name) = (text(&variable["access"]), text(&variable["name"]));
        lines.push(format!("{access} {name} {}", type_of_chain(&variable["type"])));
    }
    for map in items(&interface["maps"]) {
        let (key, value) = (type_of_chain(&map["key"]), type_of_chain(&map["value"]));
        lines.push(format!("map {} {key} {value}", text(&map["name"])));
    }
    for token in items(&interface["fungible_tokens"]) {
        lines.push(format!("ft {}", text(&token["name"])));
    }
    for token in items(&interface["non_fungible_tokens"]) {
        lines.push(format!("nft {} {}", text(&token["name"]), type_of_chain(&token["type"])));
    }
    lines.sort();
    lines.join("; ")
}

fn items(list: &Value) -> &[Value] {
    list.as_array().expect("an interface has lists")
}

/// A type as source text has it.
fn type_of_chain(of: &Value) -> String {
    if let Some(name) = of.as_str() {
        return match name {
            "none" => "?",
            "int128" => "int",
            "uint128" => "uint",
            "trait_reference" => "<trait>",
            other => other,
        }
        .to_owned();
    }
    let (kind, of) = of.as_object().and_then(|of| of.iter().next()).expect("a type has one kind");
    match kind.as_str() {
        "buffer" => format!("(buff {})", of["length"]),
        "string-ascii" | "string-utf8" => format!("({kind} {})", of["length"]),
        "list" => format!("(list {} {})", of["length"], type_of_chain(&of["type"])),
        "optional" => format!("(optional {})", type_of_chain(of)),
        "response" => {
            format!("(response {} {})", type_of_chain(&of["ok"]), type_of_chain(&of["error"]))
        }
        "tuple" => {
            let field = |field: &Value| {
                let name = field["name"].as_str().expect("names are strings");
                format!("{name}: {}", type_of_chain(&field["type"]))
            };
            format!("{{{}}}", items(of).iter().map(field).collect::<Vec<_>>().join(", "))
        }
        other => panic!("the SDK has a type that is not known here: {other}"),
    }
}
