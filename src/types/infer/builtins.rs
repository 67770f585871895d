//! Calls of builtins: what each takes, does and results in.

use super::annotation::two;
use super::doubt::DoubtKind;
use super::fixed;
use super::pool::{
    ASCII_40, ASCII_128, BOOL, BUFFER_1, BUFFER_20, BUFFER_32, BUFFER_1024, LARGEST_BUFFER, LARGEST_VALUE,
    NOTHING, OPTIONAL_BUFFER_32, OPTIONAL_PRINCIPAL, OPTIONAL_UINT, PRINCIPAL, RESPONSE_BOOL_UINT, Shape, Ty,
    UINT, UNKNOWN,
};
use super::traits::method;
use super::walk::{Definition, Walk};
use crate::builtins::{Builtin, Effect};
use crate::model::Access;
use crate::project::Epoch;
use crate::syntax::{Children, Expr, Kind, Symbol};

/// The longest buffer that `to-ascii?` takes: it makes two characters of each byte.
const LONGEST_BUFFER: u32 = 524_284;
/// The most allowances of one form, and the most identifiers of `with-nft`.
const MOST_ALLOWANCES: usize = 128;

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
            Builtin::Ok | Builtin::Err | Builtin::Some => {
                let of = next().map_or(UNKNOWN, |argument| self.value(argument));
                let made = match builtin {
                    Builtin::Ok => self.pool.response(of, NOTHING),
                    Builtin::Err => self.pool.response(NOTHING, of),
                    _ => self.pool.optional(of),
                };
                self.bounded(expr, made)
            }
            Builtin::IsOk | Builtin::IsErr | Builtin::IsSome | Builtin::IsNone => {
                let of = next().map_or(UNKNOWN, |argument| self.value(argument));
                let response = matches!(builtin, Builtin::IsOk | Builtin::IsErr);
                match self.pool.shape(of) {
                    Shape::Response(..) if response => {}
                    Shape::Optional(_) if !response => {}
                    Shape::Unknown => {}
                    _ => {
                        self.doubt(expr, DoubtKind::Mismatch);
                    }
                }
                BOOL
            }
            Builtin::DefaultTo => {
                let (Some(default), Some(optional)) = (next(), next()) else { return UNKNOWN };
                let (default, optional) = (self.value(default), self.value(optional));
                match self.pool.shape(optional) {
                    Shape::Optional(content) => {
                        let common = self.pool.common(default, content, &self.names);
                        self.matched(expr, common)
                    }
                    Shape::Unknown => default,
                    _ => self.doubt(expr, DoubtKind::Mismatch),
                }
            }
            Builtin::Asserts => {
                let (Some(condition), Some(thrown)) = (next(), next()) else { return UNKNOWN };
                self.expects(condition, BOOL);
                let of = self.value(thrown);
                self.throws(expr, of);
                BOOL
            }
            Builtin::Unwrap | Builtin::UnwrapErr => {
                let (Some(input), Some(thrown)) = (next(), next()) else { return UNKNOWN };
                let (of, thrown) = (self.value(input), self.value(thrown));
                self.throws(expr, thrown);
                self.opened(expr, of, builtin == Builtin::UnwrapErr)
            }
            Builtin::UnwrapPanic | Builtin::UnwrapErrPanic => {
                let of = next().map_or(UNKNOWN, |argument| self.value(argument));
                self.opened(expr, of, builtin == Builtin::UnwrapErrPanic)
            }
            Builtin::Try => {
                let of = next().map_or(UNKNOWN, |argument| self.value(argument));
                self.tried(expr, of)
            }
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

    pub fn tuple_literal(&mut self, expr: Expr<'t>) -> Ty {
        let base = self.fields.len();
        let mut parts = expr.children();
        while let (Some(name), Some(value)) = (parts.next(), parts.next()) {
            self.field(name, |walk| walk.value(value));
        }
        self.tuple_from(expr, base)
    }

    fn get(&mut self, expr: Expr<'t>, name: Expr<'t>, of: Ty) -> Ty {
        let Some(name) = name.symbol() else { return self.doubt(name, DoubtKind::Form) };
        match self.pool.shape(of) {
            Shape::Unknown => UNKNOWN,
            Shape::Optional(UNKNOWN) => UNKNOWN,
            Shape::Optional(tuple) => match self.pool.field(tuple, name) {
                Some(of) => {
                    let made = self.pool.optional(of);
                    self.bounded(expr, made)
                }
                None => self.doubt(expr, DoubtKind::Mismatch),
            },
            _ => match self.pool.field(of, name) {
                Some(of) => of,
                None => self.doubt(expr, DoubtKind::Mismatch),
            },
        }
    }

    fn merge(&mut self, expr: Expr<'t>, one: Ty, update: Ty) -> Ty {
        match (self.pool.shape(one), self.pool.shape(update)) {
            (Shape::Tuple(_), Shape::Tuple(_)) => {
                let mut fields = self.pool.fields(update).to_vec();
                let old = self.pool.fields(one).iter();
                fields.extend(old.filter(|(name, _)| self.pool.field(update, *name).is_none()));
                let made = self.pool.large_tuple(&mut fields, &self.names);
                let made = made.map_or(UNKNOWN, |made| self.bounded(expr, made));
                if self.pool.size(made) > LARGEST_VALUE {
                    self.doubt(expr, DoubtKind::TooLarge);
                }
                made
            }
            (Shape::Unknown, _) | (_, Shape::Unknown) => UNKNOWN,
            _ => self.doubt(expr, DoubtKind::Mismatch),
        }
    }

    /// Expressions in a row, of which the last counts.
    fn body(&mut self, forms: Children<'t>) -> Ty {
        let mut last: Option<(Expr<'t>, Ty)> = None;
        for form in forms {
            if let Some((before, of)) = last
                && matches!(self.pool.shape(of), Shape::Response(..))
            {
                self.doubt(before, DoubtKind::Response);
            }
            last = Some((form, self.value(form)));
        }
        last.map_or(UNKNOWN, |(_, of)| of)
    }

    fn let_form(&mut self, expr: Expr<'t>, mut arguments: Children<'t>) -> Ty {
        let Some(bindings) = arguments.next().filter(|list| list.kind() == Kind::List) else {
            self.walk_all(arguments);
            return self.doubt(expr, DoubtKind::Form);
        };
        let scope = self.enter();
        for pair in bindings.children() {
            match two(pair).and_then(|(name, value)| Some((name, name.symbol()?, value))) {
                Some((name, symbol, value)) => {
                    self.check_new(name, symbol);
                    let of = self.value(value);
                    self.bind_new(symbol, of);
                }
                None => {
                    self.doubt(pair, DoubtKind::Form);
                }
            }
        }
        let of = self.body(arguments);
        self.leave(scope);
        of
    }

    fn match_form(&mut self, expr: Expr<'t>, mut arguments: Children<'t>) -> Ty {
        let Some(input) = arguments.next() else { return UNKNOWN };
        let of = self.value(input);
        let mut next = || arguments.next();
        let (good, bad) = match (self.pool.shape(of), next(), next(), next(), next()) {
            (Shape::Optional(content), Some(name), Some(some), Some(none), None) => {
                self.decided(expr, content);
                (self.branch(name, content, some), self.value(none))
            }
            (Shape::Response(ok, err), Some(name), Some(good), Some(other), Some(bad)) => {
                self.decided(expr, ok);
                self.decided(expr, err);
                (self.branch(name, ok, good), self.branch(other, err, bad))
            }
            // What follows from an input that nobody knows still has a type now and then.
            (Shape::Unknown, Some(name), Some(good), Some(none), None) => {
                (self.branch(name, UNKNOWN, good), self.value(none))
            }
            (Shape::Unknown, Some(name), Some(good), Some(other), Some(bad)) => {
                (self.branch(name, UNKNOWN, good), self.branch(other, UNKNOWN, bad))
            }
            _ => return self.doubt(expr, DoubtKind::Mismatch),
        };
        let common = self.pool.common(good, bad, &self.names);
        self.matched(expr, common)
    }

    fn branch(&mut self, name: Expr<'t>, of: Ty, body: Expr<'t>) -> Ty {
        let Some(symbol) = name.symbol() else {
            self.value(body);
            return self.doubt(name, DoubtKind::Form);
        };
        self.check_new(name, symbol);
        let scope = self.enter();
        self.bind_new(symbol, of);
        let of = self.value(body);
        self.leave(scope);
        of
    }

    fn decided(&mut self, at: Expr<'t>, of: Ty) -> Ty {
        if of == NOTHING { self.doubt(at, DoubtKind::Undecided) } else { of }
    }

    /// What is in an optional or on one side of a response.
    fn opened(&mut self, expr: Expr<'t>, of: Ty, err: bool) -> Ty {
        match self.pool.shape(of) {
            Shape::Optional(content) if !err => self.decided(expr, content),
            Shape::Response(ok, _) if !err => self.decided(expr, ok),
            Shape::Response(_, of) => self.decided(expr, of),
            Shape::Unknown => UNKNOWN,
            _ => self.doubt(expr, DoubtKind::Mismatch),
        }
    }

    fn tried(&mut self, expr: Expr<'t>, of: Ty) -> Ty {
        match self.pool.shape(of) {
            Shape::Optional(content) => {
                self.throws(expr, super::pool::OPTIONAL_NOTHING);
                self.decided(expr, content)
            }
            Shape::Response(ok, err) => {
                let err = self.decided(expr, err);
                let thrown = self.pool.response(NOTHING, err);
                let thrown = self.bounded(expr, thrown);
                self.throws(expr, thrown);
                self.decided(expr, ok)
            }
            Shape::Unknown => UNKNOWN,
            _ => self.doubt(expr, DoubtKind::Mismatch),
        }
    }

    fn contract_call(&mut self, expr: Expr<'t>, mut arguments: Children<'t>) -> Ty {
        let (Some(target), Some(name)) = (arguments.next(), arguments.next()) else { return UNKNOWN };
        let found = match name.symbol() {
            Some(name) => self.called(target, name),
            None => Err(DoubtKind::Form),
        };
        match found {
            Ok(signature) => {
                let mut parts = signature.parameters.iter().chain([&signature.result]);
                if !parts.all(|&of| self.pool.is_known(of)) {
                    self.doubt(expr, DoubtKind::Callee);
                }
                self.arguments(expr, arguments, &signature.parameters);
                signature.result
            }
            Err(kind) => {
                self.writes = true;
                self.walk_all(arguments);
                self.doubt(expr, kind)
            }
        }
    }

    /// The function that a call to another contract goes to.
    fn called(
        &mut self,
        target: Expr<'t>,
        name: Symbol,
    ) -> Result<std::rc::Rc<super::walk::Signature>, DoubtKind> {
        let (contract, written) = match (target.kind(), target.symbol()) {
            (Kind::Contract, _) => (self.contract_literal(target).ok_or(DoubtKind::Form)?, true),
            (Kind::Atom, Some(target)) => match self.slot(target).definition {
                // A call through a constant counts as one that writes.
                Definition::Constant(of) if self.clarity2 => (of, false),
                _ => {
                    self.writes = true;
                    let of = self.callable(target).ok_or(DoubtKind::Name)?;
                    let methods = self.methods_in_context(of)?;
                    return method(&methods, name).cloned().ok_or(DoubtKind::Callee);
                }
            },
            _ => return Err(DoubtKind::Form),
        };
        let Shape::Contract(contract) = self.pool.shape(contract) else { return Err(DoubtKind::Mismatch) };
        let name = self.input.tree.name(name);
        let (signature, access) = self.callee_function(contract, name)?;
        self.writes |= !written || access != Access::ReadOnly;
        Ok(std::rc::Rc::new(signature))
    }

    fn block_info(&mut self, builtin: Builtin, property: Expr<'t>) -> Ty {
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

    /// Variables and maps. What they take is not expected of the expression: it keeps its own type.
    fn state(&mut self, builtin: Builtin, expr: Expr<'t>, mut arguments: Children<'t>) -> Ty {
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

    fn token(&mut self, builtin: Builtin, expr: Expr<'t>, mut arguments: Children<'t>) -> Ty {
        let definition = arguments.next().and_then(Expr::symbol).map(|name| self.slot(name).definition);
        let unit = match definition {
            Some(Definition::FungibleToken) => UINT,
            Some(Definition::NonFungibleToken(of)) => of,
            _ => UNKNOWN,
        };
        let fungible = matches!(definition, Some(Definition::FungibleToken));
        let known = fungible || matches!(definition, Some(Definition::NonFungibleToken(_)));
        let (of_fungible, wanted, result): (_, &[Ty], _) = match builtin {
            Builtin::FtGetSupply => (true, &[], UINT),
            Builtin::FtGetBalance => (true, &[PRINCIPAL], UINT),
            Builtin::FtTransfer => (true, &[unit, PRINCIPAL, PRINCIPAL], RESPONSE_BOOL_UINT),
            Builtin::FtMint | Builtin::FtBurn => (true, &[unit, PRINCIPAL], RESPONSE_BOOL_UINT),
            Builtin::NftGetOwner => (false, &[unit], OPTIONAL_PRINCIPAL),
            Builtin::NftTransfer => (false, &[unit, PRINCIPAL, PRINCIPAL], RESPONSE_BOOL_UINT),
            _ => (false, &[unit, PRINCIPAL], RESPONSE_BOOL_UINT),
        };
        if !known || of_fungible != fungible {
            self.doubt(expr, DoubtKind::Name);
        }
        self.arguments(expr, arguments, wanted);
        result
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

    fn allowances(&mut self, list: Expr<'t>, unsafe_is_fine: bool) {
        let count = list.children().count();
        if list.kind() != Kind::List || count > MOST_ALLOWANCES {
            self.doubt(list, DoubtKind::Form);
            return;
        }
        for allowance in list.children() {
            let Some((head, arguments)) = allowance.call() else {
                self.doubt(allowance, DoubtKind::Form);
                continue;
            };
            let builtin = match head.symbol().and_then(Symbol::word) {
                Some(crate::builtins::Word::Builtin(builtin)) if self.exists(builtin) => builtin,
                _ => {
                    self.doubt(allowance, DoubtKind::Form);
                    continue;
                }
            };
            match builtin {
                Builtin::WithStx | Builtin::WithStacking | Builtin::WithStaking => {
                    self.arguments(allowance, arguments, &[UINT]);
                }
                Builtin::WithFt => self.arguments(allowance, arguments, &[PRINCIPAL, ASCII_128, UINT]),
                Builtin::WithNft => {
                    let mut rest = arguments;
                    let identifiers = rest.nth(2);
                    for (argument, wanted) in arguments.zip([PRINCIPAL, ASCII_128]) {
                        self.expects(argument, wanted);
                    }
                    let of = identifiers.map(|identifiers| self.value(identifiers));
                    let fits = |of| match self.pool.shape(of) {
                        Shape::List(length, _) => length as usize <= MOST_ALLOWANCES,
                        shape => shape == Shape::Unknown,
                    };
                    if !of.is_some_and(fits) || rest.next().is_some() {
                        self.doubt(allowance, DoubtKind::Mismatch);
                    }
                }
                Builtin::WithPox => self.arguments(allowance, arguments, &[]),
                Builtin::WithAllAssetsUnsafe => {
                    self.arguments(allowance, arguments, &[]);
                    if !unsafe_is_fine || count > 1 {
                        self.doubt(allowance, DoubtKind::Form);
                    }
                }
                _ => {
                    self.doubt(allowance, DoubtKind::Form);
                }
            }
        }
    }

    /// A body of which nothing may be a response, and that results in one.
    fn restricted(&mut self, expr: Expr<'t>, body: Children<'t>) -> Ty {
        let last = self.body(body);
        if matches!(self.pool.shape(last), Shape::Response(..)) {
            self.doubt(expr, DoubtKind::Response);
        }
        let made = self.pool.response(last, UINT);
        self.bounded(expr, made)
    }
}
