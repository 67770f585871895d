//! The call graph as a drawing, and all of it as a table.

use std::collections::BTreeSet;

use super::layout::{HEIGHT, Layout, Point};
use super::markup::Html;
use super::{Page, filters, headings, ticked};
use crate::graph::view::{NodeKind, View, ViewEdge, ViewNode};
use crate::report::graph::Group;

/// The width of a letter of a node's name, and the room beside the name.
const LETTER: f64 = 7.25;
const PADDING: f64 = 12.0;
/// The longest name that is drawn whole, and how much of a longer one's beginning is.
const LONGEST: usize = 36;
const BEGINNING: usize = 6;
/// How far from each other edges with the same ends lie.
const APART: f64 = 7.0;
/// What is left free around the drawing.
const MARGIN: f64 = 12.0;
/// So many boxes have colours of their own.
const COLOURS: usize = 8;

pub fn write(page: &Page<'_>, html: &mut Html) {
    if page.view.nodes.is_empty() {
        html.with_text("p", &[], "There are no contracts.");
        return;
    }
    let groups: BTreeSet<&Group> = page.groups.iter().flatten().collect();
    let groups: Vec<_> = groups.into_iter().collect();
    controls(html, &page.view, &groups);
    let colour = |group: &Option<Group>| group.as_ref().and_then(|group| groups.binary_search(&group).ok());
    let colours: Vec<_> = page.groups.iter().map(colour).collect();
    drawing(html, &page.view, &colours);
    html.element("details", &[], |html| {
        html.with_text("summary", &[], "All calls as a table");
        table(html, &page.view);
    });
}

/// What a kind of edge is called, in the order of `is_kind`.
const KINDS: [(&str, &str); 3] =
    [("direct", "direct calls"), ("dynamic", "through a trait"), ("as-contract", "as the contract itself")];

fn kinds(edge: &ViewEdge) -> impl Iterator<Item = &'static (&'static str, &'static str)> {
    let is_kind = [!edge.dynamic && !edge.as_contract, edge.dynamic, edge.as_contract];
    KINDS.iter().zip(is_kind).filter(|(_, is)| *is).map(|(kind, _)| kind)
}

fn controls(html: &mut Html, view: &View, groups: &[&Group]) {
    filters(html, "the graph", |html| {
        html.element("label", &[], |html| {
            html.text("Focus ");
            html.void("input", &[("type", "search"), ("name", "focus"), ("list", "nodes")]);
        });
        html.element("datalist", &[("id", "nodes")], |html| {
            view.nodes.iter().for_each(|node| html.void("option", &[("value", &node.name)]));
        });
        for (kind, label) in KINDS {
            if view.edges.iter().any(|edge| kinds(edge).any(|&(own, _)| own == kind)) {
                ticked(html, "kind", kind, |html| {
                    html.with_text("span", &[("class", &format!("key {kind}"))], "→");
                    html.text(label);
                });
            }
        }
        let calls: BTreeSet<_> = view.edges.iter().flat_map(|edge| [edge.from, edge.to]).collect();
        if calls.len() < view.nodes.len() {
            ticked(html, "idle", "idle", |html| html.text("without calls"));
        }
        if groups.len() > 1 {
            html.element("details", &[], |html| {
                html.with_text("summary", &[], &format!("Groups ({})", groups.len()));
                for (number, (_, title)) in groups.iter().enumerate() {
                    ticked(html, "group", &number.to_string(), |html| {
                        html.with_text("span", &[("class", &colour_class("key", Some(number)))], "■");
                        html.text(title);
                    });
                }
            });
        }
        for (action, label, name) in
            [("in", "+", "Zoom in"), ("out", "−", "Zoom out"), ("all", "Show all", "Show all")]
        {
            let attributes = [("type", "button"), ("value", action), ("aria-label", name)];
            html.with_text("button", &attributes, label);
        }
        let attributes = [("class", "guards"), ("href", "#guards"), ("hidden", "hidden")];
        html.with_text("a", &attributes, "Guards of the focus");
    });
    let help = "A click on a node shows it with its neighbours, a click with Shift hides it. Drag to move, use the wheel \
                with Ctrl to zoom; with the keyboard, Tab, Enter, Delete, arrows, + and −.";
    html.with_text("p", &[("class", "help"), ("hidden", "hidden")], help);
}

