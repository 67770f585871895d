//! The call graph as people look at it: contracts or functions, and one edge for all calls of one kind between two.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::{Dfs, EdgeRef, Reversed};
use serde::Serialize;

use super::{Edge, FunctionId, OpenCall, Program, Site, Target, TraitId};
use crate::model::Access;

/// What a node of the view is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NodeKind {
    Contract,
    /// A function that anybody can call.
    Public,
    ReadOnly,
    Private,
    /// A contract that is not in the project.
    Missing,
    /// A trait without an implementor in the project: what is called through it is not known.
    Trait,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ViewNode {
    pub name: String,
    pub kind: NodeKind,
    /// The contract of a function.
    pub contract: Option<String>,
}

/// All calls of one kind from one node to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ViewEdge {
    /// Indices into the nodes.
    pub from: usize,
    pub to: usize,
    /// Through a trait: which contract is called is decided when the call is made.
    pub dynamic: bool,
    /// With the calling contract's own identity.
    pub as_contract: bool,
    /// The functions that are called.
    pub functions: Vec<String>,
    /// How many places call.
    pub calls: usize,
}

/// Nodes by name, and edges by what they join.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    pub nodes: Vec<ViewNode>,
    pub edges: Vec<ViewEdge>,
}

/// One end of a call.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct End {
    name: String,
    kind: NodeKind,
    contract: Option<String>,
}

/// What makes calls one edge.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Link {
    from: End,
    to: End,
    dynamic: bool,
    as_contract: bool,
}

/// What the nodes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    Contract,
    Function,
}

