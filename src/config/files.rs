//! `[files]`: which contracts are linted.

use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};

use crate::config::table::{Decode, Decoder, Fault, Node, Table, parse_string};

/// Globs over paths relative to the project, with forward slashes.
#[derive(Clone, Debug, Default)]
pub struct Files {
    include: Option<GlobSet>,
    exclude: Option<GlobSet>,
}

impl Files {
    /// All but those; what is no glob leaves out nothing.
    pub fn without(globs: &[String]) -> Self {
        let globs = globs.iter().filter_map(|text| glob(text).ok());
        Self { include: None, exclude: Some(set(globs.collect())) }
    }

    /// Whether findings in the file are reported.
    pub fn linted(&self, path: &str) -> bool {
        let included = self.include.as_ref().is_none_or(|globs| globs.is_match(path));
        included && !self.exclude.as_ref().is_some_and(|globs| globs.is_match(path))
    }
}

impl Decode for Files {
    fn expected() -> String {
        "a table".into()
    }

    fn decode(node: Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        let mut table = Table::open(node, decoder)?;
        let include = table.optional::<Vec<PathGlob>>("include").map(set);
        let exclude = table.optional::<Vec<PathGlob>>("exclude").map(set);
        table.finish();
        Some(Self { include, exclude })
    }
}

/// A glob; one that ends in a slash or names a folder covers everything below it.
struct PathGlob([Glob; 2]);

impl Decode for PathGlob {
    fn expected() -> String {
        "a glob, such as \"contracts/**/*.clar\"".into()
    }

    fn decode(node: Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        parse_string(node, decoder, |text| {
            glob(text).map_err(|error| Fault {
                message: format!("`{text}` is not a glob: {}", error.kind()),
                help: "`*` stands for anything but a slash, `**` for any folders, `?` for one character"
                    .into(),
            })
        })
    }
}

fn glob(text: &str) -> Result<PathGlob, globset::Error> {
    let build = |glob: &str| GlobBuilder::new(glob).literal_separator(true).build();
    let glob = text.trim_start_matches("./").trim_end_matches('/');
    Ok(PathGlob([build(glob)?, build(&format!("{glob}/**"))?]))
}

fn set(globs: Vec<PathGlob>) -> GlobSet {
    let mut builder = GlobSetBuilder::new();
    for glob in globs.into_iter().flat_map(|glob| glob.0) {
        builder.add(glob);
    }
    // Each glob has been compiled alone; together they only fail where the regex engine's size limit does.
    builder.build().unwrap_or_default()
}
