//! What a function does and makes sure of, said once and put in at every call.

use std::sync::Arc;

use super::set::{Fact, Facts};
use super::term::{Mask, Moved, StateId, TermId, Terms, TextId};
use crate::builtins::Builtin;
use crate::graph::{Site, TraitId};
use crate::model::ExprId;
use rustc_hash::FxHashMap;

/// A function, summarised in terms of its parameters, its callers and the state it is entered with.
#[derive(Debug, Default)]
pub struct Summary {
    /// `None` only for functions that are not checked.
    pub result: Option<TermId>,
    /// Everything it does on a path that commits, in the order of the text. For a private function every path
    /// commits: whether its effects stay is its caller's affair.
    pub effects: Vec<Effect>,
    /// What the state holds afterwards, where it was written.
    pub post: Vec<(StateId, TermId)>,
    /// The state that the summary reads as it is when the function is entered.
    pub inputs: Vec<StateId>,
    /// Whether it reads `tx-sender` or `contract-caller`.
    pub uses_caller: bool,
    /// Whether it calls something that may change other contracts' state.
    pub havocs: bool,
    /// Whether it prints an event.
    pub prints: bool,
    /// What the result depends on.
    pub mask: Mask,
    pub exits: Vec<Exit>,
    /// The expression whose evaluation taught a fact.
    pub origins: FxHashMap<Fact, ExprId>,
    pub statements: Statements,
    /// Why nothing, or not everything, is known of the function.
    pub unchecked: Option<Unchecked>,
}

/// Why a function was not analysed to the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unchecked {
    /// It takes part in a cycle of calls, which the chain rejects.
    Cycle,
    /// It is larger than the bounds of the analysis.
    TooLarge,
}

/// One way out of a function.
#[derive(Clone, Debug)]
pub struct Exit {
    pub site: ExprId,
    pub value: TermId,
    /// What holds when the function is left here and commits; `None` if it cannot commit here.
    pub facts: Option<Facts>,
}

/// Something that the function does to the world.
#[derive(Clone, Debug)]
pub struct Effect {
    pub kind: EffectKind,
    /// The evaluated arguments, as the builtin or the call has them.
    pub args: Vec<TermId>,
    /// `tx-sender` and `contract-caller` where it happens.
    pub sender: TermId,
    pub caller: TermId,
    /// What a call through a trait returns, so that what rests on its word can be told.
    pub result: Option<TermId>,
    /// Whether it may fail and leave what else the function does in place.
    pub outcome: Outcome,
    /// The allowances of the `as-contract?` around it.
    pub allowances: Option<Arc<[Allowance]>>,
    /// Where it stands.
    pub site: Site,
    /// The calls that lead from the function to it, outermost first.
    pub calls: Vec<Site>,
    /// What holds whenever it is committed.
    pub facts: Facts,
    /// The ways out of the function that commit it, as indices into [`Summary::exits`].
    pub exits: Vec<u32>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum EffectKind {
    /// `var-set`, `map-set`, `map-insert`, `map-delete`.
    Write(Builtin, StateId),
    /// A mint, burn or transfer of a token of the contract.
    Token(Builtin, StateId),
    /// A transfer or burn of STX.
    Stx(Builtin),
    /// A call through a trait: the first argument is the contract that is called.
    Dynamic { method: TextId, of: Option<TraitId> },
    /// A call of a contract that is not in the project: what it does is not known.
    External(TextId),
    /// A call of a function that is not checked.
    Unchecked,
}

impl EffectKind {
    /// The state of a contract that it changes.
    pub fn state(&self) -> Option<StateId> {
        match *self {
            Self::Write(_, state) | Self::Token(_, state) => Some(state),
            Self::Stx(_) | Self::Dynamic { .. } | Self::External(_) | Self::Unchecked => None,
        }
    }

    /// Whether it changes the chain's state itself, and is no call that may.
    pub fn changes_state(&self) -> bool {
        self.state().is_some() || matches!(self, Self::Stx(_))
    }
}

/// What becomes of an operation that fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It does not fail, or nothing else is committed then, or that is not known.
    Settled,
    /// The function goes one way or another by what this response is, or hands it on.
    Asked(TermId),
    /// Nothing depends on it: everything else goes on as if it had worked.
    Ignored,
}

/// One allowance of `as-contract?`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowance {
    pub builtin: Builtin,
    pub args: Vec<TermId>,
}

/// What the rules ask of a body as it is written, before any caller is put in.
#[derive(Debug, Default)]
pub struct Statements {
    /// Expressions whose value is dropped and which do nothing else: no effect, no event, no exit.
    pub dropped: Vec<(ExprId, TermId)>,
    /// Bindings of `let` whose value does nothing else.
    pub bound: Vec<Bound>,
    /// The conditions of `asserts!`.
    pub asserted: Vec<(ExprId, TermId)>,
    /// What `unwrap-panic` and `unwrap-err-panic` open.
    pub unwrapped: Vec<Unwrapped>,
}