fn colour_class(class: &str, group: Option<usize>) -> String {
    group.map_or(class.to_string(), |group| format!("{class} colour-{}", group % COLOURS))
}

fn drawing(html: &mut Html, view: &View, groups: &[Option<usize>]) {
    let names: Vec<_> = view.nodes.iter().map(|node| shortened(&node.name)).collect();
    let width = |name: &String| name.chars().count() as f64 * LETTER + 2.0 * PADDING;
    let widths: Vec<_> = names.iter().map(width).collect();
    let edges: BTreeSet<_> = view.edges.iter().map(|edge| (edge.from, edge.to)).collect();
    let edges: Vec<_> = edges.into_iter().filter(|(from, to)| from != to).collect();
    let layout = Layout::new(&widths, &edges);
    let (wide, high) = (layout.width + 2.0 * MARGIN, layout.height + 2.0 * MARGIN);
    let bounds = format!("{} {} {} {}", rounded(-MARGIN), rounded(-MARGIN), rounded(wide), rounded(high));
    let (wide, high) = (rounded(wide), rounded(high));
    let attributes = [
        ("id", "drawing"),
        ("viewBox", &*bounds),
        ("width", &wide),
        ("height", &high),
        ("role", "group"),
        ("aria-label", "Call graph"),
        ("tabindex", "0"),
    ];
    html.element("svg", &attributes, |html| {
        html.element("defs", &[], |html| {
            for id in ["arrow", "arrow-as-contract"] {
                let attributes = [
                    ("id", id),
                    ("viewBox", "0 0 8 8"),
                    ("refX", "8"),
                    ("refY", "4"),
                    ("markerWidth", "7"),
                    ("markerHeight", "7"),
                    ("orient", "auto"),
                ];
                html.element("marker", &attributes, |html| html.void("path", &[("d", "M0,0 L8,4 L0,8 Z")]));
            }
        });
        for same_ends in view.edges.chunk_by(|a, b| (a.from, a.to) == (b.from, b.to)) {
            for (number, edge) in same_ends.iter().enumerate() {
                let aside = (number as f64 - (same_ends.len() - 1) as f64 / 2.0) * APART;
                draw_edge(html, view, edge, &route(&layout, &widths, edge, aside));
            }
        }
        for (index, node) in view.nodes.iter().enumerate() {
            let place = Place { index, at: layout.nodes[index], width: widths[index], group: groups[index] };
            draw_node(html, node, &names[index], place);
        }
    });
}

/// A name that is not too long to draw: its end says more than the middle of a principal.
fn shortened(name: &str) -> String {
    let length = name.chars().count();
    if length <= LONGEST {
        return name.to_string();
    }
    let beginning: String = name.chars().take(BEGINNING).collect();
    let end: String = name.chars().skip(length - (LONGEST - BEGINNING - 1)).collect();
    format!("{beginning}…{end}")
}

fn rounded(number: f64) -> String {
    (number.round() as i64).to_string()
}

