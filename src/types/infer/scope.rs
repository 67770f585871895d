//! Names in sight: what each means, and what it may be given.

use super::doubt::DoubtKind;
use super::shape::{Shape, Ty};
use super::walk::Walk;
use crate::builtins::{Keyword, Word};
use crate::syntax::{Expr, Symbol};

/// What a name means.
#[derive(Clone, Copy, Debug, Default)]
pub struct Slot {
    pub definition: Definition,
    /// The trait that it is an alias of.
    pub alias: Option<Ty>,
    /// Whether the chain takes it for a name that is used already.
    pub taken: bool,
    pub local: Option<Local>,
}

#[derive(Clone, Copy, Debug, Default)]
pub enum Definition {
    #[default]
    Nothing,
    Constant(Ty),
    Variable(Ty),
    Map(Ty, Ty),
    FungibleToken,
    NonFungibleToken(Ty),
    /// The number of a function.
    Function(u32),
}

#[derive(Clone, Copy, Debug)]
pub struct Local {
    pub of: Ty,
    /// Whether the chain keeps it apart as a trait, so that it can be called.
    pub callable: bool,
}

impl Walk<'_, '_> {
    pub fn slot(&self, name: Symbol) -> &Slot {
        &self.slots[name.0 as usize]
    }

    pub fn slot_mut(&mut self, name: Symbol) -> &mut Slot {
        &mut self.slots[name.0 as usize]
    }

    /// Opens a scope; [`Self::leave`] takes what it gives.
    pub fn enter(&self) -> usize {
        self.hidden.len()
    }

    pub fn leave(&mut self, scope: usize) {
        while self.hidden.len() > scope {
            if let Some((name, local)) = self.hidden.pop() {
                self.slot_mut(name).local = local;
            }
        }
    }

    /// Binds a name. A trait stays in sight behind a value of the same name, as on the chain.
    pub fn bind(&mut self, name: Symbol, local: Local) {
        let slot = self.slot_mut(name);
        let hidden = slot.local;
        if local.callable || !hidden.is_some_and(|hidden| hidden.callable) {
            slot.local = Some(local);
        }
        self.hidden.push((name, hidden));
    }

    /// Binds what `let` and `match` name.
    pub fn bind_new(&mut self, name: Symbol, of: Ty) {
        let callable = self.clarity2 && matches!(self.pool.shape(of), Shape::Trait(_));
        self.bind(name, Local { of, callable });
    }

    /// Whether `let` and `match` may give something that name.
    pub fn check_new(&mut self, at: Expr<'_>, name: Symbol) {
        let slot = *self.slot(name);
        if slot.taken || slot.local.is_some_and(|local| !local.callable) {
            self.doubt(at, DoubtKind::Taken);
        } else if slot.local.is_some() {
            // The chain lets it pass, and what else the name means then is the chain's to say.
            self.doubt(at, DoubtKind::Twice);
        }
        self.check_reserved(at, name);
    }

    /// `block-height` names nothing since it is gone.
    pub fn check_reserved(&mut self, at: Expr<'_>, name: Symbol) {
        let reserved = Keyword::BlockHeight;
        if name.word() == Some(Word::Keyword(reserved)) && self.input.dialect.version > reserved.versions().1
        {
            self.doubt(at, DoubtKind::Name);
        }
    }
}
