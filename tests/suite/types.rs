//! Types: verdicts of the chain for every version, and what is known of a contract that passes.

use clarlint::builtins::ClarityVersion;
use clarlint::project::{ContractId, Dialect, Epoch, Project};
use clarlint::syntax::parse;
use clarlint::types::{Ask, Conformance, Memo, Outcome, Type, Types, Unavailable, check_source};

/// The verdict, which is the same whether the chain is asked at once or where there are doubts.
fn verdict(version: u8, text: &str) -> Outcome {
    let version = ClarityVersion::new(version).expect("a version of Clarity");
    let dialect = Dialect { version, epoch: Epoch::introducing(version) };
    let asked = check_source(text, dialect, Ask::Always);
    let outcome = check_source(text, dialect, Ask::Doubtful);
    match (&asked, &outcome) {
        (Outcome::Checked(chain), Outcome::Checked(own)) => {
            assert_eq!(chain.functions(), own.functions(), "Clarity {version}: {text}");
        }
        (Outcome::Rejected(chain), Outcome::Rejected(own)) => assert_eq!(chain, own),
        (Outcome::Unavailable(_), Outcome::Unavailable(_)) => {}
        _ => panic!("{version}: the chain says something else of {text}"),
    }
    outcome
}

fn why_not(version: u8, text: &str) -> Option<String> {
    match verdict(version, text) {
        Outcome::Checked(_) => None,
        Outcome::Rejected(fault) => Some(fault.message),
        Outcome::Unavailable(reason) => panic!("not checked, because {reason}: {text}"),
    }
}

/// Holds in every version from the first to the last that is named, and not in those before and after.
fn only_in(versions: std::ops::RangeInclusive<u8>, text: &str) {
    for version in 1..=6 {
        let reason = why_not(version, text);
        assert_eq!(reason.is_none(), versions.contains(&version), "Clarity {version}: {text}: {reason:?}");
    }
}

/// An expression in a function of its own, with parameters of many types.
fn expression(text: &str) -> String {
    format!(
        "(define-trait t ((f () (response bool uint))))\n(define-map m uint uint)\n\
         (define-private (g (i int) (u uint) (b bool) (p principal) (h (buff 32)) (k (buff 33)) \
         (s (buff 64)) (a (string-ascii 9)) (w (string-utf8 9)) (ps (list 3 principal)) (us (list 129 uint)) \
         (hs (list 24 (buff 32))) (c <t>)) {text})"
    )
}

fn accepted(first: u8, text: &str) {
    only_in(first..=6, &expression(text));
}

fn rejected(text: &str) {
    only_in(9..=9, &expression(text));
}

#[test]
fn keywords_belong_to_versions() {
    accepted(1, "(+ burn-block-height u)");
    only_in(1..=2, &expression("(+ block-height u)"));
    accepted(2, "(+ chain-id u)");
    accepted(3, "(+ stacks-block-height tenure-height)");
    accepted(4, "(+ stacks-block-time u)");
    accepted(4, "(stx-get-balance current-contract)");
    rejected("(+ stacks-block-height i)");
    rejected("(contract-call? current-contract f)");
    // Names that are only names.
    accepted(1, "(get stacks-block-time {stacks-block-time: u})");
    accepted(1, "(let ((current-contract u)) u)");
    only_in(1..=3, &expression("(let ((current-contract u)) (+ u current-contract))"));
    accepted(1, "{block-height: u}");
    only_in(1..=2, &expression("(let ((block-height u)) u)"));
    only_in(1..=2, &expression("(match (some u) block-height u u)"));
    only_in(1..=2, "(define-map block-height uint uint)");
    only_in(1..=2, "(define-read-only (f (block-height uint)) u1)");
    only_in(1..=2, "(define-trait block-height ((f () (response bool uint))))");
}

