//! Facts, and sets of them.

use std::sync::Arc;

use super::term::TermId;

/// A boolean term that is known to be true, or known to be false.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Fact(u32);

impl Fact {
    pub fn new(term: TermId, holds: bool) -> Self {
        Self(term.0 << 1 | holds as u32)
    }

    pub fn term(self) -> TermId {
        TermId(self.0 >> 1)
    }

    pub fn holds(self) -> bool {
        self.0 & 1 == 1
    }

    /// What holds if and only if this does not.
    pub fn opposite(self) -> Self {
        Self(self.0 ^ 1)
    }

    fn denies(self, other: Fact) -> bool {
        self.opposite() == other
    }
}

/// What is known at one point: sorted, shared, never changed in place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts(Arc<[Fact]>);

impl Default for Facts {
    fn default() -> Self {
        Self(Arc::from([]))
    }
}

impl Facts {
    /// `None` if the facts deny each other: what needs them all cannot happen.
    pub fn from_vec(mut facts: Vec<Fact>) -> Option<Self> {
        facts.sort_unstable();
        facts.dedup();
        let possible = facts.windows(2).all(|pair| !pair[0].denies(pair[1]));
        possible.then(|| Self(facts.into()))
    }

    pub fn iter(&self) -> impl Iterator<Item = Fact> + '_ {
        self.0.iter().copied()
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn contains(&self, fact: Fact) -> bool {
        self.0.binary_search(&fact).is_ok()
    }

    pub fn knows(&self, term: TermId, holds: bool) -> bool {
        self.contains(Fact::new(term, holds))
    }

    /// Both; `None` if they deny each other.
    pub fn and(&self, other: &Facts) -> Option<Facts> {
        if other.is_empty() || Arc::ptr_eq(&self.0, &other.0) {
            return Some(self.clone());
        }
        if self.is_empty() {
            return Some(other.clone());
        }
        // Mostly little is added to much, and mostly it is known already.
        if other.len() < self.len() / 4 && other.iter().all(|fact| self.contains(fact)) {
            return Some(self.clone());
        }
        let mut all = Vec::with_capacity(self.len() + other.len());
        let (mut left, mut right) = (self.iter().peekable(), other.iter().peekable());
        while let (Some(&a), Some(&b)) = (left.peek(), right.peek()) {
            if a.denies(b) {
                return None;
            }
            all.push(a.min(b));
            if a <= b {
                left.next();
            }
            if b <= a {
                right.next();
            }
        }
        all.extend(left);
        all.extend(right);
        Some(if all.len() == self.len() { self.clone() } else { Self(all.into()) })
    }

    /// Whether the two are kept as one. What is, is equal; what is not may be, too.
    pub fn is_shared_with(&self, other: &Facts) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// What both know.
    pub fn common(&self, other: &Facts) -> Facts {
        if Arc::ptr_eq(&self.0, &other.0) {
            return self.clone();
        }
        self.split(other, true)
    }

    /// What `other` does not know.
    pub fn without(&self, other: &Facts) -> Facts {
        self.split(other, false)
    }

    /// The facts that `other` has, or those that it has not.
    fn split(&self, other: &Facts, has: bool) -> Facts {
        let mut kept = Vec::with_capacity(self.len());
        let mut rest = &other.0[..];
        for fact in self.iter() {
            rest = &rest[before(rest, fact)..];
            if (rest.first() == Some(&fact)) == has {
                kept.push(fact);
            }
        }
        if kept.len() == self.len() { self.clone() } else { Self(kept.into()) }
    }
}

/// How many of the sorted facts come before one: found in steps that double, since it is mostly near the beginning.
fn before(sorted: &[Fact], fact: Fact) -> usize {
    let mut bound = 1;
    while bound < sorted.len() && sorted[bound - 1] < fact {
        bound *= 2;
    }
    sorted[..bound.min(sorted.len())].partition_point(|&it| it < fact)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(of: &[(u32, bool)]) -> Facts {
        Facts::from_vec(of.iter().map(|&(term, holds)| Fact::new(TermId(term), holds)).collect()).unwrap()
    }

    #[test]
    fn sets_join_and_meet() {
        let (a, b) = (facts(&[(3, true), (1, true)]), facts(&[(1, true), (2, false)]));
        assert_eq!(a.and(&b), Some(facts(&[(1, true), (2, false), (3, true)])));
        assert_eq!(a.common(&b), facts(&[(1, true)]));
        assert_eq!(a.without(&b), facts(&[(3, true)]));
    }

    #[test]
    fn facts_that_deny_each_other_are_impossible() {
        assert_eq!(facts(&[(1, true), (2, true)]).and(&facts(&[(2, false)])), None);
        assert_eq!(Facts::from_vec(vec![Fact::new(TermId(1), true), Fact::new(TermId(1), false)]), None);
    }
}
