//! Where the nodes of a graph lie: callers left of what they call, in layers, with few crossings.
//!
//! It is Sugiyama's way, in short. Layers are the longest paths over the components; an edge over several layers gets a
//! bend in each between; each layer is sorted by where its neighbours lie, to and fro, and then pushed apart. Parts of the
//! graph that are not connected lie on shelves, the largest first.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use petgraph::algo::kosaraju_scc;
use petgraph::graph::DiGraph;
use petgraph::unionfind::UnionFind;

/// The height of a node, and how far things stay from each other.
pub const HEIGHT: f64 = 28.0;
const BETWEEN_NODES: f64 = 14.0;
const BETWEEN_LAYERS: f64 = 96.0;
const BETWEEN_PARTS: f64 = 32.0;
/// The room that a bend takes.
const BEND: f64 = 6.0;
/// How often layers are sorted; more changes next to nothing.
const SWEEPS: usize = 12;
/// Shelves are as wide as the widest part, and at least so much wider than all of them together are high.
const ASPECT: f64 = 2.2;

/// The places of a caller and of what it calls.
type Edge = (usize, usize);

/// A point, in pixels from the upper left.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point {
    pub x: f64,
    pub y: f64,
}

/// A graph that has found its place.
#[derive(Debug, Default)]
pub struct Layout {
    /// The middle of the left side of each node.
    pub nodes: Vec<Point>,
    /// What each edge passes between its ends: the two sides of a layer, for each.
    pub bends: BTreeMap<Edge, Vec<Point>>,
    /// Where the layer of each node ends on the right.
    pub ends: Vec<f64>,
    pub width: f64,
    pub height: f64,
}

impl Layout {
    /// Lays out nodes that are so wide; an edge goes from the first to the second.
    pub fn new(widths: &[f64], edges: &[Edge]) -> Self {
        let mut layout = Self {
            nodes: vec![Point::default(); widths.len()],
            ends: vec![0.0; widths.len()],
            ..Self::default()
        };
        let parts = parts(widths, edges);
        let room = |part: &Part| (part.width + BETWEEN_PARTS) * (part.height + BETWEEN_NODES);
        let room: f64 = parts.iter().map(room).sum();
        let shelf = parts.iter().map(|part| part.width).fold((room * ASPECT).sqrt(), f64::max);
        let mut at = Point::default();
        for part in parts {
            if at.x > 0.0 && at.x + part.width > shelf {
                at = Point { x: 0.0, y: layout.height + BETWEEN_NODES };
            }
            layout.put(&part, at);
            at.x += part.width + BETWEEN_PARTS;
        }
        layout
    }

    /// Takes over what a part has found out, moved to where it lies.
    fn put(&mut self, part: &Part, at: Point) {
        let moved = |point: Point| Point { x: point.x + at.x, y: point.y + at.y };
        let spot = |spot: usize| moved(Point { x: part.left[part.layer_of[spot]], y: part.y[spot] });
        for (own, &node) in part.nodes.iter().enumerate() {
            self.nodes[node] = spot(own);
            self.ends[node] = at.x + part.right[part.layer_of[own]];
        }
        for (&(from, to), bends) in &part.bends {
            let through = |&bend: &usize| {
                let left = spot(bend);
                [left, Point { x: at.x + part.right[part.layer_of[bend]], y: left.y }]
            };
            self.bends.insert((part.nodes[from], part.nodes[to]), bends.iter().flat_map(through).collect());
        }
        self.width = self.width.max(at.x + part.width);
        self.height = self.height.max(at.y + part.height);
    }
}

/// The nodes of a part, and its edges by their places among these.
type Members = (Vec<usize>, Vec<Edge>);

/// The connected parts, each laid out by itself, the largest first.
fn parts(widths: &[f64], edges: &[Edge]) -> Vec<Part> {
    let mut union = UnionFind::<usize>::new(widths.len());
    for &(from, to) in edges {
        union.union(from, to);
    }
    let mut members: BTreeMap<usize, Members> = BTreeMap::new();
    let mut own = vec![0; widths.len()];
    for (node, own) in own.iter_mut().enumerate() {
        let (nodes, _) = members.entry(union.find(node)).or_default();
        *own = nodes.len();
        nodes.push(node);
    }
    for &(from, to) in edges {
        let (_, own_edges) = members.entry(union.find(from)).or_default();
        own_edges.push((own[from], own[to]));
    }
    let parts = members.into_values().map(|(nodes, edges)| {
        let widths: Vec<_> = nodes.iter().map(|&node| widths[node]).collect();
        Part::new(nodes, &widths, &edges)
    });
    let mut parts: Vec<_> = parts.collect();
    parts.sort_by_key(|part| (Reverse(part.nodes.len()), part.nodes.first().copied()));
    parts
}

