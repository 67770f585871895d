//! Facts: for every effect of a function, what is known to hold whenever that effect is committed.

mod assume;
mod engine;
mod set;
mod state;
mod summary;
mod term;
mod walk;

pub use engine::Engine;
pub use set::{Fact, Facts};
pub use summary::{Allowance, Effect, EffectKind, Exit, Statements, Summary, Unchecked};
pub use term::{Mask, Op, StateId, TermId, Terms, TextId};
