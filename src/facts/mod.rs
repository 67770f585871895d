//! Facts: for every effect of a function, what is known to hold whenever that effect is committed.

mod assume;
mod budget;
mod carry;
mod clarity;
mod codes;
mod condition;
mod declared;
mod engine;
mod govern;
mod proof;
mod seal;
mod set;
mod show;
mod state;
mod summary;
mod term;
mod thrown;
mod walk;
mod why;

pub use carry::{Carrier, Parameter, Renamed, Source, Strangers};
pub use codes::Codes;
pub use condition::{Scope, Unclear};
pub use declared::members;
pub use engine::Engine;
pub use govern::{
    Governance, Open, Part, PartName, Parts, Reliance, Verdict, Writer, is_who_calls, place_in_key,
};
pub use proof::Proofs;
pub use seal::{Seal, Seals};
pub use set::{Fact, Facts};
pub use show::Show;
pub use summary::{Allowance, Effect, EffectKind, Exit, Outcome, Statements, Summary, Unchecked, shared};
pub use term::{Mask, Op, Place, StateId, TermId, Terms, TextId};
pub use thrown::{OfContract, Origin, Thrown, Throws};
pub use why::{holds, told, why};
