//! What the chain's parser says, and how that compares to a tree of the reader.

use clarity::vm::ClarityVersion;
use clarity::vm::ast::parser::v2;
use clarity::vm::ast::stack_depth_checker::VaryStackDepthChecker;
use clarity::vm::ast::types::{BuildASTPass, ContractAST};
use clarity::vm::representations::{PreSymbolicExpression, PreSymbolicExpressionType as Type};
use clarity::vm::types::{CharType, PrincipalData, QualifiedContractIdentifier, SequenceData, Value};
use clarlint::source::SourceFile;
use clarlint::syntax::{self, Children, Expr, Kind, NESTING_LIMIT, Parse, Tree};

/// Whether both accept the text; the trees are the same if so.
pub fn compare(name: &str, bytes: &[u8]) -> bool {
    let read = syntax::parse(bytes.to_vec(), NESTING_LIMIT);
    let expected = parse(&String::from_utf8_lossy(bytes));
    let accepted = read.errors.is_empty();
    let show = || format!("{name}:\n{}\n{:#?}", String::from_utf8_lossy(bytes), read.errors);
    assert_eq!(accepted, expected.is_some(), "{}", show());
    if let Some(nodes) = expected {
        assert_eq!(read.tree.len(), count(&nodes), "{}", show());
        same(&read.tree, &nodes).unwrap_or_else(|difference| panic!("{difference}\n{}", show()));
    }
    well_formed(&read, bytes).unwrap_or_else(|defect| panic!("{defect}\n{}", show()));
    accepted
}

/// The nodes, or `None` for a text that the chain rejects.
fn parse(text: &str) -> Option<Vec<PreSymbolicExpression>> {
    let nodes = v2::parse(text).ok()?;
    let mut ast = ContractAST::new(QualifiedContractIdentifier::transient(), nodes);
    VaryStackDepthChecker::run_pass(&mut ast, ClarityVersion::Clarity2).ok()?;
    Some(ast.pre_expressions)
}

/// How many nodes there are, comments included.
fn count(nodes: &[PreSymbolicExpression]) -> usize {
    let below = |node: &PreSymbolicExpression| match &node.pre_expr {
        Type::List(children) | Type::Tuple(children) => count(children),
        _ => 0,
    };
    nodes.iter().map(|node| 1 + below(node)).sum()
}

/// Compares kinds, values and positions.
fn same(tree: &Tree, nodes: &[PreSymbolicExpression]) -> Result<(), String> {
    let file = SourceFile::new(String::new(), tree.text().clone());
    same_children(&file, tree.forms(), nodes)
}

fn same_children(
    file: &SourceFile,
    mut children: Children<'_>,
    nodes: &[PreSymbolicExpression],
) -> Result<(), String> {
    for node in nodes.iter().filter(|node| node.match_comment().is_none()) {
        let expr = children.next().ok_or("a child is missing")?;
        same_node(file, expr, node)?;
    }
    children.next().map_or(Ok(()), |extra| Err(format!("{extra:?} is one child too many")))
}

fn same_node(file: &SourceFile, expr: Expr<'_>, node: &PreSymbolicExpression) -> Result<(), String> {
    // What is accepted is ASCII: bytes are characters.
    let position = |offset| {
        let line = file.line_of(offset);
        (line + 1, offset - file.line_starts()[line as usize] + 1)
    };
    let span = (position(expr.span().start), position(expr.span().end - 1));
    let expected = node.span();
    let expected_span =
        ((expected.start_line, expected.start_column), (expected.end_line, expected.end_column));
    let equal = match &node.pre_expr {
        Type::List(children) => {
            same_children(file, expr.children(), children)?;
            expr.kind() == Kind::List
        }
        Type::Tuple(children) => {
            same_children(file, expr.children(), children)?;
            expr.kind() == Kind::Tuple
        }
        Type::Atom(name) => expr.name() == Some(name.as_str()),
        Type::TraitReference(name) => {
            expr.trait_alias().map(|alias| expr.tree().name(alias)) == Some(name.as_str())
        }
        Type::SugaredContractIdentifier(name) => expr.contract_literal() == Some((None, name.as_str())),
        Type::SugaredFieldIdentifier(contract, name) => {
            expr.trait_identifier() == Some((None, contract.as_str(), name.as_str()))
        }
        Type::FieldIdentifier(identifier) => {
            let contract = &identifier.contract_identifier;
            let read = expr.trait_identifier();
            read.is_some_and(|(issuer, name, trait_name)| {
                issuer.is_some_and(|issuer| same_issuer(issuer, &contract.issuer.to_address()))
                    && (name, trait_name) == (contract.name.as_str(), identifier.name.as_str())
            })
        }
        Type::AtomValue(value) => same_value(expr, value),
        Type::Comment(_) | Type::Placeholder(_) => false,
    };
    if equal && span == expected_span {
        return Ok(());
    }
    Err(format!("{expr:?} at {span:?} is not {node:?} at {expected_span:?}"))
}

