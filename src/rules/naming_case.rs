//! `naming-case`: a name that is not written as the policy wants it, or as most names of its kind are.

use super::habit::habits;
use super::usage::{bindings, demanded};
use super::{Check, Group, Lint, Rule, evidence};
use crate::config::{
    NameKind, NameStyle,
    table::{Choice, Spanned},
};
use crate::diagnostic::{Diagnostic, Severity};
use crate::graph::Program;
use crate::model::{Access, Name};
use crate::project::ContractId;
use crate::source::Location;

pub const RULE: Rule = Rule {
    id: "naming-case",
    group: Group::Hygiene,
    level: None,
    doc: include_str!("../../rules/naming-case.md"),
    checks: &[Check::Program(check)],
    yields_to: &[],
};

/// How serious a name in another style is if Clarinet.toml does not say.
const SEVERITY: Severity = Severity::Note;

/// A name that the author of its contract has chosen.
struct Chosen<'a> {
    contract: ContractId,
    kind: NameKind,
    text: &'a str,
    styles: Styles,
    at: Location,
    /// Whether others call it by that name.
    is_public: bool,
}

fn check(lint: &mut Lint<'_>) -> Vec<Diagnostic> {
    let program = lint.program;
    let linted = program.project.contract_ids().filter(|&id| {
        let contract = program.contract(id);
        contract.linted && contract.syntax.errors.is_empty()
    });
    let mut chosen: Vec<_> = linted.flat_map(|contract| chosen(program, contract)).collect();
    chosen.sort_by_key(|name| name.kind);
    let (policy, lints) = (&lint.policy.naming, &program.project.lints);
    // Whoever asks Clarinet about some kinds does not ask about the others.
    let asks_clarinet = NameKind::ALL.iter().any(|&kind| lints.naming(kind).is_some());
    let mut found = Vec::new();
    for names in chosen.chunk_by(|a, b| a.kind == b.kind) {
        let kind = names[0].kind;
        let by_policy = policy.of(kind).map(|&Spanned { value, at }| {
            (value, at, "as the policy asks", evidence::policy("asks for it", policy.reason.as_ref()))
        });
        let of_clarinet = lints.naming(kind);
        let by_clarinet = || {
            let (style, severity) = of_clarinet?;
            Some((style, severity.at, "as Clarinet wants it", "Clarinet's lint is asked for here".to_owned()))
        };
        let severity = of_clarinet.map_or(SEVERITY, |(_, severity)| severity.value);
        match by_policy.or_else(by_clarinet) {
            Some((style, at, by, label)) => {
                let others = names.iter().filter(|name| !name.styles.has(style));
                let others = others.map(|name| report(name, style, by).label(at, &label));
                found.extend(others.map(|found| Diagnostic { severity, ..found }));
            }
            None if asks_clarinet => {}
            None => found.extend(unusual(program, names)),
        }
    }
    found
}

/// The names of a kind that are not written as most are.
fn unusual(program: &Program<'_>, names: &[Chosen<'_>]) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (name, usual, whose) in habits(program, names, |name| name.contract, usual) {
        if let Some(wanted) = usual.iter().next().filter(|_| !name.styles.meets(usual)) {
            found.push(report(name, wanted, &format!("as most names of its kind {} are", whose.place())));
        }
    }
    found
}

fn report(name: &Chosen<'_>, wanted: NameStyle, by: &str) -> Diagnostic {
    let (text, kind, style) = (name.text, name.kind.key(), wanted.name());
    let message = format!("the name of the {kind} `{text}` is not in {style}, {by}");
    let callers = if name.is_public { ", and its callers with it" } else { "" };
    let help = format!("rename it to `{}`{callers}", written(text, wanted));
    Diagnostic::new(RULE.id, SEVERITY, name.at, message).help(help).key(text)
}

/// Every name of a contract, but for those that a trait or a standard demands.
fn chosen<'a>(program: &Program<'a>, contract: ContractId) -> Vec<Chosen<'a>> {
    let (model, tree) = (program.model(contract), &program.contract(contract).syntax.tree);
    let mut chosen = Vec::new();
    let mut choose = |kind, Name { symbol, span }: Name, is_public| {
        let (text, at) = (tree.name(symbol), program.location_in(contract, span));
        chosen.push(Chosen { contract, kind, text, styles: styles(text), at, is_public });
    };
    let demanded = demanded(program, contract);
    for function in &model.functions {
        let is_public = function.access != Access::Private;
        let method = (tree.name(function.name.symbol), function.parameters.len());
        if !is_public || demanded.as_ref().is_some_and(|demanded| !demanded.contains(&method)) {
            choose(NameKind::Function, function.name, is_public);
        }
        for parameter in &function.parameters {
            choose(NameKind::Binding, parameter.name, false);
        }
    }
    for (_, name, _) in bindings(model, tree) {
        choose(NameKind::Binding, name, false);
    }
    let tokens = model.fungible_tokens.iter().chain(&model.non_fungible_tokens);
    let constants = model.constants.iter().map(|it| (NameKind::Constant, it.name));
    let others = constants
        .chain(model.variables.iter().map(|it| (NameKind::Variable, it.name)))
        .chain(model.maps.iter().map(|it| (NameKind::Map, it.name)))
        .chain(tokens.map(|it| (NameKind::Token, it.name)))
        .chain(model.traits.iter().map(|it| (NameKind::Trait, it.name)));
    for (kind, name) in others {
        choose(kind, name, false);
    }
    chosen
}