/// A connected part. What has a place in a layer is a spot: nodes first, by their places in `nodes`, then bends.
struct Part {
    nodes: Vec<usize>,
    bends: BTreeMap<Edge, Vec<usize>>,
    layers: Vec<Vec<usize>>,
    layer_of: Vec<usize>,
    callers: Vec<Vec<usize>>,
    callees: Vec<Vec<usize>>,
    y: Vec<f64>,
    /// The two sides of each layer.
    left: Vec<f64>,
    right: Vec<f64>,
    width: f64,
    height: f64,
}

impl Part {
    fn new(nodes: Vec<usize>, widths: &[f64], edges: &[Edge]) -> Self {
        let layer_of = layers_of(nodes.len(), edges);
        let none = vec![Vec::new(); nodes.len()];
        let mut part = Self {
            layers: vec![Vec::new(); layer_of.iter().max().map_or(0, |last| last + 1)],
            bends: BTreeMap::new(),
            callers: none.clone(),
            callees: none,
            y: vec![0.0; nodes.len()],
            left: Vec::new(),
            right: Vec::new(),
            width: 0.0,
            height: 0.0,
            layer_of,
            nodes,
        };
        for &(from, to) in edges {
            part.join(from, to);
        }
        for (spot, &layer) in part.layer_of.iter().enumerate() {
            part.layers[layer].push(spot);
        }
        part.arrange();
        part.measure(widths);
        part
    }

    /// Leads an edge through all layers between its ends. Ends in one layer, which call each other, are joined by nothing.
    fn join(&mut self, from: usize, to: usize) {
        if self.layer_of[from] >= self.layer_of[to] || self.bends.contains_key(&(from, to)) {
            return;
        }
        let mut bends = Vec::new();
        let mut before = from;
        for layer in self.layer_of[from] + 1..self.layer_of[to] {
            let bend = self.layer_of.len();
            self.layer_of.push(layer);
            self.y.push(0.0);
            self.callers.push(Vec::new());
            self.callees.push(Vec::new());
            self.link(before, bend);
            bends.push(bend);
            before = bend;
        }
        self.link(before, to);
        self.bends.insert((from, to), bends);
    }

    fn link(&mut self, from: usize, to: usize) {
        self.callees[from].push(to);
        self.callers[to].push(from);
    }

    /// Sorts the layers by what is left of them and by what is right of them, and at last moves everything between both.
    fn arrange(&mut self) {
        let to = 0..self.layers.len();
        let fro = to.clone().rev();
        for layer in to.clone() {
            self.settle(layer, |part, spot| part.y[spot]);
        }
        for _ in 0..SWEEPS {
            to.clone().for_each(|layer| self.sort(layer, Self::callers));
            fro.clone().for_each(|layer| self.sort(layer, Self::callees));
        }
        for layer in to.chain(fro) {
            self.settle(layer, |part, spot| {
                (part.mean(spot, Self::callers) + part.mean(spot, Self::callees)) / 2.0
            });
        }
    }

    /// Sorts a layer by its neighbours on one side, and moves it there.
    fn sort(&mut self, layer: usize, near: Near) {
        let mut spots = std::mem::take(&mut self.layers[layer]);
        spots.sort_by(|&a, &b| self.mean(a, near).total_cmp(&self.mean(b, near)));
        self.layers[layer] = spots;
        self.settle(layer, |part, spot| part.mean(spot, near));
    }

    fn callers(&self, spot: usize) -> &[usize] {
        &self.callers[spot]
    }

    fn callees(&self, spot: usize) -> &[usize] {
        &self.callees[spot]
    }

    /// Where the neighbours of a spot lie; where it lies itself if it has none.
    fn mean(&self, spot: usize, near: Near) -> f64 {
        match near(self, spot) {
            [] => self.y[spot],
            all => all.iter().map(|&other| self.y[other]).sum::<f64>() / all.len() as f64,
        }
    }

    /// Puts the spots of a layer as near as can be to where they want to be, in their order and without touching: those
    /// that would touch share the way between what they want.
    fn settle(&mut self, layer: usize, wanted: impl Fn(&Self, usize) -> f64) {
        // Each run lies as one: where it begins if nothing took room, and how many spots it has.
        let mut runs: Vec<(f64, usize)> = Vec::new();
        let mut offsets = Vec::with_capacity(self.layers[layer].len());
        let (mut offset, mut room_before) = (0.0, 0.0);
        for (index, &spot) in self.layers[layer].iter().enumerate() {
            let room = if spot < self.nodes.len() { HEIGHT + BETWEEN_NODES } else { BEND + BETWEEN_NODES };
            if index > 0 {
                offset += (room + room_before) / 2.0;
            }
            room_before = room;
            offsets.push(offset);
            let mut run = (wanted(self, spot) - offset, 1);
            while let Some(&(before, count)) = runs.last()
                && before >= run.0
            {
                runs.pop();
                let both = count + run.1;
                run = ((before * count as f64 + run.0 * run.1 as f64) / both as f64, both);
            }
            runs.push(run);
        }
        let starts = runs.iter().flat_map(|&(start, count)| std::iter::repeat_n(start, count));
        for ((&spot, start), offset) in self.layers[layer].iter().zip(starts).zip(offsets) {
            self.y[spot] = start + offset;
        }
    }

