//! What can be wrong with the text of a contract, and the words for it.

use std::mem::{Discriminant, discriminant};

use rustc_hash::FxHashMap;

use super::Kind;
use crate::source::Span;

/// Something that the chain's parser does not accept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    pub span: Span,
    /// What is wrong: one lower-case sentence.
    pub message: String,
    /// What to write instead.
    pub help: String,
}

/// So many errors of one kind are listed; the others are counted.
const LISTED: usize = 10;
/// So many errors of all kinds are listed. A file with more is not a contract.
const LISTED_IN_ALL: usize = 50;

#[derive(Clone, Debug)]
pub(super) enum Problem {
    TooLarge,
    ByteOrderMark,
    InvalidUtf8 {
        count: usize,
    },
    NonAscii {
        count: usize,
    },
    CarriageReturn {
        count: usize,
    },
    Nul {
        count: usize,
    },

    /// Brackets that are missing, innermost first.
    Unclosed {
        missing: String,
        place: Place,
    },
    StrayCloser {
        closer: char,
        count: usize,
    },
    TooDeep {
        limit: u32,
    },
    MissingSpace,
    Punctuation {
        mark: char,
        in_tuple: bool,
    },
    MissingColon,
    MissingValue,
    MissingComma,
    SingleSemicolon,
    UnknownCharacter(u8),

    NameCharacter(u8),
    NameTooLong {
        length: usize,
        limit: usize,
    },
    OperatorCharacter(u8),
    AliasUnclosed,
    AliasCharacter(u8),
    IntCharacter(u8),
    IntRange,
    UintCharacter(u8),
    UintRange,
    Fraction,
    BufferCharacter(u8),
    BufferHalfByte,
    BufferTooLong {
        length: usize,
    },
    StringUnclosed,
    StringCharacter {
        byte: u8,
    },
    StringEscape {
        kind: Kind,
        byte: u8,
    },
    UnicodeEscape,
    StringTooLong {
        length: usize,
    },
    PrincipalCharacter(u8),
    PrincipalLength,
    PrincipalChecksum,
    ContractNameMissing,
    ContractNameCharacter(u8),
    TraitNameMissing,
}

/// Where it becomes clear that a bracket is missing.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    EndOfFile,
    Definition,
    Closer(char),
}

/// Collects problems, a bounded number of each kind.
#[derive(Default)]
pub(super) struct Errors {
    problems: Vec<(Span, Problem)>,
    /// How many there are of a kind, and the first that is not listed.
    counts: FxHashMap<Discriminant<Problem>, (usize, Option<Span>)>,
}

impl Errors {
    pub(super) fn add(&mut self, span: Span, problem: Problem) {
        let (count, first_unlisted) = self.counts.entry(discriminant(&problem)).or_default();
        *count += 1;
        if *count <= LISTED {
            self.problems.push((span, problem));
        } else if first_unlisted.is_none() {
            *first_unlisted = Some(span);
            self.problems.push((span, problem));
        }
    }

    /// Puts the errors into words, in the order of the text.
    pub(super) fn finish(mut self) -> Vec<SyntaxError> {
        self.problems.sort_by_key(|&(span, _)| span);
        let total: usize = self.counts.values().map(|&(count, _)| count).sum();
        let listed = self.problems.len().min(LISTED_IN_ALL);
        let mut errors: Vec<_> = self.problems[..listed].iter().map(|error| self.in_words(error)).collect();
        if let Some(&(span, _)) = self.problems.get(listed) {
            let message = format!("{} more errors follow", thousands(total - listed));
            errors.push(SyntaxError { span, message, help: "correct the errors above first".into() });
        }
        errors
    }

    fn in_words(&self, (span, problem): &(Span, Problem)) -> SyntaxError {
        let mut message = problem.message();
        if let Some(&(count, Some(first_unlisted))) = self.counts.get(&discriminant(problem)) {
            let more = count - LISTED - 1;
            if first_unlisted == *span && more > 0 {
                message += &format!(", and {} like this", many(more, "more error", "more errors"));
            }
        }
        SyntaxError { span: *span, message, help: problem.help() }
    }
}

