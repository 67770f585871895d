//! Transfers, however they are made: by a builtin, by a token that is an argument, by one that is not in the project.

use crate::builtins::Builtin;
use crate::facts::{Effect, EffectKind, Engine, Op, TermId};

/// A transfer of an amount, or of one token by its identifier.
#[derive(Clone, Copy)]
pub(super) struct Transfer {
    pub what: TermId,
    pub from: TermId,
    pub to: TermId,
}

/// The transfer that an effect is.
pub(super) fn of(engine: &Engine<'_>, effect: &Effect) -> Option<Transfer> {
    let terms = &engine.terms;
    let (what, from, to) = match (&effect.kind, &effect.args[..]) {
        (EffectKind::Stx(Builtin::StxTransfer | Builtin::StxTransferMemo), &[what, from, to, ..])
        | (EffectKind::Token(Builtin::FtTransfer | Builtin::NftTransfer, _), &[what, from, to]) => {
            (what, from, to)
        }
        (EffectKind::Dynamic { method, .. }, &[_, what, from, to, ..])
            if terms.text(*method) == "transfer" =>
        {
            (what, from, to)
        }
        (EffectKind::External(path), &[what, from, to, ..]) if terms.text(*path).ends_with(".transfer") => {
            (what, from, to)
        }
        _ => return None,
    };
    Some(Transfer { what, from, to })
}

/// Whether a transfer is one of one token by its identifier, and not of an amount.
pub(super) fn is_of_one_token(effect: &Effect) -> bool {
    match effect.kind {
        EffectKind::Token(builtin, _) => builtin == Builtin::NftTransfer,
        EffectKind::Dynamic { .. } => effect.args.len() == 4,
        EffectKind::External(_) => effect.args.len() == 3,
        _ => false,
    }
}

/// Who gets what an effect moves or makes.
pub(super) fn recipient(engine: &Engine<'_>, effect: &Effect) -> Option<TermId> {
    match (&effect.kind, &effect.args[..]) {
        (EffectKind::Token(Builtin::FtMint | Builtin::NftMint, _), &[_, to]) => Some(to),
        _ => of(engine, effect).map(|moved| moved.to),
    }
}

/// Whether a contract sends what it owns itself.
pub(super) fn is_own(engine: &mut Engine<'_>, effect: &Effect, out: Transfer) -> bool {
    let own = engine.principal(effect.site.contract);
    let acts_as_contract = matches!(engine.terms.op(effect.sender), Op::Literal(_));
    out.from != out.to && (out.from == own || acts_as_contract && out.from == effect.sender)
}
