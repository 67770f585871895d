//! What the analyser objects to, where, and in which words.
//!
//! Where the analyser keeps lines and columns of expressions we keep the numbers of our nodes, so that whatever it
//! points at, lowered or not, is a node of the text.

use clarity::vm::analysis::{CheckError, CheckErrors};
use clarity::vm::ast::errors::{ParseError, ParseErrors};
use clarity::vm::diagnostic::{DiagnosableError, Diagnostic};
use clarity::vm::representations::Span;

use super::analysis::{Failure, Source};
use super::lower::MADE;
use super::{Fault, Type, names};
use crate::syntax::{Expr, NodeId};

/// The span that stands for a node of the text.
pub fn span_of(node: NodeId) -> Span {
    Span { start_line: node.0 + 1, start_column: 0, end_line: node.0 + 1, end_column: 0 }
}

/// The node that the analyser points at.
fn node<'t>(diagnostic: &Diagnostic, source: &Source<'t>) -> Option<Expr<'t>> {
    let line = diagnostic.spans.iter().map(|span| span.start_line).find(|&line| line != 0)?;
    let number = line - 1;
    ((number as usize) < source.tree.len()).then(|| source.tree.expr(NodeId(number)))
}

pub fn of_parse_error(error: &ParseError, source: &Source<'_>) -> Failure {
    let (message, at) = match &error.err {
        // The analyser finds these in the order of a hash table.
        ParseErrors::CircularReference(functions) => {
            let mut functions = functions.clone();
            functions.sort();
            let message = format!("{} use each other", list(&functions));
            (message, functions.first().and_then(|name| definition(name, source)))
        }
        ParseErrors::TraitReferenceUnknown(name) => match unknown_trait(source) {
            Some((name, at)) => (format!("there is no trait `{name}`"), Some(at)),
            None => (format!("there is no trait `{name}`"), node(&error.diagnostic, source)),
        },
        ParseErrors::NameAlreadyUsed(name) => {
            (format!("the name `{name}` is already used"), definition(name, source))
        }
        other => (prose(&other.message()), node(&error.diagnostic, source)),
    };
    fault(at, message, source)
}

pub fn of_check_error(error: &CheckError, source: &Source<'_>) -> Failure {
    let at = node(&error.diagnostic, source);
    let message = match &error.err {
        CheckErrors::Expects(reason) | CheckErrors::CostComputationFailed(reason) => {
            return Failure::internal(reason);
        }
        CheckErrors::CheckerImplementationFailure => return Failure::internal(prose(&error.err.message())),
        CheckErrors::TypeError(expected, found) => {
            format!("`{}` is expected, and this is `{}`", Type::from(expected), Type::from(found))
        }
        CheckErrors::NameAlreadyUsed(name) => format!("the name `{name}` is already used"),
        CheckErrors::UnknownFunction(name) | CheckErrors::IllegalOrUnknownFunctionApplication(name) => {
            match name.strip_suffix(MADE) {
                Some(name) => format!("{} has no `{name}`", source.version),
                None => format!("there is no function `{name}`"),
            }
        }
        CheckErrors::UndefinedVariable(name) => match name.strip_suffix(MADE) {
            Some(name) => format!("{} has no `{name}`", source.version),
            None => format!("nothing is called `{name}`"),
        },
        CheckErrors::IfArmsMustMatch(one, other) => arms("`if`", &one.into(), &other.into()),
        CheckErrors::MatchArmsMustMatch(one, other) => arms("`match`", &one.into(), &other.into()),
        CheckErrors::DefaultTypesMustMatch(one, other) => arms("`default-to`", &one.into(), &other.into()),
        CheckErrors::ReturnTypesMustMatch(one, other) => arms("the function", &one.into(), &other.into()),
        CheckErrors::TraitReferenceUnknown(name) => format!("there is no trait `{name}`"),
        CheckErrors::IncorrectArgumentCount(wanted, given) => {
            format!("this takes {}, and {given} are given", arguments(*wanted))
        }
        CheckErrors::PublicFunctionMustReturnResponse(found) => {
            format!("a public function returns a response, and this returns `{}`", Type::from(found))
        }
        CheckErrors::CouldNotDetermineResponseErrType => {
            "the response is always ok: its err has no type".to_string()
        }
        CheckErrors::CouldNotDetermineResponseOkType => {
            "the response is always err: its ok has no type".to_string()
        }
        CheckErrors::UncheckedIntermediaryResponses => {
            "a response in the middle of a body is never looked at".to_string()
        }
        CheckErrors::BadTraitImplementation(of, method) => {
            format!("a contract with another `{method}` is given where `{of}` is expected")
        }
        CheckErrors::WriteAttemptedInReadOnly => "a read-only function writes".to_string(),
        other => prose(&other.message()),
    };
    let named = match &error.err {
        CheckErrors::NameAlreadyUsed(name) => Some(name),
        _ => None,
    };
    fault(at.or_else(|| named.and_then(|name| definition(name, source))), message, source)
}

fn arms(of: &str, one: &Type, other: &Type) -> String {
    format!("{of} results in `{one}` on one way and in `{other}` on another")
}

pub fn arguments(count: usize) -> String {
    match count {
        1 => "1 argument".to_string(),
        count => format!("{count} arguments"),
    }
}

/// At a node; without one, at the first form.
fn fault(at: Option<Expr<'_>>, message: String, source: &Source<'_>) -> Failure {
    match at.or_else(|| source.tree.forms().next()) {
        Some(at) => Failure::Fault(Fault::at(short(at), message)),
        None => Failure::internal(message),
    }
}

/// Of a definition its name.
fn short(at: Expr<'_>) -> Expr<'_> {
    match at.call() {
        Some((head, mut arguments)) if head.text().starts_with("define-") => {
            let name = arguments.next().unwrap_or(head);
            name.call().map_or(name, |(name, _)| name)
        }
        _ => at,
    }
}

/// The name of the definition of that name.
fn definition<'t>(name: &str, source: &Source<'t>) -> Option<Expr<'t>> {
    let names = source.tree.forms().filter_map(|form| {
        let name = form.call()?.1.next()?;
        Some(name.call().map_or(name, |(name, _)| name))
    });
    names.filter(|defined| defined.name() == Some(name)).last()
}

/// The first trait that is used and that nothing defines.
fn unknown_trait<'t>(source: &Source<'t>) -> Option<(&'t str, Expr<'t>)> {
    let tree = source.tree;
    let is_known = |name: &str| {
        tree.forms().any(|form| match form.call() {
            Some((head, mut arguments)) => {
                ["define-trait", "use-trait"].contains(&head.text())
                    && arguments.next().and_then(Expr::name) == Some(name)
            }
            None => false,
        })
    };
    let mut used = tree.exprs().filter_map(|node| Some((tree.name(node.trait_alias()?), node)));
    used.find(|(name, _)| !is_known(name))
}

fn list(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" and ")
}

/// The analyser's words in our form: code in backticks, lower case.
fn prose(message: &str) -> String {
    let message = names::readable(message).replace('\'', "`").replace(MADE, "");
    let message = message.trim_end_matches('.');
    match message.chars().next() {
        Some(first) if first.is_ascii_uppercase() && !message.starts_with("AST") => {
            first.to_ascii_lowercase().to_string() + &message[1..]
        }
        _ => message.to_string(),
    }
}
