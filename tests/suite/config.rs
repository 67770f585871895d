//! Configuration: what a policy says, and how one extends another.

use crate::sandbox::Sandbox;
use clarlint::check::check;
use clarlint::config::{Config, Level, Passes};
use clarlint::diagnostic::Severity;
use clarlint::project::{Disk, Load, Project};
use clarlint::report::human;
use clarlint::rules;
use clarlint::source::SourceFile;

fn read(sandbox: &Sandbox) -> (Config, Vec<String>, Vec<SourceFile>) {
    let mut files = Vec::new();
    let file = sandbox.path("clarlint.toml");
    let (config, problems) = Config::read(&file, &sandbox.path(""), &Disk::default(), &mut files);
    (config, problems.into_iter().map(|problem| problem.message).collect(), files)
}

#[test]
fn a_policy_is_extended() {
    let (config, problems, files) = read(&Sandbox::of("policy"));
    assert_eq!(problems, [""; 0]);
    assert_eq!(
        files.iter().map(|file| file.path.as_str()).collect::<Vec<_>>(),
        ["clarlint.toml", "rules/house.toml"]
    );

    let [house, own] = config.policy.circuit_breakers.as_slice() else {
        panic!("one breaker from each file")
    };
    assert_eq!(house.check.value.to_string(), "parameters.check-circuit-breaker");
    assert_eq!((house.passes, &house.entrypoints.named), (Passes::Ok, &None));
    assert_eq!(house.id.as_ref().map(|id| id.value.as_str()), Some("action-deposit"));
    assert_eq!(house.entrypoints.reason.as_deref(), Some("the house can always be closed"));
    assert_eq!(own.passes, Passes::False);
    assert_eq!(own.entrypoints.exempt[0].reason, "changes nothing of value");
    assert!(own.entrypoints.exempt[0].entrypoints[0].value.matches("vault", "sync"));

    // Every entry knows its place, in its own file.
    let text = |at: clarlint::source::Location| files[at.file.0 as usize].slice(at.span);
    assert_eq!(text(house.at()), "\"parameters.check-circuit-breaker\"");
    assert_eq!(text(own.entrypoints.exempt[0].entrypoints[0].at), "\"vault.sync\"");
}

#[test]
fn levels_of_rules_go_before_those_of_groups_and_own_ones_before_extended_ones() {
    let (config, ..) = read(&Sandbox::of("policy"));
    let level = |id| rules::find(id).map(|rule| config.lint.level(rule));
    assert_eq!(level("syntax-error"), Some(Level::At(Severity::Note)));
    assert_eq!(level("symlink-loop"), Some(Level::At(Severity::Error)));
}

#[test]
fn policies_that_extend_each_other_are_an_error() {
    let sandbox = Sandbox::empty();
    sandbox.write("clarlint.toml", "extends = \"a.toml\"\n").write("a.toml", "extends = \"./b/../b.toml\"\n");
    sandbox.write("b.toml", "extends = \"clarlint.toml\"\n[lint.levels]\nsyntax-error = \"off\"\n");
    let (config, problems, files) = read(&sandbox);
    assert_eq!(problems, ["`clarlint.toml` extends itself"]);
    assert_eq!(files.len(), 3);
    assert_eq!(rules::find("syntax-error").map(|rule| config.lint.level(rule)), Some(Level::Off));
}

#[test]
fn a_policy_speaks_of_no_files() {
    let sandbox = Sandbox::empty();
    sandbox.write("clarlint.toml", "extends = \"a.toml\"\n").write("a.toml", "[files]\nexclude = [\"x\"]\n");
    assert_eq!(read(&sandbox).1, ["unknown key `files`"]);
}

#[test]
fn names_of_traits_are_not_those_of_functions() {
    let sandbox = Sandbox::empty();
    sandbox.write("clarlint.toml", "[policy.traits]\ntoken = { traits = [\"ft\"] }\n");
    assert_eq!(read(&sandbox).1, ["`ft` is not the name of a trait"]);
}

#[test]
fn all_that_is_wrong_with_the_toml_is_reported() {
    let sandbox = Sandbox::empty();
    sandbox.write("clarlint.toml", "\u{feff}a = \nb = 'x\n[lint\n[files]\nexclude = [1, true]\n");
    let (_, problems, files) = read(&sandbox);
    assert!(problems.len() >= 4, "{problems:?}");
    assert!(problems.contains(&"`files.exclude` must be a string, not a boolean".to_owned()), "{problems:?}");
    assert!(files[0].text.starts_with('\u{feff}'), "spans are those of the file on disk");
}

