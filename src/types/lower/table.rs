//! The tables of lowering: what each word of Clarity 3 to 6 becomes. The next version is some more rows.

use clarity::vm::SymbolicExpression;

use super::allowances::{allowance_elsewhere, as_contract, restrict_assets};
use super::{Condition, Form, Lowered, Lowering, MADE};
use crate::builtins::{Builtin, Define, Keyword};
use crate::project::Epoch;
use crate::syntax::Expr;
use crate::types::{Fault, names, wording};

/// An older keyword of the same type.
pub fn keyword(keyword: Keyword) -> Option<Keyword> {
    match keyword {
        Keyword::StacksBlockHeight | Keyword::TenureHeight | Keyword::StacksBlockTime => {
            Some(Keyword::BurnBlockHeight)
        }
        Keyword::CurrentContract => Some(Keyword::TxSender),
        _ => None,
    }
}

type Lower = for<'t> fn(&mut Lowering<'t>, &Form<'t>) -> Lowered;

/// How a builtin is lowered that Clarity 2 does not have, or not in that way.
pub fn row(builtin: Builtin) -> Option<Lower> {
    Some(match builtin {
        Builtin::GetStacksBlockInfo | Builtin::GetTenureInfo => block_info,
        Builtin::ToAscii => to_ascii,
        Builtin::AsContractSafe => as_contract,
        Builtin::RestrictAssets => restrict_assets,
        Builtin::WithStx
        | Builtin::WithFt
        | Builtin::WithNft
        | Builtin::WithStacking
        | Builtin::WithStaking
        | Builtin::WithPox
        | Builtin::WithAllAssetsUnsafe => allowance_elsewhere,
        Builtin::Concat => concat,
        Builtin::AtBlock => at_block,
        Builtin::ContractHash
        | Builtin::Secp256r1Verify
        | Builtin::VerifyMerkleProof
        | Builtin::GetBitcoinTxOutput
        | Builtin::Ed25519Verify
        | Builtin::Secp256k1Decompress => function,
        _ => return None,
    })
}

/// Parameters and result of the function that stands for a builtin.
fn signature(builtin: Builtin) -> (&'static [&'static str], &'static str) {
    match builtin {
        Builtin::ContractHash => (&["principal"], "(response (buff 32) uint)"),
        Builtin::Secp256r1Verify => (&["(buff 32)", "(buff 64)", "(buff 33)"], "bool"),
        Builtin::VerifyMerkleProof => {
            (&["(buff 32)", "(buff 32)", "uint", "uint", "(list 24 (buff 32))"], "bool")
        }
        Builtin::GetBitcoinTxOutput => (
            &["(buff 1048576)", "uint"],
            "(response (tuple (script (buff 1024)) (amount uint) (txid (buff 32))) uint)",
        ),
        Builtin::Ed25519Verify => (&["(buff 1048576)", "(buff 64)", "(buff 32)"], "bool"),
        Builtin::Secp256k1Decompress => (&["(buff 33)"], "(response (buff 65) uint)"),
        Builtin::RestrictAssets => (&["principal"], "bool"),
        Builtin::WithStx | Builtin::WithStacking | Builtin::WithStaking => (&["uint"], "bool"),
        Builtin::WithFt => (&["principal", "(string-ascii 128)", "uint"], "bool"),
        Builtin::WithNft => (&["principal", "(string-ascii 128)"], "bool"),
        // Whatever else is asked for has no arguments: `with-pox`, `with-all-assets-unsafe`.
        _ => (&[], "bool"),
    }
}

/// `(name argument ..)`, where the analyser checks the arguments as it does those of any function.
fn function<'t>(lowering: &mut Lowering<'t>, form: &Form<'t>) -> Lowered {
    lowering.count(form)?;
    let name = lowering.needs(form.builtin);
    let mut children = vec![lowering.placed(form.head, name)];
    for &argument in &form.arguments {
        children.push(lowering.value(argument)?);
    }
    Ok(lowering.list(form.whole, children))
}

fn block_info<'t>(lowering: &mut Lowering<'t>, form: &Form<'t>) -> Lowered {
    lowering.count(form)?;
    let properties: &[&str] = match form.builtin {
        Builtin::GetStacksBlockInfo => &["time", "header-hash", "id-header-hash"],
        _ => &[
            "time",
            "vrf-seed",
            "burnchain-header-hash",
            "miner-address",
            "miner-spend-winner",
            "miner-spend-total",
            "block-reward",
        ],
    };
    let property = form.arguments[0];
    if !property.name().is_some_and(|name| properties.contains(&name)) {
        let message = format!("`{}` has no property `{}`", form.head.text(), property.text());
        return Err(Fault::at(property, message).into());
    }
    let head = SymbolicExpression::atom(names::name(Builtin::GetBlockInfo.spec().name));
    let children =
        vec![lowering.placed(form.head, head), lowering.raw(property)?, lowering.value(form.arguments[1])?];
    Ok(lowering.list(form.whole, children))
}

