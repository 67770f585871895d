//! Interfaces as text: `contract NAME ..` over a line for each function and each trait, methods below their trait.
//!
//! Types are written as in Clarity, a trait as `<CONTRACT.NAME>`, and what nothing decides as `?`.

use std::fmt::Write;

use crate::model::Access;
use crate::project::QualifiedName;
use crate::syntax::Symbol;
use crate::types::infer::{
    Builder, Function, Interface, Pool, Shape, Spelling, Strings, Trait, TraitName, Ty,
};

const CONTRACT: &str = "contract ";

/// The contracts of a text: their names, separated by spaces, and their lines. Lines that begin with `#` are remarks.
pub fn contracts(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split("\n\n")
        .filter_map(|block| block.trim_end().strip_prefix(CONTRACT))
        .map(|block| block.split_once('\n').unwrap_or((block, "")))
}

/// The interface that the lines describe; `Err`: the line that cannot be read.
pub fn read(lines: &str) -> Result<Interface, &str> {
    let mut builder = Builder::default();
    let mut traits: Vec<Trait> = Vec::new();
    for line in lines.lines() {
        let (kind, rest) = line.trim_start().split_once(' ').ok_or(line)?;
        let access = match kind {
            "trait" => {
                traits.push(Trait { name: rest.into(), methods: Vec::new() });
                continue;
            }
            "read-only" => Access::ReadOnly,
            "public" | "method" => Access::Public,
            _ => return Err(line),
        };
        let (name, types) = rest.split_once(' ').ok_or(line)?;
        let (pool, names) = builder.parts();
        let mut reader = Reader { rest: types, pool, names };
        let (parameters, result) = reader.signature().ok_or(line)?;
        let function = Function { name: name.into(), access, parameters, result };
        match kind {
            "method" => traits.last_mut().ok_or(line)?.methods.push(function),
            _ => builder.function(function),
        }
    }
    traits.into_iter().for_each(|of| builder.trait_of(of));
    Ok(builder.build())
}

struct Reader<'t> {
    rest: &'t str,
    pool: &'t mut Pool,
    names: &'t mut Strings,
}

impl<'t> Reader<'t> {
    fn signature(&mut self) -> Option<(Vec<Ty>, Ty)> {
        self.skip("(")?;
        let mut parameters = Vec::new();
        while self.skip(")").is_none() {
            parameters.push(self.of()?);
            let _ = self.skip(" ");
        }
        self.skip(" ")?;
        let result = self.of()?;
        self.rest.is_empty().then_some((parameters, result))
    }

    fn skip(&mut self, text: &str) -> Option<()> {
        self.rest = self.rest.strip_prefix(text)?;
        Some(())
    }

    fn word(&mut self) -> &'t str {
        let end = self.rest.find(|c: char| " (){}<>:,".contains(c)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    fn length(&mut self) -> Option<u32> {
        self.skip(" ")?;
        self.word().parse().ok()
    }

    fn part(&mut self) -> Option<Ty> {
        self.skip(" ")?;
        self.of()
    }

    fn of(&mut self) -> Option<Ty> {
        if self.skip("{").is_some() {
            return self.tuple();
        }
        if self.skip("<").is_some() {
            let (contract, name) = self.until('>')?.rsplit_once('.')?;
            let contract = QualifiedName::parse(contract)?;
            return Some(self.pool.implementer(TraitName { contract, name: name.to_owned() }));
        }
        if self.skip("(").is_none() {
            let shape = match self.word() {
                "int" => Shape::Int,
                "uint" => Shape::Uint,
                "bool" => Shape::Bool,
                "principal" => Shape::Principal,
                "?" => Shape::Nothing,
                _ => return None,
            };
            return Some(self.pool.copied(shape));
        }
        let shape = match self.word() {
            "buff" => Shape::Buffer(self.length()?),
            "string-ascii" => Shape::Ascii(self.length()?),
            "string-utf8" => Shape::Utf8(self.length()?),
            "list" => Shape::List(self.length()?, self.part()?),
            "optional" => Shape::Optional(self.part()?),
            "response" => Shape::Response(self.part()?, self.part()?),
            _ => return None,
        };
        self.skip(")")?;
        Some(self.pool.copied(shape))
    }

    fn until(&mut self, end: char) -> Option<&'t str> {
        let (text, rest) = self.rest.split_once(end)?;
        self.rest = rest;
        Some(text)
    }

    fn tuple(&mut self) -> Option<Ty> {
        let mut fields: Vec<(Symbol, Ty)> = Vec::new();
        loop {
            let name = self.word();
            self.skip(": ")?;
            fields.push((Symbol(self.names.number(name)), self.of()?));
            if self.skip("}").is_some() {
                return self.pool.large_tuple(&mut fields, self.names)?.ok();
            }
            self.skip(", ")?;
        }
    }
}

/// The lines of an interface, without the one of its name.
pub fn write(interface: &Interface) -> String {
    let mut lines = Vec::new();
    for function in interface.functions() {
        let access = if function.access == Access::ReadOnly { "read-only" } else { "public" };
        lines.push(line(access, function, interface));
    }
    for of in interface.traits() {
        lines.push(format!("trait {}", of.name));
        lines.extend(of.methods.iter().map(|method| line("  method", method, interface)));
    }
    lines.join("\n")
}

fn line(kind: &str, function: &Function, interface: &Interface) -> String {
    let mut line = format!("{kind} {} (", function.name);
    for (index, &of) in function.parameters.iter().enumerate() {
        line += if index == 0 { "" } else { " " };
        show(of, interface, &mut line);
    }
    line += ") ";
    show(function.result, interface, &mut line);
    line
}

fn show(of: Ty, interface: &Interface, to: &mut String) {
    let pool = interface.pool();
    let around = |open: &str, parts: &[Ty], to: &mut String| {
        to.push_str(open);
        for &part in parts {
            to.push(' ');
            show(part, interface, to);
        }
        to.push(')');
    };
    // Writing to a string does not fail.
    let _ = match pool.shape(of) {
        Shape::List(length, of) => return around(&format!("(list {length}"), &[of], to),
        Shape::Optional(of) => return around("(optional", &[of], to),
        Shape::Response(ok, err) => return around("(response", &[ok, err], to),
        Shape::Tuple(_) => {
            let mut fields: Vec<_> =
                pool.fields(of).iter().map(|&(name, of)| (interface.names().name(name), of)).collect();
            fields.sort_unstable_by_key(|&(name, _)| name);
            for (index, (name, of)) in fields.into_iter().enumerate() {
                to.push_str(if index == 0 { "{" } else { ", " });
                to.push_str(name);
                to.push_str(": ");
                show(of, interface, to);
            }
            return to.push('}');
        }
        Shape::Trait(index) => {
            let of = pool.trait_of(index);
            write!(to, "<{}.{}>", of.contract, of.name)
        }
        _ => write!(to, "{}", interface.read(of)),
    };
}
