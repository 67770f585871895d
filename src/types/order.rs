//! What the chain does with a contract before it looks at types: put definitions before their uses, and find out
//! which trait each alias means. Both are the chain's own passes.

use clarity::vm::ClarityName;
use clarity::vm::ast::definition_sorter::DefinitionSorter;
use clarity::vm::ast::errors::ParseError;
use clarity::vm::ast::traits_resolver::TraitsResolver;
use clarity::vm::ast::types::{BuildASTPass, ContractAST};
use clarity::vm::costs::LimitedCostTracker;
use clarity::vm::representations::{PreSymbolicExpression, TraitDefinition};
use clarity::vm::types::TraitIdentifier;
use rustc_hash::FxHashMap;

use super::analysis::{Failure, Source};
use super::{names, wording};
use crate::syntax::{Expr, Kind};

/// A contract's forms in the order in which the chain reads them.
pub struct Sorted<'t> {
    pub forms: Vec<Expr<'t>>,
    pub traits: FxHashMap<ClarityName, TraitDefinition>,
}

pub fn sort<'t>(source: &Source<'t>) -> Result<Sorted<'t>, Failure> {
    let forms: Vec<_> = source.tree.forms().collect();
    let expressions = forms.iter().map(|&form| expression(form, source)).collect::<Option<_>>();
    let expressions = expressions.ok_or_else(|| Failure::internal("a literal cannot be read"))?;
    let mut ast = ContractAST::new(source.id.clone(), expressions);
    let version = source.checker_version();
    let fail = |error: ParseError| wording::of_parse_error(&error, source);
    DefinitionSorter::run_pass(&mut ast, &mut LimitedCostTracker::new_free(), version).map_err(fail)?;
    TraitsResolver::run_pass(&mut ast, version).map_err(fail)?;
    let order = ast.top_level_expression_sorting.unwrap_or_default();
    let forms = order.into_iter().map(|index| forms[index]).collect();
    Ok(Sorted { forms, traits: ast.referenced_traits.into_iter().collect() })
}

fn expression(expr: Expr<'_>, source: &Source<'_>) -> Option<PreSymbolicExpression> {
    let mut expression = match expr.kind() {
        Kind::List | Kind::Tuple => {
            let children = expr.children().map(|child| expression(child, source));
            let children = children.collect::<Option<Vec<_>>>()?.into_boxed_slice();
            match expr.kind() {
                Kind::List => PreSymbolicExpression::list(children),
                _ => PreSymbolicExpression::tuple(children),
            }
        }
        Kind::Atom => PreSymbolicExpression::atom(names::name(expr.text())),
        Kind::TraitReference => {
            PreSymbolicExpression::trait_reference(names::name(source.tree.name(expr.trait_alias()?)))
        }
        Kind::TraitIdentifier => PreSymbolicExpression::field_identifier(trait_identifier(expr, source)?),
        _ => PreSymbolicExpression::atom_value(names::literal(expr, source.issuer)?),
    };
    expression.id = u64::from(expr.id().0) + 1;
    expression.span = wording::span_of(expr.id());
    Some(expression)
}

pub fn trait_identifier(expr: Expr<'_>, source: &Source<'_>) -> Option<TraitIdentifier> {
    let (issuer, contract, name) = expr.trait_identifier()?;
    let contract_identifier = names::contract(issuer.or(source.issuer), contract)?;
    Some(TraitIdentifier { name: names::name(name), contract_identifier })
}