/// Where a transaction ends if a value is not what it has to be.
#[derive(Debug)]
pub struct Unwrapped {
    pub expr: ExprId,
    /// Whether the value is some or ok.
    pub good: TermId,
    /// What holds there.
    pub known: Facts,
}

/// A local of a `let` and the value that it is bound to.
#[derive(Debug)]
pub struct Bound {
    pub local: u32,
    pub value: ExprId,
    pub term: TermId,
}

/// What holds for all of some effects; `None` if there are none.
pub fn shared<'e>(effects: impl IntoIterator<Item = &'e Effect>) -> Option<Facts> {
    effects.into_iter().map(|effect| effect.facts.clone()).reduce(|all, facts| all.common(&facts))
}

impl Summary {
    /// Every term of what is done, and of what is known where it is done and where the function is left.
    pub fn told(&self) -> impl Iterator<Item = TermId> + '_ {
        let args = self.effects.iter().flat_map(|effect| effect.args.iter().copied());
        self.known().chain(args)
    }

    /// Every term of what is known where something is done and where the function is left.
    pub fn known(&self) -> impl Iterator<Item = TermId> + '_ {
        let exits = self.exits.iter().filter_map(|exit| exit.facts.as_ref());
        let known = self.effects.iter().map(|effect| &effect.facts).chain(exits);
        known.flat_map(|facts| facts.iter().map(Fact::term))
    }

    /// The same summary over the terms of another arena.
    pub(super) fn moved(&self, moved: &mut Moved, from: &Terms, to: &mut Terms) -> Self {
        let mut mover = Mover { moved, from, to };
        Self {
            result: self.result.map(|result| mover.term(result)),
            effects: self.effects.iter().map(|effect| mover.effect(effect)).collect(),
            post: self.post.iter().map(|&(state, value)| (state, mover.term(value))).collect(),
            inputs: self.inputs.clone(),
            uses_caller: self.uses_caller,
            havocs: self.havocs,
            prints: self.prints,
            mask: self.mask,
            exits: self.exits.iter().map(|exit| mover.exit(exit)).collect(),
            origins: self.origins.iter().map(|(&fact, &at)| (mover.fact(fact), at)).collect(),
            // What is asked of a body as it is written is asked where it was walked.
            statements: Statements::default(),
            unchecked: self.unchecked,
        }
    }

    /// What is known of a function that cannot be analysed.
    pub fn unknown(why: Unchecked) -> Self {
        Self { unchecked: Some(why), havocs: true, mask: Mask::UNKNOWN, ..Self::default() }
    }
}

struct Mover<'a> {
    moved: &'a mut Moved,
    from: &'a Terms,
    to: &'a mut Terms,
}

impl Mover<'_> {
    fn term(&mut self, term: TermId) -> TermId {
        self.moved.term(self.from, self.to, term)
    }

    fn terms(&mut self, terms: &[TermId]) -> Vec<TermId> {
        terms.iter().map(|&term| self.term(term)).collect()
    }

    fn fact(&mut self, fact: Fact) -> Fact {
        Fact::new(self.term(fact.term()), fact.holds())
    }

    /// What does not deny itself in one arena does not in another.
    fn facts(&mut self, facts: &Facts) -> Facts {
        Facts::from_vec(facts.iter().map(|fact| self.fact(fact)).collect()).unwrap_or_default()
    }

    fn exit(&mut self, exit: &Exit) -> Exit {
        let facts = exit.facts.as_ref().map(|facts| self.facts(facts));
        Exit { site: exit.site, value: self.term(exit.value), facts }
    }

    fn effect(&mut self, effect: &Effect) -> Effect {
        let kind = match effect.kind {
            EffectKind::Dynamic { method, of } => {
                EffectKind::Dynamic { method: self.moved.text(self.from, self.to, method), of }
            }
            EffectKind::External(path) => EffectKind::External(self.moved.text(self.from, self.to, path)),
            ref other => other.clone(),
        };
        let allowances = effect.allowances.as_ref().map(|allowances| {
            let allowance = |it: &Allowance| Allowance { builtin: it.builtin, args: self.terms(&it.args) };
            allowances.iter().map(allowance).collect()
        });
        Effect {
            kind,
            args: self.terms(&effect.args),
            sender: self.term(effect.sender),
            caller: self.term(effect.caller),
            result: effect.result.map(|result| self.term(result)),
            outcome: match effect.outcome {
                Outcome::Asked(response) => Outcome::Asked(self.term(response)),
                settled => settled,
            },
            allowances,
            site: effect.site,
            calls: effect.calls.clone(),
            facts: self.facts(&effect.facts),
            exits: effect.exits.clone(),
        }
    }
}
