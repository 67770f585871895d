//! Inference: against the chain's analyser, expression by expression, on the contracts of this repository, and by
//! itself where nobody has a verdict.

use std::path::Path;

use clarlint::builtins::ClarityVersion;
use clarlint::config::Config;
use clarlint::project::{Dialect, Epoch, Load, Project, QualifiedName};
use clarlint::syntax::{NodeId, Tree, parse};
use clarlint::types::infer::{Inferred, Input, Interface, infer};
use clarlint::types::{Ask, Conformance, Types};

use crate::oracle;

#[test]
fn the_bundled_protocol_has_the_types_that_the_chain_gives_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let project = Project::load(&Load::around(root), &Config::default(), Vec::new());
    let found = oracle::compare(&project);
    assert!(found.differences.is_empty(), "{:#?}", found.differences);
    assert!(found.needless.is_empty(), "the chain has to be asked: {:#?}", found.needless);
    assert!(found.expressions > 1000, "there is something to compare");
}

fn tree(text: &str) -> Tree {
    parse(text.into(), Epoch::LATEST.nesting_limit()).tree
}

/// What is inferred of a text in a version, in the last epoch that knows it as the newest.
fn inferred(text: &str, version: u8) -> (Tree, Inferred) {
    let tree = tree(text);
    let version = ClarityVersion::new(version).expect("a version of Clarity");
    let dialect = Dialect { version, epoch: Epoch::introducing(version) };
    let name = QualifiedName { issuer: None, name: "contract".to_owned() };
    let input = Input { tree: &tree, name, issuer: None, dialect };
    let nobody = |_: &QualifiedName| -> Option<&Interface> { None };
    let (inferred, _) = infer(&input, &nobody);
    (tree, inferred)
}

/// The type of the last expression that is written like that.
fn type_of(part: &str, tree: &Tree, inferred: &Inferred) -> String {
    let nodes = (0..tree.len() as u32).map(|id| tree.expr(NodeId(id)));
    let node = nodes.rev().find(|node| node.text() == part).expect("the part is there");
    inferred.read(inferred.of(node.id())).to_string()
}

#[test]
fn doubts_say_what_and_where() {
    let mut said = String::new();
    for text in [
        "(define-private (f (a uint)) (+ a 1))",
        "(define-private (f (a uint)) (+ a b))",
        "(define-private (f (a uint)) (not))",
        "(define-private (f (a uint)) (g a)) (define-private (g) u1)",
        "(define-private (f (a uint)) (g a)) (define-private (g (a uint)) (f a))",
        "(define-private (f (a uint)) a) (define-constant f u1)",
        "(define-private (f (a uint)) (let ((a u1)) a))",
        "(define-constant a u1) (define-private (f (a uint)) a)",
        "(define-private (f) (unwrap-panic none))",
        "(define-private (f (a (buff 1048576))) (some a))",
        "(define-map m uint uint) (define-read-only (f) (map-set m u1 u1))",
        "(define-public (f) (begin (ok u1) (ok u2)))",
        "(define-public (f) u1)",
        "(define-public (f) (contract-call? .other g))",
        "(use-trait t .other.t)",
        "(define-private (f (a uint)) ((a)))",
        "(define-data-var v (optional missing) none)",
        "(define-private (f) (as-contract tx-sender))",
        "(define-private (f) block-height)",
        "(begin (define-constant a u1))",
    ] {
        let (tree, inferred) = inferred(text, 4);
        said += &format!("{text}\n");
        for doubt in inferred.doubts() {
            said += &format!("  {:?}: {}\n", doubt.kind, tree.expr(doubt.node).text());
        }
    }
    insta::assert_snapshot!(said);
}

#[test]
fn what_surrounds_a_doubt_keeps_its_type() {
    let text = "(define-private (f (a uint)) (let ((b (contract-call? .other g)) (c (+ a b)) (d {c: c, b: b})) \
                (merge d {e: (ok a), f: (default-to b (some u1))})))";
    let (tree, inferred) = inferred(text, 4);
    assert_eq!(inferred.doubts().len(), 1, "{:?}", inferred.doubts());
    assert_eq!(type_of("(+ a b)", &tree, &inferred), "uint");
    assert_eq!(type_of("{c: c, b: b}", &tree, &inferred), "{b: ?, c: uint}");
    let merged = "(merge d {e: (ok a), f: (default-to b (some u1))})";
    assert_eq!(type_of(merged, &tree, &inferred), "{b: ?, c: uint, e: (response uint ?), f: uint}");
}

