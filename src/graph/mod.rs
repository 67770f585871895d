//! Linking: names to definitions across contracts, and the call graph of the whole project.

mod link;
pub mod view;

use std::collections::BTreeSet;

use petgraph::Direction;
use petgraph::algo::{has_path_connecting, kosaraju_scc};
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;
use rustc_hash::FxHashMap;

use crate::model::{self, Access, ExprId, ExprKind, Model};
use crate::project::{Contract, ContractId, Project, QualifiedName};
use crate::source::{Location, Span};

/// Identifies a function within one project: the contract, and the function's place in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FunctionId {
    pub contract: ContractId,
    pub index: u32,
}

/// An expression of a contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Site {
    pub contract: ContractId,
    pub expr: ExprId,
}

/// How a call reaches its callee.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EdgeKind {
    /// A function of the same contract.
    Local,
    /// `contract-call?` of a contract that is written out.
    Static,
    /// The function that `map`, `fold` or `filter` applies.
    Callback,
}

/// An edge of the call graph.
#[derive(Clone, Copy, Debug)]
pub struct Edge {
    pub kind: EdgeKind,
    /// Whether the call is made with the contract's own identity.
    pub as_contract: bool,
    pub site: Site,
}

/// A `contract-call?` that leads to no function in particular.
#[derive(Clone, Copy, Debug)]
pub struct OpenCall {
    pub site: Site,
    /// `None` for calls outside of functions.
    pub caller: Option<FunctionId>,
    /// Whether the call is made with the contract's own identity.
    pub as_contract: bool,
}

/// What the first argument of a `contract-call?` stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    Contract(ContractId),
    /// A contract that was not found, as written.
    Missing(String),
    /// A contract that the project lists and that could not be read, as written.
    Absent(String),
    /// A value whose trait is declared by the parameter that it came in by, if that is known.
    Dynamic(Option<TraitId>),
}

/// A trait of a contract of the project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TraitId {
    pub contract: ContractId,
    pub index: u32,
}

/// A call whose callee cannot work.
#[derive(Debug)]
pub struct BrokenLink {
    pub contract: ContractId,
    /// What is wrong of it: the target, the method, or the name.
    pub span: Span,
    pub fault: LinkFault,
}

#[derive(Debug, PartialEq, Eq)]
pub enum LinkFault {
    /// The contract is not in the project.
    UnknownContract {
        name: String,
    },
    /// The contract has no public or read-only function of that name; `None`: the same contract has no such function.
    UnknownFunction {
        contract: Option<ContractId>,
        name: String,
    },
    WrongArgumentCount {
        function: FunctionId,
        given: usize,
    },
}

/// All contracts, linked.
pub struct Program<'p> {
    pub project: &'p Project,
    pub models: Vec<Model>,
    pub calls: DiGraph<FunctionId, Edge>,
    /// Contracts by what they need deployed before them: an edge leads from a contract to one that it names, and knows
    /// where it names it first.
    pub dependencies: DiGraph<ContractId, Span>,
    pub broken: Vec<BrokenLink>,
    /// Calls whose callee is not known: missing contracts, and traits without an implementor in the project.
    pub unresolved_calls: Vec<OpenCall>,
    /// Calls through a trait. Each may call whatever implements the trait, see [`Self::implementations`]: an edge for every
    /// one would be as many as there are calls times implementors.
    pub trait_calls: Vec<OpenCall>,
    /// The node of each contract's first function in `calls`; those of its other functions follow.
    first_node: Vec<u32>,
    /// By contract, in the order of their expressions.
    targets: Vec<Vec<(ExprId, Target)>>,
    /// By contract: the other contracts that its targets name, in order.
    called: Vec<Vec<ContractId>>,
    by_name: FxHashMap<QualifiedName, ContractId>,
    /// The first contract of each name, whoever deployed it.
    by_plain_name: FxHashMap<String, ContractId>,
    /// The contracts that declare a trait with `impl-trait`.
    implementors: FxHashMap<TraitId, Vec<ContractId>>,
}

impl<'p> Program<'p> {
    pub fn link(project: &'p Project) -> Self {
        link::link(project)
    }

