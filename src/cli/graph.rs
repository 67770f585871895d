//! `clarlint graph`: who calls whom.

use std::collections::{BTreeMap, BTreeSet};

use super::args::GraphArguments;
use super::choices::{GraphFormat, GraphLevel};
use super::{Console, Exit, Stop};
use super::{load, report};
use crate::config::{Policy, table::closest};
use crate::graph::Program;
use crate::graph::view::{Level, View, ViewNode};
use crate::project::{Contract, Project};
use crate::report::graph::{self, Group};
use crate::report::html::Part;

/// The box that a node is drawn in.
type Boxes<'b> = &'b dyn Fn(&ViewNode) -> Option<Group>;

/// What writes a graph in a format.
type Render = fn(&View, Level, Boxes<'_>) -> String;

pub fn run(arguments: &GraphArguments, console: &mut Console<'_>) -> Result<Exit, Stop> {
    let render: Render = match arguments.format {
        GraphFormat::Dot => |view, _, group| graph::dot(view, group),
        GraphFormat::Mermaid => |view, _, group| graph::mermaid(view, group),
        GraphFormat::Json => |view, level, _| graph::json(view, level),
        GraphFormat::Html => {
            let (project, config, run) = load::linted(&arguments.config, console)?;
            let page = report::page(&project, &config, &run, arguments, |_| None)?;
            return report::print(&page, Part::Graph, console);
        }
    };
    let (project, config) = load::project(&arguments.config, console)?;
    let view = part(&Program::link(&project), arguments)?;
    let text = render(&view, arguments.level.into(), &group(&project, &config.policy, arguments.level));
    console.stdout.write_all(text.as_bytes())?;
    Ok(Exit::Clean)
}

impl From<GraphLevel> for Level {
    fn from(level: GraphLevel) -> Self {
        match level {
            GraphLevel::Contract => Self::Contract,
            GraphLevel::Function => Self::Function,
        }
    }
}

/// The graph as far as it is asked for.
pub fn part(program: &Program<'_>, arguments: &GraphArguments) -> Result<View, Stop> {
    let mut view = View::new(program, arguments.level.into());
    for name in arguments.focus.iter().chain(&arguments.reaches) {
        known(&view, name)?;
    }
    if let Some(name) = &arguments.reaches {
        view = view.reaching(name);
    }
    if let Some(name) = &arguments.focus {
        view = view.focus(name);
    }
    Ok(view)
}

/// The box that a node is drawn in: its layer, its folder, or the contract of a function.
pub fn group(project: &Project, policy: &Policy, level: GraphLevel) -> impl Fn(&ViewNode) -> Option<Group> {
    let folders = folders(project);
    move |node| match level {
        GraphLevel::Contract if policy.layers.is_some() => layer(policy, node),
        GraphLevel::Contract => folders.get(&node.name).map(|folder| (0, folder.clone())),
        GraphLevel::Function => Some((0, node.contract.clone()?)),
    }
}

/// The folder of each contract, if there are several.
fn folders(project: &Project) -> BTreeMap<String, String> {
    let folder = |contract: &Contract| {
        let path = &project.file(contract.file).path;
        let folder = path.rsplit_once('/').map_or(".", |(folder, _)| folder);
        (contract.qualified_name().to_string(), folder.to_owned())
    };
    let folders: BTreeMap<_, _> = project.contracts.iter().map(folder).collect();
    let distinct: BTreeSet<_> = folders.values().collect();
    if distinct.len() > 1 { folders } else { BTreeMap::new() }
}

/// The policy's layer, the highest first: calls lead downwards.
fn layer(policy: &Policy, node: &ViewNode) -> Option<Group> {
    let layers = policy.layers.as_ref()?;
    let (index, _) = layers.of(&node.name)?;
    Some((layers.layers.len() - index, format!("layer {index}")))
}

fn known(view: &View, name: &str) -> Result<(), Stop> {
    if view.nodes.iter().any(|node| View::is_named(node, name)) {
        return Ok(());
    }
    let names = view.nodes.iter().flat_map(|node| [Some(node.name.as_str()), node.contract.as_deref()]);
    let help = match closest(name, names.flatten()) {
        Some(close) => format!("did you mean `{close}`?"),
        None if name.contains('.') => "functions are in the graph with `--level function`".to_string(),
        None => "name a contract, or with `--level function` a function: `vault.deposit`".to_string(),
    };
    Err(Stop::with_help(format!("nothing in the graph is called `{name}`"), help))
}
