//! How much work a function may take: what would take more is not checked, so that no text can hold the linter up.

use crate::graph::Program;

/// What one function may take. A unit is about one fact looked at or one term made.
const FUNCTION: usize = 4_000_000;
/// What a whole program may take: so much, and so much for every expression. Real contracts take a hundredth of it.
const PROGRAM: usize = 12_000_000;
const EXPRESSION: usize = 200;
/// What every function may take whatever the others took.
const LEAST: usize = 5_000;

#[derive(Debug)]
pub(super) struct Budget {
    /// What is left of the program's and of the current function's.
    program: usize,
    left: usize,
    /// What the rules may take together.
    rules: usize,
    summarising: bool,
}

impl Budget {
    pub fn for_program(program: &Program<'_>) -> Self {
        let expressions: usize = program.models.iter().map(|model| model.exprs().count()).sum();
        let all = PROGRAM + expressions * EXPRESSION;
        Self { program: all, left: FUNCTION, rules: all, summarising: true }
    }

    /// Begins the next function.
    pub fn refill(&mut self) {
        self.left = self.program.clamp(LEAST, FUNCTION);
    }

    pub fn refill_for_rules(&mut self) {
        self.left = self.rules;
        self.summarising = false;
    }

    pub fn spend(&mut self, units: usize) {
        self.left = self.left.saturating_sub(units);
        self.program = self.program.saturating_sub(units);
    }

    /// Takes all that is left of the function's: a bound of another kind was met. Rules go on with what is known.
    pub fn give_up(&mut self) {
        if self.summarising {
            self.left = 0;
        }
    }

    pub fn is_spent(&self) -> bool {
        self.left == 0
    }
}
