//! How findings show what they rest on.

use crate::diagnostic::Label;
use crate::facts::{Effect, EffectKind, Engine, Show};
use crate::graph::{FunctionId, Program, Site};

/// The calls that lead from an entrypoint to an effect.
pub(super) fn trace(program: &Program<'_>, effect: &Effect) -> Vec<Label> {
    let call = |&site: &Site| Label {
        at: program.head(site),
        message: format!("calls `{}`", callee(program, site)),
    };
    effect.calls.iter().map(call).collect()
}

/// What a call calls, as it is written.
fn callee(program: &Program<'_>, site: Site) -> String {
    let node = program.node(site);
    let mut children = node.children();
    match children.next().map(|head| head.text()) {
        Some("contract-call?") => children.take(2).map(|part| part.text()).collect::<Vec<_>>().join(" "),
        Some("map" | "fold" | "filter") => {
            children.next().map(|part| part.text()).unwrap_or_default().to_string()
        }
        head => head.unwrap_or_default().to_string(),
    }
}

/// What an effect does, in a few words.
pub(super) fn effect(engine: &Engine<'_>, function: FunctionId, effect: &Effect) -> String {
    match effect.kind {
        EffectKind::Write(_, state) => format!("`{}` changes here", Show { engine, function }.state(state)),
        EffectKind::Token(_, state) => format!("`{}` moves here", Show { engine, function }.state(state)),
        EffectKind::Stx(_) => "STX move here".to_string(),
        EffectKind::Dynamic { .. } | EffectKind::External(_) | EffectKind::Unchecked => {
            "another contract is called here".to_string()
        }
    }
}

/// `a`, `b` and 3 others.
pub(super) fn listed(names: &[String]) -> String {
    match names {
        [first, second, rest @ ..] if rest.len() > 1 => {
            format!("{first}, {second} and {} others", rest.len())
        }
        [all @ .., last] if !all.is_empty() => format!("{} and {last}", all.join(", ")),
        _ => names.concat(),
    }
}
