//! What the command line takes.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

use super::choices::{
    Color, Column, DiffFormat, FailOn, Format, GraphFormat, GraphLevel, Loss, MatrixFormat, ReportFormat,
    RuleNames, Schema, TableFormat, Verdict,
};
use super::output::Output;
use crate::diagnostic::Applicability;

const AFTER_HELP: &str = "Exit codes: 0 nothing to report, 1 findings, 2 the work could not be done.
`clarlint` alone lints the project around the current folder; --help tells more.";

const AFTER_LONG_HELP: &str = "\
Exit codes:
  0  nothing at or above --fail-on; also when standard output was closed before the end
  1  findings at or above it; a contract that does not parse is a finding
  2  the work could not be done, or not all of it: bad flags or configuration, a path that cannot be read

Examples:
  clarlint                                          the project around the current folder
  clarlint contracts/vault.clar                     report on one contract; its whole project is analysed
  clarlint --output sarif=clarlint.sarif            print as always, and write a report for code scanning
  clarlint --select missing-circuit-breaker         run one rule
  clarlint --ignore as-contract --fail-on warning   leave a group out, be strict about the rest
  clarlint --diff                                   what --fix would change, as a patch
  clarlint explain missing-circuit-breaker          what a rule reports, why, and what to write instead
  clarlint why vault.withdraw                       what is known whenever an effect is committed
  clarlint - --stdin-filename contracts/vault.clar  the text that an editor holds, in its project

Configuration is the nearest clarlint.toml upwards; `clarlint schema config` describes it.";

const AFTER_DIFF: &str = "\
Nothing is printed where contracts only say the same in other words.

Losses, for --fail-on:
  lost-guard            a breaker, limit, role, owner or identity is not asked for any more, or something weaker is
  lost-check            the same of anything else that had to hold
  replaced-guard        another guard of its kind stands in its place
  unguarded-entrypoint  a new entrypoint does something and asks for nothing
  open-state            strangers decide on state that they did not decide on
  forbidden-call        a call goes against the layers of the policy

Exit codes: 0, 1 for what --fail-on names, 2 if a revision cannot be read.

Examples:
  clarlint diff                                   what is not committed yet
  clarlint diff origin/main --merge-base          what the branch does
  clarlint diff v1.0.0 --to v1.1.0                what a release does
  clarlint diff main --fail-on lost-guard         a gate";