/// The way of an edge: straight within layers, curved between them.
fn route(layout: &Layout, widths: &[f64], edge: &ViewEdge, aside: f64) -> String {
    let (from, to) = (layout.nodes[edge.from], layout.nodes[edge.to]);
    let start = Point { x: from.x + widths[edge.from], y: from.y + aside };
    let end = Point { x: to.x, y: to.y + aside };
    let point = |point: Point| format!("{},{}", rounded(point.x), rounded(point.y));
    let Some(bends) = layout.bends.get(&(edge.from, edge.to)) else {
        // In one layer: around its right side.
        let end = Point { x: to.x + widths[edge.to], ..end };
        let out = start.x.max(end.x) + HEIGHT * 1.5;
        let [first, second] = [start, end].map(|side| point(Point { x: out, y: side.y }));
        return format!("M{} C{first} {second} {}", point(start), point(end));
    };
    let mut way = format!("M{} H{}", point(start), rounded(layout.ends[edge.from]));
    let mut at = Point { x: layout.ends[edge.from], ..start };
    let ends = bends.iter().map(|bend| Point { y: bend.y + aside, ..*bend }).chain([end]);
    for (index, next) in ends.enumerate() {
        way += &match index % 2 {
            0 => {
                let middle = (at.x + next.x) / 2.0;
                let [first, second] = [at, next].map(|side| point(Point { x: middle, y: side.y }));
                format!(" C{first} {second} {}", point(next))
            }
            _ => format!(" H{}", rounded(next.x)),
        };
        at = next;
    }
    way
}

fn draw_edge(html: &mut Html, view: &View, edge: &ViewEdge, way: &str) {
    let own: Vec<_> = kinds(edge).collect();
    let class = own.iter().fold("edge".to_string(), |class, (kind, _)| class + " " + kind);
    let (from, to) = (edge.from.to_string(), edge.to.to_string());
    let marker = if edge.as_contract { "url(#arrow-as-contract)" } else { "url(#arrow)" };
    html.element("g", &[("class", &class), ("data-from", &from), ("data-to", &to)], |html| {
        let [from, to] = [edge.from, edge.to].map(|end| view.nodes[end].name.as_str());
        let how: Vec<_> = own.iter().map(|(_, label)| *label).collect();
        let title = format!("{from} → {to}: {} ({})", edge.functions.join(", "), how.join(", "));
        html.with_text("title", &[], &title);
        html.void("path", &[("d", way), ("marker-end", marker)]);
    });
}

/// Where a node is drawn.
struct Place {
    index: usize,
    at: Point,
    width: f64,
    group: Option<usize>,
}

fn draw_node(html: &mut Html, node: &ViewNode, name: &str, place: Place) {
    let Place { index, at, width, group } = place;
    let class = match node.kind {
        NodeKind::Public => "node public",
        NodeKind::Private => "node private",
        NodeKind::Missing | NodeKind::Trait => "node outside",
        NodeKind::Contract | NodeKind::ReadOnly => "node",
    };
    let (class, number) = (colour_class(class, group), index.to_string());
    let group = group.map_or(String::new(), |group| group.to_string());
    let attributes = [
        ("class", &*class),
        ("data-node", &number),
        ("data-group", &group),
        ("tabindex", "0"),
        ("role", "button"),
        ("aria-label", &node.name),
    ];
    html.element("g", &attributes, |html| {
        html.with_text("title", &[], &node.name);
        let (x, top) = (rounded(at.x), rounded(at.y - HEIGHT / 2.0));
        let (width, height) = (rounded(width), rounded(HEIGHT));
        let attributes = [("x", &*x), ("y", &top), ("width", &width), ("height", &height), ("rx", "5")];
        html.void("rect", &attributes);
        html.with_text("text", &[("x", &rounded(at.x + PADDING)), ("y", &rounded(at.y + 4.0))], name);
    });
}

fn table(html: &mut Html, view: &View) {
    html.element("table", &[], |html| {
        html.with_text("caption", &[], "Who calls whom.");
        headings(html, &["from", "to", "functions", "how", "places"]);
        html.element("tbody", &[], |html| {
            for edge in &view.edges {
                html.verbatim("\n");
                html.element("tr", &[], |html| {
                    let how: Vec<_> = kinds(edge).map(|(_, label)| *label).collect();
                    html.with_text("th", &[("scope", "row")], &view.nodes[edge.from].name);
                    html.with_text("td", &[("data-label", "to")], &view.nodes[edge.to].name);
                    html.with_text("td", &[("data-label", "functions")], &edge.functions.join(", "));
                    html.with_text("td", &[("data-label", "how")], &how.join(", "));
                    html.with_text("td", &[("data-label", "places")], &edge.calls.to_string());
                });
            }
        });
    });
}
