//! Every builtin of Clarity 1 to 6, in one table that resolution, the reader's interner, the version rules
//! and the facts engine all read.
//!
//! Source: stacks-core at 1efa4a9 (2026-08-21), the versioned enums of `clarity/src/vm/functions/mod.rs`,
//! `variables.rs` and `functions/define.rs`.

mod codes;

pub use codes::{Code, NOT_ALLOWED};

use std::fmt;

/// A version of the language, 1 to 6. Epoch 2.1 brought 2, 3.0 brought 3, 3.3 brought 4, 3.4 brought 5, 4.0 brought 6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClarityVersion(u8);

impl ClarityVersion {
    pub const OLDEST: Self = Self(1);
    pub const NEWEST: Self = Self(6);

    /// `None` outside 1 to 6.
    pub fn new(number: u8) -> Option<Self> {
        (1..=6).contains(&number).then_some(Self(number))
    }

    pub fn number(self) -> u8 {
        self.0
    }
}

impl fmt::Display for ClarityVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clarity {}", self.0)
    }
}

/// What stands at an argument position. The last role of a builtin repeats for all further arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// An expression that is evaluated.
    Value,
    /// The name of a data variable of the same contract; likewise the next three.
    Var,
    Map,
    Ft,
    Nft,
    /// The name of the function that `map`, `fold` and `filter` apply.
    Function,
    /// A field name of a tuple.
    Field,
    Type,
    /// A number that must be written out.
    Literal,
    /// A property of a block, such as `time`.
    Property,
    /// The callee of `contract-call?`: a contract literal, or a name that holds a contract.
    Contract,
    /// The function that `contract-call?` calls.
    Method,
    /// `((name expr) ...)`.
    Bindings,
    /// `(name expr)`.
    Pair,
    /// The list of allowances of `as-contract?` and `restrict-assets?`.
    Allowances,
    /// The arguments of `match`: the second, and for a response the fourth, are names that it binds.
    Match,
}

/// What a builtin does beyond computing a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    Pure,
    /// Decides which of its arguments are evaluated and how often, or leaves the function.
    Control,
    /// Reads the chain or the network.
    ReadChain,
    /// Reads a variable or map of the contract.
    ReadState,
    /// Reads a token that the contract defines.
    ReadTokens,
    /// Writes a variable or map of the contract.
    Write,
    Mint,
    Burn,
    Transfer,
    /// `contract-call?`.
    Call,
    /// Evaluates its body in another context: another sender, another block, limited assets.
    Switch,
    /// Emits an event; counts as read-only on the chain.
    Event,
    /// Stands only in a list of allowances; not a value.
    Allowance,
}

/// One row of the table of builtin functions and special forms.
#[derive(Debug)]
pub struct Spec {
    pub name: &'static str,
    /// The first and the last version that has the name.
    pub first: ClarityVersion,
    pub last: ClarityVersion,
    /// The fewest and the most arguments (`None`: no bound). `concat` takes more than two only from Clarity 6.
    pub fewest: usize,
    pub most: Option<usize>,
    pub roles: &'static [Role],
    pub effect: Effect,
    /// May be the function of `map`, `filter` and `fold` (a `NativeFunction` in stacks-core).
    pub simple: bool,
}

impl Builtin {
    /// Whether it makes a hash.
    pub fn is_hash(self) -> bool {
        use Builtin::{Hash160, Keccak256, Sha256, Sha512, Sha512Trunc256};
        matches!(self, Hash160 | Keccak256 | Sha256 | Sha512 | Sha512Trunc256)
    }
}

impl Spec {
    /// Whether it takes that many arguments.
    pub fn takes(&self, count: usize) -> bool {
        count >= self.fewest && self.most.is_none_or(|most| count <= most)
    }

    /// The role of argument `index`.
    pub fn role(&self, index: usize) -> Role {
        self.roles.get(index).or(self.roles.last()).copied().unwrap_or(Role::Value)
    }

    pub fn exists_in(&self, version: ClarityVersion) -> bool {
        (self.first..=self.last).contains(&version)
    }
}