/// Static analyzer and architecture linter for Clarity smart contracts
///
/// Reads a whole protocol, follows calls across its contracts, and reports where its architecture is broken.
#[derive(Debug, Parser)]
#[command(
    name = "clarlint",
    version,
    args_conflicts_with_subcommands = true,
    disable_help_subcommand = true,
    after_help = AFTER_HELP,
    after_long_help = AFTER_LONG_HELP
)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub lint: LintArguments,
    /// When to use colours; NO_COLOR and CLICOLOR_FORCE are honoured
    #[arg(
        long,
        value_name = "WHEN",
        value_enum,
        default_value_t,
        global = true,
        hide_possible_values = true
    )]
    #[arg(help = "When to use colours: auto, always or never")]
    pub color: Color,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write down what is found today, so that only what is new is reported
    Baseline(BaselineArguments),
    /// Lint (the default; write ./check for a path of that name)
    #[command(after_long_help = AFTER_LONG_HELP)]
    Check(LintArguments),
    /// Print what completes commands and flags in a shell
    Completions {
        /// bash, elvish, fish, powershell or zsh
        #[arg(value_enum, hide_possible_values = true)]
        shell: Shell,
    },
    /// Show what is in force, and which line of which file says so
    Config(ConfigArguments),
    /// Show what a branch does to the architecture: entrypoints, guards, effects, error codes, calls
    #[command(after_long_help = AFTER_DIFF)]
    Diff(DiffArguments),
    /// Show which error codes there are, where they are defined, and which entrypoints can return them
    Errors(ErrorsArguments),
    /// Explain a rule, or list those of a group: what it reports, why, and what to write instead
    Explain {
        /// The id of a rule, such as missing-circuit-breaker, or the name of a group
        #[arg(value_parser = RuleNames, hide_possible_values = true)]
        rule: String,
    },
    /// Print what was inferred: circuit breakers, limits, registries, roles, governed state
    Facts(FactsArguments),
    /// Draw who calls whom
    Graph(GraphArguments),
    /// Show what protects which entrypoint
    Guards(GuardsArguments),
    /// Write a first clarlint.toml, with the breakers, limits, roles and registries that the protocol has
    Init(InitArguments),
    /// Serve editors: the same analysis of what is being typed, on standard input and output
    ///
    /// It speaks the language server protocol; docs/editors.md shows how editors start it.
    #[command(after_long_help = "Exit codes: 0 after `shutdown`, 1 without it.")]
    Lsp,
    /// Write the guards that hold today as a policy, so that losing one is a finding
    Policy(PolicyArguments),
    /// Make a page of all that is known: call graph, guards, findings, error codes
    Report(ReportArguments),
    /// List all rules with their level, their group and a sentence on each
    Rules {
        /// human, json or markdown
        #[arg(long, value_enum, default_value_t, hide_possible_values = true)]
        format: TableFormat,
    },
    /// Print the manual page
    #[command(hide = true)]
    Man,
    /// Print a JSON schema: of clarlint.toml, or of what --format json prints
    Schema {
        #[arg(value_enum)]
        of: Schema,
    },
    /// Show what a function does, and what protects each effect
    Why(WhyArguments),
}

#[derive(Debug, Args)]
pub struct LintArguments {
    /// Files and folders to report on; `-` takes the text of --stdin-filename from standard input
    ///
    /// Without paths, the project around the current folder is linted: the nearest folder upwards that holds a
    /// clarlint.toml or a Clarinet.toml. Where there is no Clarinet.toml, each one below is a project of its own. Paths
    /// narrow what is reported, never what is analysed.
    #[arg(value_name = "PATHS")]
    pub paths: Vec<PathBuf>,

    /// How to print findings
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,

    /// Write a report to a file, too (repeatable): sarif=clarlint.sarif
    #[arg(long, value_name = "FORMAT=FILE", value_parser = Output::parse)]
    pub output: Vec<Output>,

    #[command(flatten)]
    pub config: ConfigArguments,

    #[command(flatten)]
    pub rules: RuleArguments,

    /// Exit with 1 for findings of this level and above: error, warning or note
    #[arg(long, value_name = "LEVEL", value_enum, default_value_t, hide_possible_values = true)]
    pub fail_on: FailOn,

    /// Exit with 0 in spite of findings
    #[arg(long)]
    pub exit_zero: bool,

    /// Report only what changed files show, of the whole project's analysis: files that differ from a revision of git
    /// (HEAD without one), and new ones
    #[arg(long, value_name = "REV", num_args = 0..=1, default_missing_value = "HEAD", require_equals = true)]
    pub changed: Option<String>,

    /// The findings that were there before, instead of clarlint-baseline.json in the project's folder
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,

    /// Print what is suppressed and what is in the baseline, too
    #[arg(long)]
    pub show_suppressed: bool,

    /// Name what was not checked, with the reason of each (in --format json, it always stands under `unchecked`)
    #[arg(long)]
    pub show_unchecked: bool,

    /// Print to stderr how many findings each rule has; `clarlint facts` prints what was inferred
    #[arg(long)]
    pub statistics: bool,

    /// How many threads read and analyse contracts; the output is the same with any number
    #[arg(long, value_name = "N")]
    pub jobs: Option<NonZeroUsize>,

    /// Print to stderr how long each stage took
    ///
    /// Stages that run on several threads are added up. Contracts that take long are named.
    #[arg(long)]
    pub timings: bool,