impl View {
    /// The whole graph. Requirements are in it as far as they are called, and contracts that only define traits are not.
    pub fn new<'p>(program: &Program<'p>, level: Level) -> Self {
        let mut ends = BTreeSet::new();
        let mut calls: BTreeMap<Link, BTreeSet<(Site, &str)>> = BTreeMap::new();
        for function in program.functions() {
            if program.contract(function.contract).linted {
                ends.insert(end(program, function, level));
            }
        }
        let mut add = |link: Link, call: (Site, &'p str)| {
            let is_within = level == Level::Contract && link.from == link.to;
            if !is_within {
                calls.entry(link).or_default().insert(call);
            }
        };
        for edge in program.calls.edge_references() {
            let (caller, callee) = (program.calls[edge.source()], program.calls[edge.target()]);
            let &Edge { as_contract, site, .. } = edge.weight();
            let (from, to) = (end(program, caller, level), end(program, callee, level));
            add(Link { from, to, dynamic: false, as_contract }, (site, program.name(callee)));
        }
        for &OpenCall { site, caller, as_contract } in &program.trait_calls {
            let Some(caller) = caller else { continue };
            for callee in program.implementations(site) {
                let (from, to) = (end(program, caller, level), end(program, callee, level));
                add(Link { from, to, dynamic: true, as_contract }, (site, program.name(callee)));
            }
        }
        for call in &program.unresolved_calls {
            if let Some(caller) = call.caller
                && let Some(to) = beyond(program, call.site)
            {
                let method = program.node(call.site).children().nth(2).map_or("", |method| method.text());
                let (from, dynamic) = (end(program, caller, level), to.kind == NodeKind::Trait);
                add(Link { from, to, dynamic, as_contract: call.as_contract }, (call.site, method));
            }
        }
        // Of a requirement only what is called is shown, not what it calls itself.
        let linted = ends.clone();
        calls.retain(|link, _| linted.contains(&link.from));
        ends.extend(calls.keys().map(|link| link.to.clone()));
        let ends: Vec<_> = ends.into_iter().collect();
        let index = |end: &End| ends.binary_search(end).unwrap_or_default();
        let edges = calls.iter().map(|(link, sites)| {
            let functions: BTreeSet<_> = sites.iter().map(|&(_, function)| function.to_string()).collect();
            ViewEdge {
                from: index(&link.from),
                to: index(&link.to),
                dynamic: link.dynamic,
                as_contract: link.as_contract,
                functions: functions.into_iter().collect(),
                calls: sites.len(),
            }
        });
        let edges = edges.collect();
        let nodes = ends.iter().map(|End { name, kind, contract }| ViewNode {
            name: name.clone(),
            kind: *kind,
            contract: contract.clone(),
        });
        Self { nodes: nodes.collect(), edges }
    }

    /// Whether a node goes by that name: its own, or that of its contract.
    pub fn is_named(node: &ViewNode, name: &str) -> bool {
        node.name == name || node.contract.as_deref() == Some(name)
    }

    /// What is called so, what it calls and what calls it.
    pub fn focus(&self, name: &str) -> Self {
        let own = self.named(name);
        let near = self.edges.iter().filter(|edge| own.contains(&edge.from) || own.contains(&edge.to));
        let kept = near.flat_map(|edge| [edge.from, edge.to]).chain(own.iter().copied()).collect();
        self.only(&kept, |edge| own.contains(&edge.from) || own.contains(&edge.to))
    }

    /// What is called so, and everything from which calls lead there.
    pub fn reaching(&self, name: &str) -> Self {
        let calls = self.edges.iter().map(|edge| (edge.from as u32, edge.to as u32));
        let mut calls: DiGraph<(), ()> = DiGraph::from_edges(calls);
        let mut kept = self.named(name);
        // One node from which everything wanted is called, so that one search finds all that reaches any of it.
        let wanted = calls.add_node(());
        for &own in kept.iter().filter(|&&own| own < wanted.index()) {
            calls.add_edge(NodeIndex::new(own), wanted, ());
        }
        let mut search = Dfs::new(Reversed(&calls), wanted);
        while let Some(found) = search.next(Reversed(&calls)) {
            kept.extend(Some(found.index()).filter(|_| found != wanted));
        }
        self.only(&kept, |_| true)
    }

    fn named(&self, name: &str) -> BTreeSet<usize> {
        let all = self.nodes.iter().enumerate();
        all.filter(|(_, node)| Self::is_named(node, name)).map(|(index, _)| index).collect()
    }

    /// The part with these nodes, and the edges between them that are wanted.
    fn only(&self, kept: &BTreeSet<usize>, wanted: impl Fn(&ViewEdge) -> bool) -> Self {
        let kept: Vec<_> = kept.iter().copied().collect();
        let moved = |index: usize| kept.binary_search(&index).ok();
        let edges = self.edges.iter().filter(|edge| wanted(edge)).filter_map(|edge| {
            Some(ViewEdge { from: moved(edge.from)?, to: moved(edge.to)?, ..edge.clone() })
        });
        Self { edges: edges.collect(), nodes: kept.iter().map(|&index| self.nodes[index].clone()).collect() }
    }
}

fn end(program: &Program<'_>, function: FunctionId, level: Level) -> End {
    let contract = program.contract(function.contract).qualified_name().to_string();
    let kind = match program.function(function).access {
        Access::Public => NodeKind::Public,
        Access::ReadOnly => NodeKind::ReadOnly,
        Access::Private => NodeKind::Private,
    };
    match level {
        Level::Contract => End { name: contract, kind: NodeKind::Contract, contract: None },
        Level::Function => {
            End { name: format!("{contract}.{}", program.name(function)), kind, contract: Some(contract) }
        }
    }
}

/// What a call leads to that leaves the project; `None` if nothing at all is known of it.
fn beyond(program: &Program<'_>, site: Site) -> Option<End> {
    let (name, kind) = match program.target(site)? {
        Target::Missing(name) | Target::Absent(name) => {
            (name.trim_start_matches(['.', '\'']).to_string(), NodeKind::Missing)
        }
        Target::Dynamic(Some(TraitId { contract, index })) => {
            let name = program.model(*contract).traits[*index as usize].name;
            let name = program.contract(*contract).syntax.tree.name(name.symbol);
            (format!("<{name}>"), NodeKind::Trait)
        }
        _ => return None,
    };
    Some(End { name, kind, contract: None })
}