fn same_value(expr: Expr<'_>, value: &Value) -> bool {
    match value {
        Value::Int(value) => expr.int() == Some(*value),
        Value::UInt(value) => expr.uint() == Some(*value),
        Value::Sequence(SequenceData::Buffer(buffer)) => {
            let digits = expr.text().strip_prefix("0x").unwrap_or_default();
            let bytes: Vec<_> = (0..digits.len())
                .step_by(2)
                .filter_map(|at| u8::from_str_radix(&digits[at..at + 2], 16).ok())
                .collect();
            expr.kind() == Kind::Buffer && bytes == buffer.data
        }
        Value::Sequence(SequenceData::String(CharType::ASCII(text))) => {
            expr.kind() == Kind::Ascii && expr.string().is_some_and(|read| read.as_bytes() == text.data)
        }
        Value::Sequence(SequenceData::String(CharType::UTF8(text))) => {
            expr.kind() == Kind::Utf8
                && expr.string().is_some_and(|read| read.as_bytes() == text.data.concat())
        }
        Value::Principal(PrincipalData::Standard(principal)) => {
            expr.kind() == Kind::Principal && same_issuer(&expr.text()[1..], &principal.to_address())
        }
        Value::Principal(PrincipalData::Contract(contract)) => {
            expr.contract_literal().is_some_and(|(issuer, name)| {
                issuer.is_some_and(|issuer| same_issuer(issuer, &contract.issuer.to_address()))
                    && name == contract.name.as_str()
            })
        }
        _ => false,
    }
}

/// The first letter is lost on the chain.
fn same_issuer(text: &str, address: &str) -> bool {
    text[1..] == address[1..]
}

/// What holds for every tree and all errors, whatever the text.
fn well_formed(read: &Parse, bytes: &[u8]) -> Result<(), String> {
    let text = read.tree.text();
    if text.len() != bytes.len() {
        return Err("the text has another length than the file".into());
    }
    let mut open: Vec<(Children<'_>, bool, u32)> = vec![(read.tree.forms(), false, text.len() as u32)];
    let mut from = 0;
    while let Some((children, tuple, end)) = open.last_mut() {
        let Some(expr) = children.next() else {
            from = from.max(*end);
            open.pop();
            continue;
        };
        let span = expr.span();
        if span.start < from || span.end < span.start || span.end > *end || text.get(span.range()).is_none() {
            return Err(format!(
                "{expr:?} has the span {span:?}, which starts before {from} or ends after {end}"
            ));
        }
        if *tuple && children.count() % 2 != 1 {
            return Err(format!("a tuple does not have a value for each key at {span:?}"));
        }
        *tuple = false;
        // Whatever the text, asking for the value of a literal has an answer.
        let decoded = [expr.int().is_some(), expr.uint().is_some(), expr.string().is_some()];
        let said = [Kind::Int, Kind::Uint, Kind::Ascii, Kind::Utf8].contains(&expr.kind());
        if decoded.contains(&true) != said {
            return Err(format!("{expr:?} is a literal without value"));
        }
        let inner = matches!(expr.kind(), Kind::List | Kind::Tuple);
        from = if inner { span.start + 1 } else { span.end };
        if inner {
            open.push((expr.children(), expr.kind() == Kind::Tuple, span.end));
        }
    }
    for error in &read.errors {
        let prose = error.message.chars().next().is_some_and(|first| !first.is_ascii_uppercase());
        if text.get(error.span.range()).is_none() || !prose || error.help.is_empty() {
            return Err(format!("a malformed error: {error:?}"));
        }
    }
    if read.errors.len() > 51 || !read.errors.is_sorted_by_key(|error| error.span.start) {
        return Err("errors without order or bound".into());
    }
    Ok(())
}
