//! Contracts and functions as arguments name them, to see a part of a table.

use super::Stop;
use crate::config::{FunctionPattern, table::closest};
use crate::project::is_principal;

/// Which functions are wanted; all of them if nobody named any.
pub struct Names(Vec<(String, FunctionPattern)>);

impl Names {
    /// Reads `CONTRACT` and `CONTRACT.FUNCTION`, in which `*` stands for any characters.
    pub fn parse(given: &[String]) -> Result<Self, Stop> {
        let pattern = |text: &String| {
            let is_contract = text.rsplit_once('.').is_none_or(|(before, _)| is_principal(before));
            let whole = if is_contract { format!("{text}.*") } else { text.clone() };
            let pattern = FunctionPattern::parse(&whole);
            let pattern = pattern.map_err(|fault| Stop::with_help(fault.message, fault.help))?;
            Ok((text.clone(), pattern))
        };
        given.iter().map(pattern).collect::<Result<_, _>>().map(Self)
    }

    pub fn want(&self, contract: &str, function: &str) -> bool {
        self.0.is_empty() || self.0.iter().any(|(_, pattern)| pattern.matches(contract, function))
    }

    /// Refuses a name that none of the functions has.
    pub fn check<'f>(&self, functions: impl Iterator<Item = (&'f str, &'f str)> + Clone) -> Result<(), Stop> {
        let unknown = self.0.iter().find(|(_, pattern)| {
            !functions.clone().any(|(contract, function)| pattern.matches(contract, function))
        });
        let Some((text, _)) = unknown else { return Ok(()) };
        let paths: Vec<_> =
            functions.clone().map(|(contract, function)| format!("{contract}.{function}")).collect();
        let names = functions.map(|(contract, _)| contract).chain(paths.iter().map(String::as_str));
        let help = match closest(text, names) {
            Some(close) => format!("did you mean `{close}`?"),
            None => "write CONTRACT or CONTRACT.FUNCTION; `*` stands for any characters".to_string(),
        };
        Err(Stop::with_help(format!("nothing here is called `{text}`"), help))
    }
}
