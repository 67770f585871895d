//! Lowering: a contract of any version as one of Clarity 2 that the chain's analyser takes exactly if the chain takes
//! the original, and gives the same types.
//!
//! Every expression of the text keeps the number of its node, so that types and errors come back to where they
//! belong; what is made up has numbers above all of them and names that no text can have. What types alone can
//! decide is left to [`Condition`]s, which are asked when the analyser is through.

mod allowances;
mod condition;
mod nodes;
mod table;

pub use condition::{Condition, type_of};

use clarity::vm::representations::TraitDefinition;
use clarity::vm::{ClarityName, SymbolicExpression};
use rustc_hash::FxHashMap;

use super::analysis::{Failure, Source};
use super::{Fault, names, order};
use crate::builtins::{Builtin, Define, Keyword, Role, Word};
use crate::syntax::{Expr, Kind, NodeId, Symbol};

/// What names end in that are made up: no name of a text has a space.
pub const MADE: &str = " (lowered)";

/// What is reserved from Clarity 3 on, so that no old contract is misread.
const RESERVED: Keyword = Keyword::BlockHeight;

pub struct Lowering<'t> {
    source: &'t Source<'t>,
    traits: &'t FxHashMap<ClarityName, TraitDefinition>,
    /// How long what each `to-ascii?` makes can be, as far as it is known.
    lengths: &'t FxHashMap<NodeId, u32>,
    /// Names that were made once already.
    names: FxHashMap<Symbol, ClarityName>,
    /// The last number that was given to what is made up.
    made: u64,
    /// The builtins that became functions, each once.
    functions: Vec<Builtin>,
    pub conditions: Vec<Condition>,
}

/// The outcome of lowering an expression.
type Lowered = Result<SymbolicExpression, Failure>;

/// A call of a builtin.
struct Form<'t> {
    whole: Expr<'t>,
    head: Expr<'t>,
    builtin: Builtin,
    arguments: Vec<Expr<'t>>,
}

impl<'t> Lowering<'t> {
    pub fn new(
        source: &'t Source<'t>,
        traits: &'t FxHashMap<ClarityName, TraitDefinition>,
        lengths: &'t FxHashMap<NodeId, u32>,
    ) -> Self {
        Self {
            source,
            traits,
            lengths,
            names: FxHashMap::default(),
            made: source.tree.len() as u64 + 1,
            functions: Vec::new(),
            conditions: Vec::new(),
        }
    }