    pub fn contract(&self, id: ContractId) -> &'p Contract {
        self.project.contract(id)
    }

    pub fn model(&self, id: ContractId) -> &Model {
        &self.models[id.0 as usize]
    }

    pub fn functions(&self) -> impl Iterator<Item = FunctionId> + '_ {
        self.project.contract_ids().flat_map(|contract| self.functions_of(contract))
    }

    pub fn functions_of(&self, contract: ContractId) -> impl Iterator<Item = FunctionId> + use<> {
        let count = self.model(contract).functions.len() as u32;
        (0..count).map(move |index| FunctionId { contract, index })
    }

    /// Public functions of the contracts that are linted: what a stranger can call.
    pub fn entrypoints(&self) -> impl Iterator<Item = FunctionId> + '_ {
        self.functions().filter(|&function| self.is_entrypoint(function))
    }

    pub fn is_entrypoint(&self, function: FunctionId) -> bool {
        self.function(function).access == Access::Public && self.contract(function.contract).linted
    }

    pub fn function(&self, id: FunctionId) -> &model::Function {
        &self.model(id.contract).functions[id.index as usize]
    }

    /// The node of a function in [`Self::calls`].
    pub fn node_of(&self, function: FunctionId) -> NodeIndex {
        NodeIndex::new((self.first_node[function.contract.0 as usize] + function.index) as usize)
    }

    /// The function's name.
    pub fn name(&self, id: FunctionId) -> &'p str {
        let contract = self.contract(id.contract);
        contract.syntax.tree.name(self.function(id).name.symbol)
    }

    /// `contract.function`.
    pub fn path(&self, id: FunctionId) -> String {
        format!("{}.{}", self.contract(id.contract).name, self.name(id))
    }

    /// Where the function's name stands.
    pub fn location(&self, id: FunctionId) -> Location {
        let contract = id.contract;
        self.location_in(contract, self.function(id).name.span)
    }

    pub fn location_in(&self, contract: ContractId, span: Span) -> Location {
        Location { file: self.contract(contract).file, span }
    }

    /// The whole expression.
    pub fn span(&self, site: Site) -> Span {
        self.node(site).span()
    }

    pub fn node(&self, site: Site) -> crate::syntax::Expr<'p> {
        let node = self.model(site.contract).expr(site.expr).node;
        self.contract(site.contract).syntax.tree.expr(node)
    }

    /// A short span of an expression: the head of a call, or all of it.
    pub fn head(&self, site: Site) -> Location {
        let node = self.node(site);
        let head = node.call().map_or(node, |(head, _)| head);
        self.location_in(site.contract, head.span())
    }

    /// What a `contract-call?` calls.
    pub fn target(&self, site: Site) -> Option<&Target> {
        let targets = &self.targets[site.contract.0 as usize];
        let index = targets.binary_search_by_key(&site.expr, |&(expr, _)| expr).ok()?;
        Some(&targets[index].1)
    }

    /// Whether some contract calls that function of a contract that is not in the project: the contract as the call
    /// writes it.
    pub fn calls_outside(&self, contract: &str, function: &str) -> bool {
        self.outside_calls().any(|called| called == (contract, function))
    }

    /// The contracts outside of the project that are called, as the calls write them, and their functions.
    pub fn outside_calls(&self) -> impl Iterator<Item = (&str, &str)> {
        self.unresolved_calls.iter().filter_map(|call| match self.target(call.site)? {
            Target::Missing(called) | Target::Absent(called) => Some((&**called, self.method(call.site)?)),
            _ => None,
        })
    }

    /// The function that a `contract-call?` names.
    fn method(&self, site: Site) -> Option<&'p str> {
        match self.model(site.contract).expr(site.expr).kind {
            ExprKind::ContractCall { method, .. } => {
                Some(self.contract(site.contract).syntax.tree.name(method))
            }
            _ => None,
        }
    }

    /// The function that a `contract-call?` calls, where it names a contract of the project.
    pub fn named_callee(&self, call: Site) -> Option<FunctionId> {
        let Some(Target::Contract(contract)) = self.target(call) else { return None };
        self.callable(*contract, self.method(call)?)
    }

    /// The public or read-only function of that name.
    pub fn callable(&self, contract: ContractId, name: &str) -> Option<FunctionId> {
        self.functions_of(contract).find(|&function| {
            self.name(function) == name && self.function(function).access != Access::Private
        })
    }

    /// The contract that a literal in `from` names: `.name`, or `'ISSUER.name`.
    pub fn find_contract(&self, from: ContractId, issuer: Option<&str>, name: &str) -> Option<ContractId> {
        self.by_name.get(&self.name_seen_from(from, issuer, name)).copied()
    }

    /// The whole name of what a literal in `from` names: without an issuer it is a contract of the same deployer.
    fn name_seen_from(&self, from: ContractId, issuer: Option<&str>, name: &str) -> QualifiedName {
        let issuer = issuer.or(self.contract(from).issuer.as_deref()).map(str::to_string);
        QualifiedName { issuer, name: name.to_string() }
    }

    /// The contract that people mean by a name: `pool` of the project, or `SP....pool`.
    pub fn contract_named(&self, name: &str) -> Option<ContractId> {
        match name.split_once('.') {
            Some((issuer, name)) => {
                let (issuer, name) = (Some(issuer.to_string()), name.to_string());
                self.by_name.get(&QualifiedName { issuer, name }).copied()
            }
            None => self.by_plain_name.get(name).copied(),
        }
    }

    /// The function that people mean by `CONTRACT.FUNCTION`.
    pub fn function_named(&self, path: &str) -> Option<FunctionId> {
        let (contract, function) = path.rsplit_once('.')?;
        let contract = self.contract_named(contract)?;
        self.functions_of(contract).find(|&id| self.name(id) == function)
    }

    /// What a call in `function` may call.
    pub fn callees(&self, function: FunctionId, call: Site) -> impl Iterator<Item = FunctionId> + '_ {
        let edges = self.calls.edges(self.node_of(function));
        let called =
            edges.filter(move |edge| edge.weight().site == call).map(|edge| self.calls[edge.target()]);
        called.chain(self.implementations(call))
    }

    /// The calls in a function: what each may call, and where it stands. Those through a trait come last.
    pub fn calls_in(&self, function: FunctionId) -> impl Iterator<Item = (FunctionId, Site)> + '_ {
        let edges = self.calls.edges(self.node_of(function));
        let named = edges.map(|edge| (self.calls[edge.target()], edge.weight().site));
        let through_traits = self.trait_calls.iter().filter(move |call| call.caller == Some(function));
        named.chain(through_traits.flat_map(|call| self.implementations(call.site).map(|it| (it, call.site))))
    }

    /// The calls that may lead to a function: who calls, and where. Those through a trait come last.
    pub fn calls_of(&self, function: FunctionId) -> impl Iterator<Item = (FunctionId, Site)> + '_ {
        let edges = self.calls.edges_directed(self.node_of(function), Direction::Incoming);
        let named = edges.map(|edge| (self.calls[edge.source()], edge.weight().site));
        let may_be_it = move |call: &&OpenCall| {
            self.method(call.site) == Some(self.name(function))
                && self.implementations(call.site).any(|it| it == function)
        };
        let through_traits = self.trait_calls.iter().filter(may_be_it);
        named.chain(through_traits.filter_map(|call| Some((call.caller?, call.site))))
    }

    /// What a call through a trait may call: its method, of every contract of the project that declares the trait.
    pub fn implementations(&self, call: Site) -> impl Iterator<Item = FunctionId> + '_ {
        let of = match self.target(call) {
            Some(Target::Dynamic(Some(of))) => Some(*of),
            _ => None,
        };
        of.zip(self.method(call)).into_iter().flat_map(|(of, method)| self.methods(of, method))
    }

    /// The functions of that name of all contracts of the project that declare a trait.
    pub fn methods<'a>(&'a self, of: TraitId, name: &'a str) -> impl Iterator<Item = FunctionId> + 'a {
        self.implementors(of).filter_map(move |contract| self.callable(contract, name))
    }

    /// The functions of some contracts in an order in which callees come first, as far as they call each other by name.
    /// The functions of a cycle come as one group, and so does one that calls itself: twice.
    pub fn callees_first(&self, contracts: &[ContractId]) -> Vec<Vec<FunctionId>> {
        let mut calls: DiGraph<FunctionId, ()> = DiGraph::new();
        let mut nodes = FxHashMap::default();
        for function in contracts.iter().flat_map(|&contract| self.functions_of(contract)) {
            nodes.insert(function, calls.add_node(function));
        }
        for caller in calls.node_indices() {
            for edge in self.calls.edges(self.node_of(calls[caller])) {
                if let Some(&callee) = nodes.get(&self.calls[edge.target()]) {
                    calls.update_edge(caller, callee, ());
                }
            }
        }
        let group = |mut group: Vec<NodeIndex>| {
            group.sort_unstable();
            if let [only] = group[..]
                && calls.contains_edge(only, only)
            {
                group.push(only);
            }
            group.into_iter().map(|node| calls[node]).collect()
        };
        kosaraju_scc(&calls).into_iter().map(group).collect()
    }

    /// The contracts that a contract calls by their names, in order; not itself.
    pub fn called_contracts(&self, contract: ContractId) -> &[ContractId] {
        &self.called[contract.0 as usize]
    }

    /// Some contracts, those that they call by their names, those that these call, and so on.
    pub fn reached_from(&self, contracts: impl IntoIterator<Item = ContractId>) -> BTreeSet<ContractId> {
        let mut open: Vec<_> = contracts.into_iter().collect();
        let mut reached = BTreeSet::new();
        while let Some(contract) = open.pop() {
            if reached.insert(contract) {
                open.extend_from_slice(self.called_contracts(contract));
            }
        }
        reached
    }

    /// Contracts that call each other, at last, as one group; most are alone in theirs.
    pub fn call_cycles(&self) -> Vec<Vec<ContractId>> {
        let mut calls: DiGraph<(), ()> = DiGraph::new();
        for _ in self.project.contract_ids() {
            calls.add_node(());
        }
        for contract in self.project.contract_ids() {
            for &called in self.called_contracts(contract) {
                calls.add_edge(NodeIndex::new(contract.0 as usize), NodeIndex::new(called.0 as usize), ());
            }
        }
        let group = |mut group: Vec<NodeIndex>| {
            group.sort_unstable();
            group.into_iter().map(|node| ContractId(node.index() as u32)).collect()
        };
        kosaraju_scc(&calls).into_iter().map(group).collect()
    }

    /// Contracts in an order in which they can be deployed, and the cycles that prevent it.
    pub fn deploy_order(&self) -> (Vec<ContractId>, Vec<Vec<ContractId>>) {
        let mut order = Vec::new();
        let mut cycles = Vec::new();
        for group in kosaraju_scc(&self.dependencies) {
            let mut contracts: Vec<_> = group.into_iter().map(|node| self.dependencies[node]).collect();
            contracts.sort_unstable();
            let first = contracts[0];
            let node = NodeIndex::new(first.0 as usize);
            if contracts.len() > 1 || self.dependencies.contains_edge(node, node) {
                cycles.push(contracts.clone());
            }
            order.extend(contracts);
        }
        cycles.sort();
        (order, cycles)
    }

    /// What a contract needs deployed before it, and the place that first names each.
    pub fn needs(&self, contract: ContractId) -> Vec<(ContractId, Span)> {
        let edges = self.dependencies.edges(NodeIndex::new(contract.0 as usize));
        let mut needs: Vec<_> =
            edges.map(|edge| (self.dependencies[edge.target()], *edge.weight())).collect();
        needs.sort_unstable();
        needs
    }

    /// Whether a contract has to be deployed before another one, or is that one.
    pub fn is_needed_by(&self, contract: ContractId, other: ContractId) -> bool {
        let node = |contract: ContractId| NodeIndex::new(contract.0 as usize);
        has_path_connecting(&self.dependencies, node(other), node(contract), None)
    }

    /// The contracts of the project that declare a trait with `impl-trait`.
    pub fn implementors(&self, wanted: TraitId) -> impl Iterator<Item = ContractId> + '_ {
        self.implementors.get(&wanted).into_iter().flatten().copied()
    }

    /// The trait that a path in `from` names. An alias of `use-trait` leads on to the trait itself.
    pub fn find_trait(&self, from: ContractId, path: &model::TraitPath) -> Option<TraitId> {
        let contract = match &path.contract {
            Some(name) => self.find_contract(from, path.issuer.as_deref(), name)?,
            None => from,
        };
        let tree = &self.contract(contract).syntax.tree;
        let traits = &self.model(contract).traits;
        let index = traits.iter().position(|defined| tree.name(defined.name.symbol) == path.name)?;
        Some(TraitId { contract, index: index as u32 })
    }
}