    /// Finds out how much room everything takes, and moves it to where that begins.
    fn measure(&mut self, widths: &[f64]) {
        let mut x = 0.0;
        for layer in &self.layers {
            let widest = layer.iter().filter_map(|&spot| widths.get(spot)).copied().fold(0.0, f64::max);
            self.left.push(x);
            self.right.push(x + widest);
            x += widest + BETWEEN_LAYERS;
        }
        self.width = (x - BETWEEN_LAYERS).max(0.0);
        let top = self.y.iter().copied().fold(f64::INFINITY, f64::min) - HEIGHT / 2.0;
        let bottom = self.y.iter().copied().fold(f64::NEG_INFINITY, f64::max) + HEIGHT / 2.0;
        self.y.iter_mut().for_each(|y| *y -= top);
        self.height = bottom - top;
    }
}

/// The neighbours of a spot on one side.
type Near = fn(&Part, usize) -> &[usize];

/// The layer of each node: behind all that call it, and of those that nobody calls, right before what they call. What
/// calls each other shares one.
fn layers_of(nodes: usize, edges: &[Edge]) -> Vec<usize> {
    let mut graph = DiGraph::<(), ()>::new();
    let all: Vec<_> = (0..nodes).map(|_| graph.add_node(())).collect();
    for &(from, to) in edges {
        graph.add_edge(all[from], all[to], ());
    }
    let components = kosaraju_scc(&graph);
    let mut component_of = vec![0; nodes];
    for (number, component) in components.iter().enumerate() {
        component.iter().for_each(|node| component_of[node.index()] = number);
    }
    let mut layers = vec![0; components.len()];
    let mut callees = vec![Vec::new(); components.len()];
    let mut is_called = vec![false; components.len()];
    for &(from, to) in edges {
        let (from, to) = (component_of[from], component_of[to]);
        if from != to {
            callees[from].push(to);
            is_called[to] = true;
        }
    }
    // Callees come first.
    for caller in (0..components.len()).rev() {
        for &callee in &callees[caller] {
            layers[callee] = layers[callee].max(layers[caller] + 1);
        }
    }
    for caller in (0..components.len()).filter(|&it| !is_called[it]) {
        let nearest = callees[caller].iter().map(|&callee| layers[callee]).min();
        layers[caller] = nearest.map_or(0, |nearest| nearest - 1);
    }
    component_of.iter().map(|&component| layers[component]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A diamond with a short cut, a cycle, and two nodes that nothing calls.
    const EDGES: &[Edge] = &[(0, 1), (0, 2), (1, 3), (2, 3), (0, 3), (4, 5), (5, 4)];

    #[test]
    fn callers_lie_left_of_callees_and_nothing_touches() {
        let layout = Layout::new(&[100.0; 8], EDGES);
        for (index, &(from, to)) in EDGES.iter().enumerate().take(5) {
            assert!(layout.nodes[from].x < layout.nodes[to].x, "edge {index}");
        }
        for (a, first) in layout.nodes.iter().enumerate() {
            for second in &layout.nodes[a + 1..] {
                let apart = (first.x - second.x).abs() >= 100.0 || (first.y - second.y).abs() >= HEIGHT;
                assert!(apart, "{first:?} {second:?}");
            }
            assert!(first.x >= 0.0 && first.x + 100.0 <= layout.width, "{first:?}");
            assert!(first.y >= HEIGHT / 2.0 && first.y + HEIGHT / 2.0 <= layout.height, "{first:?}");
        }
        assert_eq!(layout.bends[&(0, 3)].len(), 2, "the short cut passes one layer");
    }

    #[test]
    fn a_graph_without_nodes_has_a_layout() {
        assert_eq!(Layout::new(&[], &[]).height, 0.0);
    }

    #[test]
    fn what_many_call_takes_no_time() {
        let edges: Vec<_> = (1..3_000).map(|caller| (caller, caller / 7)).collect();
        assert!(Layout::new(&[80.0; 3_000], &edges).width > 0.0);
    }
}
