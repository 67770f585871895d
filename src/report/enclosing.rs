//! Which function a place lies in, for findings that do not say it themselves.

use std::collections::HashMap;

use crate::builtins::Define;
use crate::project::Project;
use crate::source::{FileId, Location, Span};
use crate::syntax::Expr;

/// The functions of the files that were asked about.
#[derive(Default)]
pub struct Enclosing {
    functions: HashMap<FileId, Vec<(Span, String)>>,
}

impl Enclosing {
    /// The name of the function whose definition holds the place.
    pub fn function(&mut self, project: &Project, at: Location) -> Option<String> {
        let functions = self.functions.entry(at.file).or_insert_with(|| functions_of(project, at.file));
        let behind = functions.partition_point(|(span, _)| span.start <= at.span.start);
        let (span, name) = functions.get(behind.checked_sub(1)?)?;
        (at.span.start < span.end).then(|| name.clone())
    }
}

/// In the order of the text.
fn functions_of(project: &Project, file: FileId) -> Vec<(Span, String)> {
    let contract = project.contracts.iter().find(|contract| contract.file == file);
    let forms = contract.into_iter().flat_map(|contract| contract.syntax.tree.forms());
    forms.filter_map(|form| Some((form.span(), defined(form)?))).collect()
}

fn defined(form: Expr<'_>) -> Option<String> {
    let (Define::Public | Define::ReadOnly | Define::Private, mut arguments) = form.define()? else {
        return None;
    };
    Some(arguments.next()?.call()?.0.text().to_owned())
}
