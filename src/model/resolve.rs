//! From syntax to the model: the definitions first, then every body with them in sight.

use super::*;
use crate::builtins::{Define, Role, Word};
use crate::syntax::{Children, Expr as Node, Kind};

pub(super) fn resolve(tree: &Tree, version: ClarityVersion) -> Model {
    let mut resolver = Resolver { version, model: Model::default(), locals: Vec::new(), next_local: 0 };
    let (forms, simulated) = deployed(tree);
    resolver.model.simulated = simulated.into_iter().map(Node::id).collect();
    let defined: Vec<_> = forms.iter().filter_map(|&form| resolver.declare(form)).collect();
    for pending in defined {
        resolver.define(pending);
    }
    resolver.deployment(&forms);
    // Models stay as long as their project.
    resolver.model.exprs.shrink_to_fit();
    resolver.model.lists.shrink_to_fit();
    resolver.model
}

/// The forms at top level that are deployed, and those that are not: Clarinet leaves out the one below
/// `;; #[env(simnet)]` wherever that is not a simulation.
pub fn deployed(tree: &Tree) -> (Vec<Node<'_>>, Vec<Node<'_>>) {
    let is_mark = |comment: &Node<'_>| comment.text().trim_start_matches(';').trim() == "#[env(simnet)]";
    let mut marks = tree.comments().filter(is_mark).map(|mark| mark.span().start).peekable();
    let mut end = 0;
    let is_deployed = |form: &Node<'_>| {
        let mut is_marked = false;
        while let Some(mark) = marks.next_if(|&mark| mark < form.span().start) {
            // One within an earlier form is a comment like any other.
            is_marked |= mark >= end;
        }
        end = form.span().end;
        !is_marked
    };
    tree.forms().partition(is_deployed)
}

struct Resolver {
    version: ClarityVersion,
    model: Model,
    /// The parameters and locals in sight, innermost last.
    locals: Vec<(Symbol, ExprKind)>,
    next_local: u32,
}