    /// The forms, behind the functions that they need now. What a contract says it implements is left out: that is
    /// asked apart, for all traits and all methods.
    pub fn contract(&mut self, forms: &[Expr<'t>]) -> Result<Vec<SymbolicExpression>, Failure> {
        let mut lowered = Vec::with_capacity(forms.len());
        for &form in forms {
            lowered.extend(self.form(form)?);
        }
        let functions = std::mem::take(&mut self.functions);
        let mut all: Vec<_> = functions.into_iter().map(|builtin| self.function(builtin)).collect();
        all.append(&mut lowered);
        Ok(all)
    }

    fn form(&mut self, form: Expr<'t>) -> Result<Option<SymbolicExpression>, Failure> {
        let Some((head, arguments)) = form.call() else { return self.value(form).map(Some) };
        let Some(Word::Define(define)) = head.symbol().and_then(Symbol::word) else {
            return self.value(form).map(Some);
        };
        let first_value = match define {
            Define::ImplTrait => return Ok(None),
            Define::Constant | Define::FungibleToken => 1,
            Define::Private | Define::Public | Define::ReadOnly => 1,
            Define::DataVar => 2,
            Define::Map | Define::NonFungibleToken | Define::Trait | Define::UseTrait => usize::MAX,
        };
        let mut children = vec![self.raw(head)?];
        for (index, argument) in arguments.enumerate() {
            children.push(match index {
                _ if index >= first_value => self.value(argument)?,
                0 if argument.kind() == Kind::List => self.signature(argument)?,
                0 => self.binding(argument)?,
                _ => self.raw(argument)?,
            });
        }
        Ok(Some(self.list(form, children)))
    }

    /// `(name (parameter type) ..)`.
    fn signature(&mut self, signature: Expr<'t>) -> Lowered {
        let mut children = Vec::new();
        for (index, child) in signature.children().enumerate() {
            if let Some((parameter, _)) = child.call() {
                self.not_reserved(parameter)?;
            }
            children.push(if index == 0 { self.called(child)? } else { self.raw(child)? });
        }
        Ok(self.list(signature, children))
    }

    /// What is evaluated.
    fn value(&mut self, expr: Expr<'t>) -> Lowered {
        match expr.kind() {
            Kind::Atom => {
                let word = expr.symbol().and_then(Symbol::word);
                let Some(Word::Keyword(keyword)) = word else { return self.raw(expr) };
                let (first, last) = keyword.versions();
                let version = self.source.version;
                Ok(match table::keyword(keyword) {
                    _ if version > last => self.placed(expr, gone(expr.text())),
                    Some(older) if version >= first => {
                        self.placed(expr, SymbolicExpression::atom(names::name(older.name())))
                    }
                    _ => self.raw(expr)?,
                })
            }
            Kind::Tuple => self.tuple(expr, Self::value),
            Kind::List => self.call(expr),
            _ => self.raw(expr),
        }
    }

    fn call(&mut self, whole: Expr<'t>) -> Lowered {
        let Some((head, arguments)) = whole.call() else { return self.raw(whole) };
        match head.symbol().and_then(Symbol::word) {
            Some(Word::Builtin(builtin)) if builtin.spec().exists_in(self.source.version) => {
                let form = Form { whole, head, builtin, arguments: arguments.collect() };
                match table::row(builtin) {
                    Some(lower) => lower(self, &form),
                    None => self.unchanged(&form),
                }
            }
            _ => {
                let mut children = vec![self.called(head)?];
                for argument in arguments {
                    children.push(self.value(argument)?);
                }
                Ok(self.list(whole, children))
            }
        }
    }

    /// A builtin that Clarity 2 has, too: only what it evaluates is lowered.
    fn unchanged(&mut self, form: &Form<'t>) -> Lowered {
        let mut children = vec![self.raw(form.head)?];
        let matches_response = form.arguments.len() == 5;
        for (index, &argument) in form.arguments.iter().enumerate() {
            children.push(match form.builtin.spec().role(index) {
                Role::Value | Role::Allowances => self.value(argument)?,
                Role::Bindings => self.pairs(argument)?,
                Role::Pair => self.pair(argument)?,
                Role::Match if index == 1 || (index == 3 && matches_response) => self.binding(argument)?,
                Role::Match => self.value(argument)?,
                Role::Function => self.applied(argument)?,
                Role::Var | Role::Map | Role::Ft | Role::Nft | Role::Field | Role::Type => {
                    self.raw(argument)?
                }
                Role::Literal | Role::Property | Role::Contract | Role::Method => self.raw(argument)?,
            });
        }
        Ok(self.list(form.whole, children))
    }

    fn pairs(&mut self, bindings: Expr<'t>) -> Lowered {
        if bindings.kind() != Kind::List {
            return self.raw(bindings);
        }
        let mut children = Vec::new();
        for pair in bindings.children() {
            if let Some((name, _)) = pair.call() {
                self.not_reserved(name)?;
            }
            children.push(self.pair(pair)?);
        }
        Ok(self.list(bindings, children))
    }

    /// `(name value)`.
    fn pair(&mut self, pair: Expr<'t>) -> Lowered {
        let Some((name, values)) = pair.call() else { return self.raw(pair) };
        let mut children = vec![self.raw(name)?];
        for value in values {
            children.push(self.value(value)?);
        }
        Ok(self.list(pair, children))
    }

    /// The function of `map`, `filter` and `fold`.
    fn applied(&mut self, name: Expr<'t>) -> Lowered {
        match name.symbol().and_then(Symbol::word) {
            Some(Word::Builtin(builtin))
                if builtin.spec().exists_in(self.source.version) && table::row(builtin).is_some() =>
            {
                if builtin.spec().simple {
                    let function = self.needs(builtin);
                    return Ok(self.placed(name, function));
                }
                let message = format!("`{}` cannot be applied to elements", name.text());
                Err(Fault::at(name, message).into())
            }
            _ => self.called(name),
        }
    }

    /// The name of a function where it is defined or called. One that used to be a builtin means nothing to the
    /// analyser in that way, whoever defines it.
    fn called(&mut self, name: Expr<'t>) -> Lowered {
        match name.symbol().and_then(Symbol::word) {
            Some(Word::Builtin(builtin)) if builtin.spec().last < self.source.version => {
                Ok(self.placed(name, gone(name.text())))
            }
            _ => self.binding(name),
        }
    }

    /// A name that is given to something.
    fn binding(&mut self, name: Expr<'t>) -> Lowered {
        self.not_reserved(name)?;
        self.raw(name)
    }

    fn not_reserved(&self, name: Expr<'t>) -> Result<(), Fault> {
        if self.source.version <= RESERVED.versions().1 || name.name() != Some(RESERVED.name()) {
            return Ok(());
        }
        let message =
            format!("`{}` is reserved in {} and names nothing", RESERVED.name(), self.source.version);
        Err(Fault::at(name, message))
    }

    /// What is not evaluated, such as a type: as it stands, but without sugar.
    fn raw(&mut self, expr: Expr<'t>) -> Lowered {
        let node = match expr.kind() {
            Kind::List => {
                let children = expr.children().map(|child| self.raw(child)).collect::<Result<Vec<_>, _>>()?;
                return Ok(self.list(expr, children));
            }
            Kind::Tuple => return self.tuple(expr, Self::raw),
            Kind::Atom => SymbolicExpression::atom(self.name(expr)),
            Kind::TraitReference => {
                let alias = expr.trait_alias().map_or("", |alias| self.source.tree.name(alias));
                let name = names::name(alias);
                match self.traits.get(&name) {
                    Some(definition) => SymbolicExpression::trait_reference(name, definition.clone()),
                    None => {
                        return Err(Fault::at(expr, format!("there is no trait `{alias}`")).into());
                    }
                }
            }
            Kind::TraitIdentifier => {
                let identifier = order::trait_identifier(expr, self.source);
                SymbolicExpression::field(identifier.ok_or_else(|| unreadable(expr))?)
            }
            _ => {
                let value = names::literal(expr, self.source.issuer);
                SymbolicExpression::literal_value(value.ok_or_else(|| unreadable(expr))?)
            }
        };
        Ok(self.placed(expr, node))
    }

    /// `{name: of, ..}` as `(tuple (name of) ..)`.
    fn tuple(&mut self, tuple: Expr<'t>, of: fn(&mut Self, Expr<'t>) -> Lowered) -> Lowered {
        let mut children = vec![self.atom(tuple, "tuple")];
        let mut fields = tuple.children();
        while let (Some(name), Some(field)) = (fields.next(), fields.next()) {
            let pair = vec![self.raw(name)?, of(self, field)?];
            children.push(self.made_list(name, pair));
        }
        Ok(self.list(tuple, children))
    }

    fn name(&mut self, atom: Expr<'t>) -> ClarityName {
        match atom.symbol() {
            Some(symbol) => self.names.entry(symbol).or_insert_with(|| names::name(atom.text())).clone(),
            None => names::name(atom.text()),
        }
    }
}

fn gone(name: &str) -> SymbolicExpression {
    SymbolicExpression::atom(names::name(&format!("{name}{MADE}")))
}

fn unreadable(expr: Expr<'_>) -> Failure {
    Failure::internal(format!("`{}` cannot be read", expr.text()))
}