#[test]
fn blocks_have_properties() {
    only_in(1..=2, &expression("(get-block-info? time u)"));
    only_in(2..=2, &expression("(get-block-info? block-reward u)"));
    accepted(3, "(+ (unwrap-panic (get-stacks-block-info? time u)) u)");
    accepted(3, "(is-eq (unwrap-panic (get-stacks-block-info? id-header-hash u)) h)");
    accepted(3, "(is-eq (get-tenure-info? miner-address u) (some p))");
    accepted(3, "(+ (unwrap-panic (get-tenure-info? miner-spend-total u)) u)");
    rejected("(get-stacks-block-info? miner-address u)");
    rejected("(get-tenure-info? header-hash u)");
    rejected("(get-tenure-info? time)");
    rejected("(get-tenure-info? time u u)");
    rejected("(get-tenure-info? time i)");
    // A function of one's own where the builtin is gone.
    only_in(3..=6, "(define-private (get-block-info? (n uint)) n) (define-private (g) (get-block-info? u1))");
}

#[test]
fn functions_of_newer_versions_have_types() {
    accepted(4, "(is-eq (unwrap-panic (contract-hash? p)) h)");
    accepted(4, "(is-eq (contract-hash? p) (err u))");
    accepted(4, "(map contract-hash? ps)");
    accepted(4, "(and (secp256r1-verify h s k) b)");
    accepted(6, "(and (verify-merkle-proof h h u u hs) b)");
    accepted(6, "(+ u (get amount (unwrap-panic (get-bitcoin-tx-output? h u))))");
    accepted(6, "(and (ed25519-verify k s h) b)");
    accepted(6, "(is-ok (secp256k1-decompress? k))");
    for wrong in [
        "(contract-hash? u)",
        "(contract-hash?)",
        "(contract-hash? p p)",
        "(contract-hash? c p)",
        "(secp256r1-verify h s s)",
        "(secp256r1-verify h s)",
        "(map secp256r1-verify hs hs hs)",
        "(verify-merkle-proof h h u u ps)",
        "(ed25519-verify k s)",
        "(secp256k1-decompress? s)",
        "(map secp256k1-decompress? hs)",
        "(map to-ascii? us)",
    ] {
        rejected(wrong);
    }
}

#[test]
fn strings_are_as_long_as_what_they_are_made_of() {
    let fits = |of: &str, length: u32| {
        let text = |length: u32| {
            format!(
                "(define-map n (string-ascii {length}) bool) {}",
                expression(&format!("(map-get? n (unwrap-panic (to-ascii? {of})))"))
            )
        };
        only_in(4..=6, &text(length));
        only_in(9..=9, &text(length - 1));
    };
    fits("i", 40);
    fits("u", 40);
    fits("b", 5);
    fits("p", 170);
    fits("c", 170);
    fits("h", 66);
    fits("w", 9);
    // Nested, so that one length depends on another.
    let bytes = |of: &str| format!("(unwrap-panic (to-consensus-buff? {of}))");
    fits(&bytes(&format!("(to-ascii? {})", bytes("(to-ascii? u)"))), 202);
    rejected("(to-ascii? a)");
    rejected("(to-ascii? us)");
    rejected("(to-ascii? (some u))");
    rejected("(to-ascii? (ok u))");
    rejected("(to-ascii?)");
}