#[test]
fn excluded_paths_are_globs_or_folders() {
    let sandbox = Sandbox::empty();
    sandbox.write(
        "clarlint.toml",
        "[files]\ninclude = [\"./contracts/\", \"lib/*.clar\"]\nexclude = [\"**/old\", \"contracts/t?.clar\"]\n",
    );
    let files = read(&sandbox).0.files;
    assert!(files.linted("contracts/vault.clar") && files.linted("contracts/deep/vault.clar"));
    assert!(files.linted("lib/a.clar") && !files.linted("lib/deep/a.clar"));
    assert!(!files.linted("contracts/old/vault.clar") && !files.linted("contracts/t1.clar"));
    assert!(!files.linted("tests/vault.clar"));
}

/// Configurations and manifests with random damage: every problem has a place in the text, and nothing panics.
#[test]
fn damaged_files_are_reported_and_survived() {
    let fixtures = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/projects");
    let read = |path: &str| std::fs::read_to_string(fixtures.join(path)).expect("the fixture exists");
    let texts =
        [read("bad-config/clarlint.toml"), read("policy/clarlint.toml"), read("bad-manifest/Clarinet.toml")];
    let pieces =
        ["[", "]", "[[", "=", "\"", "'", "{", "}", ",", ".", "\n", "#", "é", "\u{0}", "policy", "1", "-"];
    let mut random = fastrand::Rng::with_seed(0x746f_6d6c);
    let base = std::path::Path::new("/nowhere");
    for _ in 0..3_000 {
        let mut text: Vec<char> = texts[random.usize(0..texts.len())].chars().collect();
        for _ in 0..random.usize(1..6) {
            let at = random.usize(0..text.len());
            let end = (at + random.usize(0..12)).min(text.len());
            text.splice(at..end, pieces[random.usize(0..pieces.len())].chars());
        }
        let text: String = text.into_iter().collect();

        let mut load = Load::around(base);
        load.root.manifest = Some(base.join("Clarinet.toml"));
        for name in ["clarlint.toml", "Clarinet.toml"] {
            load.disk.overlay.insert(base.join(name), text.clone().into_bytes());
        }
        let mut files = Vec::new();
        let (config, problems) = Config::read(&base.join("clarlint.toml"), base, &load.disk, &mut files);
        for problem in &problems {
            assert!(problem.at.span.start <= problem.at.span.end, "{text}");
            assert!(problem.at.span.end as usize <= files[0].text.len(), "{text}");
        }
        human::snippets(&files, &problems, human::Looks::default());
        check(&Project::load(&load, &config, files), &config);
    }
}

/// The schema is made of what the decoders ask for, so that it can only be wrong where they read a value by hand.
#[test]
fn the_schema_takes_what_is_right_and_nothing_else() {
    let schema = jsonschema::draft202012::new(&Config::schema()).expect("it is a schema");
    let is_valid = |text: &str| {
        let table = toml::de::DeTable::parse(text).expect("it is TOML").into_inner();
        schema.is_valid(&json(&toml::de::DeValue::Table(table)))
    };
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    for file in ["rules/bithedge.toml", "fixtures/projects/many/clarlint.toml"] {
        let text = std::fs::read_to_string(root.join(file)).expect("the file is there");
        assert!(is_valid(&text), "{file}");
    }
    assert!(is_valid(
        "extends = \"a.toml\"\n[contracts]\nvault = \"vault.clar\"\n[files]\nexclude = [\"a/**\"]"
    ));
    for wrong in [
        "extend = \"a.toml\"",
        "[lint.levels]\nsyntax-error = \"loud\"",
        "[lint]\nselect = \"syntax-error\"",
        "[[policy.circuit-breaker]]\npasses = \"ok\"",
        "[[policy.rate-limit]]\ncheck = \"a.b\"\nentrypoints = [true]",
        "[policy.layers]\nexhaustive = \"yes\"",
    ] {
        assert!(!is_valid(wrong), "{wrong}");
    }
}

fn json(value: &toml::de::DeValue<'_>) -> serde_json::Value {
    use toml::de::DeValue;
    match value {
        DeValue::String(text) => text.as_ref().into(),
        DeValue::Boolean(value) => (*value).into(),
        DeValue::Array(items) => items.iter().map(|item| json(item.get_ref())).collect(),
        DeValue::Table(table) => {
            let entries = table.iter().map(|(key, value)| (key.get_ref().to_string(), json(value.get_ref())));
            serde_json::Value::Object(entries.collect())
        }
        other => panic!("{other:?} is in no configuration"),
    }
}