    /// Who says whether the chain takes a contract: inferred types, and the chain's analyser where they leave doubts; or
    /// the chain's analyser alone
    ///
    /// Both come to the same; inferred types are many times faster.
    #[arg(long, value_name = "BY", value_enum, default_value_t, hide_possible_values = true)]
    #[arg(help = "Who says whether the chain takes a contract: inferred types first, or chain")]
    pub verdict: Verdict,

    #[command(flatten)]
    pub fixes: FixArguments,

    /// Lint again whenever a file of the project changes, until the program is ended
    #[arg(long, conflicts_with = "stdin_filename")]
    pub watch: bool,

    /// Print findings only, without the summary line
    #[arg(long, short)]
    pub quiet: bool,

    /// Which file the text on standard input stands for; the rest of the project comes from disk
    #[arg(long, value_name = "PATH")]
    pub stdin_filename: Option<PathBuf>,
}

/// Which changes are made that findings propose.
#[derive(Debug, Args)]
pub struct FixArguments {
    /// Make the changes that leave what the contracts do as it is, and report what is left
    #[arg(long, conflicts_with_all = ["changed", "stdin_filename", "watch"])]
    pub fix: bool,

    /// Print these changes as a patch instead of findings, and make none: clarlint --diff | git apply
    #[arg(long, conflicts_with_all = ["fix", "changed", "stdin_filename", "watch"])]
    pub diff: bool,

    /// Make, or print, those as well that somebody may notice: what nodes serve, such as constants, may go
    #[arg(long)]
    pub unsafe_fixes: bool,
}

impl FixArguments {
    /// How far changes go, if any are wanted.
    pub fn up_to(&self) -> Option<Applicability> {
        let up_to = if self.unsafe_fixes { Applicability::Unsafe } else { Applicability::Safe };
        (self.fix || self.diff).then_some(up_to)
    }
}

#[derive(Debug, Args)]
pub struct BaselineArguments {
    #[command(flatten)]
    pub mode: BaselineMode,

    /// The file, instead of clarlint-baseline.json in the project's folder
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,

    #[command(flatten)]
    pub config: ConfigArguments,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct BaselineMode {
    /// Make a baseline of all that is found today
    #[arg(long)]
    pub write: bool,

    /// Take out what is gone, and add nothing
    #[arg(long)]
    pub prune: bool,

    /// Add what is new to it
    #[arg(long)]
    pub add: bool,
}

#[derive(Clone, Debug, Default, Args)]
pub struct ConfigArguments {
    /// The folder of the project that is meant, where there are several
    #[arg(long, value_name = "DIR")]
    pub project: Option<PathBuf>,

    /// Use this configuration instead of the nearest clarlint.toml
    #[arg(long, value_name = "FILE", conflicts_with = "isolated")]
    pub config: Option<PathBuf>,

    /// Use no configuration
    #[arg(long)]
    pub isolated: bool,
}

/// Which rules are asked in this run, and how serious they are.
#[derive(Debug, Args)]
pub struct RuleArguments {
    /// Run only these rules and groups, or all, those that are off by default included; what keeps the linter from its work is reported all the same
    #[arg(long, value_name = "RULE,..", value_delimiter = ',', value_parser = RuleNames, hide_possible_values = true)]
    pub select: Vec<String>,

    /// Do not run these rules and groups
    #[arg(long, value_name = "RULE,..", value_delimiter = ',', value_parser = RuleNames, hide_possible_values = true)]
    pub ignore: Vec<String>,

    /// Set the level of a rule or a group: error, warning, note, on or off (repeatable)
    #[arg(long, value_name = "RULE=LEVEL")]
    pub level: Vec<String>,
}

#[derive(Debug, Args)]
pub struct WhyArguments {
    /// The function, such as vault.deposit
    #[arg(value_name = "CONTRACT.FUNCTION")]
    pub function: String,

    #[command(flatten)]
    pub config: ConfigArguments,
}

#[derive(Debug, Args)]
pub struct ErrorsArguments {
    /// Only these codes, contracts and entrypoints: u404, vault, vault.deposit (default: all)
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,

