//! The tree: one array of nodes in preorder. A node knows where its subtree ends, so that walking needs no pointers
//! and the whole tree is one allocation.

use std::sync::Arc;

use crate::builtins::{Define, Word};
use crate::source::Span;

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Kind {
    /// `( ... )`.
    List,
    /// `{ ... }`; its children are keys and values in turn.
    Tuple,
    /// A name.
    Atom,
    /// `-12`, `12`.
    Int,
    /// `u12`.
    Uint,
    /// `"text"`.
    Ascii,
    /// `u"text"`.
    Utf8,
    /// `0x00ff`.
    Buffer,
    /// `'SP000000000000000000002Q6VF78`.
    Principal,
    /// `'SP000000000000000000002Q6VF78.name`, or `.name` for a contract of the same deployer.
    Contract,
    /// A trait of a contract: `.contract.trait`, `'SP....contract.trait`.
    TraitIdentifier,
    /// `<alias>`.
    TraitReference,
    /// `;; text`; not among the children.
    Comment,
    /// Text that is not Clarity; a syntax error points at it.
    Invalid,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct NodeId(pub u32);

/// A name, interned per tree. The words of the language come first, in the order of [`Word::at`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Symbol(pub u32);

impl Symbol {
    /// The word of the language that the name is.
    pub fn word(self) -> Option<Word> {
        Word::at(self.0 as usize)
    }
}

/// 20 bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    pub(super) span: Span,
    /// The node after this node's subtree.
    pub(super) next: u32,
    /// The symbol of an atom or a trait reference.
    pub(super) symbol: Symbol,
    pub(super) kind: Kind,
}

const _: () = assert!(size_of::<Node>() == 20);

/// A file's syntax: its text, its nodes in preorder, its names.
#[derive(Debug, Default)]
pub struct Tree {
    pub(super) text: Arc<str>,
    pub(super) nodes: Vec<Node>,
    /// Where the names that are not words of the language stand first.
    pub(super) names: Vec<Span>,
}

impl Tree {
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// The text alone.
    pub fn without_nodes(&self) -> Self {
        Self { text: self.text.clone(), ..Self::default() }
    }

    /// The forms at top level.
    pub fn forms(&self) -> Children<'_> {
        Children { tree: self, at: 0, end: self.nodes.len() as u32 }
    }

    pub fn comments(&self) -> impl Iterator<Item = Expr<'_>> {
        self.exprs().filter(|expr| expr.kind() == Kind::Comment)
    }

    /// Everything, in the order of the text, comments included.
    pub fn exprs(&self) -> impl Iterator<Item = Expr<'_>> {
        (0..self.nodes.len() as u32).map(|id| self.expr(NodeId(id)))
    }

    pub fn expr(&self, id: NodeId) -> Expr<'_> {
        Expr { tree: self, id }
    }

    pub fn name(&self, symbol: Symbol) -> &str {
        match symbol.word() {
            Some(word) => word.name(),
            None => &self.text[self.names[symbol.0 as usize - Word::COUNT].range()],
        }
    }

    pub fn symbol_names(&self) -> SymbolNames {
        SymbolNames { text: self.text.clone(), names: self.names.clone() }
    }

    /// How many symbols there are: the words of the language and the names of the text.
    pub fn symbols(&self) -> usize {
        Word::COUNT + self.names.len()
    }

    /// How many nodes there are, comments included.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }
}

/// The names of a tree, apart from it.
#[derive(Clone, Debug, Default)]
pub struct SymbolNames {
    text: Arc<str>,
    names: Vec<Span>,
}

impl SymbolNames {
    /// How many symbols there are: the words of the language and the names of the text.
    pub fn len(&self) -> usize {
        Word::COUNT + self.names.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn name(&self, symbol: Symbol) -> &str {
        match symbol.word() {
            Some(word) => word.name(),
            None => &self.text[self.names[symbol.0 as usize - Word::COUNT].range()],
        }
    }
}

/// A node together with its tree.
#[derive(Clone, Copy)]
pub struct Expr<'t> {
    tree: &'t Tree,
    id: NodeId,
}

impl<'t> Expr<'t> {
    pub fn id(self) -> NodeId {
        self.id
    }

    pub fn tree(self) -> &'t Tree {
        self.tree
    }

    pub fn kind(self) -> Kind {
        self.node().kind
    }

    pub fn span(self) -> Span {
        self.node().span
    }

    pub fn text(self) -> &'t str {
        &self.tree.text[self.span().range()]
    }

    /// The text on one line, without comments, and with the white space that a formatter would leave.
    pub fn one_line(self) -> String {
        let words: Vec<_> = self.children().map(Expr::one_line).collect();
        match self.kind() {
            Kind::List => format!("({})", words.join(" ")),
            Kind::Tuple => {
                let fields: Vec<_> = words.chunks(2).map(|field| field.join(": ")).collect();
                format!("{{ {} }}", fields.join(", "))
            }
            _ => self.text().to_string(),
        }
    }

    /// The children, without comments. Empty for everything that is not a list or a tuple.
    pub fn children(self) -> Children<'t> {
        Children { tree: self.tree, at: self.id.0 + 1, end: self.node().next }
    }

    /// The first child of a list and the rest.
    pub fn call(self) -> Option<(Expr<'t>, Children<'t>)> {
        let mut children = self.children();
        match self.kind() {
            Kind::List => children.next().map(|head| (head, children)),
            _ => None,
        }
    }

    /// What a form defines, and the arguments of the definition.
    pub fn define(self) -> Option<(Define, Children<'t>)> {
        let (head, arguments) = self.call()?;
        match head.symbol()?.word()? {
            Word::Define(define) => Some((define, arguments)),
            _ => None,
        }
    }

    /// The name that a form defines.
    pub fn defined(self) -> Option<Expr<'t>> {
        let name = self.define()?.1.next()?;
        match name.kind() {
            Kind::List => name.call().map(|(name, _)| name),
            _ => Some(name),
        }
    }

    /// The name, if this is one.
    pub fn symbol(self) -> Option<Symbol> {
        (self.kind() == Kind::Atom).then(|| self.node().symbol)
    }

    /// The text of the name, if this is one.
    pub fn name(self) -> Option<&'t str> {
        self.symbol().map(|symbol| self.tree.name(symbol))
    }

    /// The alias that a trait reference `<alias>` names.
    pub fn trait_alias(self) -> Option<Symbol> {
        (self.kind() == Kind::TraitReference).then(|| self.node().symbol)
    }

    fn node(self) -> &'t Node {
        &self.tree.nodes[self.id.0 as usize]
    }
}

impl std::fmt::Debug for Expr<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} {:?}", self.kind(), self.text())
    }
}

/// Siblings, without comments.
#[derive(Clone, Copy)]
pub struct Children<'t> {
    tree: &'t Tree,
    at: u32,
    end: u32,
}

impl<'t> Iterator for Children<'t> {
    type Item = Expr<'t>;

    fn next(&mut self) -> Option<Expr<'t>> {
        while self.at < self.end {
            let id = NodeId(self.at);
            let node = &self.tree.nodes[self.at as usize];
            self.at = node.next;
            if node.kind != Kind::Comment {
                return Some(Expr { tree: self.tree, id });
            }
        }
        None
    }
}
