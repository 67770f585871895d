//! The error codes of builtins: for every code in the table an expression that the chain answers with it.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};

use clarlint::builtins::Builtin;

use crate::npm;

const ZEROS_20: &str = "0x0000000000000000000000000000000000000000";
const ZEROS_32: &str = "0x0000000000000000000000000000000000000000000000000000000000000000";
const ZEROS_33: &str = "0x000000000000000000000000000000000000000000000000000000000000000000";

/// Bodies of a function, each beside the builtin and the code that it fails with.
fn failures() -> Vec<(Builtin, u128, String)> {
    let recovered = |signature: &str| format!("(secp256k1-recover? {ZEROS_32} {signature})");
    let zeros_65 = format!("0x{}", "00".repeat(65));
    // A Bitcoin transaction with one input, and an output whose script has as many bytes.
    let transaction = |bytes: usize| {
        let length = format!("fd{:02x}{:02x}", bytes % 256, bytes / 256);
        let input = format!("01{}0000000000ffffffff", "00".repeat(32));
        format!("0x01000000{input}01e803000000000000{length}{}00000000", "00".repeat(bytes))
    };
    let output = |transaction: &str, at: u8| format!("(get-bitcoin-tx-output? {transaction} u{at})");
    let mint = "(try! (nft-mint? nft u1 other))";
    let lent = |allowances: &str| {
        format!(
            "(begin (try! (ft-mint? ft u5 current-contract)) (as-contract? ({allowances}) \
             (unwrap-panic (ft-transfer? ft u1 current-contract other))))"
        )
    };
    let restricted = "(begin (try! (ft-mint? ft u5 tx-sender)) (restrict-assets? tx-sender () \
         (unwrap-panic (ft-transfer? ft u1 tx-sender other))))"
        .to_owned();
    let texts: Vec<(Builtin, u128, String)> = vec![
        (Builtin::StxTransfer, 1, "(stx-transfer? u1 tx-sender other)".into()),
        (Builtin::StxTransfer, 2, "(stx-transfer? u1 tx-sender tx-sender)".into()),
        (Builtin::StxTransfer, 3, "(stx-transfer? u0 tx-sender other)".into()),
        (Builtin::StxTransfer, 4, "(stx-transfer? u1 other tx-sender)".into()),
        (Builtin::StxTransferMemo, 1, "(stx-transfer-memo? u1 tx-sender other 0x)".into()),
        (Builtin::StxTransferMemo, 2, "(stx-transfer-memo? u1 tx-sender tx-sender 0x)".into()),
        (Builtin::StxTransferMemo, 3, "(stx-transfer-memo? u0 tx-sender other 0x)".into()),
        (Builtin::StxTransferMemo, 4, "(stx-transfer-memo? u1 other tx-sender 0x)".into()),
        (Builtin::StxBurn, 1, "(stx-burn? u1 tx-sender)".into()),
        (Builtin::StxBurn, 3, "(stx-burn? u0 tx-sender)".into()),
        (Builtin::StxBurn, 4, "(stx-burn? u1 other)".into()),
        (Builtin::FtTransfer, 1, "(ft-transfer? ft u1 tx-sender other)".into()),
        (Builtin::FtTransfer, 2, "(ft-transfer? ft u1 other other)".into()),
        (Builtin::FtTransfer, 3, "(ft-transfer? ft u0 tx-sender other)".into()),
        (Builtin::FtMint, 1, "(ft-mint? ft u0 other)".into()),
        (Builtin::FtBurn, 1, "(ft-burn? ft u0 other)".into()),
        (Builtin::FtBurn, 1, "(ft-burn? ft u1 other)".into()),
        (Builtin::NftTransfer, 1, format!("(begin {mint} (nft-transfer? nft u1 tx-sender other))")),
        (Builtin::NftTransfer, 2, "(nft-transfer? nft u1 other other)".into()),
        (Builtin::NftTransfer, 3, "(nft-transfer? nft u1 tx-sender other)".into()),
        (Builtin::NftMint, 1, format!("(begin {mint} (nft-mint? nft u1 other))")),
        (Builtin::NftBurn, 1, format!("(begin {mint} (nft-burn? nft u1 tx-sender))")),
        (Builtin::NftBurn, 3, "(nft-burn? nft u1 other)".into()),
        (Builtin::PrincipalOf, 1, format!("(principal-of? {ZEROS_33})")),
        (Builtin::Secp256k1Recover, 1, recovered(&zeros_65)),
        (Builtin::Secp256k1Recover, 2, recovered(ZEROS_20)),
        (Builtin::ContractHash, 1, "(contract-hash? other)".into()),
        (Builtin::ContractHash, 2, "(contract-hash? 'ST000000000000000000002AMW42H.none)".into()),
        (Builtin::ToAscii, 1, "(to-ascii? u\"\\u{e9}\")".into()),
        (Builtin::Secp256k1Decompress, 1, format!("(secp256k1-decompress? {ZEROS_33})")),
        (Builtin::GetBitcoinTxOutput, 1, output("0x", 0)),
        (Builtin::GetBitcoinTxOutput, 2, output(&transaction(300), 1)),
        (Builtin::GetBitcoinTxOutput, 3, output(&transaction(1025), 0)),
        (Builtin::AsContractSafe, 0, lent("(with-ft current-contract \"ft\" u0)")),
        (Builtin::AsContractSafe, 128, lent("")),
        (Builtin::RestrictAssets, 128, restricted),
    ];
    texts
}

#[test]
fn the_chain_answers_with_the_codes_of_the_table() {
    let failures = failures();
    let tried: BTreeSet<_> = failures.iter().map(|&(builtin, code, _)| (builtin, code)).collect();
    for builtin in Builtin::ALL {
        for code in builtin.codes() {
            assert!(tried.contains(&(*builtin, code.number)), "{builtin:?} {} is not tried", code.number);
        }
    }
    if std::env::var_os("CLARLINT_SKIP_SIMNET").is_some_and(|value| value == "1") {
        return;
    }
    let contract = |body: &str| {
        format!(
            "(define-fungible-token ft) (define-non-fungible-token nft uint) \
             (define-constant other 'ST000000000000000000002AMW42H) (define-public (go) {body})"
        )
    };
    let texts: Vec<_> = failures.iter().map(|(_, _, body)| contract(body)).collect();
    for ((builtin, code, body), answer) in failures.iter().zip(run(&texts)) {
        assert_eq!(answer, format!("(err u{code})"), "{builtin:?}: {body}");
    }
}

/// What the function `go` of each contract answers.
fn run(texts: &[String]) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().expect("the system has room for temporary files");
    let (asked, answered) = (folder.path().join("contracts.json"), folder.path().join("answers.json"));
    let questions = serde_json::to_vec(texts).expect("texts are JSON");
    std::fs::write(&asked, questions).expect("the system has room");
    let output = Command::new("node")
        .arg(root.join("tests/suite/differential/run.mjs"))
        .args([npm::installed(), &asked, &answered])
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("node cannot be run (CLARLINT_SKIP_SIMNET=1 leaves it out): {error}"));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "the contracts cannot be run: {errors}");
    let answers = std::fs::read(&answered).expect("it was just written");
    serde_json::from_slice(&answers).expect("answers are JSON")
}