#[test]
fn identities_are_lent_with_allowances() {
    only_in(1..=3, &expression("(as-contract tx-sender)"));
    accepted(4, "(as-contract? () u)");
    accepted(4, "(+ u (unwrap-panic (as-contract? ((with-stx u)) u)))");
    accepted(4, "(is-eq (as-contract? () b) (err u))");
    accepted(
        4,
        "(as-contract? ((with-stx u) (with-ft p \"*\" u) (with-nft p a us2)) u)"
            .replace("us2", "hs")
            .as_str(),
    );
    accepted(
        4,
        "(as-contract? ((with-all-assets-unsafe)) (try! (stx-transfer? u tx-sender p)))"
            .replace("try!", "unwrap-panic")
            .as_str(),
    );
    accepted(4, "(restrict-assets? p () u)");
    accepted(4, "(restrict-assets? tx-sender ((with-stx u)) (map-set m u u) b)");
    only_in(4..=5, &expression("(as-contract? ((with-stacking u)) u)"));
    accepted(6, "(as-contract? ((with-staking u) (with-pox)) u)");
    for wrong in [
        "(as-contract? ())",
        "(as-contract? u)",
        "(as-contract? u u)",
        "(as-contract? () (ok u))",
        "(as-contract? () (stx-transfer? u p p))",
        "(as-contract? () (ok u) u)",
        "(as-contract? (u) u)",
        "(as-contract? ((with-stx)) u)",
        "(as-contract? ((with-stx i)) u)",
        "(as-contract? ((with-stx u u)) u)",
        "(as-contract? ((with-ft p u)) u)",
        "(as-contract? ((with-ft p w u)) u)",
        "(as-contract? ((with-nft p a u)) u)",
        "(as-contract? ((with-nft p a us)) u)",
        "(as-contract? ((with-all-assets-unsafe) (with-stx u)) u)",
        "(as-contract? ((with-all-assets-unsafe u)) u)",
        "(as-contract? ((some u)) u)",
        "(restrict-assets? u () u)",
        "(restrict-assets? p ())",
        "(restrict-assets? p ((with-all-assets-unsafe)) u)",
        "(restrict-assets? p () (err u))",
        "(with-stx u)",
        "(begin (with-all-assets-unsafe) u)",
    ] {
        rejected(wrong);
    }
    let many = |count: usize| expression(&format!("(as-contract? ({}) u)", "(with-stx u) ".repeat(count)));
    only_in(4..=6, &many(128));
    only_in(9..=9, &many(129));
}

#[test]
fn sequences_are_joined() {
    accepted(1, "(concat h k)");
    accepted(6, "(concat h k h k h)");
    accepted(6, "(concat us us us)");
    rejected("(concat h)");
    rejected("(concat h h a)");
    rejected("(concat u u u)");
    let many = format!("(concat {})", "k ".repeat(2000));
    accepted(6, &many);
}

#[test]
fn old_forms_end() {
    only_in(1..=4, &expression("(at-block h u)"));
    let late = Dialect { version: ClarityVersion::OLDEST, epoch: Epoch::EPOCH_3_4 };
    assert!(matches!(
        check_source(&expression("(at-block h u)"), late, Ask::default()),
        Outcome::Rejected(_)
    ));
}

#[test]
fn traits_share_the_names_of_a_contract_since_clarity_3() {
    only_in(1..=2, "(define-constant t 1) (define-trait t ((f () (response bool uint))))");
    only_in(1..=6, "(define-read-only (t) 1) (define-trait t ((f () (response bool uint))))");
}

#[test]
fn there_are_bounds_since_epoch_3_3() {
    let parameters = |count: usize| (0..count).map(|index| format!("(p{index} uint) ")).collect::<String>();
    only_in(1..=6, &format!("(define-private (f {}) 1)", parameters(256)));
    only_in(1..=3, &format!("(define-private (f {}) 1)", parameters(257)));
    let methods = |count: usize| (0..count).map(|index| format!("(f{index} () (response bool uint)) "));
    only_in(1..=6, &format!("(define-trait t ({}))", methods(256).collect::<String>()));
    only_in(1..=3, &format!("(define-trait t ({}))", methods(257).collect::<String>()));
    only_in(1..=3, &format!("(define-trait t ((f ({}) (response bool uint))))", "uint ".repeat(257)));
}

#[test]
fn deep_nesting_is_no_danger() {
    let nested =
        |depth: usize| format!("(define-private (f) {}1{})", "(+ 1 ".repeat(depth), ")".repeat(depth));
    let late = Dialect { version: ClarityVersion::NEWEST, epoch: Epoch::EPOCH_3_4 };
    assert!(matches!(check_source(&nested(120), late, Ask::default()), Outcome::Checked(_)));
    let chain: String =
        (1..5000).map(|index| format!("(define-private (f{index}) (f{}))", index - 1)).rev().collect();
    assert!(matches!(
        check_source(&format!("{chain}(define-private (f0) 1)"), late, Ask::default()),
        Outcome::Checked(_)
    ));
}