macro_rules! most {
    (*) => {
        None
    };
    ($most:literal) => {
        Some($most)
    };
}

/// `Variant "name" first last  fewest most  [roles] effect simple?`
macro_rules! builtins {
    ($($variant:ident $name:literal $first:literal $last:literal $fewest:literal $most:tt
       [$($role:ident),*] $effect:ident $($simple:ident)?;)*) => {
        /// A builtin function or special form.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Builtin { $($variant),* }

        impl Builtin {
            pub const ALL: &'static [Builtin] = &[$(Builtin::$variant),*];

            pub fn spec(self) -> &'static Spec {
                const SPECS: &[Spec] = &[$(Spec {
                    name: $name,
                    first: ClarityVersion($first),
                    last: ClarityVersion($last),
                    fewest: $fewest,
                    most: most!($most),
                    roles: &[$(Role::$role),*],
                    effect: Effect::$effect,
                    simple: !concat!($(stringify!($simple))?).is_empty(),
                }),*];
                &SPECS[self as usize]
            }
        }
    };
}

/// `Variant "name" first last`
macro_rules! names {
    ($(#[$doc:meta])* $enum:ident; $($variant:ident $name:literal $first:literal $last:literal;)*) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $enum { $($variant),* }

        impl $enum {
            pub const ALL: &'static [$enum] = &[$($enum::$variant),*];

            pub fn name(self) -> &'static str {
                [$($name),*][self as usize]
            }

            /// The first and the last version that has the name.
            pub fn versions(self) -> (ClarityVersion, ClarityVersion) {
                [$((ClarityVersion($first), ClarityVersion($last))),*][self as usize]
            }
        }
    };
}

