//! The facts engine: what it says of small functions, whether that is true when they run, and what it takes.

// The errors of the chain's interpreter are what they are.
#![allow(clippy::result_large_err)]

pub mod chain;
mod evaluate;
mod hostile;
mod pipeline;
mod simnet;
mod soundness;
mod summaries;
mod transactions;
