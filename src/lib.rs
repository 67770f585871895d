//! clarlint: a static analyzer and architecture linter for Clarity smart contracts.
