//! What has to hold of every project, whatever it says.
//!
//! What is said of a contract follows from its text and from what it calls, from nothing else: not from the order of the
//! files, not from contracts that it has nothing to do with, not from the number of threads, not from the rules that
//! are asked besides. And what means nothing, comments and white space, changes nothing.

mod folder;
mod layout;
mod memory;
mod purity;
mod rules;
mod strangers;
