//! Texts near the border of what is legal: pieces of real contracts with small damage, and tokens put side by side.

use fastrand::Rng;

/// Tokens, half of them with something odd about them.
const TOKENS: &[&str] = &[
    "(",
    ")",
    "{",
    "}",
    "()",
    "{}",
    ",",
    ":",
    ".",
    ";",
    ";;",
    ";; text\n",
    ";;\n",
    "\n",
    " ",
    "\t",
    "\r",
    "\r\n",
    "\x0c",
    "\0",
    "a",
    "u",
    "ux",
    "a-b!?+<>=/*_9",
    "A",
    "_a",
    "!",
    "=",
    "?",
    "@",
    "#",
    "[",
    "]",
    "&",
    "|",
    "~",
    "`",
    "%",
    "^",
    "$",
    "\\",
    "+",
    "-",
    "*",
    "/",
    "<",
    ">",
    "<=",
    ">=",
    "=>",
    "<>",
    "+a",
    "-a",
    "->",
    "<a>",
    "<a-b_1>",
    "<a",
    "<a+>",
    "<1>",
    "<a>b",
    "< a>",
    "<u1>",
    "0",
    "00",
    "1",
    "-1",
    "-0",
    "--1",
    "+1",
    "0x",
    "0x0",
    "0x00",
    "0xaF",
    "0xag",
    "-0x00",
    "0X00",
    "1a",
    "1u",
    "1.",
    "1.a",
    "170141183460469231731687303715884105727",
    "170141183460469231731687303715884105728",
    "-170141183460469231731687303715884105728",
    "-170141183460469231731687303715884105729",
    "000000000000000000000000000000000000000000000000001",
    "u0",
    "u1",
    "u01",
    "u1a",
    "u-1",
    "u340282366920938463463374607431768211455",
    "u340282366920938463463374607431768211456",
    "\"\"",
    "\"a\"",
    "\"",
    "\"a",
    "\"\\\"\"",
    "\"\\\\\"",
    "\"\\n\\t\\r\"",
    "\"\\0\"",
    "\"\\x\"",
    "\"\\u{41}\"",
    "\"a\rb\"",
    "\"a\tb\"",
    "\"\x0c\"",
    "\"\0\"",
    "\"\x7f\"",
    "\"\x0b\"",
    "\"é\"",
    "\"a\\\nb\"",
    "\"a\nb\"",
    "u\"\"",
    "u\"a\"",
    "u\"\\u{1f600}\"",
    "u\"\\u{0000000041}\"",
    "u\"\\u{110000}\"",
    "u\"\\u{d800}\"",
    "u\"\\u{}\"",
    "u\"\\u{\"",
    "u\"\\u41\"",
    "u\"\\u{4 1}\"",
    "u\"\\u{41\"",
    "u\"\\u{100000041}\"",
    "u\"\\0\0\x7f\"",
    "u\"\\x\"",
    "u\"é\"",
    "u\"",
    "u\"\\",
    "u\"\\u{41}\\n\"",
    "'",
    "'SP000000000000000000002Q6VF78",
    "'TP000000000000000000002Q6VF78",
    "'S",
    "'SP000000000000000000002Q6VF79",
    "'SP00000000000000000002Q6VF78",
    "'ST000000000000000000002AMW42H",
    "'SPI00000000000000000002Q6VF78",
    "'sp00",
    "''",
    "'SP2J6ZY48GV1EZ5V2V5RB9MP66SW86PYKKNRV9EJ7",
    "'SP2J6ZY48GV1EZ5V2V5RB9MP66SW86PYKKNRV9EJ7.arkadiko-token",
    "'SP000000000000000000002Q6VF78.pox",
    "'SP000000000000000000002Q6VF78.pox.trait",
    "'SP000000000000000000002Q6VF78.",
    "'SP000000000000000000002Q6VF78.pox.",
    "'SP000000000000000000002Q6VF78.u1",
    "'SP000000000000000000002Q6VF78.u1.a",
    ".a",
    ".a.b",
    ".a.b.c",
    ".u1",
    ".u1.a",
    ".u\"a\"",
    ".u",
    ".ua",
    ".1",
    ".a.1",
    ".a.u1",
    ".-",
    ".a?",
    ".a.b?",
    ".a.+",
    "..a",
    ". a",
    ".a. b",
    ".<a>",
    ".a!.b",
    "a.b",
    "a.b.c",
    "é",
    "\u{feff}",
    "\u{fffd}",
    "\u{a0}",
    "😀",
    ";; é\n",
    "; a\n",
    ";;a\rb\n",
    ";;a\r\n",
    ";; \0\n",
    ";;; a\n",
    "{a:1}",
    "{a: 1, b: 2}",
    "{a: 1,}",
    "{,}",
    "{,a: 1}",
    "{a}",
    "{a:}",
    "{a 1}",
    "{a: 1 b: 2}",
    "{a: 1,, b: 2}",
    "{a:: 1}",
    "{(b): 1}",
    "{1: 2}",
    "{a ;;\n : ;;\n 1 ;;\n , ;;\n }",
    "{;;\n}",
    "{;;\n,}",
    "{a:b:c}",
    "{{a:1}:1}",
    "{a:1;;\n}",
    "(a,b)",
    "(a:b)",
    "(a(b))",
    "(a (b))",
    "((a)b)",
    "((a) b)",
    "(a\"b\")",
    "(\"a\"\"b\")",
    "(\"a\" \"b\")",
    "(a;;\n)",
    "(a;;\nb)",
    "(;;\na)",
    "(.a.b)",
    "(.a .b)",
    "(define-public (f) (ok true))",
    "\n(define-constant a 1)",
    "(begin\n(define-constant a 1))",
];