/// The styles that more than half of the names are in, and no other style more of them. Short names are in several.
fn usual(names: &[&Chosen<'_>]) -> Option<Styles> {
    let count = |style| names.iter().filter(|name| name.styles.has(style)).count();
    let counted = Styles::ALL.iter().map(|style| (style, count(style)));
    let most = counted.clone().map(|(_, count)| count).max().unwrap_or_default();
    let usual = counted.filter(|&(_, count)| count == most).map(|(style, _)| style);
    (2 * most > names.len()).then(|| usual.collect())
}

/// A set of styles.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Styles(u8);

impl Styles {
    const ALL: Self = Self((1 << NameStyle::CHOICES.len()) - 1);

    fn has(self, style: NameStyle) -> bool {
        self.meets(Self(1 << style as u8))
    }

    fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    fn iter(self) -> impl Iterator<Item = NameStyle> + Clone {
        NameStyle::CHOICES.iter().map(|&(_, style)| style).filter(move |&style| self.has(style))
    }
}

impl FromIterator<NameStyle> for Styles {
    fn from_iter<I: IntoIterator<Item = NameStyle>>(styles: I) -> Self {
        Self(styles.into_iter().fold(0, |all, style| all | 1 << style as u8))
    }
}

/// A name without the signs at its end, which say what it answers or that it is not used.
fn stem(name: &str) -> &str {
    name.trim_end_matches(['?', '!', '_'])
}

/// The styles that a name is in: all of them if it has other signs than dashes, since it is in a style of its own then.
fn styles(name: &str) -> Styles {
    let stem = stem(name).as_bytes();
    let has = |is: fn(&u8) -> bool| stem.iter().any(is);
    if has(|c| !c.is_ascii_alphanumeric() && !matches!(c, b'-' | b'_')) {
        return Styles::ALL;
    }
    let (upper, lower) = (has(u8::is_ascii_uppercase), has(u8::is_ascii_lowercase));
    let begins_upper = stem.first().is_some_and(u8::is_ascii_uppercase);
    let apart = |dash: u8| stem.split(|&c| c == dash).all(|word| !word.is_empty());
    let (kebab, snake) = (apart(b'-') && !stem.contains(&b'_'), apart(b'_') && !stem.contains(&b'-'));
    let fits = |style| match style {
        NameStyle::Kebab => kebab && !upper,
        NameStyle::ScreamingKebab => kebab && !lower,
        NameStyle::Snake => snake && !upper,
        NameStyle::ScreamingSnake => snake && !lower,
        NameStyle::Camel => kebab && snake && !begins_upper,
        NameStyle::Pascal => kebab && snake && begins_upper && lower,
    };
    Styles::ALL.iter().filter(|&style| fits(style)).collect()
}

/// The name in a style.
fn written(name: &str, style: NameStyle) -> String {
    let stem = stem(name);
    let words = words(stem);
    let (dash, is_upper) = match style {
        NameStyle::Kebab => ("-", false),
        NameStyle::ScreamingKebab => ("-", true),
        NameStyle::Snake => ("_", false),
        NameStyle::ScreamingSnake => ("_", true),
        NameStyle::Camel | NameStyle::Pascal => ("", false),
    };
    let is_capital = |at: usize| style == NameStyle::Pascal || style == NameStyle::Camel && at > 0;
    let words = words.iter().enumerate().map(|(at, word)| match word.split_at(1) {
        _ if is_upper => word.to_ascii_uppercase(),
        (first, rest) if is_capital(at) => first.to_ascii_uppercase() + rest,
        _ => word.clone(),
    });
    words.collect::<Vec<_>>().join(dash) + &name[stem.len()..]
}

/// The words of a name in lower case: what dashes part, and what begins with a capital behind a small letter.
fn words(stem: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut last = '-';
    for c in stem.chars() {
        if matches!(c, '-' | '_') || c.is_ascii_uppercase() && !last.is_ascii_uppercase() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| !matches!(c, '-' | '_')) {
            word.push(c.to_ascii_lowercase());
        }
        last = c;
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_by_how_they_look() {
        let styles = |name: &str| styles(name).iter().map(NameStyle::name).collect::<Vec<_>>().join(" ");
        assert_eq!(styles("get-fee"), "kebab-case");
        assert_eq!(styles("is-open?"), "kebab-case");
        assert_eq!(styles("fee"), "kebab-case snake_case camelCase");
        assert_eq!(styles("MAX_FEE"), "SCREAMING_SNAKE_CASE");
        assert_eq!(styles("MAX-FEE"), "SCREAMING-KEBAB-CASE");
        assert_eq!(styles("maxFee"), "camelCase");
        assert_eq!(styles("MaxFee"), "PascalCase");
        assert_eq!(styles("Max-fee"), "");
        assert_eq!(styles("a--b"), "");
        assert_eq!(styles("a->b").split(' ').count(), NameStyle::CHOICES.len());
    }

    #[test]
    fn names_are_written_in_a_style() {
        for (style, want) in [
            (NameStyle::Kebab, "max-fee2?"),
            (NameStyle::ScreamingSnake, "MAX_FEE2?"),
            (NameStyle::Camel, "maxFee2?"),
            (NameStyle::Pascal, "MaxFee2?"),
        ] {
            for name in ["max-fee2?", "MAX_FEE2?", "maxFee2?", "Max-Fee2?"] {
                assert_eq!(written(name, style), want);
            }
        }
    }
}
