//! Calls of builtins: what each takes, does and results in.

use super::annotation::two;
use super::doubt::DoubtKind;
use super::fixed;
use super::presets::{
    ASCII_40, BOOL, BUFFER_1, BUFFER_20, BUFFER_32, BUFFER_1024, LARGEST_BUFFER, OPTIONAL_PRINCIPAL,
    PRINCIPAL, UINT, UNKNOWN,
};
use super::shape::{Shape, Ty};
use super::walk::Walk;
use crate::builtins::{Builtin, Effect};
use crate::project::Epoch;
use crate::syntax::{Children, Expr};
use crate::types::limits::LONGEST_BUFFER;

impl<'t> Walk<'_, 't> {
    pub fn builtin(&mut self, builtin: Builtin, expr: Expr<'t>, arguments: Children<'t>) -> Ty {
        let spec = builtin.spec();
        self.writes |= matches!(spec.effect, Effect::Write | Effect::Mint | Effect::Burn | Effect::Transfer);
        let most = match builtin {
            Builtin::VarSet | Builtin::GetBlockInfo => Some(2),
            Builtin::Concat if self.input.dialect.version.number() < 6 => Some(2),
            _ => spec.most,
        };
        let count = arguments.count();
        if count < spec.fewest {
            self.walk_all(arguments);
            return self.doubt(expr, DoubtKind::Count);
        }
        // In some cases the chain does not look at what is too much, and never at its types.
        if most.is_some_and(|most| count > most) {
            self.doubt(expr, DoubtKind::Count);
        }
        if spec.simple && builtin != Builtin::ContractHash {
            return self.simple(builtin, expr, arguments);
        }
        if let Some((parameters, result)) = fixed::signature(builtin) {
            self.arguments(expr, arguments, parameters);
            return result;
        }
        self.special(builtin, expr, arguments)
    }

    fn simple(&mut self, builtin: Builtin, expr: Expr<'t>, arguments: Children<'t>) -> Ty {
        let base = self.types.len();
        for argument in arguments {
            let of = self.value(argument);
            self.types.push(of);
        }
        self.apply_builtin(builtin, expr, base)
    }

    /// A builtin that may be applied, its arguments' types being those from `base` on.
    pub fn apply_builtin(&mut self, builtin: Builtin, expr: Expr<'t>, base: usize) -> Ty {
        let version = self.input.dialect.version;
        let made = fixed::applied(builtin, &self.types[base..], version, &mut self.pool, &mut self.names);
        self.types.truncate(base);
        made.unwrap_or_else(|kind| self.doubt(expr, kind))
    }

    fn special(&mut self, builtin: Builtin, expr: Expr<'t>, mut arguments: Children<'t>) -> Ty {
        let mut next = || arguments.next();
        match builtin {
            Builtin::Let => self.let_form(expr, arguments),
            Builtin::Match => self.match_form(expr, arguments),
            Builtin::Begin => self.body(arguments),
            Builtin::If => {
                let (Some(condition), Some(yes), Some(no)) = (next(), next(), next()) else { return UNKNOWN };
                self.expects(condition, BOOL);
                let (yes, no) = (self.value(yes), self.value(no));
                let common = self.pool.common(yes, no, &self.names);
                let common = common.and_then(|of| self.pool.concrete(of));
                self.matched(expr, common)
            }
            Builtin::IsEq => {
                let mut all = next().map_or(UNKNOWN, |first| self.value(first));
                for argument in arguments {
                    let of = self.value(argument);
                    let common = self.pool.common(of, all, &self.names);
                    all = self.matched(expr, common);
                }
                BOOL
            }
            Builtin::Print | Builtin::AsContract => next().map_or(UNKNOWN, |argument| self.value(argument)),
            Builtin::AtBlock => {
                let (Some(block), Some(value)) = (next(), next()) else { return UNKNOWN };
                if self.input.dialect.epoch >= Epoch::EPOCH_3_4 {
                    self.doubt(expr, DoubtKind::Form);
                }
                self.expects(block, BUFFER_32);
                let before = std::mem::replace(&mut self.writes, false);
                let of = self.value(value);
                if std::mem::replace(&mut self.writes, before) {
                    self.doubt(expr, DoubtKind::Writes);
                }
                of
            }
            Builtin::Tuple => {
                let base = self.fields.len();
                for pair in arguments {
                    match two(pair) {
                        Some((name, value)) => self.field(name, |walk| walk.value(value)),
                        None => {
                            self.doubt(pair, DoubtKind::Form);
                        }
                    }
                }
                self.tuple_from(expr, base)
            }
            Builtin::Get => {
                let (Some(name), Some(tuple)) = (next(), next()) else { return UNKNOWN };
                let of = self.value(tuple);
                self.get(expr, name, of)
            }
            Builtin::Merge => {
                let (Some(base), Some(update)) = (next(), next()) else { return UNKNOWN };
                let (base, update) = (self.value(base), self.value(update));
                self.merge(expr, base, update)
            }
            Builtin::Ok
            | Builtin::Err
            | Builtin::Some
            | Builtin::IsOk
            | Builtin::IsErr
            | Builtin::IsSome
            | Builtin::IsNone
            | Builtin::DefaultTo
            | Builtin::Asserts
            | Builtin::Unwrap
            | Builtin::UnwrapErr
            | Builtin::UnwrapPanic
            | Builtin::UnwrapErrPanic
            | Builtin::Try => self.outcome(builtin, expr, arguments),
            Builtin::ContractCall => self.contract_call(expr, arguments),
            Builtin::ContractOf => {
                let name = next().and_then(Expr::symbol);
                match name.and_then(|name| self.callable(name)) {
                    Some(of) => {
                        if let Err(kind) = self.methods_in_context(of) {
                            self.doubt(expr, kind);
                        }
                        if let Some(argument) = expr.children().nth(1) {
                            self.of[argument.id().0 as usize] = of;
                        }
                    }
                    None => {
                        self.doubt(expr, DoubtKind::Name);
                    }
                }
                PRINCIPAL
            }
            Builtin::PrincipalConstruct => {
                for (argument, wanted) in arguments.zip([BUFFER_1, BUFFER_20, ASCII_40]) {
                    self.expects(argument, wanted);
                }
                let err = self.builtin_tuple(&[("error_code", UINT), ("value", OPTIONAL_PRINCIPAL)]);
                let made = self.pool.response(PRINCIPAL, err);
                self.bounded(expr, made)
            }
            Builtin::GetBitcoinTxOutput => {
                self.arguments(expr, arguments, &[LARGEST_BUFFER, UINT]);
                let output = [("script", BUFFER_1024), ("amount", UINT), ("txid", BUFFER_32)];
                let output = self.builtin_tuple(&output);
                let made = self.pool.response(output, UINT);
                self.bounded(expr, made)
            }
            Builtin::GetBlockInfo
            | Builtin::GetStacksBlockInfo
            | Builtin::GetTenureInfo
            | Builtin::GetBurnBlockInfo => {
                let (Some(property), Some(block)) = (next(), next()) else { return UNKNOWN };
                self.expects(block, UINT);
                self.block_info(builtin, property)
            }
            Builtin::VarGet
            | Builtin::VarSet
            | Builtin::MapGet
            | Builtin::MapSet
            | Builtin::MapInsert
            | Builtin::MapDelete => self.state(builtin, expr, arguments),
            Builtin::FtGetBalance
            | Builtin::FtGetSupply
            | Builtin::FtTransfer
            | Builtin::FtMint
            | Builtin::FtBurn
            | Builtin::NftGetOwner
            | Builtin::NftTransfer
            | Builtin::NftMint
            | Builtin::NftBurn => self.token(builtin, expr, arguments),
            Builtin::ToConsensusBuff => {
                let of = next().map_or(UNKNOWN, |argument| self.value(argument));
                match self.pool.serialised(of, &self.names) {
                    Some(length) => {
                        let made = self.pool.buffer(length).and_then(|buffer| self.pool.optional(buffer));
                        self.bounded(expr, made)
                    }
                    None if of == UNKNOWN => UNKNOWN,
                    None => self.doubt(expr, DoubtKind::Undecided),
                }
            }
            Builtin::FromConsensusBuff => {
                let (Some(of), Some(buffer)) = (next(), next()) else { return UNKNOWN };
                let of = self.annotation(of);
                self.expects(buffer, LARGEST_BUFFER);
                let made = self.pool.optional(of);
                self.bounded(expr, made)
            }
            Builtin::ToAscii => {
                let of = next().map_or(UNKNOWN, |argument| self.value(argument));
                let Some(length) = self.ascii_length(of) else {
                    return self.doubt(expr, DoubtKind::Mismatch);
                };
                let made = self.pool.ascii(length).and_then(|text| self.pool.response(text, UINT));
                self.bounded(expr, made)
            }
            Builtin::AsContractSafe => {
                let Some(allowances) = next() else { return UNKNOWN };
                self.allowances(allowances, true);
                self.restricted(expr, arguments)
            }
            Builtin::RestrictAssets => {
                let (Some(owner), Some(allowances)) = (next(), next()) else { return UNKNOWN };
                self.expects(owner, PRINCIPAL);
                self.allowances(allowances, false);
                self.restricted(expr, arguments)
            }
            Builtin::WithStx
            | Builtin::WithFt
            | Builtin::WithNft
            | Builtin::WithStacking
            | Builtin::WithStaking
            | Builtin::WithPox
            | Builtin::WithAllAssetsUnsafe => {
                self.walk_all(arguments);
                self.doubt(expr, DoubtKind::Form)
            }
            _ => self.sequence(builtin, expr, arguments),
        }
    }

    /// How long what `to-ascii?` makes of the type can be.
    fn ascii_length(&self, of: Ty) -> Option<u32> {
        match self.pool.shape(of) {
            Shape::Int | Shape::Uint => Some(40),
            Shape::Bool => Some(5),
            // 41 characters of the deployer, a dot, and 128 characters of a name.
            Shape::Principal | Shape::Trait(_) | Shape::Contract(_) | Shape::OneOf(_) => Some(170),
            Shape::Buffer(length) if length <= LONGEST_BUFFER => Some(2 * length + 2),
            Shape::Utf8(length) => Some(length),
            _ => None,
        }
    }
}
