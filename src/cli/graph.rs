//! `clarlint graph`: who calls whom.

use super::args::{GraphArguments, GraphFormat, GraphLevel};
use super::load;
use super::{Console, Exit, Stop};
use crate::config::{Policy, table::closest};
use crate::graph::Program;
use crate::graph::view::{Level, View, ViewNode};
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
    let group = |node: &ViewNode| match level {
        Level::Contract => layer(&config.policy, node),
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
