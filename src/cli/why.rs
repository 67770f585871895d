//! `clarlint why CONTRACT.FUNCTION`: what a function does, and what is known whenever it does it.

use std::fmt::Write;

use super::args::WhyArguments;
use super::load;
use super::{Console, Exit, Stop};
use crate::analysis::Analysis;
use crate::check::{Run, check_with};
use crate::config::{Config, table::closest};
use crate::diagnostic::Label;
use crate::facts;
use crate::graph::{FunctionId, Program};
use crate::stopwatch::Stopwatch;

/// How long a line may be.
const WIDTH: usize = 118;

pub fn run(arguments: &WhyArguments, console: &mut Console<'_>) -> Result<Exit, Stop> {
    let (project, config) = load::project(&arguments.config, console)?;
    let program = Program::link(&project);
    let function = find(&program, &arguments.function)?;
    let analysis = Analysis::new(&program, &config.policy, None);
    let verdicts = verdicts(&analysis, &config, function);
    let text = format!("{}{verdicts}", facts::why(&mut analysis.whole().engine, function));
    write!(console.stdout, "{}", text.lines().map(wrapped).collect::<String>())?;
    Ok(Exit::Clean)
}

/// A line on as many lines as it takes, those after the first further in.
fn wrapped(line: &str) -> String {
    let indent = line.len() - line.trim_start().len();
    let mut out = " ".repeat(indent);
    let mut width = indent;
    for word in line.trim_start().split_inclusive(' ') {
        if width + word.trim_end().len() > WIDTH && width > indent + 4 {
            out.truncate(out.trim_end().len());
            out += &format!("\n{}", " ".repeat(indent + 4));
            width = indent + 4;
        }
        out += word;
        width += word.len();
    }
    out + "\n"
}

/// What the rules say of the function, and where they see it.
fn verdicts(analysis: &Analysis<'_>, config: &Config, function: FunctionId) -> String {
    let program = analysis.program;
    let (at, name) = (program.location(function), program.name(function));
    let mut out = String::new();
    let mut report = check_with(analysis, config, &Run::default(), &mut Stopwatch::default());
    report.hide();
    for finding in report.findings {
        let diagnostic = finding.diagnostic;
        if diagnostic.at.file != at.file || diagnostic.function.as_deref() != Some(name) {
            continue;
        }
        let _ = writeln!(
            out,
            "  {}  {}  [{}]",
            diagnostic.severity.as_str(),
            diagnostic.message,
            diagnostic.rule
        );
        for Label { at: place, message } in diagnostic.trace.iter().chain(&diagnostic.labels) {
            let file = program.project.file(place.file);
            let line = file.line_of(place.span.start) + 1;
            let place = match place.file == at.file {
                true => format!("line {line}"),
                false => format!("{}:{line}", file.path),
            };
            let _ = writeln!(out, "    {message}  {place}");
        }
    }
    out
}

fn find(program: &Program<'_>, name: &str) -> Result<FunctionId, Stop> {
    program.function_named(name).ok_or_else(|| {
        let names: Vec<_> = program.functions().map(|function| program.path(function)).collect();
        let help = match closest(name, names.iter().map(String::as_str)) {
            Some(close) => format!("did you mean `{close}`?"),
            None if names.is_empty() => "there are no functions here; run it inside a project".into(),
            None => "write CONTRACT.FUNCTION, such as `vault.deposit`".into(),
        };
        Stop::with_help(format!("there is no function `{name}`"), help)
    })
}
