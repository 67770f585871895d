//! What is kept: variables, maps and tokens; and what the chain tells of blocks.

use super::doubt::DoubtKind;
use super::presets::{
    BOOL, BUFFER_1, BUFFER_32, OPTIONAL_BUFFER_32, OPTIONAL_PRINCIPAL, OPTIONAL_UINT, PRINCIPAL,
    RESPONSE_BOOL_UINT, UINT, UNKNOWN,
};
use super::scope::Definition;
use super::shape::Ty;
use super::walk::Walk;
use crate::builtins::Builtin;
use crate::syntax::{Children, Expr};

impl<'t> Walk<'_, 't> {
    /// Variables and maps. What they take is not expected of the expression: it keeps its own type.
    pub fn state(&mut self, builtin: Builtin, expr: Expr<'t>, mut arguments: Children<'t>) -> Ty {
        let definition = arguments.next().and_then(Expr::symbol).map(|name| self.slot(name).definition);
        let (wanted, result) = match (builtin, definition) {
            (Builtin::VarGet, Some(Definition::Variable(of))) => ([UNKNOWN; 2], of),
            (Builtin::VarSet, Some(Definition::Variable(of))) => ([of, UNKNOWN], BOOL),
            (Builtin::MapGet, Some(Definition::Map(key, value))) => {
                let made = self.pool.optional(value);
                ([key, UNKNOWN], self.bounded(expr, made))
            }
            (Builtin::MapDelete, Some(Definition::Map(key, _))) => ([key, UNKNOWN], BOOL),
            (Builtin::MapSet | Builtin::MapInsert, Some(Definition::Map(key, value))) => ([key, value], BOOL),
            _ => {
                self.walk_all(arguments);
                return self.doubt(expr, DoubtKind::Name);
            }
        };
        for (argument, wanted) in arguments.zip(wanted) {
            let of = self.value(argument);
            if !self.pool.admits(wanted, of) {
                self.doubt(argument, DoubtKind::Mismatch);
            }
        }
        result
    }

    pub fn token(&mut self, builtin: Builtin, expr: Expr<'t>, mut arguments: Children<'t>) -> Ty {
        let definition = arguments.next().and_then(Expr::symbol).map(|name| self.slot(name).definition);
        let (fungible, unit) = match definition {
            Some(Definition::FungibleToken) => (Some(true), UINT),
            Some(Definition::NonFungibleToken(of)) => (Some(false), of),
            _ => (None, UNKNOWN),
        };
        let (of_fungible, wanted, result): (_, &[Ty], _) = match builtin {
            Builtin::FtGetSupply => (true, &[], UINT),
            Builtin::FtGetBalance => (true, &[PRINCIPAL], UINT),
            Builtin::FtTransfer => (true, &[unit, PRINCIPAL, PRINCIPAL], RESPONSE_BOOL_UINT),
            Builtin::FtMint | Builtin::FtBurn => (true, &[unit, PRINCIPAL], RESPONSE_BOOL_UINT),
            Builtin::NftGetOwner => (false, &[unit], OPTIONAL_PRINCIPAL),
            Builtin::NftTransfer => (false, &[unit, PRINCIPAL, PRINCIPAL], RESPONSE_BOOL_UINT),
            _ => (false, &[unit, PRINCIPAL], RESPONSE_BOOL_UINT),
        };
        if fungible != Some(of_fungible) {
            self.doubt(expr, DoubtKind::Name);
        }
        self.arguments(expr, arguments, wanted);
        result
    }

    pub fn block_info(&mut self, builtin: Builtin, property: Expr<'t>) -> Ty {
        let version = self.input.dialect.version.number();
        let tenure = builtin == Builtin::GetTenureInfo;
        let block = builtin == Builtin::GetBlockInfo;
        let stacks = builtin == Builtin::GetStacksBlockInfo;
        let burn = builtin == Builtin::GetBurnBlockInfo;
        match property.name() {
            Some("time") if !burn => OPTIONAL_UINT,
            Some("vrf-seed" | "burnchain-header-hash") if tenure || block => OPTIONAL_BUFFER_32,
            Some("header-hash") if !tenure => OPTIONAL_BUFFER_32,
            Some("id-header-hash") if stacks || block => OPTIONAL_BUFFER_32,
            Some("miner-address") if tenure || block => OPTIONAL_PRINCIPAL,
            Some("miner-spend-winner" | "miner-spend-total" | "block-reward")
                if tenure || block && version >= 2 =>
            {
                OPTIONAL_UINT
            }
            Some("pox-addrs") if burn => {
                let address = self.builtin_tuple(&[("version", BUFFER_1), ("hashbytes", BUFFER_32)]);
                let addresses = self.pool.list(2, address);
                let addresses = self.bounded(property, addresses);
                let payout = self.builtin_tuple(&[("addrs", addresses), ("payout", UINT)]);
                let made = self.pool.optional(payout);
                self.bounded(property, made)
            }
            _ => self.doubt(property, DoubtKind::Form),
        }
    }
}
