//! The JSON schema of `clarlint.toml`. Its shape is made of what the decoders ask for; here stands what each key means,
//! as editors show it.

use serde_json::{Value, json};

use crate::config::RuleName;
use crate::config::table::{self, NAMES_KEY, Names};

/// Keys, by the end of their path, or by all of it behind a dot, and what they are for. The longest that fits counts.
const DESCRIPTIONS: &[(&str, &str)] = &[
    ("extends", "Another file whose rules and policy are taken over; relative to this one"),
    ("contracts", "Contracts, by name"),
    (".contracts", "Names of contracts and their files, for projects without a Clarinet.toml"),
    ("files", "Which contracts findings are reported on; all are analysed"),
    ("files.include", "The only files that are reported on, as globs"),
    ("files.exclude", "Files that are not reported on, as globs"),
    ("lint", "Which rules are asked, and how serious they are"),
    ("lint.levels", "The level of a rule or of a group; what names a rule counts more"),
    ("lint.select", "The only rules and groups that are asked; all stands for every rule"),
    ("lint.ignore", "Rules and groups that are not asked"),
    ("policy", "What the protocol demands of itself"),
    ("reason", "Why; said with every finding that the entry asks for"),
    ("entrypoints", "Public functions, as CONTRACT.FUNCTION; * stands for any characters"),
    ("callers", "Whether it is asked whoever calls, or only of what anybody can do, whatever their role"),
    ("exempt", "Entrypoints of which it is not asked, each with its reason"),
    ("check", "The function that checks it, as CONTRACT.FUNCTION"),
    ("policy.circuit-breaker", "What these entrypoints change is kept only if the check passes"),
    ("circuit-breaker.id", "The first argument of the check, where one function answers for many breakers"),
    ("circuit-breaker.passes", "What the check answers while nothing is paused"),
    ("policy.rate-limit", "What these entrypoints change is kept only if the limit was spent"),
    ("rate-limit.action", "The first argument of the check, if it is told what the budget is spent on"),
    ("policy.roles", "Conditions with a name, which those after them and [[policy.authorisation]] may use"),
    ("policy.authorisation", "What these entrypoints change is kept only if the condition holds"),
    ("authorisation.holds", "A role, or a condition in Clarity as it could stand in an `asserts!`"),
    ("authorisation.calls", "The trait parameter; the condition is asked only where it is called"),
    ("policy.errors", "The error codes that may leave an entrypoint"),
    ("errors.codes", "Names of errors and their codes, such as \"u404\""),
    ("errors.extra", "Codes that some contracts may fail with besides"),
    ("extra.codes", "Codes such as \"u404\", or ranges such as \"u1000..u1999\""),
    ("policy.layers", "Which contracts may call which"),
    ("layers.layers", "Contracts from low to high: calls go down only"),
    ("layers.exhaustive", "Whether every contract has to stand in a layer"),
    ("layers.independent", "Contracts that must not reach each other"),
    ("layers.forbidden", "Calls that there must not be"),
    ("layers.required", "Calls that there must be"),
    (
        "policy.naming",
        "How names are written; what is left out is as most names of the contract or of its deployer are, or as Clarinet.toml asks",
    ),
    ("naming.constant", "How constants are called"),
    ("naming.variable", "How data variables are called"),
    ("naming.map", "How maps are called"),
    ("naming.token", "How tokens are called"),
    ("naming.function", "How functions are called that no trait or standard demands"),
    ("naming.trait", "How traits are called"),
    ("naming.binding", "How parameters are called, and what `let` and `match` bind"),
    ("from", "The contract that calls"),
    ("to", "The contract that is called"),
    ("policy.traits", "Contracts, and the traits that each has to declare"),
    ("*.traits", "Traits, as CONTRACT.TRAIT"),
    ("policy.upgrade", "The registry that says which contract stands for which name"),
    ("upgrade.registry", "The map from names to contracts, as CONTRACT.MAP"),
    ("upgrade.names", "The contracts that stand for each name; without any, what the protocol registers"),
    ("upgrade.uses", "The names that contracts ask for; they may ask for no others"),
    ("uses.names", "Names that they ask for"),
    ("upgrade.resolved", "Contracts that are reached by name only"),
    ("resolved.except", "Contracts that may call them directly all the same"),
];