/// What of a definition needs all names: the expressions in it.
enum Pending<'t> {
    Constant(u32, Node<'t>),
    Variable(u32, Node<'t>),
    FungibleToken(u32, Node<'t>),
    Function(u32, Node<'t>),
}

impl Resolver {
    /// Enters the name of a definition.
    fn declare<'t>(&mut self, form: Node<'t>) -> Option<Pending<'t>> {
        let (define, mut rest) = form.define()?;
        let model = &mut self.model;
        match define {
            Define::Constant => {
                let index = model.constants.len() as u32;
                let name = name_of(rest.next()?)?;
                let value = rest.next();
                // Half a definition, while somebody writes it, has a value that nobody knows.
                let unknown = value.map_or_else(|| self.push(ExprKind::Unknown, form), |_| ExprId(0));
                self.model.constants.push(Constant { name, value: unknown });
                self.enter(name, Definition::Constant(index));
                value.map(|value| Pending::Constant(index, value))
            }
            Define::DataVar => {
                let index = model.variables.len() as u32;
                let name = name_of(rest.next()?)?;
                let value_type = rest.next().map(Node::id);
                model.variables.push(Storage { name, value_type, initial: None });
                self.enter(name, Definition::Variable(index));
                Some(Pending::Variable(index, rest.next()?))
            }
            Define::Map => {
                let index = model.maps.len() as u32;
                let name = name_of(rest.next()?)?;
                let value_type = rest.nth(1).map(Node::id);
                model.maps.push(Storage { name, value_type, initial: None });
                self.enter(name, Definition::Map(index));
                None
            }
            Define::FungibleToken => {
                let index = model.fungible_tokens.len() as u32;
                let name = name_of(rest.next()?)?;
                model.fungible_tokens.push(Storage { name, value_type: None, initial: None });
                self.enter(name, Definition::FungibleToken(index));
                Some(Pending::FungibleToken(index, rest.next()?))
            }
            Define::NonFungibleToken => {
                let index = model.non_fungible_tokens.len() as u32;
                let name = name_of(rest.next()?)?;
                let value_type = rest.next().map(Node::id);
                model.non_fungible_tokens.push(Storage { name, value_type, initial: None });
                self.enter(name, Definition::NonFungibleToken(index));
                None
            }
            Define::Private => self.declare_function(Access::Private, form, rest),
            Define::Public => self.declare_function(Access::Public, form, rest),
            Define::ReadOnly => self.declare_function(Access::ReadOnly, form, rest),
            Define::Trait => {
                let index = model.traits.len() as u32;
                let name = name_of(rest.next()?)?;
                let methods =
                    rest.next().into_iter().flat_map(Node::children).filter_map(method_of).collect();
                model.traits.push(Trait { name, methods });
                self.enter(name, Definition::Trait(index));
                None
            }
            Define::UseTrait => {
                let index = model.trait_aliases.len() as u32;
                let name = name_of(rest.next()?)?;
                let path = trait_path(rest.next()?)?;
                model.trait_aliases.push(TraitAlias { name, path });
                self.enter(name, Definition::TraitAlias(index));
                None
            }
            Define::ImplTrait => {
                model.implements.push(trait_path(rest.next()?)?);
                None
            }
        }
    }

    fn declare_function<'t>(
        &mut self,
        access: Access,
        form: Node<'t>,
        mut rest: Children<'t>,
    ) -> Option<Pending<'t>> {
        let (name, parameters) = rest.next()?.call()?;
        let name = name_of(name)?;
        let parameters = parameters
            .filter_map(|parameter| {
                let (name, mut rest) = parameter.call()?;
                Some(Parameter { name: name_of(name)?, declared_type: rest.next().map(Node::id) })
            })
            .collect();
        let body = rest.next()?;
        let index = self.model.functions.len() as u32;
        self.model.functions.push(Function {
            name,
            access,
            parameters,
            body: ExprId(0),
            locals: 0,
            span: form.span(),
        });
        self.enter(name, Definition::Function(index));
        Some(Pending::Function(index, body))
    }

    /// The first definition of a name counts; the chain rejects the second.
    fn enter(&mut self, name: Name, definition: Definition) {
        self.model.names.entry(name.symbol).or_insert(definition);
    }

    fn define(&mut self, pending: Pending<'_>) {
        self.locals.clear();
        self.next_local = 0;
        match pending {
            Pending::Constant(index, value) => {
                self.model.constants[index as usize].value = self.expr(value);
            }
            Pending::Variable(index, initial) => {
                self.model.variables[index as usize].initial = Some(self.expr(initial));
            }
            Pending::FungibleToken(index, supply) => {
                self.model.fungible_tokens[index as usize].initial = Some(self.expr(supply));
            }
            Pending::Function(index, body) => {
                let parameters = self.model.functions[index as usize].parameters.iter().enumerate();
                self.locals.extend(parameters.map(|(at, p)| (p.name.symbol, ExprKind::Parameter(at as u32))));
                let body = self.expr(body);
                let function = &mut self.model.functions[index as usize];
                function.body = body;
                function.locals = self.next_local;
            }
        }
    }

    /// The forms that define nothing. What is no expression at all is reported by the reader.
    fn deployment(&mut self, forms: &[Node<'_>]) {
        self.locals.clear();
        self.next_local = 0;
        let is_expression = |form: &Node<'_>| !matches!(form.kind(), Kind::Comment | Kind::Invalid);
        let forms = forms.iter().copied().filter(is_expression).filter(|form| form.define().is_none());
        let body = forms.map(|form| self.expr(form)).collect();
        self.model.deployment = Deployment { body, locals: self.next_local };
    }

    fn push(&mut self, kind: ExprKind, node: Node<'_>) -> ExprId {
        let id = ExprId(self.model.exprs.len() as u32);
        self.model.exprs.push(Expr { kind, node: node.id() });
        id
    }

    fn list(&mut self, exprs: &[ExprId]) -> List {
        let start = self.model.lists.len() as u32;
        self.model.lists.extend_from_slice(exprs);
        List { start, len: exprs.len() as u32 }
    }

    /// Nesting is bounded by the reader, so recursion is, too.
    fn expr(&mut self, node: Node<'_>) -> ExprId {
        let kind = match node.kind() {
            Kind::Int
            | Kind::Uint
            | Kind::Ascii
            | Kind::Utf8
            | Kind::Buffer
            | Kind::Principal
            | Kind::Contract
            | Kind::TraitIdentifier => ExprKind::Literal,
            Kind::Atom => node.symbol().map_or(ExprKind::Unknown, |symbol| self.variable(symbol)),
            Kind::Tuple => self.tuple_literal(node),
            Kind::List => self.application(node),
            Kind::TraitReference | Kind::Comment | Kind::Invalid => ExprKind::Unknown,
        };
        self.push(kind, node)
    }

    /// Looks a name up as the chain does: keywords, then constants, then what the function binds.
    fn variable(&self, symbol: Symbol) -> ExprKind {
        if let Some(Word::Keyword(keyword)) = symbol.word() {
            let (first, last) = keyword.versions();
            if (first..=last).contains(&self.version) {
                return ExprKind::Keyword(keyword);
            }
        }
        if let Some(Definition::Constant(index)) = self.model.definition(symbol) {
            return ExprKind::Constant(index);
        }
        let innermost = self.locals.iter().rev().find(|(name, _)| *name == symbol);
        match innermost {
            Some(&(_, kind)) => kind,
            None => self.model.definition(symbol).map_or(ExprKind::Unknown, ExprKind::Name),
        }
    }

    /// A builtin of this version wins over a function of the contract.
    fn application(&mut self, node: Node<'_>) -> ExprKind {
        let Some((head, arguments)) = node.call() else { return ExprKind::Unknown };
        let Some(symbol) = head.symbol() else {
            for child in node.children() {
                self.expr(child);
            }
            return ExprKind::Unknown;
        };
        if let Some(Word::Builtin(builtin)) = symbol.word()
            && builtin.spec().exists_in(self.version)
        {
            return self.builtin(builtin, arguments);
        }
        let arguments: Vec<_> = arguments.map(|argument| self.expr(argument)).collect();
        let arguments = self.list(&arguments);
        match self.model.definition(symbol) {
            Some(Definition::Function(index)) => ExprKind::Call(index, arguments),
            _ => ExprKind::UnknownCall(symbol, arguments),
        }
    }

    fn builtin(&mut self, builtin: Builtin, arguments: Children<'_>) -> ExprKind {
        let special = match builtin {
            Builtin::Let => self.let_form(arguments),
            Builtin::Match => self.match_form(arguments),
            Builtin::Tuple => Some(self.tuple_form(arguments)),
            Builtin::Get => self.get_form(arguments),
            Builtin::ContractCall => self.contract_call(arguments),
            _ => None,
        };
        special.unwrap_or_else(|| {
            let spec = builtin.spec();
            let exprs: Vec<_> = arguments
                .enumerate()
                .flat_map(|(index, argument)| self.argument(spec.role(index), argument))
                .collect();
            ExprKind::Builtin(builtin, self.list(&exprs))
        })
    }

    fn argument(&mut self, role: Role, node: Node<'_>) -> Vec<ExprId> {
        let kind = match role {
            Role::Value | Role::Literal | Role::Contract | Role::Bindings | Role::Match => {
                return vec![self.expr(node)];
            }
            // The allowances stand flat before the body; each is a builtin that tells it from the body.
            Role::Allowances => return node.children().map(|allowance| self.expr(allowance)).collect(),
            Role::Var | Role::Map | Role::Ft | Role::Nft | Role::Function => self.name(node),
            Role::Field | Role::Type | Role::Property | Role::Method | Role::Pair => {
                node.symbol().map_or(ExprKind::Unknown, ExprKind::Word)
            }
        };
        vec![self.push(kind, node)]
    }

    /// A name in a position that takes only names.
    fn name(&self, node: Node<'_>) -> ExprKind {
        let Some(symbol) = node.symbol() else { return ExprKind::Unknown };
        match (self.model.definition(symbol), symbol.word()) {
            (_, Some(Word::Builtin(builtin))) if builtin.spec().exists_in(self.version) => {
                ExprKind::Word(symbol)
            }
            (Some(definition), _) => ExprKind::Name(definition),
            (None, _) => ExprKind::Unknown,
        }
    }

    fn bind(&mut self, name: Symbol) -> u32 {
        let local = self.next_local;
        self.next_local += 1;
        self.locals.push((name, ExprKind::Local(local)));
        local
    }

    fn let_form(&mut self, mut arguments: Children<'_>) -> Option<ExprKind> {
        let outer = self.locals.len();
        let mut bindings = Vec::new();
        for pair in arguments.next()?.children() {
            let Some((name, mut rest)) = pair.call() else { continue };
            let (Some(name), Some(value)) = (name.symbol(), rest.next()) else { continue };
            let value = self.expr(value);
            let local = self.bind(name);
            bindings.push(self.push(ExprKind::Binding { local, value }, pair));
        }
        let body: Vec<_> = arguments.map(|form| self.expr(form)).collect();
        self.locals.truncate(outer);
        Some(ExprKind::Let { bindings: self.list(&bindings), body: self.list(&body) })
    }

    /// `(match response ok-name ok err-name err)` or `(match optional name some none)`.
    fn match_form(&mut self, arguments: Children<'_>) -> Option<ExprKind> {
        let arguments: Vec<_> = arguments.collect();
        let (input, good_name, good, bad_name, bad) = match *arguments {
            [input, name, some, none] => (input, name, some, None, none),
            [input, ok_name, ok, err_name, err] => (input, ok_name, ok, Some(err_name), err),
            _ => return None,
        };
        // A form that is not well made is evaluated as plain arguments: nothing may be resolved twice.
        let good_name = good_name.symbol()?;
        let input = self.expr(input);
        let outer = self.locals.len();
        let good_local = self.bind(good_name);
        let good = self.expr(good);
        self.locals.truncate(outer);
        let bad_local = bad_name.and_then(Node::symbol).map(|name| self.bind(name));
        let bad = self.expr(bad);
        self.locals.truncate(outer);
        Some(ExprKind::Match { good: good_local, bad: bad_local, parts: self.list(&[input, good, bad]) })
    }

    fn tuple_form(&mut self, arguments: Children<'_>) -> ExprKind {
        let mut fields = Vec::new();
        for pair in arguments {
            let Some((name, mut rest)) = pair.call() else { continue };
            let (Some(name), Some(value)) = (name.symbol(), rest.next()) else { continue };
            let value = self.expr(value);
            fields.push(self.push(ExprKind::Field { name, value }, pair));
        }
        ExprKind::Tuple(self.list(&fields))
    }

    fn tuple_literal(&mut self, node: Node<'_>) -> ExprKind {
        let mut fields = Vec::new();
        let mut children = node.children();
        while let (Some(name), Some(value)) = (children.next(), children.next()) {
            let Some(symbol) = name.symbol() else { continue };
            let value = self.expr(value);
            fields.push(self.push(ExprKind::Field { name: symbol, value }, name));
        }
        ExprKind::Tuple(self.list(&fields))
    }

    fn get_form(&mut self, mut arguments: Children<'_>) -> Option<ExprKind> {
        let name = arguments.next()?.symbol()?;
        let tuple = self.expr(arguments.next()?);
        Some(ExprKind::Get { name, tuple })
    }

    fn contract_call(&mut self, mut arguments: Children<'_>) -> Option<ExprKind> {
        let target = arguments.next()?;
        let method = arguments.next()?.symbol()?;
        let mut exprs = vec![self.expr(target)];
        exprs.extend(arguments.map(|argument| self.expr(argument)));
        Some(ExprKind::ContractCall { method, target_and_arguments: self.list(&exprs) })
    }
}

fn name_of(node: Node<'_>) -> Option<Name> {
    Some(Name { symbol: node.symbol()?, span: node.span() })
}

fn method_of(node: Node<'_>) -> Option<Method> {
    let (name, mut rest) = node.call()?;
    let parameters = rest.next()?.children().map(Node::id).collect();
    Some(Method { name: name_of(name)?, parameters, result: rest.next().map(Node::id) })
}

fn trait_path(node: Node<'_>) -> Option<TraitPath> {
    let span = node.span();
    match node.kind() {
        Kind::TraitIdentifier => {
            let (issuer, contract, name) = node.trait_identifier()?;
            Some(TraitPath {
                issuer: issuer.map(str::to_string),
                contract: Some(contract.to_string()),
                name: name.to_string(),
                span,
            })
        }
        // A trait of the same contract may be named without its path.
        Kind::Atom => Some(TraitPath { issuer: None, contract: None, name: node.name()?.to_string(), span }),
        _ => None,
    }
}
