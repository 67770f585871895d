//! The call graph for graph drawers and for programs.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Serialize;

use crate::graph::view::{Level, NodeKind, View, ViewEdge, ViewNode};
use crate::report::json::pretty;

/// Which box a node is drawn in: boxes are drawn in the order of the number.
pub type Group = (usize, String);

/// `bold: public function; dashed arrow: ..`: what a graph shows besides names and arrows, each sign with what it stands
/// for. Empty if there is nothing to explain.
fn legend(view: &View, signs: [&str; 5]) -> String {
    let has = |kinds: &[NodeKind]| view.nodes.iter().any(|node| kinds.contains(&node.kind));
    let meanings = [
        (has(&[NodeKind::Public]), "public function"),
        (has(&[NodeKind::Private]), "private function"),
        (has(&[NodeKind::Missing, NodeKind::Trait]), "not in the project"),
        (view.edges.iter().any(|edge| edge.dynamic), "call through a trait"),
        (view.edges.iter().any(|edge| edge.as_contract), "call as the contract itself"),
    ];
    let shown = signs.iter().zip(meanings).filter(|(sign, (is_there, _))| *is_there && !sign.is_empty());
    let shown: Vec<_> = shown.map(|(sign, (_, meaning))| format!("{sign}: {meaning}")).collect();
    shown.join("; ")
}

/// For Graphviz: calls through a trait are dashed, calls as the contract itself red. A line below says so.
pub fn dot(view: &View, group: &dyn Fn(&ViewNode) -> Option<Group>) -> String {
    let mut out =
        "digraph calls {\n  rankdir=LR;\n  node [shape=box, fontname=\"sans-serif\"];\n".to_string();
    let legend = legend(view, ["bold box", "grey box", "dashed box", "dashed arrow", "red arrow"]);
    if !legend.is_empty() {
        let _ = writeln!(
            out,
            "  label={}; labelloc=b; labeljust=l; fontname=\"sans-serif\"; fontsize=10;",
            quoted(&legend)
        );
    }
    for (number, (group, nodes)) in groups(view, group).into_iter().enumerate() {
        if let Some((_, title)) = &group {
            let _ = write!(out, "  subgraph cluster_{number} {{\n    label={};\n", quoted(title));
        }
        for node in nodes {
            let style = match node.kind {
                NodeKind::Public => " [style=bold]",
                NodeKind::Private => " [color=gray50]",
                NodeKind::Missing | NodeKind::Trait => " [style=dashed]",
                NodeKind::Contract | NodeKind::ReadOnly => "",
            };
            let indent = if group.is_some() { "    " } else { "  " };
            let _ = writeln!(out, "{indent}{}{style};", quoted(&node.name));
        }
        if group.is_some() {
            out += "  }\n";
        }
    }
    for edge in &view.edges {
        let dashed = edge.dynamic.then(|| "style=dashed".to_string());
        let red = edge.as_contract.then(|| "color=red".to_string());
        let label = label(view, edge).map(|label| format!("label={}", quoted(&label)));
        let attributes: Vec<_> = dashed.into_iter().chain(red).chain(label).collect();
        let attributes = match &attributes[..] {
            [] => String::new(),
            some => format!(" [{}]", some.join(", ")),
        };
        let [from, to] = ends(view, edge).map(|node| quoted(&node.name));
        let _ = writeln!(out, "  {from} -> {to}{attributes};");
    }
    out + "}\n"
}

