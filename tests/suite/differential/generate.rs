//! The contracts to be judged: what `forms.txt` and `contracts.txt` list, and what is made of it.

use std::collections::BTreeSet;
use std::fmt::Write;

use clarlint::builtins::{ClarityVersion, Effect, Word};
use clarlint::project::Epoch;
use clarlint::source::Span;
use clarlint::syntax::{Expr, Kind, NodeId, Symbol, parse};

/// The parameters of `subject`.
const PARAMETERS: &[(&str, &str)] = &[
    ("i", "int"),
    ("u", "uint"),
    ("b", "bool"),
    ("p", "principal"),
    ("x", "(buff 32)"),
    ("x1", "(buff 1)"),
    ("x16", "(buff 16)"),
    ("x20", "(buff 20)"),
    ("x33", "(buff 33)"),
    ("x64", "(buff 64)"),
    ("x65", "(buff 65)"),
    ("a", "(string-ascii 9)"),
    ("a1", "(string-ascii 1)"),
    ("w", "(string-utf8 9)"),
    ("w1", "(string-utf8 1)"),
    ("li", "(list 5 int)"),
    ("lu", "(list 5 uint)"),
    ("lp", "(list 3 principal)"),
    ("lx", "(list 24 (buff 32))"),
    ("oi", "(optional int)"),
    ("r", "(response int uint)"),
    ("d", "{k: int, n: uint}"),
    ("od", "(optional {k: int})"),
    ("c", "<t>"),
];

/// What takes the place of an argument: a response, which is wrong nearly everywhere, for the checker's own builtins,
/// where the way to the checker is at stake and not the checker; all of them for what is lowered.
const PROBES: &[&str] = &["r", "u", "x", "i", "c", "b", "a", "w", "li", "none"];
const PROBES_OF_OLD_BUILTINS: usize = 1;
const FIRST_LOWERED: u8 = 3;

/// A contract to be judged.
pub struct Case {
    /// For a use of a builtin the expression, for others the contract's text if it fits a line.
    pub name: String,
    pub text: String,
}

/// Every contract by name, each once.
pub fn cases() -> Vec<Case> {
    let mut names = BTreeSet::new();
    let mut cases = Vec::new();
    let mut add = |name: String, text: String| {
        if names.insert(name.clone()) {
            cases.push(Case { name, text });
        }
    };
    for form in lines(include_str!("forms.txt")) {
        for body in std::iter::once(form.to_owned()).chain(wrong(form)) {
            let text = subject("define-private", &body);
            add(body, text);
        }
        for (name, text) in read_only(form) {
            add(name, text);
        }
    }
    for word in (0..Word::COUNT).filter_map(Word::at) {
        for body in uses_of_name(word) {
            let text = subject("define-private", &body);
            add(body, text);
        }
    }
    for contract in lines(include_str!("contracts.txt")) {
        add(contract.to_owned(), contract.to_owned());
    }
    for (name, text) in limits() {
        add(name, text);
    }
    cases
}

impl Case {
    /// What the case adds to an interface: of a use of a builtin the type of the result, for all else is the same.
    pub fn essence(&self, interface: &str) -> String {
        let types: Vec<_> = PARAMETERS.iter().map(|(_, of)| of.replace("<t>", "<trait>")).collect();
        let before = format!(" subject ({}) ", types.join(" "));
        let result = interface.split_once(&before).and_then(|(_, rest)| rest.split("; ").next());
        result.unwrap_or(interface).to_owned()
    }
}