builtins! {
    Add                 "+"                       1 6  1 *  [Value] Pure simple;
    Subtract            "-"                       1 6  1 *  [Value] Pure simple;
    Multiply            "*"                       1 6  1 *  [Value] Pure simple;
    Divide              "/"                       1 6  1 *  [Value] Pure simple;
    GreaterOrEqual      ">="                      1 6  2 2  [Value] Pure simple;
    LessOrEqual         "<="                      1 6  2 2  [Value] Pure simple;
    Less                "<"                       1 6  2 2  [Value] Pure simple;
    Greater             ">"                       1 6  2 2  [Value] Pure simple;
    ToInt               "to-int"                  1 6  1 1  [Value] Pure simple;
    ToUint              "to-uint"                 1 6  1 1  [Value] Pure simple;
    Mod                 "mod"                     1 6  2 2  [Value] Pure simple;
    Pow                 "pow"                     1 6  2 2  [Value] Pure simple;
    Sqrti               "sqrti"                   1 6  1 1  [Value] Pure simple;
    Log2                "log2"                    1 6  1 1  [Value] Pure simple;
    Xor                 "xor"                     1 6  2 2  [Value] Pure simple;
    And                 "and"                     1 6  1 *  [Value] Control simple;
    Or                  "or"                      1 6  1 *  [Value] Control simple;
    Not                 "not"                     1 6  1 1  [Value] Pure simple;
    IsEq                "is-eq"                   1 6  1 *  [Value] Pure;
    If                  "if"                      1 6  3 3  [Value] Control;
    Let                 "let"                     1 6  2 *  [Bindings, Value] Control;
    Map                 "map"                     1 6  2 *  [Function, Value] Control;
    Fold                "fold"                    1 6  3 3  [Function, Value, Value] Control;
    Append              "append"                  1 6  2 2  [Value] Pure;
    Concat              "concat"                  1 6  2 *  [Value] Pure;
    AsMaxLen            "as-max-len?"             1 6  2 2  [Value, Literal] Pure;
    Len                 "len"                     1 6  1 1  [Value] Pure;
    ElementAt           "element-at"              1 6  2 2  [Value] Pure;
    ElementAtOptional   "element-at?"             2 6  2 2  [Value] Pure;
    IndexOf             "index-of"                1 6  2 2  [Value] Pure;
    IndexOfOptional     "index-of?"               2 6  2 2  [Value] Pure;
    BuffToIntLe         "buff-to-int-le"          2 6  1 1  [Value] Pure simple;
    BuffToUintLe        "buff-to-uint-le"         2 6  1 1  [Value] Pure simple;
    BuffToIntBe         "buff-to-int-be"          2 6  1 1  [Value] Pure simple;
    BuffToUintBe        "buff-to-uint-be"         2 6  1 1  [Value] Pure simple;
    IsStandard          "is-standard"             2 6  1 1  [Value] ReadChain simple;
    PrincipalDestruct   "principal-destruct?"     2 6  1 1  [Value] ReadChain simple;
    PrincipalConstruct  "principal-construct?"    2 6  2 3  [Value] ReadChain;
    StringToInt         "string-to-int?"          2 6  1 1  [Value] Pure simple;
    StringToUint        "string-to-uint?"         2 6  1 1  [Value] Pure simple;
    IntToAscii          "int-to-ascii"            2 6  1 1  [Value] Pure simple;
    IntToUtf8           "int-to-utf8"             2 6  1 1  [Value] Pure simple;
    List                "list"                    1 6  0 *  [Value] Pure;
    VarGet              "var-get"                 1 6  1 1  [Var] ReadState;
    VarSet              "var-set"                 1 6  2 *  [Var, Value] Write;
    MapGet              "map-get?"                1 6  2 2  [Map, Value] ReadState;
    MapSet              "map-set"                 1 6  3 3  [Map, Value, Value] Write;
    MapInsert           "map-insert"              1 6  3 3  [Map, Value, Value] Write;
    MapDelete           "map-delete"              1 6  2 2  [Map, Value] Write;
    Tuple               "tuple"                   1 6  1 *  [Pair] Pure;
    Get                 "get"                     1 6  2 2  [Field, Value] Pure;
    Merge               "merge"                   1 6  2 2  [Value] Pure;
    Begin               "begin"                   1 6  1 *  [Value] Control;
    Hash160             "hash160"                 1 6  1 1  [Value] Pure simple;
    Sha256              "sha256"                  1 6  1 1  [Value] Pure simple;
    Sha512              "sha512"                  1 6  1 1  [Value] Pure simple;
    Sha512Trunc256      "sha512/256"              1 6  1 1  [Value] Pure simple;
    Keccak256           "keccak256"               1 6  1 1  [Value] Pure simple;
    Secp256k1Recover    "secp256k1-recover?"      1 6  2 2  [Value] Pure;
    Secp256k1Verify     "secp256k1-verify"        1 6  3 3  [Value] Pure;
    Print               "print"                   1 6  1 1  [Value] Event;
    ContractCall        "contract-call?"          1 6  2 *  [Contract, Method, Value] Call;
    AsContract          "as-contract"             1 3  1 1  [Value] Switch;
    ContractOf          "contract-of"             1 6  1 1  [Value] Pure;
    PrincipalOf         "principal-of?"           1 6  1 1  [Value] ReadChain;
    AtBlock             "at-block"                1 4  2 2  [Value] Switch;
    GetBlockInfo        "get-block-info?"         1 2  2 *  [Property, Value] ReadChain;
    GetBurnBlockInfo    "get-burn-block-info?"    2 6  2 2  [Property, Value] ReadChain;
    Err                 "err"                     1 6  1 1  [Value] Pure;
    Ok                  "ok"                      1 6  1 1  [Value] Pure;
    Some                "some"                    1 6  1 1  [Value] Pure;
    DefaultTo           "default-to"              1 6  2 2  [Value] Pure;
    Asserts             "asserts!"                1 6  2 2  [Value] Control;
    Unwrap              "unwrap!"                 1 6  2 2  [Value] Control;
    UnwrapErr           "unwrap-err!"             1 6  2 2  [Value] Control;
    UnwrapPanic         "unwrap-panic"            1 6  1 1  [Value] Control;
    UnwrapErrPanic      "unwrap-err-panic"        1 6  1 1  [Value] Control;
    Match               "match"                   1 6  4 5  [Match] Control;
    Try                 "try!"                    1 6  1 1  [Value] Control;
    IsOk                "is-ok"                   1 6  1 1  [Value] Pure;
    IsNone              "is-none"                 1 6  1 1  [Value] Pure;
    IsErr               "is-err"                  1 6  1 1  [Value] Pure;
    IsSome              "is-some"                 1 6  1 1  [Value] Pure;
    Filter              "filter"                  1 6  2 2  [Function, Value] Control;
    FtGetBalance        "ft-get-balance"          1 6  2 2  [Ft, Value] ReadTokens;
    NftGetOwner         "nft-get-owner?"          1 6  2 2  [Nft, Value] ReadTokens;
    FtTransfer          "ft-transfer?"            1 6  4 4  [Ft, Value] Transfer;
    NftTransfer         "nft-transfer?"           1 6  4 4  [Nft, Value] Transfer;
    NftMint             "nft-mint?"               1 6  3 3  [Nft, Value] Mint;
    FtMint              "ft-mint?"                1 6  3 3  [Ft, Value] Mint;
    FtGetSupply         "ft-get-supply"           1 6  1 1  [Ft] ReadTokens;
    FtBurn              "ft-burn?"                1 6  3 3  [Ft, Value] Burn;
    NftBurn             "nft-burn?"               1 6  3 3  [Nft, Value] Burn;
    StxGetBalance       "stx-get-balance"         1 6  1 1  [Value] ReadChain simple;
    StxTransfer         "stx-transfer?"           1 6  3 3  [Value] Transfer;
    StxTransferMemo     "stx-transfer-memo?"      2 6  4 4  [Value] Transfer;
    StxBurn             "stx-burn?"               1 6  2 2  [Value] Burn simple;
    StxAccount          "stx-account"             2 6  1 1  [Value] ReadChain simple;
    BitAnd              "bit-and"                 2 6  1 *  [Value] Pure simple;
    BitOr               "bit-or"                  2 6  1 *  [Value] Pure simple;
    BitNot              "bit-not"                 2 6  1 1  [Value] Pure simple;
    BitShiftLeft        "bit-shift-left"          2 6  2 2  [Value] Pure simple;
    BitShiftRight       "bit-shift-right"         2 6  2 2  [Value] Pure simple;
    BitXor              "bit-xor"                 2 6  1 *  [Value] Pure simple;
    Slice               "slice?"                  2 6  3 3  [Value] Pure;
    ToConsensusBuff     "to-consensus-buff?"      2 6  1 1  [Value] Pure;
    FromConsensusBuff   "from-consensus-buff?"    2 6  2 2  [Type, Value] Pure;
    ReplaceAt           "replace-at?"             2 6  3 3  [Value] Pure;
    GetStacksBlockInfo  "get-stacks-block-info?"  3 6  2 2  [Property, Value] ReadChain;
    GetTenureInfo       "get-tenure-info?"        3 6  2 2  [Property, Value] ReadChain;
    ContractHash        "contract-hash?"          4 6  1 1  [Value] ReadChain simple;
    ToAscii             "to-ascii?"               4 6  1 1  [Value] Pure;
    RestrictAssets      "restrict-assets?"        4 6  3 *  [Value, Allowances, Value] Switch;
    AsContractSafe      "as-contract?"            4 6  2 *  [Allowances, Value] Switch;
    WithStx             "with-stx"                4 6  1 1  [Value] Allowance;
    WithFt              "with-ft"                 4 6  3 3  [Value] Allowance;
    WithNft             "with-nft"                4 6  3 3  [Value] Allowance;
    WithStacking        "with-stacking"           4 5  1 1  [Value] Allowance;
    WithStaking         "with-staking"            6 6  1 1  [Value] Allowance;
    WithPox             "with-pox"                6 6  0 0  [] Allowance;
    WithAllAssetsUnsafe "with-all-assets-unsafe"  4 6  0 0  [] Allowance;
    Secp256r1Verify     "secp256r1-verify"        4 6  3 3  [Value] Pure;
    VerifyMerkleProof   "verify-merkle-proof"     6 6  5 5  [Value] Pure;
    GetBitcoinTxOutput  "get-bitcoin-tx-output?"  6 6  2 2  [Value] Pure;
    Ed25519Verify       "ed25519-verify"          6 6  3 3  [Value] Pure;
    Secp256k1Decompress "secp256k1-decompress?"   6 6  1 1  [Value] Pure;
}