impl Problem {
    fn message(&self) -> String {
        let no_part_of = |byte: &u8, what| format!("{} cannot be part of {what}", character(*byte));
        match self {
            Self::TooLarge => "the file has 4 GiB or more".into(),
            Self::ByteOrderMark => "the file starts with a byte order mark".into(),
            Self::InvalidUtf8 { count } => {
                format!("the file has {}", many(*count, "byte that is not UTF-8", "bytes that are not UTF-8"))
            }
            Self::NonAscii { count } => {
                let characters = many(*count, "character that is not ASCII", "characters that are not ASCII");
                format!("the file has {characters}")
            }
            Self::CarriageReturn { count } => {
                format!("the file has {}", many(*count, "carriage return", "carriage returns"))
            }
            Self::Nul { count } => format!("the file has {}", many(*count, "NUL byte", "NUL bytes")),

            Self::Unclosed { missing, place } => {
                format!("{} missing {}", missing_brackets(missing), place.words())
            }
            Self::StrayCloser { closer, count: 1 } => format!("`{closer}` closes nothing"),
            Self::StrayCloser { closer, count } => format!("{} `{closer}` close nothing", thousands(*count)),
            Self::TooDeep { limit } => format!("forms are nested deeper than {limit}"),
            Self::MissingSpace => "a space is missing between two elements of a list".into(),
            Self::Punctuation { mark, in_tuple: true } => {
                format!("`{mark}` stands where the name of a field is expected")
            }
            Self::Punctuation { mark, in_tuple: false } => format!("`{mark}` stands outside of a tuple"),
            Self::MissingColon => "`:` is missing after the name of a field".into(),
            Self::MissingValue => "the value of a field is missing".into(),
            Self::MissingComma => "`,` is missing between two fields".into(),
            Self::SingleSemicolon => "a single `;` starts no comment".into(),
            Self::UnknownCharacter(byte) => format!("nothing in Clarity starts with {}", character(*byte)),

            Self::NameCharacter(byte) => no_part_of(byte, "a name"),
            Self::NameTooLong { length, limit } => {
                format!("the name has {} characters, where {limit} is the most", thousands(*length))
            }
            Self::OperatorCharacter(byte) => {
                format!("{} cannot follow an operator directly", character(*byte))
            }
            Self::AliasUnclosed => "`>` is missing after the name of a trait".into(),
            Self::AliasCharacter(byte) => no_part_of(byte, "the name of a trait"),
            Self::IntCharacter(byte) | Self::UintCharacter(byte) => no_part_of(byte, "a number"),
            Self::IntRange => "the number does not fit into `int`".into(),
            Self::UintRange => "the number does not fit into `uint`".into(),
            Self::Fraction => "the number has a fraction".into(),
            Self::BufferCharacter(byte) => no_part_of(byte, "a buffer"),
            Self::BufferHalfByte => "the buffer has an odd number of digits".into(),
            Self::BufferTooLong { length } => {
                format!("the buffer has {} bytes, where 1,048,576 is the most", thousands(*length))
            }
            Self::StringUnclosed => "`\"` is missing at the end of a string".into(),
            Self::StringCharacter { byte } => no_part_of(byte, "a string"),
            Self::StringEscape { byte, .. } if byte.is_ascii_graphic() => {
                format!("`\\{}` stands for nothing in this string", char::from(*byte))
            }
            Self::StringEscape { .. } => "`\\` stands for nothing in this string".into(),
            Self::UnicodeEscape => "the escape stands for no Unicode character".into(),
            Self::StringTooLong { length } => {
                format!("the string has {} characters, where 1,048,576 is the most", thousands(*length))
            }
            Self::PrincipalCharacter(byte) => no_part_of(byte, "a principal"),
            Self::PrincipalLength => "the principal has the wrong length".into(),
            Self::PrincipalChecksum => "the checksum of the principal is wrong".into(),
            Self::ContractNameMissing => "the name of a contract is missing after `.`".into(),
            Self::ContractNameCharacter(byte) => no_part_of(byte, "the name of a contract"),
            Self::TraitNameMissing => "the name of a trait is missing after `.`".into(),
        }
    }

