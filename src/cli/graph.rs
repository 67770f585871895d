//! `clarlint graph`: who calls whom.

use std::collections::{BTreeMap, BTreeSet};

use super::args::GraphArguments;
use super::choices::{GraphFormat, GraphLevel};
use super::load;
use super::{Console, Exit, Stop};
use crate::config::{Policy, table::closest};
use crate::graph::Program;
use crate::graph::view::{Level, View, ViewNode};
use crate::project::{Contract, Project};
use crate::report::graph::{self, Group};

pub fn run(arguments: &GraphArguments, console: &mut Console<'_>) -> Result<Exit, Stop> {
    let (project, config) = load::project(&arguments.config, console)?;
    let level = match arguments.level {
        GraphLevel::Contract => Level::Contract,
        GraphLevel::Function => Level::Function,
    };
    let mut view = View::new(&Program::link(&project), level);
    for name in arguments.focus.iter().chain(&arguments.reaches) {
        known(&view, name)?;
    }
    if let Some(name) = &arguments.reaches {
        view = view.reaching(name);
    }
    if let Some(name) = &arguments.focus {
        view = view.focus(name);
    }
    let folders = folders(&project);
    let group = |node: &ViewNode| match level {
        Level::Contract if config.policy.layers.is_some() => layer(&config.policy, node),
        Level::Contract => folders.get(&node.name).map(|folder| (0, folder.clone())),
        Level::Function => Some((0, node.contract.clone()?)),
    };
    let text = match arguments.format {
        GraphFormat::Dot => graph::dot(&view, &group),
        GraphFormat::Mermaid => graph::mermaid(&view, &group),
        GraphFormat::Json => graph::json(&view, level),
    };
    console.stdout.write_all(text.as_bytes())?;
    Ok(Exit::Clean)
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