#[test]
fn the_types_of_callees_arrive_with_the_names_of_their_fields() {
    let project = Project::from_texts([
        (
            "callee.clar",
            "(define-trait t ((get-both (uint) (response {held: uint, owner: principal} uint))))\n\
             (define-public (get-both (n uint)) (if (> n u0) (ok {held: n, owner: tx-sender}) (err n)))",
        ),
        (
            "caller.clar",
            "(use-trait t .callee.t)\n\
             (define-private (a) (get owner (unwrap-panic (contract-call? .callee get-both u1))))\n\
             (define-private (b (c <t>)) (merge (unwrap-panic (contract-call? c get-both u1)) {more: (contract-of c)}))\n\
             (define-private (d) (b .callee))",
        ),
    ]);
    let types = Types::of(&project, Ask::Never);
    let caller = project.contract_ids().nth(1).expect("there are two contracts");
    let inferred = types.inferred(caller).expect("it has types");
    assert!(inferred.doubts().is_empty(), "{:?}", inferred.doubts());
    let results: Vec<_> =
        inferred.functions().iter().map(|function| inferred.read(function.result).to_string()).collect();
    let both = "{held: uint, more: principal, owner: principal}";
    assert_eq!(results, ["principal", both, both]);
}

/// Types share their parts: what is short to say may be long to write out.
#[test]
fn types_that_double_are_no_danger() {
    let mut bindings = "(a0 (if true (ok u1) (err u1)))".to_owned();
    for at in 1..60 {
        bindings += &format!(" (a{at} (if true (ok a{0}) (err a{0})))", at - 1);
    }
    let text = format!("(define-private (f) (let ({bindings}) (is-eq a20 a21)))");
    let (_, found) = inferred(&text, 4);
    assert!(found.is_overlong());
    let project = Project::from_texts([("contract.clar", text.as_str())]);
    let types = Types::of(&project, Ask::default());
    assert_eq!(types.asked(), (0, 1), "the chain's analyser writes all types out");
}

#[test]
fn the_same_text_has_the_same_types() {
    let text = "(define-trait t ((a (uint) (response uint uint)) (b () (response bool uint))))\n\
                (define-constant c (list .x .y)) (define-private (f (n uint) (u <t>)) {u: u, n: n, c: c})";
    let (one, other) = (inferred(text, 3).1, inferred(text, 3).1);
    assert_eq!(format!("{one:?}"), format!("{other:?}"));
    fn sent<T: Send + Sync>(_: &T) {}
    sent(&one);
}

#[test]
fn contracts_that_everybody_knows_need_not_be_at_hand() {
    let text = "(impl-trait 'SP3FBR2AGK5H9QBDH3EEN6DF8EK8JY7RX8QJ5SVTE.sip-010-trait-ft-standard.sip-010-trait)\n\
                (use-trait ft 'SP3FBR2AGK5H9QBDH3EEN6DF8EK8JY7RX8QJ5SVTE.sip-010-trait-ft-standard.sip-010-trait)\n\
                (define-public (pull (token <ft>) (n uint)) (contract-call? token transfer n tx-sender current-contract none))\n\
                (define-read-only (cycle) (contract-call? 'SP000000000000000000002Q6VF78.pox-4 current-pox-reward-cycle))\n\
                (define-private (sbtc) (pull 'SM3VDXK3WZZSA84XXFKAFAF15NNZX32CTSG82JFQ4.sbtc-token u1))";
    let mut project = Project::from_texts([("contract.clar", text)]);
    project.contracts[0].version = ClarityVersion::new(4).expect("a version of Clarity");
    for ask in [Ask::Doubtful, Ask::Always] {
        let types = Types::of(&project, ask);
        let contract = project.contract_ids().next().expect("there is a contract");
        let checked = types.checked(contract).expect("the chain takes it");
        let functions: Vec<_> = checked.functions().iter().map(|it| it.signature.to_string()).collect();
        assert_eq!(
            functions,
            ["(<sip-010-trait> uint) (response bool uint)", "() uint", "() (response bool uint)"]
        );
        let Conformance::Lacks(gaps) = &checked.implements[0].conformance else {
            panic!("the trait is known")
        };
        assert_eq!(gaps.len(), 7, "{gaps:?}");
    }
    // What is at hand counts more.
    let own = "(define-read-only (current-pox-reward-cycle) true)";
    let mut project =
        Project::from_texts([("contract.clar", text), ("SP000000000000000000002Q6VF78/pox-4.clar", own)]);
    let contract = project.contract_ids().find(|&id| project.contract(id).name == "contract");
    let contract = contract.expect("there is a contract");
    project.contracts[contract.0 as usize].version = ClarityVersion::new(4).expect("a version of Clarity");
    let types = Types::of(&project, Ask::Doubtful);
    let checked = types.checked(contract).expect("the chain takes it");
    assert_eq!(checked.functions()[1].signature.to_string(), "() bool");
}