    /// human, json or markdown
    #[arg(long, value_enum, default_value_t, hide_possible_values = true)]
    pub format: TableFormat,

    #[command(flatten)]
    pub config: ConfigArguments,
}

#[derive(Debug, Args)]
pub struct DiffArguments {
    /// The revision to compare with: a commit, a branch or a tag
    #[arg(value_name = "REV", default_value = "HEAD")]
    pub revision: String,

    /// The revision that is compared, instead of the working tree
    #[arg(long, value_name = "REV")]
    pub to: Option<String>,

    /// Compare with the commit where the two part, so that what others did since then is left out
    #[arg(long)]
    pub merge_base: bool,

    /// human, markdown (for a comment on a pull request), json, or html: the page of `clarlint report`, opened here
    #[arg(long, value_enum, default_value_t, hide_possible_values = true)]
    pub format: DiffFormat,

    /// Exit with 1 if there is any of these: lost-guard, lost-check, replaced-guard, unguarded-entrypoint, open-state,
    /// forbidden-call
    #[arg(long, value_enum, value_name = "LOSS,..", value_delimiter = ',', hide_possible_values = true)]
    pub fail_on: Vec<Loss>,

    #[command(flatten)]
    pub config: ConfigArguments,
}

#[derive(Debug, Default, Args)]
pub struct GraphArguments {
    /// dot (Graphviz), mermaid, json, or html: the page of `clarlint report`, opened here
    #[arg(long, value_enum, default_value_t, hide_possible_values = true)]
    pub format: GraphFormat,

    /// What the nodes are: contract or function
    #[arg(long, value_enum, default_value_t, hide_possible_values = true)]
    pub level: GraphLevel,

    /// Only this contract or function, what it calls and what calls it
    #[arg(long, value_name = "NAME")]
    pub focus: Option<String>,

    /// Only this contract or function, and everything from which calls lead to it
    #[arg(long, value_name = "NAME")]
    pub reaches: Option<String>,

    #[command(flatten)]
    pub config: ConfigArguments,
}

#[derive(Debug, Args)]
pub struct InitArguments {
    /// The folder of the project that is meant, where there are several
    #[arg(long, value_name = "DIR")]
    pub project: Option<PathBuf>,

    /// Print it instead of writing a file
    #[arg(long)]
    pub stdout: bool,
}

#[derive(Debug, Args)]
pub struct FactsArguments {
    #[command(flatten)]
    pub config: ConfigArguments,
}

#[derive(Debug, Args)]
pub struct PolicyArguments {
    #[command(flatten)]
    pub config: ConfigArguments,
}

#[derive(Debug, Args)]
pub struct ReportArguments {
    /// The folder of the project (default: the project around the current folder)
    #[arg(value_name = "PATH", conflicts_with = "project")]
    pub path: Option<PathBuf>,

    /// html: one file that needs nothing else
    #[arg(long, value_enum, default_value_t, hide_possible_values = true)]
    pub format: ReportFormat,

    /// Write it to a file instead of standard output
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    #[command(flatten)]
    pub config: ConfigArguments,
}

#[derive(Debug, Args)]
pub struct GuardsArguments {
    /// Only these contracts and entrypoints: vault, vault.deposit, *.set-* (default: all)
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,

    /// Only these columns, in this order: effects, breakers, limiters, authorisation, identity, errors
    ///
    /// Without it, columns that are empty are left out for people. JSON has all.
    #[arg(long, value_enum, value_name = "COLUMN,..", value_delimiter = ',', hide_possible_values = true)]
    pub columns: Vec<Column>,

    /// human, markdown, csv, json, or html: the page of `clarlint report`, opened here
    #[arg(long, value_enum, default_value_t, hide_possible_values = true)]
    pub format: MatrixFormat,

    #[command(flatten)]
    pub config: ConfigArguments,
}
