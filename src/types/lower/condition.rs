//! What lowering leaves to the types of expressions.

use clarity::vm::SymbolicExpression;
use clarity::vm::analysis::ContractAnalysis;
use rustc_hash::FxHashMap;

use crate::syntax::NodeId;
use crate::types::analysis::Source;
use crate::types::limits::{LONGEST_BUFFER, MOST_ALLOWANCES};
use crate::types::{Fault, Type};

/// What must be true of the type of an expression.
pub enum Condition {
    /// The body of `as-contract?` and `restrict-assets?` holds no responses.
    NoResponse(NodeId),
    /// A list of not too many, of whatever.
    Identifiers(NodeId),
    /// What `to-ascii?` takes.
    Ascii(NodeId),
}

impl Condition {
    /// Asks the types. What strings turn out to be as long as is noted in `lengths`.
    pub fn check(
        &self,
        analysis: &ContractAnalysis,
        source: &Source<'_>,
        lengths: &mut FxHashMap<NodeId, u32>,
    ) -> Result<(), Fault> {
        let (&Self::NoResponse(node) | &Self::Identifiers(node) | &Self::Ascii(node)) = self;
        let of = type_of(analysis, node).unwrap_or(Type::Unknown);
        let message = match (self, &of) {
            (Self::NoResponse(_), Type::Response(_)) => {
                "the body must not be a response: open it with `try!` or `unwrap!`".to_string()
            }
            (Self::NoResponse(_), _) => return Ok(()),
            (Self::Identifiers(_), Type::List(length, _)) if *length <= MOST_ALLOWANCES => return Ok(()),
            (Self::Identifiers(_), _) => {
                format!("a list of {MOST_ALLOWANCES} identifiers at most is expected, and this is `{of}`")
            }
            (Self::Ascii(_), _) => match ascii_length(&of) {
                Some(length) => {
                    lengths.insert(node, length);
                    return Ok(());
                }
                None => format!("`to-ascii?` does not take `{of}`"),
            },
        };
        Err(Fault::at(source.tree.expr(node), message))
    }
}

/// How long what `to-ascii?` makes of the type can be.
fn ascii_length(of: &Type) -> Option<u32> {
    match of {
        Type::Int | Type::Uint => Some(40),
        Type::Bool => Some(5),
        // 41 characters of the deployer, a dot, and 128 characters of a name.
        Type::Principal | Type::Trait(..) | Type::Contract(_) => Some(170),
        Type::Buffer(length) if *length <= LONGEST_BUFFER => Some(2 * length + 2),
        Type::Utf8(length) => Some(*length),
        _ => None,
    }
}

/// The type of the expression that a node is.
pub fn type_of(analysis: &ContractAnalysis, node: NodeId) -> Option<Type> {
    // Types are found by the number alone.
    let mut probe = SymbolicExpression::list(Box::default());
    probe.id = u64::from(node.0) + 1;
    analysis.type_map.as_ref()?.get_type(&probe).map(Type::from)
}
