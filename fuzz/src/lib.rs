//! What the targets run: the modules of the test suite that do without its harness.

#[path = "../../tests/suite/fuzzed/mod.rs"]
pub mod fuzzed;
#[path = "../../tests/suite/generate/mod.rs"]
pub mod generate;

pub mod reader {
    #[path = "../../../tests/suite/reader/oracle.rs"]
    pub mod oracle;
}
