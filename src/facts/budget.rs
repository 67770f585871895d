//! How much work a function may take: what would take more is not checked, so that no text can hold the linter up, and
//! so that nothing that one function takes is taken from another.

/// What one function may take, and what one rule may take for one function. A unit is about one fact looked at or one
/// term made. Real functions take a thousandth of it.
const FUNCTION: usize = 4_000_000;

#[derive(Debug)]
pub(super) struct Budget {
    left: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { left: FUNCTION }
    }
}

impl Budget {
    pub fn spend(&mut self, units: usize) {
        self.left = self.left.saturating_sub(units);
    }

    /// Takes all that is left: a bound of another kind was met.
    pub fn give_up(&mut self) {
        self.left = 0;
    }

    pub fn is_spent(&self) -> bool {
        self.left == 0
    }
}