/// Where nesting, names and values reach their limits.
const NESTING: std::ops::Range<usize> = 30..75;
const LENGTHS: &[usize] = &[39, 40, 41, 127, 128, 129];

pub struct Generator {
    random: Rng,
    /// The top-level forms of real contracts, with the comments before them.
    forms: Vec<Vec<u8>>,
}

impl Generator {
    pub fn new<'c>(seed: u64, contracts: impl Iterator<Item = &'c [u8]>) -> Self {
        let forms = contracts.flat_map(|contract| {
            let text = String::from_utf8_lossy(contract);
            text.split("\n(").map(|form| format!("({form}\n").into_bytes()).collect::<Vec<_>>()
        });
        Self { random: Rng::with_seed(seed), forms: forms.filter(|form| form.len() < 1_500).collect() }
    }

    pub fn text(&mut self) -> Vec<u8> {
        match self.random.u8(..16) {
            0..8 => self.damaged(),
            8..11 => self.form_with_tokens(),
            11..14 => self.tokens(),
            14 => self.limits(),
            _ => self.noise(),
        }
    }

    fn token(&mut self) -> &'static [u8] {
        TOKENS[self.random.usize(..TOKENS.len())].as_bytes()
    }

    fn form(&mut self) -> Vec<u8> {
        self.forms[self.random.usize(..self.forms.len())].clone()
    }

    /// A range of up to `longest` bytes of a text.
    fn range(&mut self, text: &[u8], longest: usize) -> std::ops::Range<usize> {
        let start = self.random.usize(..=text.len());
        start..(start + self.random.usize(..=longest)).min(text.len())
    }

    /// Real code with bytes and tokens changed, removed, doubled and moved.
    fn damaged(&mut self) -> Vec<u8> {
        let mut text = self.form();
        for _ in 0..self.random.u8(0..3) {
            let range = self.range(&text, 12);
            match self.random.u8(..6) {
                0 if !text.is_empty() => {
                    let at = self.random.usize(..text.len());
                    text[at] ^= 1 << self.random.u8(..8);
                }
                1 => drop(text.drain(range)),
                2 => {
                    let copy = text[range.clone()].to_vec();
                    let at = self.random.usize(..=text.len());
                    text.splice(at..at, copy);
                }
                3 => drop(text.splice(range.start..range.start, self.token().iter().copied())),
                4 => {
                    let other = self.form();
                    let piece = self.range(&other, 60);
                    text.splice(range, other[piece].iter().copied());
                }
                _ => text.truncate(range.start),
            }
        }
        text
    }

    /// Real code where a space makes room for a token, so that most of it stays legal.
    fn form_with_tokens(&mut self) -> Vec<u8> {
        let mut text = self.form();
        let spaces: Vec<_> = (0..text.len()).filter(|&at| text[at] == b' ').collect();
        if !spaces.is_empty() {
            let at = spaces[self.random.usize(..spaces.len())];
            let token = [b" ", self.token(), b" "].concat();
            text.splice(at..at, token);
        }
        text
    }

    fn tokens(&mut self) -> Vec<u8> {
        let mut text = Vec::new();
        for _ in 0..self.random.u8(1..6) {
            text.extend(self.token());
            let space = if self.random.bool() { " " } else { "" };
            text.extend(space.bytes());
        }
        text
    }

    fn limits(&mut self) -> Vec<u8> {
        let length = LENGTHS[self.random.usize(..LENGTHS.len())];
        let name = "n".repeat(length);
        match self.random.u8(..6) {
            0 => self.nested(),
            1 => name.into_bytes(),
            2 => format!("<{name}>").into_bytes(),
            3 => format!(".{name}").into_bytes(),
            4 => format!(".a.{name} '{}.{name}", "SP000000000000000000002Q6VF78").into_bytes(),
            _ => format!("{}1 u{}1", "0".repeat(length), "9".repeat(length - 2)).into_bytes(),
        }
    }

    fn nested(&mut self) -> Vec<u8> {
        let depth = self.random.usize(NESTING);
        let tuples = self.random.u8(..4);
        let brackets: Vec<_> = (0..depth).map(|_| self.random.u8(..16) < tuples).collect();
        let mut text = Vec::new();
        for &tuple in &brackets {
            text.extend(if tuple { "{a: " } else { "(" }.bytes());
        }
        text.extend(
            ["", "{}", "()", "a"][self.random.usize(usize::from(brackets.last() == Some(&true))..4)].bytes(),
        );
        text.extend(brackets.iter().rev().map(|&tuple| if tuple { b'}' } else { b')' }));
        text
    }

    fn noise(&mut self) -> Vec<u8> {
        let length = self.random.usize(..24);
        let any = self.random.bool();
        (0..length)
            .map(
                |_| {
                    if any {
                        self.random.u8(..)
                    } else {
                        b"(){}:,. \n;\"'u0x1a<>-\\"[self.random.usize(..21)]
                    }
                },
            )
            .collect()
    }
}