/// The argument, and then a string as long as the last round found that it may be.
fn to_ascii<'t>(lowering: &mut Lowering<'t>, form: &Form<'t>) -> Lowered {
    lowering.count(form)?;
    let argument = form.arguments[0];
    let length = lowering.lengths.get(&argument.id()).copied().unwrap_or(1);
    lowering.conditions.push(Condition::Ascii(argument.id()));
    let value = lowering.value(argument)?;
    let argument = vec![lowering.atom(argument, "is-eq"), value];
    let children = vec![
        lowering.atom(form.whole, "begin"),
        lowering.made_list(form.whole, argument),
        lowering.text(&some(&format!("(response (string-ascii {length}) uint)"))),
    ];
    Ok(lowering.list(form.whole, children))
}

/// More than two sequences, from Clarity 6 on: in halves, so that many do not nest deeply.
fn concat<'t>(lowering: &mut Lowering<'t>, form: &Form<'t>) -> Lowered {
    if lowering.source.version.number() < 6 || form.arguments.len() < 3 {
        return lowering.unchanged(form);
    }
    let (left, right) = form.arguments.split_at(form.arguments.len() / 2);
    let children = vec![lowering.raw(form.head)?, half(lowering, left)?, half(lowering, right)?];
    Ok(lowering.list(form.whole, children))
}

fn half<'t>(lowering: &mut Lowering<'t>, arguments: &[Expr<'t>]) -> Lowered {
    let [first, _, ..] = arguments else { return lowering.value(arguments[0]) };
    let (left, right) = arguments.split_at(arguments.len() / 2);
    let children = vec![lowering.atom(*first, "concat"), half(lowering, left)?, half(lowering, right)?];
    Ok(lowering.made_list(*first, children))
}

/// Gone from Clarity 5 on, and for new contracts of every version since the epoch that brought it.
fn at_block<'t>(lowering: &mut Lowering<'t>, form: &Form<'t>) -> Lowered {
    if lowering.source.epoch < Epoch::EPOCH_3_4 {
        return lowering.unchanged(form);
    }
    let message = "from epoch 3.4 on the chain takes no contract with `at-block`";
    Err(Fault::at(form.head, message).into())
}

/// An expression of a type: nobody evaluates it.
fn some(of: &str) -> String {
    format!("(unwrap-panic (from-consensus-buff? {of} 0x00))")
}

impl<'t> Lowering<'t> {
    /// How many arguments there are: the analyser does not ask that of a function.
    pub(super) fn count(&self, form: &Form<'t>) -> Result<(), Fault> {
        let spec = form.builtin.spec();
        let given = form.arguments.len();
        if spec.takes(given) {
            return Ok(());
        }
        let wanted = wording::arguments(spec.fewest);
        let more = if spec.most == Some(spec.fewest) { "" } else { " or more" };
        let message = format!("`{}` takes {wanted}{more}, and {given} are given", spec.name);
        Err(Fault::at(form.head, message))
    }

    /// The name of the function that stands for a builtin, which is defined from now on.
    pub(super) fn needs(&mut self, builtin: Builtin) -> SymbolicExpression {
        if !self.functions.contains(&builtin) {
            self.functions.push(builtin);
        }
        function_name(builtin)
    }

    /// That function: `(define-private (name (parameter type) ..) some-result)`.
    pub(super) fn function(&mut self, builtin: Builtin) -> SymbolicExpression {
        let (parameters, result) = signature(builtin);
        let mut header = vec![function_name(builtin)];
        for (index, of) in parameters.iter().enumerate() {
            let name = SymbolicExpression::atom(names::name(&format!("parameter {index}")));
            let parameter = vec![self.plain(name), self.text(of)];
            header.push(self.plain_list(parameter));
        }
        let define = SymbolicExpression::atom(names::name(Define::Private.name()));
        let definition = vec![self.plain(define), self.plain_list(header), self.text(&some(result))];
        self.plain_list(definition)
    }
}

fn function_name(builtin: Builtin) -> SymbolicExpression {
    SymbolicExpression::atom(names::name(&format!("{}{MADE}", builtin.spec().name)))
}