/// The lines of a list that say something.
pub fn lines(list: &str) -> impl Iterator<Item = &str> {
    list.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn subject(define: &str, body: &str) -> String {
    let mut text = include_str!("frame.clar").to_owned();
    let _ = write!(text, "({define} (subject");
    for (name, of) in PARAMETERS {
        let _ = write!(text, " ({name} {of})");
    }
    let _ = writeln!(text, ") {body})");
    text
}

/// The form with one thing wrong, though some of it is accepted nevertheless: in every call of a builtin an argument
/// less, one more, none, and each argument exchanged.
fn wrong(form: &str) -> Vec<String> {
    let parsed = parse(form.into(), Epoch::LATEST.nesting_limit());
    let tree = &parsed.tree;
    let mut wrong = Vec::new();
    for (call, word) in (0..tree.len() as u32).filter_map(|id| builtin_call(tree.expr(NodeId(id)))) {
        let arguments: Vec<_> = call.children().skip(1).collect();
        let with = |span: Span, text: &str| {
            let (before, after) = (&form[..span.start as usize], &form[span.end as usize..]);
            format!("{before}{text}{after}")
        };
        wrong.push(with(call.span(), &format!("({})", word.name())));
        let end = call.span().end - 1;
        wrong.push(with(Span { start: end, end }, " u"));
        if let Some(last) = arguments.last() {
            wrong.push(with(Span { start: last.span().start, end }, ""));
        }
        let probes = if is_lowered(word) { PROBES } else { &PROBES[..PROBES_OF_OLD_BUILTINS] };
        for argument in &arguments {
            wrong.extend(probes.iter().map(|probe| with(argument.span(), probe)));
        }
    }
    wrong
}

fn builtin_call(expr: Expr<'_>) -> Option<(Expr<'_>, Word)> {
    let (head, _) = expr.call()?;
    let word = head.symbol().and_then(Symbol::word)?;
    Some((expr, word))
}

/// Whether the analyser that the adapter has knows nothing of it.
fn is_lowered(word: Word) -> bool {
    let first = match word {
        Word::Builtin(builtin) => builtin.spec().first,
        Word::Keyword(keyword) => keyword.versions().0,
        Word::Define(_) => ClarityVersion::OLDEST,
    };
    first.number() >= FIRST_LOWERED
}

/// The form in places that allow no writing, if it may write.
fn read_only(form: &str) -> Vec<(String, String)> {
    let parsed = parse(form.into(), Epoch::LATEST.nesting_limit());
    let calls = (0..parsed.tree.len() as u32).filter_map(|id| builtin_call(parsed.tree.expr(NodeId(id))));
    let pure = calls.into_iter().all(|(_, word)| match word {
        Word::Builtin(builtin) => matches!(builtin.spec().effect, Effect::Pure | Effect::Control),
        _ => true,
    });
    if pure {
        return Vec::new();
    }
    let historic = format!("(at-block x {form})");
    let contained = format!("(as-contract? () (is-eq {form} {form}))");
    vec![
        (format!("read-only: {form}"), subject("define-read-only", form)),
        (historic.clone(), subject("define-private", &historic)),
        (format!("read-only: {contained}"), subject("define-read-only", &contained)),
    ]
}

/// A name of the language where a value, a function or a name of one's own is expected.
fn uses_of_name(word: Word) -> Vec<String> {
    let name = word.name();
    let always = [
        name.to_owned(),
        format!("({name} u)"),
        format!("(let (({name} p)) {name})"),
        format!("(map {name} lu)"),
    ];
    let lowered = [
        format!("(is-eq {name} {name})"),
        format!("(map {name} li lu)"),
        format!("(map {name} lx)"),
        format!("(map {name} lp)"),
        format!("(filter {name} lu)"),
        format!("(fold {name} lu u)"),
        format!("(match oi {name} {name} i)"),
        format!("(get {name} {{{name}: u}})"),
        format!("(as-contract? (({name} u)) b)"),
        format!("(as-contract? (({name})) b)"),
    ];
    let lowered = lowered.into_iter().filter(|_| is_lowered(word));
    always.into_iter().chain(lowered).collect()
}

/// What is allowed up to a number, at the number and one above it.
fn limits() -> Vec<(String, String)> {
    let repeated =
        |count: usize, item: &dyn Fn(usize) -> String| (0..count).map(item).collect::<Vec<_>>().join(" ");
    let mut limits = Vec::new();
    let mut add = |what: &str, counts: &[usize], text: &dyn Fn(usize) -> String| {
        limits.extend(counts.iter().map(|&count| (format!("{count} {what}"), text(count))));
    };
    add("parameters", &[256, 257], &|count| {
        format!("(define-private (g {}) u1)", repeated(count, &|at| format!("(p{at} uint)")))
    });
    add("parameters of a public function", &[256, 257], &|count| {
        format!("(define-public (g {}) (ok u1))", repeated(count, &|at| format!("(p{at} uint)")))
    });
    add("methods of a trait", &[256, 257], &|count| {
        format!("(define-trait t ({}))", repeated(count, &|at| format!("(f{at} () (response bool uint))")))
    });
    add("parameters of a method", &[256, 257], &|count| {
        format!("(define-trait t ((f ({}) (response bool uint))))", repeated(count, &|_| "uint".to_owned()))
    });
    add("allowances", &[128, 129], &|count| {
        let allowances = repeated(count, &|at| format!("(with-stx u{at})"));
        format!("(define-private (g) (as-contract? ({allowances}) true))")
    });
    add("allowances of others", &[128, 129], &|count| {
        let allowances = repeated(count, &|at| format!("(with-stx u{at})"));
        format!("(define-private (g) (restrict-assets? tx-sender ({allowances}) true))")
    });
    add("identifiers of tokens", &[128, 129], &|count| {
        let identifiers = repeated(count, &|at| format!("u{at}"));
        format!("(define-private (g) (as-contract? ((with-nft tx-sender \"a\" (list {identifiers}))) true))")
    });
    add("identifiers of tokens in a parameter", &[128, 129], &|count| {
        format!(
            "(define-private (g (l (list {count} uint))) (as-contract? ((with-nft tx-sender \"a\" l)) true))"
        )
    });
    let lengths: Vec<_> = (128..=129).collect();
    add("characters in a token's name", &lengths, &|count| {
        format!(
            "(define-private (g (l (string-ascii {count}))) (as-contract? ((with-ft tx-sender l u1)) true))"
        )
    });
    add("characters in a name", &[40, 41, 128, 129], &|count| {
        format!("(define-private ({}) u1)", "g".repeat(count))
    });
    let depths: Vec<_> = (62..=69).chain(126..=133).collect();
    add("calls deep", &depths, &|count| {
        format!("(define-private (g) {}true{})", "(not ".repeat(count), ")".repeat(count))
    });
    add("tuples deep", &[14, 15, 16, 17, 30, 31, 32, 33], &|count| {
        format!("(define-private (g) {}true{})", "{a: ".repeat(count), "}".repeat(count))
    });
    add("values deep", &[30, 31, 32, 33], &|count| {
        format!("(define-private (g) {}true{})", "(some ".repeat(count), ")".repeat(count))
    });
    add("types deep", &[30, 31, 32, 33], &|count| {
        format!("(define-data-var v {}bool{} none)", "(optional ".repeat(count), ")".repeat(count))
    });
    let switches: Vec<_> = (31..=34).chain(63..=66).collect();
    add("contexts deep", &switches, &|count| {
        let (open, close) = ("(is-ok (as-contract? () ".repeat(count), "))".repeat(count));
        format!("(define-private (g) {open}true{close})")
    });
    add("fields of a tuple", &[1, 300], &|count| {
        format!("(define-private (g) {{{}}})", repeated(count, &|at| format!("f{at}: u{at},")))
    });
    add("sequences in one", &[3, 40], &|count| {
        format!("(define-private (g (a (string-ascii 9))) (concat {}))", repeated(count, &|_| "a".to_owned()))
    });
    add("texts of numbers in one", &[2, 9, 20], &|count| {
        let mut text = "u1".to_owned();
        for _ in 0..count {
            text = format!("(concat (unwrap-panic (to-ascii? {count})) {text})").replace("u1)", "\"\")");
        }
        format!("(define-private (g) {text})")
    });
    add("texts of texts", &[2, 4, 8], &|count| {
        let to_bytes = "(unwrap-panic (to-consensus-buff? (unwrap-panic (to-ascii? ";
        format!("(define-private (g) {}u1{})", to_bytes.repeat(count), "))))".repeat(count))
    });
    limits
}

/// The words of the language in a form.
pub fn words(form: &str) -> Vec<Word> {
    let parsed = parse(form.into(), Epoch::LATEST.nesting_limit());
    let tree = &parsed.tree;
    let exprs = (0..tree.len() as u32).map(|id| tree.expr(NodeId(id)));
    exprs.filter(|expr| expr.kind() == Kind::Atom).filter_map(|expr| expr.symbol()?.word()).collect()
}