/// For Mermaid, as Markdown on many sites shows it: calls through a trait are dotted, calls as the contract itself
/// say so. The title explains the signs.
pub fn mermaid(view: &View, group: &dyn Fn(&ViewNode) -> Option<Group>) -> String {
    let legend = legend(view, ["rounded", "", "hexagon", "dotted arrow", ""]);
    let title = if legend.is_empty() { String::new() } else { format!("---\ntitle: \"{legend}\"\n---\n") };
    let mut out = title + "flowchart LR\n";
    let ids: BTreeMap<_, _> = view.nodes.iter().enumerate().map(|(id, node)| (&node.name, id)).collect();
    for (number, (group, nodes)) in groups(view, group).into_iter().enumerate() {
        if let Some((_, title)) = &group {
            let _ = writeln!(out, "  subgraph g{number} [\"{}\"]", escaped(title));
        }
        for node in nodes {
            let (open, close) = match node.kind {
                NodeKind::Public => ("([", "])"),
                NodeKind::Missing | NodeKind::Trait => ("{{", "}}"),
                NodeKind::Contract | NodeKind::ReadOnly | NodeKind::Private => ("[", "]"),
            };
            let indent = if group.is_some() { "    " } else { "  " };
            let (id, name) = (ids[&node.name], escaped(&node.name));
            let _ = writeln!(out, "{indent}n{id}{open}\"{name}\"{close}");
        }
        if group.is_some() {
            out += "  end\n";
        }
    }
    // What one node calls in the same way stands on one line.
    for edges in view.edges.chunk_by(|a, b| a.from == b.from && plain(view, a) && plain(view, b)) {
        let Some(first) = edges.first() else { continue };
        let arrow = if first.dynamic { "-.->" } else { "-->" };
        let label = label(view, first).map(|label| format!("|\"{}\"|", escaped(&label)));
        let to: Vec<_> = edges.iter().map(|edge| format!("n{}", edge.to)).collect();
        let _ = writeln!(out, "  n{} {arrow}{} {}", first.from, label.unwrap_or_default(), to.join(" & "));
    }
    out
}

fn plain(view: &View, edge: &ViewEdge) -> bool {
    !edge.dynamic && label(view, edge).is_none()
}

/// What an edge has to say: which functions are called through a trait, and in whose name.
fn label(view: &View, edge: &ViewEdge) -> Option<String> {
    let is_function = view.nodes[edge.to].contract.is_some();
    let functions = (edge.dynamic && !is_function).then(|| edge.functions.join(", "));
    match (edge.as_contract, functions) {
        (true, Some(functions)) => Some(format!("{functions} as contract")),
        (true, None) => Some("as contract".to_string()),
        (false, functions) => functions,
    }
}

/// For programs: nodes, and edges by the names of what they join.
pub fn json(view: &View, level: Level) -> String {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Edge<'a> {
        from: &'a str,
        to: &'a str,
        dynamic: bool,
        as_contract: bool,
        functions: &'a [String],
        calls: usize,
    }
    #[derive(Serialize)]
    struct Graph<'a> {
        version: u32,
        level: &'static str,
        nodes: &'a [ViewNode],
        edges: Vec<Edge<'a>>,
    }
    let level = match level {
        Level::Contract => "contract",
        Level::Function => "function",
    };
    let edges = view.edges.iter().map(|edge| Edge {
        from: &view.nodes[edge.from].name,
        to: &view.nodes[edge.to].name,
        dynamic: edge.dynamic,
        as_contract: edge.as_contract,
        functions: &edge.functions,
        calls: edge.calls,
    });
    let edges = edges.collect();
    pretty(&Graph { version: 1, level, nodes: &view.nodes, edges })
}

/// The nodes of each box, those without a box first.
fn groups<'v>(
    view: &'v View,
    group: &dyn Fn(&ViewNode) -> Option<Group>,
) -> BTreeMap<Option<Group>, Vec<&'v ViewNode>> {
    let mut groups: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for node in &view.nodes {
        groups.entry(group(node)).or_default().push(node);
    }
    groups
}

fn ends<'v>(view: &'v View, edge: &ViewEdge) -> [&'v ViewNode; 2] {
    [edge.from, edge.to].map(|index| &view.nodes[index])
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Text between quotes of Mermaid, which takes the entities of HTML.
fn escaped(name: &str) -> String {
    name.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")
}