names! {
    /// A name that stands for a value.
    Keyword;
    ContractCaller "contract-caller" 1 6;
    TxSender "tx-sender" 1 6;
    BlockHeight "block-height" 1 2;
    BurnBlockHeight "burn-block-height" 1 6;
    None "none" 1 6;
    True "true" 1 6;
    False "false" 1 6;
    StxLiquidSupply "stx-liquid-supply" 1 6;
    IsInRegtest "is-in-regtest" 1 6;
    TxSponsor "tx-sponsor?" 2 6;
    IsInMainnet "is-in-mainnet" 2 6;
    ChainId "chain-id" 2 6;
    StacksBlockHeight "stacks-block-height" 3 6;
    TenureHeight "tenure-height" 3 6;
    StacksBlockTime "stacks-block-time" 4 6;
    CurrentContract "current-contract" 4 6;
}

names! {
    /// A form that defines something; legal at top level only.
    Define;
    Constant "define-constant" 1 6;
    Private "define-private" 1 6;
    Public "define-public" 1 6;
    ReadOnly "define-read-only" 1 6;
    Map "define-map" 1 6;
    DataVar "define-data-var" 1 6;
    FungibleToken "define-fungible-token" 1 6;
    NonFungibleToken "define-non-fungible-token" 1 6;
    Trait "define-trait" 1 6;
    UseTrait "use-trait" 1 6;
    ImplTrait "impl-trait" 1 6;
}

