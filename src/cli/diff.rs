//! `clarlint diff [REV] [--to REV]`: what a branch does to the architecture, for people who review it.

use super::args::{ConfigArguments, DiffArguments, GraphArguments};
use super::choices::{DiffFormat, Loss};
use super::revision::{Revision, parting};
use super::{Console, Exit, Stop, load, report};
use crate::check::Run;
use crate::config::Config;
use crate::project::{Project, path};
use crate::report::changes::{Between, human, json, markdown};
use crate::report::html::Part;
use crate::rules::Lint;
use crate::rules::changes::{Changes, Fate, Hands, Kind};

/// What has become of guards that need not hold any more and that nothing makes up for.
const GONE: &[Fate] = &[Fate::Lost, Fate::Weakened];

pub fn run(arguments: &DiffArguments, console: &mut Console<'_>) -> Result<Exit, Stop> {
    let to = arguments.to.as_deref();
    let from = match arguments.merge_base {
        true => parting(console.folder, &arguments.revision, to.unwrap_or("HEAD"))?,
        false => arguments.revision.clone(),
    };
    let (old, old_config) = at(&from, &arguments.config, console)?;
    // The page shows all of the new revision, findings included.
    let render: Option<fn(&Changes, Between<'_>, bool) -> String> = match arguments.format {
        DiffFormat::Human => Some(human),
        DiffFormat::Markdown => Some(|changes, between, _| markdown(changes, between)),
        DiffFormat::Json => Some(|changes, between, _| json(changes, between)),
        DiffFormat::Html => None,
    };
    let (new, new_config, run) = match to {
        None if render.is_none() => load::linted(&arguments.config, console)?,
        _ => {
            let (new, config) = match to {
                Some(revision) => at(revision, &arguments.config, console)?,
                None => load::project(&arguments.config, console)?,
            };
            (new, config, Run { today: console.today, ..Run::default() })
        }
    };
    let old = (&old, &old_config.policy);
    let between = Between { from: &arguments.revision, to };
    let (text, changes) = match render {
        Some(render) => {
            let changes = Changes::between(old, (&new, &new_config.policy));
            (render(&changes, between, console.stdout_colors), changes)
        }
        None => {
            let since = |new: &mut Lint<'_>| Some((Changes::since(old, new), between));
            let page = report::page(&new, &new_config, &run, &GraphArguments::default(), since)?;
            (page.document(Part::Changes), page.changes.map(|(changes, _)| changes).unwrap_or_default())
        }
    };
    console.stdout.write_all(text.as_bytes())?;
    let fails = arguments.fail_on.iter().any(|loss| loss.is_in(&changes));
    Ok(if fails { Exit::Findings } else { Exit::Clean })
}

/// The project as a revision has it, with the configuration that it has there.
fn at(
    revision: &str,
    arguments: &ConfigArguments,
    console: &mut Console<'_>,
) -> Result<(Project, Config), Stop> {
    let here = console.folder;
    let copy = Revision::read(here, revision)?;
    let project = arguments.project.as_ref().map(|project| copy.place(&path::absolute(here, project)));
    let arguments = ConfigArguments {
        project: project.transpose()?,
        // One that is given is the same for both.
        config: arguments.config.as_ref().map(|given| path::absolute(here, given)),
        isolated: arguments.isolated,
    };
    let folder = copy.place(here)?;
    let console = console.within(&folder);
    let load = load::one(arguments.project.as_ref(), &console)?;
    if let Some(manifest) = &load.root.manifest {
        copy.borrow_requirements(manifest);
    }
    load::whole(&load, &arguments, &console).map_err(|stop| match stop {
        Stop::Rendered(text) => Stop::Rendered(format!(
            "{text}error: the configuration of the revision `{revision}` cannot be used\n  \
             help: `--config FILE` uses one for both revisions, `--isolated` none\n"
        )),
        stop => stop,
    })
}

impl Loss {
    fn is_in(self, changes: &Changes) -> bool {
        match self {
            Self::LostGuard => changes.count(GONE, |kind| kind != Kind::Check) > 0,
            Self::LostCheck => changes.count(GONE, |kind| kind == Kind::Check) > 0,
            Self::ReplacedGuard => changes.count(&[Fate::Replaced], |_| true) > 0,
            Self::UnguardedEntrypoint => {
                changes.added.iter().any(|it| it.guards.is_empty() && !it.effects.is_empty())
            }
            Self::OpenState => changes.state.iter().any(|it| it.is == Hands::Strangers && it.was != it.is),
            Self::ForbiddenCall => !changes.against_layers.gained.is_empty(),
        }
    }
}
