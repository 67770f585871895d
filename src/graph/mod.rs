//! Linking: names to definitions across contracts, and the call graph of the whole project.

mod link;
pub mod view;

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;
use rustc_hash::FxHashMap;

use crate::model::{self, Access, ExprId, Model};
use crate::project::{Contract, ContractId, Project};
use crate::source::{Location, Span};

/// Identifies a function within one project; functions of a contract are consecutive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FunctionId(pub u32);

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
    /// `contract-call?` through a trait; the callee is an implementor in the project.
    Dynamic,
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

/// A `contract-call?` of which no callee is known.
#[derive(Clone, Copy, Debug)]
pub struct UnresolvedCall {
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
    pub unresolved_calls: Vec<UnresolvedCall>,
    first_function: Vec<u32>,
    targets: FxHashMap<Site, Target>,
    by_name: FxHashMap<(Option<String>, String), ContractId>,
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

    pub fn functions(&self) -> impl Iterator<Item = FunctionId> + use<> {
        (0..*self.first_function.last().unwrap_or(&0)).map(FunctionId)
    }

    pub fn functions_of(&self, contract: ContractId) -> impl Iterator<Item = FunctionId> + use<> {
        let index = contract.0 as usize;
        (self.first_function[index]..self.first_function[index + 1]).map(FunctionId)
    }

    /// Public functions of the contracts that are linted: what a stranger can call.
    pub fn entrypoints(&self) -> impl Iterator<Item = FunctionId> + '_ {
        self.functions().filter(|&function| self.is_entrypoint(function))
    }

    pub fn is_entrypoint(&self, function: FunctionId) -> bool {
        self.function(function).access == Access::Public && self.contract(self.contract_of(function)).linted
    }

    pub fn function_id(&self, contract: ContractId, index: u32) -> FunctionId {
        FunctionId(self.first_function[contract.0 as usize] + index)
    }

    pub fn contract_of(&self, function: FunctionId) -> ContractId {
        ContractId(self.first_function.partition_point(|&first| first <= function.0) as u32 - 1)
    }

    pub fn function(&self, id: FunctionId) -> &model::Function {
        let contract = self.contract_of(id);
        let index = id.0 - self.first_function[contract.0 as usize];
        &self.model(contract).functions[index as usize]
    }

    /// The function's name.
    pub fn name(&self, id: FunctionId) -> &'p str {
        let contract = self.contract(self.contract_of(id));
        contract.syntax.tree.name(self.function(id).name.symbol)
    }

    /// `contract.function`.
    pub fn path(&self, id: FunctionId) -> String {
        format!("{}.{}", self.contract(self.contract_of(id)).name, self.name(id))
    }

    /// Where the function's name stands.
    pub fn location(&self, id: FunctionId) -> Location {
        let contract = self.contract_of(id);
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
        self.targets.get(&site)
    }

    /// The public or read-only function of that name.
    pub fn callable(&self, contract: ContractId, name: &str) -> Option<FunctionId> {
        self.functions_of(contract).find(|&function| {
            self.name(function) == name && self.function(function).access != Access::Private
        })
    }

    /// The contract that a literal in `from` names: `.name`, or `'ISSUER.name`.
    pub fn find_contract(&self, from: ContractId, issuer: Option<&str>, name: &str) -> Option<ContractId> {
        let issuer = issuer.or(self.contract(from).issuer.as_deref());
        self.by_name.get(&(issuer.map(str::to_string), name.to_string())).copied()
    }

    /// The contract that people mean by a name: `pool` of the project, or `SP....pool`.
    pub fn contract_named(&self, name: &str) -> Option<ContractId> {
        match name.split_once('.') {
            Some((issuer, name)) => self.by_name.get(&(Some(issuer.to_string()), name.to_string())).copied(),
            None => self.project.contract_ids().find(|&id| self.contract(id).name == name),
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
        let edges = self.calls.edges(NodeIndex::new(function.0 as usize));
        edges.filter(move |edge| edge.weight().site == call).map(|edge| self.calls[edge.target()])
    }

    /// Functions in an order in which callees come first, without the edges that are dynamic. The functions of a
    /// cycle come as one group.
    pub fn callees_first(&self) -> Vec<Vec<FunctionId>> {
        let known = self.calls.filter_map(
            |_, &function| Some(function),
            |_, edge| (edge.kind != EdgeKind::Dynamic).then_some(()),
        );
        let groups = kosaraju_scc(&known);
        groups
            .into_iter()
            .map(|group| {
                let mut functions: Vec<_> = group.into_iter().map(|node| known[node]).collect();
                functions.sort_unstable();
                functions
            })
            .collect()
    }

    /// Whether a function reaches itself through calls that are written out.
    pub fn calls_itself(&self, function: FunctionId) -> bool {
        let node = NodeIndex::new(function.0 as usize);
        self.calls.edges_connecting(node, node).any(|edge| edge.weight().kind != EdgeKind::Dynamic)
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

    /// The contracts of the project that declare a trait with `impl-trait`.
    pub fn implementors(&self, wanted: TraitId) -> impl Iterator<Item = ContractId> + '_ {
        self.project.contract_ids().filter(move |&id| {
            self.model(id).implements.iter().any(|path| self.find_trait(id, path) == Some(wanted))
        })
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
