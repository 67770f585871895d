//! Small projects to test with. The fuzzer makes the same ones out of its bytes.

mod choices;
pub mod typed;
pub mod untyped;

pub use choices::Choices;