/// Adds to the shape what it does not say of itself.
pub fn describe(schema: &mut Value) {
    visit(schema, "", &mut |path, schema| {
        if let Some(&(_, text)) = description(path) {
            schema["description"] = text.into();
        }
        if path == ".lint.levels" {
            schema["propertyNames"] = json!({ "enum": RuleName::all().collect::<Vec<_>>() });
        }
        if path == ".policy.traits" {
            schema["propertyNames"] = json!({ NAMES_KEY: table::word(Names::Contract) });
        }
    });
}

fn description(path: &str) -> Option<&'static (&'static str, &'static str)> {
    let fits = |end: &str| match end.starts_with('.') {
        true => path == end,
        false => path.strip_suffix(end).is_some_and(|rest| rest.ends_with('.')),
    };
    DESCRIPTIONS.iter().filter(|(end, _)| fits(end)).max_by_key(|(end, _)| end.len())
}

/// What may stand at a place of a file, as the schema has it.
#[derive(Clone, Copy, Debug)]
pub struct Shape<'s>(pub &'s Value);

impl<'s> Shape<'s> {
    /// What may stand under a key of it, or of what it lists.
    pub fn under(self, key: &str) -> Option<Self> {
        let Self(table) = self.element();
        let named = table.get("properties").and_then(|keys| keys.get(key));
        named.or_else(|| table.get("additionalProperties").filter(|any| any.is_object())).map(Self)
    }

    /// What may stand under some keys, one within the other.
    pub fn at(self, path: &[String]) -> Option<Self> {
        path.iter().try_fold(self, |shape, key| shape.under(key))
    }

    /// The shape, then that of its elements, and theirs.
    fn within(self) -> impl Iterator<Item = Self> {
        std::iter::successors(Some(self), |shape| shape.0.get("items").map(Self))
    }

    /// The innermost element of nested lists; itself if it is no list.
    pub fn element(self) -> Self {
        self.within().last().unwrap_or(self)
    }

    /// How many lists are around what is listed.
    pub fn lists(self) -> usize {
        self.within().count() - 1
    }

    /// The keys that it may have, with what may stand under each.
    pub fn keys(self) -> impl Iterator<Item = (&'s str, Self)> {
        let keys = self.element().0.get("properties").and_then(Value::as_object).into_iter().flatten();
        keys.map(|(key, shape)| (key.as_str(), Self(shape)))
    }

    /// What keys of the user's choice may be.
    pub fn names_of_keys(self) -> Option<Self> {
        self.element().0.get("propertyNames").map(Self)
    }

    /// Whether it is a list, of whatever.
    pub fn is_list(self) -> bool {
        self.0["type"] == "array"
    }

    /// Whether it has keys.
    pub fn is_table(self) -> bool {
        self.0["type"] == "object"
    }

    /// Whether it is true or false.
    pub fn is_switch(self) -> bool {
        self.0["type"] == "boolean"
    }

    /// The words that it may be.
    pub fn words(self) -> impl Iterator<Item = &'s str> {
        self.0.get("enum").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
    }

    /// What it names.
    pub fn names(self) -> Option<Names> {
        table::choose(self.0.get(NAMES_KEY)?.as_str()?).ok()
    }

    /// What it is for.
    pub fn description(self) -> Option<&'s str> {
        self.0["description"].as_str()
    }

    /// Whether it has to have a key.
    pub fn requires(self, key: &str) -> bool {
        self.element().0["required"].as_array().is_some_and(|keys| keys.iter().any(|it| it == key))
    }
}

/// Visits what every key of the user's files may hold, with the key's path behind a dot. `*` is a key of the user's
/// choice.
fn visit(schema: &mut Value, path: &str, each: &mut impl FnMut(&str, &mut Value)) {
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        for (key, schema) in properties {
            let path = format!("{path}.{key}");
            each(&path, schema);
            visit(schema, &path, each);
        }
    }
    if let Some(items) = schema.get_mut("items") {
        visit(items, path, each);
    }
    if let Some(values) = schema.get_mut("additionalProperties").filter(|values| values.is_object()) {
        visit(values, &format!("{path}.*"), each);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn every_key_is_described_and_nothing_else() {
        let (mut schema, mut used) = (Config::schema(), Vec::new());
        visit(&mut schema, "", &mut |path, schema| {
            let found = description(path).unwrap_or_else(|| panic!("nothing says what `{path}` is"));
            assert_eq!(schema["description"], found.1);
            used.push(found.0);
        });
        let unused: Vec<_> = DESCRIPTIONS.iter().filter(|(end, _)| !used.contains(end)).collect();
        assert!(unused.is_empty(), "{unused:?}");
    }
}
