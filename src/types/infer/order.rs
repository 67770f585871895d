//! The order in which the chain reads the forms of a contract: what is defined before what uses it
//! (`ast/definition_sorter` of clarity-vm, whose rules of what counts as a use are kept).

use super::annotation::two;
use crate::builtins::{Builtin, Define, Word};
use crate::syntax::{Expr, Kind, Symbol, Tree};

/// No form defines the name.
const NOBODY: u32 = u32::MAX;

pub struct Order<'t> {
    /// The forms, what is used first.
    pub forms: Vec<Expr<'t>>,
    /// Whether definitions use each other, so that there is no such order.
    pub circular: bool,
}

pub fn order(tree: &Tree) -> Order<'_> {
    let forms: Vec<_> = tree.forms().collect();
    let mut definers = vec![NOBODY; tree.symbols()];
    for (at, &form) in forms.iter().enumerate() {
        if let Some(name) = form.defined().and_then(Expr::symbol) {
            definers[name.0 as usize] = at as u32;
        }
    }
    let mut uses =
        Uses { definers: &definers, starts: Vec::with_capacity(forms.len() + 1), used: Vec::new() };
    for &form in &forms {
        uses.starts.push(uses.used.len() as u32);
        uses.probe(form);
    }
    uses.starts.push(uses.used.len() as u32);
    let (sorted, circular) = uses.sorted(forms.len());
    Order { forms: sorted.into_iter().map(|at| forms[at as usize]).collect(), circular }
}

struct Uses<'d> {
    /// By symbol, the form that defines it.
    definers: &'d [u32],
    /// Where the uses of each form start.
    starts: Vec<u32>,
    used: Vec<u32>,
}

impl Uses<'_> {
    /// Notes what an expression uses. Nesting is bounded by the reader.
    fn probe(&mut self, expr: Expr<'_>) {
        match expr.kind() {
            Kind::Atom => self.name(expr.symbol()),
            Kind::TraitReference => self.name(expr.trait_alias()),
            // Keys and values in turn.
            Kind::Tuple => expr.children().skip(1).step_by(2).for_each(|value| self.probe(value)),
            Kind::List => self.list(expr),
            _ => {}
        }
    }

    fn name(&mut self, name: Option<Symbol>) {
        let definer = name.map_or(NOBODY, |name| self.definers[name.0 as usize]);
        if definer != NOBODY {
            self.used.push(definer);
        }
    }

    fn list(&mut self, list: Expr<'_>) {
        let Some((head, arguments)) = list.call() else { return };
        let mut rest = arguments;
        match head.symbol().and_then(Symbol::word) {
            Some(Word::Define(define)) => self.definition(define, &arguments.collect::<Vec<_>>()),
            Some(Word::Builtin(Builtin::ContractCall)) => rest.skip(2).for_each(|value| self.probe(value)),
            Some(Word::Builtin(Builtin::Let)) => {
                if arguments.count() > 1 {
                    rest.next()
                        .into_iter()
                        .filter(|it| it.kind() == Kind::List)
                        .for_each(|it| self.pairs(it));
                    rest.for_each(|value| self.probe(value));
                }
            }
            Some(Word::Builtin(Builtin::Get)) => {
                if arguments.count() == 2 {
                    rest.skip(1).for_each(|value| self.probe(value));
                }
            }
            Some(Word::Builtin(Builtin::Tuple)) => rest.for_each(|pair| self.pair(pair)),
            _ => list.children().for_each(|value| self.probe(value)),
        }
    }

    fn definition(&mut self, define: Define, arguments: &[Expr<'_>]) {
        match (define, arguments) {
            (Define::DataVar | Define::Constant, [_, rest @ ..]) => {
                rest.iter().for_each(|&value| self.probe(value));
            }
            (Define::Public | Define::Private | Define::ReadOnly, &[signature, body]) => {
                if signature.kind() == Kind::List {
                    signature.children().skip(1).for_each(|pair| self.pair(pair));
                }
                self.probe(body);
            }
            (Define::Map, &[_, key, value]) => [key, value].into_iter().for_each(|of| self.probe(of)),
            (Define::Trait, &[_, methods]) if methods.kind() == Kind::List => {
                for method in methods.children().filter(|method| method.kind() == Kind::List) {
                    if method.children().count() == 3 {
                        method.children().skip(1).for_each(|of| self.probe(of));
                    }
                }
            }
            (Define::FungibleToken, &[_, supply]) => self.probe(supply),
            _ => {}
        }
    }

    fn pairs(&mut self, list: Expr<'_>) {
        list.children().for_each(|pair| self.pair(pair));
    }

    fn pair(&mut self, pair: Expr<'_>) {
        if let Some((_, value)) = two(pair) {
            self.probe(value);
        }
    }

    fn of(&self, form: u32) -> &[u32] {
        &self.used[self.starts[form as usize] as usize..self.starts[form as usize + 1] as usize]
    }

    /// Depth first, what is used before what uses it; and whether something uses itself.
    fn sorted(&self, forms: usize) -> (Vec<u32>, bool) {
        #[derive(Clone, Copy, PartialEq)]
        enum State {
            New,
            Open,
            Done,
        }
        let mut states = vec![State::New; forms];
        let mut sorted = Vec::with_capacity(forms);
        let mut circular = false;
        let mut open: Vec<(u32, u32)> = Vec::new();
        for form in 0..forms as u32 {
            if states[form as usize] != State::New {
                continue;
            }
            states[form as usize] = State::Open;
            open.push((form, 0));
            while let Some((form, next)) = open.last_mut() {
                match self.of(*form).get(*next as usize) {
                    Some(&used) => {
                        *next += 1;
                        match states[used as usize] {
                            State::New => {
                                states[used as usize] = State::Open;
                                open.push((used, 0));
                            }
                            State::Open => circular = true,
                            State::Done => {}
                        }
                    }
                    None => {
                        states[*form as usize] = State::Done;
                        sorted.push(*form);
                        open.pop();
                    }
                }
            }
        }
        (sorted, circular)
    }
}