#[test]
fn faults_point_at_the_text() {
    let at = |text: &str| match verdict(4, text) {
        Outcome::Rejected(fault) => (text[fault.span.range()].to_string(), fault.message),
        _ => panic!("accepted: {text}"),
    };
    let mut said = String::new();
    for text in [
        "(define-private (f (a uint)) (begin (+ a u1) (* a -1)))",
        "(define-private (f (a uint)) (unwrap-panic (as-contract? ((with-stx a)) (ok a))))",
        "(define-private (f (a uint)) (as-contract? ((with-stx -1)) a))",
        "(define-private (f (a uint)) (restrict-assets? a () a))",
        "(define-private (f (a uint)) (to-ascii? (list a)))",
        "(define-private (f (a uint)) (contract-hash? a))",
        "(define-private (f (a uint)) (as-contract a))",
        "(define-private (f (a uint)) (+ a block-height))",
        "(define-private (f (a uint)) (g a)) (define-private (g (a uint)) (f a))",
        "(define-private (f (a uint)) a) (define-constant f u1)",
        "(define-private (f (a uint)) b)",
        "(define-private (f (a uint)) (if (> a u1) (ok a) (err true) a))",
        "(define-private (f (a uint)) (if (> a u1) a false))",
        "(define-public (f (a uint)) a)",
        "(define-read-only (f (a uint)) (begin (print a) (stx-burn? a tx-sender)))",
        "(define-private (f (a <t>)) a)",
    ] {
        let (part, message) = at(text);
        said += &format!("{text}\n  {part}: {message}\n");
    }
    insta::assert_snapshot!(said);
}

#[test]
fn everything_has_a_type() {
    let text = "(define-constant LIMIT u10)\n(define-data-var name (string-ascii 5) \"\")\n\
                (define-map records {id: uint} (list 3 principal))\n(define-non-fungible-token deed (buff 4))\n\
                (define-trait t ((run (uint) (response bool uint))))\n\
                (define-public (run (n uint)) (ok (> n LIMIT)))\n(define-read-only (get-name) (var-get name))\n\
                (define-private (check (who <t>)) (as-contract? () (contract-of who)))";
    let Outcome::Checked(checked) = verdict(4, text) else { panic!("the text is fine") };
    let functions: Vec<_> = checked
        .functions()
        .iter()
        .map(|function| format!("{} {}", function.name, function.signature))
        .collect();
    assert_eq!(
        functions,
        [
            "run (uint) (response bool ?)",
            "get-name () (string-ascii 5)",
            "check (<t>) (response principal uint)"
        ]
    );
    assert_eq!(checked.constant("LIMIT"), Some(Type::Uint));
    assert_eq!(checked.variable("name"), Some(Type::Ascii(5)));
    assert_eq!(checked.token("deed"), Some(Type::Buffer(4)));
    let (key, value) = checked.map("records").expect("the map is known");
    assert_eq!((key.to_string(), value.to_string()), ("{id: uint}".into(), "(list 3 principal)".into()));
    assert_eq!(
        checked.methods("t").expect("the trait is known")[0].1.to_string(),
        "(uint) (response bool uint)"
    );
    let tree = clarlint::syntax::parse(text.into(), 68).tree;
    let type_of = |part: &str| {
        let nodes = (0..tree.len() as u32).map(|id| tree.expr(clarlint::syntax::NodeId(id)));
        let node = nodes.rev().find(|node| node.text() == part).expect("the part is there");
        checked.expression(node.id()).map(|of| of.to_string())
    };
    assert_eq!(type_of("(as-contract? () (contract-of who))").as_deref(), Some("(response principal uint)"));
    assert_eq!(type_of("(contract-of who)").as_deref(), Some("principal"));
    assert_eq!(type_of("(> n LIMIT)").as_deref(), Some("bool"));
}

