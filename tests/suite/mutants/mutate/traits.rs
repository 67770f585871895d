//! Methods of traits that a contract says it implements: gone, with another argument, with another result.

use clarlint::graph::TraitId;
use clarlint::source::Span;

use super::Maker;

const EXPECTED: &[&str] = &["trait-mismatch"];

pub(super) fn of_implementors(maker: &mut Maker<'_, '_>) {
    let program = maker.program;
    for contract in program.project.contract_ids().filter(|&id| program.contract(id).linted) {
        let tree = &program.contract(contract).syntax.tree;
        for path in &program.model(contract).implements {
            let Some(TraitId { contract: definer, index }) = program.find_trait(contract, path) else {
                continue;
            };
            for method in &program.model(definer).traits[index as usize].methods {
                let name = program.contract(definer).syntax.tree.name(method.name.symbol);
                let function = program.callable(contract, name).expect("the protocol implements its traits");
                let defined = program.function(function);
                let form = tree.forms().find(|form| form.span() == defined.span).expect("it is defined");
                let signature = form.children().nth(1).expect("a function has a signature").span();
                let body = form.children().last().expect("a function has a body").span();

                let renamed = (defined.name.span.range(), format!("{name}-no-more"));
                maker.add("trait method: gone", function, name, EXPECTED, vec![renamed]);
                // What is missing has no place; the finding points at the line that says what is implemented.
                let mutant = maker.mutants.last_mut().expect("it was added");
                mutant.span = Span::new(0, u32::MAX);

                let end = signature.end as usize - 1;
                let another = (end..end, " (another-parameter uint)".to_string());
                maker.add("trait method: takes another argument", function, name, EXPECTED, vec![another]);

                let text = &tree.text()[body.range()];
                let wrapped = (body.range(), format!("(ok {{ wrapped: {text} }})"));
                maker.add("trait method: returns something else", function, name, EXPECTED, vec![wrapped]);
            }
        }
    }
}
