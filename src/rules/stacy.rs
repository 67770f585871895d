//! Names of Stacy's detectors, and the rules that look for the same.

use super::{Rule, find};

/// The detectors of Stacy 1.0 and our rules, by name.
const DETECTORS: &[(&str, &str)] = &[
    ("AssertBlockHeight", "block-height-as-clock"),
    ("CallInsideAsContract", "as-contract-dynamic-call"),
    ("DivideBeforeMultiply", "divide-before-multiply"),
    ("PrivateFunctionNotUsed", "unused-private-function"),
    ("ToDoComment", "todo-comment"),
    ("TxSenderInAssert", "tx-sender-auth"),
    ("UnusedArguments", "unused-parameter"),
    ("UnusedLetVariables", "unused-binding"),
    ("UnwrapPanicUsage", "panicking-unwrap"),
    ("UpdatedFunctions", "deprecated-builtin"),
    ("VarCouldBeConstant", "var-could-be-constant"),
];

/// The rule that looks for what a detector does.
pub fn stacy_detector(name: &str) -> Option<&'static Rule> {
    DETECTORS.iter().find(|(detector, _)| *detector == name).and_then(|(_, rule)| find(rule))
}

/// What Stacy calls a rule.
pub fn stacy_name(rule: &str) -> Option<&'static str> {
    DETECTORS.iter().find(|(_, ours)| *ours == rule).map(|(detector, _)| *detector)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn detectors_are_listed_once_and_have_rules() {
        assert!(DETECTORS.is_sorted_by_key(|(detector, _)| detector));
        for (detector, rule) in DETECTORS {
            assert_eq!(stacy_detector(detector).map(|rule| rule.id), Some(*rule));
            assert_eq!(stacy_name(rule), Some(*detector));
        }
    }
}