#[test]
fn contracts_are_analysed_behind_what_they_need() {
    let project = Project::from_texts([
        ("a.clar", "(define-public (f) (contract-call? .b f))"),
        (
            "b.clar",
            "(use-trait t .c.t) (define-constant other .a) (define-public (f) (ok u1)) (define-private (g (x <t>)) x)",
        ),
        ("c.clar", "(define-trait t ((f () (response uint uint))))"),
        // Only the analyser finds that this contract has to be known.
        ("d.clar", "(use-trait t .c.t) (define-private (g (x <t>)) x) (define-private (h) (g .e))"),
        ("e.clar", "(impl-trait .c.t) (define-public (f) (err true))"),
        ("gone.clar", "(define-public (f) (contract-call? .nowhere f))"),
        ("needs-gone.clar", "(define-public (f) (contract-call? .gone f))"),
        ("left.clar", "(define-public (f) (contract-call? .right f))"),
        ("right.clar", "(define-public (f) (contract-call? .left f))"),
        ("open.clar", "(define-public (f"),
        ("wrong.clar", "(define-public (f) (ok (+ 1 u1)))"),
        ("needs-wrong.clar", "(define-public (f) (contract-call? .wrong f))"),
    ]);
    let types = Types::of(&project, Ask::default());
    let said: Vec<_> = project
        .contract_ids()
        .map(|id| {
            let name = &project.contract(id).name;
            match types.outcome(id) {
                Some(Outcome::Checked(checked)) => match checked.implements.first().map(|i| &i.conformance) {
                    Some(Conformance::Lacks(gaps)) => format!("{name}: lacks {}", gaps[0].method),
                    _ => format!("{name}: fine"),
                },
                Some(Outcome::Rejected(fault)) => format!("{name}: {}", fault.message),
                Some(Outcome::Unavailable(Unavailable::Internal(reason))) => panic!("{name}: {reason}"),
                Some(Outcome::Unavailable(reason)) => format!("{name}: {reason}"),
                None => panic!("nobody asked for {name}"),
            }
        })
        .collect();
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn types_are_kept_until_the_text_or_an_interface_is_another() {
    let lowest = "(define-read-only (fee) u1)";
    let mut project = Project::from_texts([
        ("a.clar", lowest),
        ("b.clar", "(define-read-only (twice) (* u2 (contract-call? .a fee)))"),
        ("c.clar", "(define-public (pay) (ok (contract-call? .b twice)))"),
        ("d.clar", "(define-read-only (other) u3)"),
    ]);
    let memo = Memo::default();
    let mut last = Types::remembering(&project, Ask::default(), Some(&memo));
    for (text, want) in [
        (lowest, "all"),
        ("(define-read-only (fee) (+ u1 u1))", "b c d"),
        ("(define-read-only (fee) 7)", "d"),
        ("(define-read-only (fee) 8)", "d"),
        (lowest, "d"),
        ("(define-read-only (fee) (begin u1))", "b c d"),
    ] {
        if text != &**project.contracts[0].syntax.tree.text() {
            project.contracts[0].syntax = parse(text.into(), Epoch::LATEST.nesting_limit()).into();
        }
        let types = Types::remembering(&project, Ask::default(), Some(&memo));
        let fresh = Types::of(&project, Ask::default());
        let ids = || project.contract_ids();
        let is_kept = |&id: &ContractId| match (types.inferred(id), last.inferred(id)) {
            (Some(now), Some(before)) => std::ptr::eq(now, before),
            _ => false,
        };
        let kept: Vec<_> = ids().filter(is_kept).map(|id| project.contract(id).name.as_str()).collect();
        let kept = if kept.len() == 4 { "all".to_owned() } else { kept.join(" ") };
        assert_eq!(kept, want, "{text}");
        for id in ids() {
            let said = |types: &Types| match types.outcome(id) {
                Some(Outcome::Checked(checked)) => format!("{:?}", checked.functions()),
                Some(Outcome::Rejected(fault)) => fault.message.clone(),
                Some(Outcome::Unavailable(reason)) => reason.to_string(),
                None => panic!("every contract is asked for"),
            };
            assert_eq!(said(&types), said(&fresh), "{text}");
        }
        last = types;
    }
}
