//! The reader against the chain's own parser.

use std::path::Path;

use clarity::vm::ClarityVersion;
use clarity::vm::ast::parser::v2;
use clarity::vm::ast::stack_depth_checker::VaryStackDepthChecker;
use clarity::vm::ast::types::{BuildASTPass, ContractAST};
use clarity::vm::representations::{PreSymbolicExpression, PreSymbolicExpressionType};
use clarity::vm::types::QualifiedContractIdentifier;
use clarlint::syntax::{NESTING_LIMIT, parse};

/// How many nodes the chain's parser reads, comments included; `None` if it rejects the text.
fn oracle(text: &str) -> Option<usize> {
    let nodes = v2::parse(text).ok()?;
    let mut ast = ContractAST::new(QualifiedContractIdentifier::transient(), nodes);
    VaryStackDepthChecker::run_pass(&mut ast, ClarityVersion::Clarity2).ok()?;
    Some(count(&ast.pre_expressions))
}

fn count(nodes: &[PreSymbolicExpression]) -> usize {
    nodes
        .iter()
        .map(|node| match &node.pre_expr {
            PreSymbolicExpressionType::List(children) | PreSymbolicExpressionType::Tuple(children) => {
                1 + count(children)
            }
            _ => 1,
        })
        .sum()
}

fn reader(text: &str) -> Option<usize> {
    let parse = parse(text.as_bytes().to_vec(), NESTING_LIMIT);
    parse.errors.is_empty().then(|| parse.tree.len())
}

fn contracts(root: &Path) -> Vec<(String, String)> {
    let files = walkdir::WalkDir::new(root).sort_by_file_name().into_iter().filter_map(Result::ok);
    files
        .filter(|file| file.path().extension().is_some_and(|extension| extension == "clar"))
        .filter_map(|file| {
            Some((file.path().display().to_string(), std::fs::read_to_string(file.path()).ok()?))
        })
        .collect()
}

#[test]
fn agrees_with_the_chain_on_contracts() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = contracts(&root.join("fixtures"));
    files.extend(contracts(&root.join("contracts")));
    files.extend(
        std::env::var_os("CLARLINT_CORPUS").into_iter().flat_map(|corpus| contracts(Path::new(&corpus))),
    );
    assert!(files.len() > 16);
    for (path, text) in files {
        assert_eq!(reader(&text), oracle(&text), "{path}");
    }
}
