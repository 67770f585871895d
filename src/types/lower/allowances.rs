//! `as-contract?` and `restrict-assets?`: the allowances are calls in front of the body, and the whole is a response
//! whose err is a number.

use clarity::vm::SymbolicExpression;

use super::{Condition, Form, Lowered, Lowering};
use crate::builtins::{Builtin, Effect, Word};
use crate::syntax::{Expr, Kind, Symbol};
use crate::types::Fault;
use crate::types::limits::MOST_ALLOWANCES;

pub fn as_contract<'t>(lowering: &mut Lowering<'t>, form: &Form<'t>) -> Lowered {
    lowering.count(form)?;
    let allowances = form.arguments[0];
    let mut body = Vec::new();
    let unsafe_one = lower_all(lowering, allowances, &mut body)?;
    if let Some(unsafe_one) = unsafe_one
        && allowances.children().count() > 1
    {
        let message = format!("`{}` allows everything and stands alone", unsafe_one.text());
        return Err(Fault::at(unsafe_one, message).into());
    }
    response(lowering, form.whole, body, &form.arguments[1..])
}

pub fn restrict_assets<'t>(lowering: &mut Lowering<'t>, form: &Form<'t>) -> Lowered {
    lowering.count(form)?;
    let name = lowering.needs(form.builtin);
    let owner = vec![lowering.placed(form.head, name), lowering.value(form.arguments[0])?];
    let mut body = vec![lowering.made_list(form.whole, owner)];
    if let Some(unsafe_one) = lower_all(lowering, form.arguments[1], &mut body)? {
        let message = format!("`{}` restricts nothing", unsafe_one.text());
        return Err(Fault::at(unsafe_one, message).into());
    }
    response(lowering, form.whole, body, &form.arguments[2..])
}

/// An allowance where no list of allowances is.
pub fn allowance_elsewhere<'t>(_: &mut Lowering<'t>, form: &Form<'t>) -> Lowered {
    let message = format!("`{}` stands only in a list of allowances", form.head.text());
    Err(Fault::at(form.head, message).into())
}

/// `(if true (ok (begin allowance .. body ..)) (err u0))`.
fn response<'t>(
    lowering: &mut Lowering<'t>,
    whole: Expr<'t>,
    mut before: Vec<SymbolicExpression>,
    body: &[Expr<'t>],
) -> Lowered {
    before.insert(0, lowering.atom(whole, "begin"));
    for &expr in body {
        lowering.conditions.push(Condition::NoResponse(expr.id()));
        before.push(lowering.value(expr)?);
    }
    let body = lowering.made_list(whole, before);
    let ok = vec![lowering.atom(whole, "ok"), body];
    let children = vec![
        lowering.atom(whole, "if"),
        lowering.atom(whole, "true"),
        lowering.made_list(whole, ok),
        lowering.text("(err u0)"),
    ];
    Ok(lowering.list(whole, children))
}

/// The allowances as calls. Returns the head of the one that allows everything, if it is among them.
fn lower_all<'t>(
    lowering: &mut Lowering<'t>,
    list: Expr<'t>,
    lowered: &mut Vec<SymbolicExpression>,
) -> Result<Option<Expr<'t>>, super::Failure> {
    if list.kind() != Kind::List {
        return Err(Fault::at(list, "a list of allowances is expected").into());
    }
    let count = list.children().count();
    if count > MOST_ALLOWANCES as usize {
        let message = format!("a list has {MOST_ALLOWANCES} allowances at most, and this has {count}");
        return Err(Fault::at(list, message).into());
    }
    let mut unsafe_one = None;
    for allowance in list.children() {
        let form = allowance_form(lowering, allowance)?;
        lowering.count(&form)?;
        if form.builtin == Builtin::WithAllAssetsUnsafe {
            unsafe_one = Some(form.head);
        }
        lower_one(lowering, &form, lowered)?;
    }
    Ok(unsafe_one)
}

fn allowance_form<'t>(lowering: &Lowering<'t>, allowance: Expr<'t>) -> Result<Form<'t>, Fault> {
    let called = allowance.call();
    let builtin = called.and_then(|(head, _)| match head.symbol().and_then(Symbol::word) {
        Some(Word::Builtin(builtin)) => Some(builtin),
        _ => None,
    });
    let known = builtin.filter(|builtin| {
        builtin.spec().effect == Effect::Allowance && builtin.spec().exists_in(lowering.source.version)
    });
    match (called, known) {
        (Some((head, arguments)), Some(builtin)) => {
            Ok(Form { whole: allowance, head, builtin, arguments: arguments.collect() })
        }
        _ => {
            let message = format!("`{}` is no allowance", called.map_or(allowance, |(head, _)| head).text());
            Err(Fault::at(allowance, message))
        }
    }
}

fn lower_one<'t>(
    lowering: &mut Lowering<'t>,
    form: &Form<'t>,
    lowered: &mut Vec<SymbolicExpression>,
) -> Result<(), super::Failure> {
    let name = lowering.needs(form.builtin);
    let mut children = vec![lowering.placed(form.head, name)];
    // The identifiers of `with-nft` may be of any type, which no parameter can say.
    let typed = if form.builtin == Builtin::WithNft { 2 } else { form.arguments.len() };
    for &argument in &form.arguments[..typed] {
        children.push(lowering.value(argument)?);
    }
    lowered.push(lowering.list(form.whole, children));
    for &identifiers in &form.arguments[typed..] {
        lowering.conditions.push(Condition::Identifiers(identifiers.id()));
        let value = lowering.value(identifiers)?;
        let children = vec![lowering.atom(identifiers, "is-eq"), value];
        lowered.push(lowering.made_list(identifiers, children));
    }
    Ok(())
}