/// A name that the language itself gives a meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    Builtin(Builtin),
    Keyword(Keyword),
    Define(Define),
}

impl Word {
    /// How many words there are; [`Word::at`] takes indices below it.
    pub const COUNT: usize = Builtin::ALL.len() + Keyword::ALL.len() + Define::ALL.len();

    /// Words are numbered builtins first, then keywords, then define forms. Interners start with all of them in
    /// this order, so that telling a word from a user's name is one comparison.
    pub fn at(index: usize) -> Option<Word> {
        let after_builtins = index.wrapping_sub(Builtin::ALL.len());
        let after_keywords = after_builtins.wrapping_sub(Keyword::ALL.len());
        if let Some(&builtin) = Builtin::ALL.get(index) {
            Some(Word::Builtin(builtin))
        } else if let Some(&keyword) = Keyword::ALL.get(after_builtins) {
            Some(Word::Keyword(keyword))
        } else {
            Define::ALL.get(after_keywords).map(|&define| Word::Define(define))
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Word::Builtin(builtin) => builtin.spec().name,
            Word::Keyword(keyword) => keyword.name(),
            Word::Define(define) => define.name(),
        }
    }

    /// The first and the last version that has the word.
    pub fn versions(self) -> (ClarityVersion, ClarityVersion) {
        match self {
            Word::Builtin(builtin) => (builtin.spec().first, builtin.spec().last),
            Word::Keyword(keyword) => keyword.versions(),
            Word::Define(define) => define.versions(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_every_name_once() {
        let mut names: Vec<_> = (0..Word::COUNT).map(|index| Word::at(index).unwrap().name()).collect();
        assert_eq!((Builtin::ALL.len(), Keyword::ALL.len(), Define::ALL.len()), (126, 16, 11));
        assert!(Word::at(Word::COUNT).is_none());
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Word::COUNT);
    }

    #[test]
    fn bounds_are_in_order() {
        for spec in Builtin::ALL.iter().map(|builtin| builtin.spec()) {
            assert!(spec.first <= spec.last, "{}", spec.name);
            assert!(spec.most.is_none_or(|most| spec.fewest <= most), "{}", spec.name);
            assert_eq!(spec.roles.is_empty(), spec.most == Some(0), "{}", spec.name);
        }
    }
}
