//! The documents of rules: their headings and the projects in their code blocks.
//!
//! A block ```` ```clarity ```` is a project of one contract. Named blocks under one heading,
//! ```` ```clarity vault.clar ```` and so on, form one project together. A block ```` ```toml clarlint.toml ````
//! configures every project under its heading; ```` ```toml Clarinet.toml ```` is the manifest of all of them.
//! Contracts are of Clarity 4 unless the first block's info string says otherwise: ```` ```clarity clarity=2 ````.

use std::path::{Path, PathBuf};

use super::case::{Case, Source};

/// The version of contracts that say nothing about it.
pub const CLARITY: u8 = 4;

pub struct Document {
    pub path: PathBuf,
    /// Level and text.
    pub headings: Vec<(usize, String)>,
    /// The first paragraph below the title, on one line.
    pub summary: String,
    pub cases: Vec<Case>,
    /// Rules that the examples are not asked for.
    without: &'static [&'static str],
}

/// Rules about what a contract as a whole has not, which examples of other rules, parts of contracts as they are, are not
/// asked for.
const OF_WHOLE_CONTRACTS: &[&str] = &["locked-funds"];

/// A code block that belongs to a project.
struct Block {
    language: String,
    name: Option<String>,
    clarity: Option<u8>,
    text: String,
    first_line: usize,
}

impl Document {
    pub fn read(path: &Path) -> Self {
        let text =
            std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let is_own = path.file_stem().is_some_and(|stem| OF_WHOLE_CONTRACTS.iter().any(|id| stem == *id));
        let mut document = Self {
            path: path.to_owned(),
            headings: Vec::new(),
            summary: String::new(),
            cases: Vec::new(),
            without: if is_own { &[] } else { OF_WHOLE_CONTRACTS },
        };
        let mut blocks: Vec<Block> = Vec::new();
        let mut open: Option<Block> = None;
        for (number, line) in text.lines().enumerate() {
            match &mut open {
                Some(_) if line == "```" => blocks.extend(open.take()),
                Some(block) => {
                    block.text += line;
                    block.text.push('\n');
                }
                None if line.starts_with("```") => open = Some(Block::new(line, number + 1)),
                None if line.starts_with('#') => {
                    document.close_section(&mut blocks);
                    let title = line.trim_start_matches('#');
                    document.headings.push((line.len() - title.len(), title.trim().to_owned()));
                }
                None => {}
            }
        }
        document.close_section(&mut blocks);
        let paragraph = text.lines().skip(1).skip_while(|line| line.is_empty());
        document.summary = paragraph.take_while(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
        document
    }

    /// Makes projects out of the blocks below a heading.
    fn close_section(&mut self, blocks: &mut Vec<Block>) {
        let (settings, contracts): (Vec<_>, Vec<_>) = blocks
            .drain(..)
            .filter(|block| block.language == "clarity" || block.name.is_some())
            .partition(|block| block.language == "toml");
        let manifest = settings.iter().any(|block| block.name.as_deref() == Some("Clarinet.toml"));
        let (named, alone): (Vec<_>, Vec<_>) = contracts.into_iter().partition(|block| block.name.is_some());
        let alone: Vec<_> = alone.into_iter().map(|block| vec![block]).collect();
        let together = (!named.is_empty() || alone.is_empty() && !settings.is_empty()).then_some(named);
        for project in alone.into_iter().chain(together) {
            let stated = project.iter().find_map(|block| block.clarity);
            let sources = settings.iter().chain(&project).map(|block| Source {
                path: block.name.clone().unwrap_or_else(|| "contract.clar".to_owned()),
                text: block.text.clone(),
                host: self.path.clone(),
                first_line: block.first_line,
            });
            let clarity = if manifest { None } else { Some(stated.unwrap_or(CLARITY)) };
            self.cases.push(Case { sources: sources.collect(), clarity, without: self.without });
        }
    }
}

impl Block {
    fn new(fence: &str, first_line: usize) -> Self {
        let mut words = fence.trim_start_matches('`').split_whitespace();
        let language = words.next().unwrap_or_default().to_owned();
        let mut block = Self { language, name: None, clarity: None, text: String::new(), first_line };
        for word in words {
            match word.strip_prefix("clarity=") {
                Some(version) => block.clarity = version.parse().ok(),
                None => block.name = Some(word.to_owned()),
            }
        }
        block
    }
}