    fn help(&self) -> String {
        match self {
            Self::TooLarge => "split the file".into(),
            Self::ByteOrderMark => "save the file as UTF-8 without byte order mark".into(),
            Self::InvalidUtf8 { .. } => "save the file as ASCII".into(),
            Self::NonAscii { .. } => {
                "write ASCII only, in comments too; in a string write `u\"\\u{e9}\"`".into()
            }
            Self::CarriageReturn { .. } => "save the file with line ends LF instead of CRLF".into(),
            Self::Nul { .. } => "remove them; if the file is UTF-16, save it as ASCII".into(),
            Self::Unclosed { missing, .. } if missing.len() == 1 => {
                format!("write `{missing}` where the form that starts here ends")
            }
            Self::Unclosed { .. } => "close the form that starts here, and the forms around it".into(),
            Self::StrayCloser { closer, count } => {
                let them = if *count == 1 { "it" } else { "them" };
                format!("remove {them}, or write the missing `{}`", opener(*closer))
            }
            Self::TooDeep { .. } => "move inner forms into functions of their own".into(),
            Self::MissingSpace => "write a space before this".into(),
            Self::Punctuation { mark, in_tuple: true } => format!("write `name: value` before `{mark}`"),
            Self::Punctuation { mark: ',', .. } => "separate the elements of a list with spaces".into(),
            Self::Punctuation { .. } => "write `{ name: value }` for a tuple".into(),
            Self::MissingColon | Self::MissingValue => "write `name: value`".into(),
            Self::MissingComma => "write `,` before this".into(),
            Self::SingleSemicolon => "write `;;`".into(),
            Self::UnknownCharacter(byte) => unknown_help(*byte),
            Self::NameCharacter(_) => "names are made of letters, digits and `-_!?+<>=/*`".into(),
            Self::NameTooLong { .. } => "choose a shorter name".into(),
            Self::OperatorCharacter(b'/') => "write `;;` for a comment".into(),
            Self::OperatorCharacter(_) => "write a space after the operator".into(),
            Self::AliasUnclosed => "write `<name>`, or a space after `<` to compare".into(),
            Self::AliasCharacter(_) | Self::ContractNameCharacter(_) => "such names are made of letters, digits, `-` and `_`".into(),
            Self::IntCharacter(_) => "write digits only; a name cannot start with a digit".into(),
            Self::UintCharacter(_) => "write digits only after `u`".into(),
            Self::IntRange => format!("write a number from {} to {}", i128::MIN, i128::MAX),
            Self::UintRange => format!("write a number from u0 to u{}", u128::MAX),
            Self::BufferCharacter(_) => "write digits and letters from `a` to `f` only".into(),
            Self::BufferHalfByte => "write two digits for each byte".into(),
            Self::BufferTooLong { .. } | Self::StringTooLong { .. } => "split the value".into(),
            Self::StringUnclosed => "close the string on the line where it starts; write a line break as `\\n`".into(),
            Self::StringCharacter { .. } => "write printable characters only, or a buffer such as `0x00`".into(),
            Self::StringEscape { kind: Kind::Ascii, byte: b'u' } => "write `u\"...\"` for a string with Unicode escapes".into(),
            Self::StringEscape { kind: Kind::Utf8, .. } => "write one of `\\\\`, `\\\"`, `\\n`, `\\t`, `\\r`, `\\0`, `\\u{1f600}`".into(),
            Self::StringEscape { .. } => "write one of `\\\\`, `\\\"`, `\\n`, `\\t`, `\\r`".into(),
            Self::UnicodeEscape => "write the number of a character in hexadecimal, such as `\\u{1f600}`".into(),
            Self::PrincipalCharacter(_) => "principals are made of digits and capital letters without `I`, `L`, `O` and `U`".into(),
            Self::PrincipalLength | Self::PrincipalChecksum => "copy the address again, all of it".into(),
            Self::Fraction => "write whole numbers, scaled by a power of ten".into(),
            Self::ContractNameMissing => "write the name, which starts with a letter, directly after the dot; `u` and a digit is read as a number".into(),
            Self::TraitNameMissing => "write the name, which starts with a letter, directly after the dot".into(),
        }
    }
}

impl Place {
    fn words(self) -> String {
        match self {
            Self::EndOfFile => "before the end of the file".into(),
            Self::Definition => "before the next definition".into(),
            Self::Closer(closer) => format!("before `{closer}`"),
        }
    }
}

/// A few brackets are shown, more are counted.
fn missing_brackets(missing: &str) -> String {
    match missing.len() {
        1 => format!("`{missing}` is"),
        2..=8 => format!("`{missing}` are"),
        count => format!("{} closing brackets are", thousands(count)),
    }
}

fn opener(closer: char) -> char {
    if closer == ')' { '(' } else { '{' }
}

fn unknown_help(byte: u8) -> String {
    match byte {
        b'=' => "write `is-eq` to compare".into(),
        b'[' | b']' => "write `(list ...)` for a list".into(),
        b'#' => "write `;;` for a comment".into(),
        b'!' => "write `not`".into(),
        b'_' | b'?' => "start names with a letter".into(),
        _ => "remove it".into(),
    }
}

/// A character in words: itself in backticks, or its code when it cannot be seen.
fn character(byte: u8) -> String {
    match byte {
        b'`' => "a backtick".into(),
        _ if byte.is_ascii_graphic() => format!("`{}`", char::from(byte)),
        _ => format!("the control character {byte:#04x}"),
    }
}

fn many(count: usize, one: &str, more: &str) -> String {
    if count == 1 { format!("one {one}") } else { format!("{} {more}", thousands(count)) }
}

/// 1234567 as 1,234,567.
fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
