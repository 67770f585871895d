//! Syntax: text to a flat tree with byte spans. Reading never fails; what is wrong is listed beside the tree.
//!
//! `lexer` makes tokens and checks literals, `reader` makes nodes of them, `names` gives names their symbols, `errors`
//! has the words for all that can be wrong. Nothing recurses, so nesting costs no stack.

mod bytes;
mod c32;
mod errors;
mod lexer;
mod literals;
mod names;
mod reader;
mod tree;

pub use errors::SyntaxError;
pub use reader::{Parse, parse};
pub use tree::{Children, Expr, Kind, NodeId, Symbol, SymbolNames, Tree};

/// The deepest nesting of lists the chain accepts before epoch 3.4 (`AST_CALL_STACK_DEPTH_BUFFER` plus 64 calls, measured).
/// Where tuples are among them the chain counts in a second way, too, which the reader does likewise.
pub const NESTING_LIMIT: u32 = 68;
/// The same from epoch 3.4 on.
pub const NESTING_LIMIT_EPOCH_3_4: u32 = 132;
