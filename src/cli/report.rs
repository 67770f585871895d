//! `clarlint report`: everything as one page. `graph`, `guards` and `diff` make the same page, opened at their part.

use super::args::{ConfigArguments, GraphArguments, ReportArguments};
use super::choices::{Column, ReportFormat};
use super::output::Files;
use super::{Console, Exit, Stop};
use super::{graph, guards, load};
use crate::analysis::Analysis;
use crate::check::{Run, check_asking};
use crate::config::Config;
use crate::facts;
use crate::graph::{FunctionId, Program};
use crate::project::Project;
use crate::report::changes::Between;
use crate::report::html::{Page, Part};
use crate::rules::changes::Changes;
use crate::rules::error_table::error_table;
use crate::rules::matrix::rows;
use crate::rules::{Lint, Question};
use crate::stopwatch::Stopwatch;

pub fn run(arguments: &ReportArguments, console: &mut Console<'_>) -> Result<Exit, Stop> {
    let project = arguments.path.as_ref().or(arguments.config.project.as_ref());
    let config = ConfigArguments { project: project.cloned(), ..arguments.config.clone() };
    let output = arguments.output.as_deref().map(|file| (arguments.format, file));
    let files = Files::new(output, console.folder)?;
    let base = load::one(project, console)?.root.base;
    let (project, config, run) = load::linted(&config, console)?;
    files.keep_sources(&base, &project)?;
    let page = page(&project, &config, &run, &GraphArguments::default(), |_| None)?;
    if arguments.output.is_none() {
        return print(&page, Part::Graph, console);
    }
    let document = |format| match format {
        ReportFormat::Html => page.document(Part::Graph),
    };
    Ok(if files.write(document, "", console) { exit(&page) } else { Exit::Failed })
}

/// The page of a project, with the part of its graph that is asked for. `changes` says what became of another revision.
pub fn page<'a>(
    project: &'a Project,
    config: &Config,
    run: &Run,
    graph: &GraphArguments,
    changes: impl FnOnce(&mut Lint<'_>) -> Option<(Changes, Between<'a>)>,
) -> Result<Page<'a>, Stop> {
    let program = Program::link(project);
    let view = graph::part(&program, graph)?;
    let group = graph::group(project, &config.policy, graph.level);
    let analysis = Analysis::new(&program, &config.policy, run.jobs).asking(run.ask);
    let (report, digest) =
        check_asking(&analysis, config, run, &[Question::Codes], &mut Stopwatch::default());
    let mut lint = Lint::of_project(&analysis, digest);
    let rows = rows(&mut lint);
    let errors = error_table(&mut lint);
    let why = rows.iter().filter_map(|row| {
        let function = program.function_named(&row.entrypoint)?;
        Some((row.entrypoint.clone(), evidence(&mut lint, function)))
    });
    Ok(Page {
        project,
        groups: view.nodes.iter().map(group).collect(),
        view,
        columns: guards::filled(&rows).into_iter().map(Column::name).collect(),
        why: why.collect(),
        rows,
        errors,
        changes: changes(&mut lint),
        report,
    })
}

/// What more facts are known of takes longer to say than anybody would read.
const MAX_FACTS: usize = 4_000;
/// The longest line of it that is shown.
const MAX_LINE: usize = 1_000;

/// What `clarlint why` says of a function, as far as anybody would read it on a page.
fn evidence(lint: &mut Lint<'_>, function: FunctionId) -> String {
    let facts: usize = lint.begin(function).effects.iter().map(|effect| effect.facts.len()).sum();
    if facts > MAX_FACTS {
        let path = lint.program.path(function);
        return format!("{path}\n  this is too much to show here; `clarlint why {path}` prints it\n");
    }
    let why = facts::why(&mut lint.engine, function);
    let lines = why.lines().map(|line| match line.char_indices().nth(MAX_LINE) {
        Some((end, _)) => format!("{} ..\n", &line[..end]),
        None => format!("{line}\n"),
    });
    lines.collect()
}

/// Prints the page, opened at a part.
pub fn print(page: &Page<'_>, part: Part, console: &mut Console<'_>) -> Result<Exit, Stop> {
    console.stdout.write_all(page.document(part).as_bytes())?;
    Ok(exit(page))
}

/// A page that is not complete is one, and a run that is not is none.
fn exit(page: &Page<'_>) -> Exit {
    if page.report.incomplete { Exit::Failed } else { Exit::Clean }
}
