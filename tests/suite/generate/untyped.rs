//! Random projects of valid expressions.
//!
//! Arity and roles come from the table of builtins; types do not, so that every stage meets what it does not expect.

use clarlint::builtins::{Builtin, ClarityVersion, Keyword, Role};

use super::Choices;

struct Generator {
    choices: Choices,
    version: ClarityVersion,
    contracts: usize,
    contract: usize,
    /// How many functions the contract has so far, and what is in sight.
    functions: usize,
    locals: Vec<String>,
    fresh: usize,
    builtins: Vec<Builtin>,
}

/// Paths and texts of one to three contracts.
pub fn project(mut choices: Choices) -> Vec<(String, String)> {
    let version = ClarityVersion::new(choices.u8(1..5)).expect("a version");
    let builtins = Builtin::ALL
        .iter()
        .copied()
        .filter(|builtin| builtin.spec().exists_in(version) && !builtin.spec().name.starts_with("with-"));
    let contracts = choices.usize(1..4);
    let mut generator = Generator {
        choices,
        version,
        contracts,
        contract: 0,
        functions: 0,
        locals: Vec::new(),
        fresh: 0,
        builtins: builtins.collect(),
    };
    (0..contracts).map(|index| (format!("c{index}.clar"), generator.contract(index))).collect()
}

impl Generator {
    fn contract(&mut self, index: usize) -> String {
        (self.contract, self.functions) = (index, 0);
        self.locals.clear();
        let mut text = format!(
            "(define-trait callee ((f0 (uint) (response bool uint))))\n(use-trait other .c{}.callee)\n\
             (define-constant LIMIT {})\n(define-constant ERR (err u{index}))\n\
             (define-data-var flag bool true)\n(define-data-var owner principal tx-sender)\n\
             (define-data-var maybe (optional uint) none)\n(define-map entries uint {{a: uint, b: bool}})\n\
             (define-fungible-token coin)\n(define-non-fungible-token item uint)\n",
            self.choices.usize(..self.contracts),
            self.expr(2)
        );
        for function in 0..self.choices.usize(1..7) {
            let form = ["private", "public", "read-only"][self.choices.usize(..3)];
            self.locals = (0..self.choices.usize(..4)).map(|at| format!("p{at}")).collect();
            let types = ["uint", "bool", "principal", "(list 5 uint)", "<other>", "(response bool uint)"];
            let parameters: Vec<_> = self
                .locals
                .clone()
                .into_iter()
                .map(|name| format!(" ({name} {})", types[self.choices.usize(..types.len())]))
                .collect();
            let depth = self.choices.u32(1..7);
            // A cycle of calls is rare, but it happens.
            self.functions = if self.choices.u8(..) < 5 { function + 1 } else { function };
            let body = self.expr(depth);
            text += &format!("(define-{form} (f{function}{})\n  {body})\n", parameters.concat());
            self.functions = function + 1;
        }
        text
    }

    fn expr(&mut self, depth: u32) -> String {
        let Some(depth) = depth.checked_sub(1) else { return self.leaf() };
        match self.choices.u8(0..10) {
            0 => self.leaf(),
            1 if self.functions > 0 => {
                let function = self.choices.usize(..self.functions);
                let arguments = self.choices.usize(..3);
                format!("(f{function}{})", self.exprs(arguments, depth))
            }
            2 => self.statements(depth),
            _ => {
                let builtin = self.builtins[self.choices.usize(..self.builtins.len())];
                self.builtin(builtin, depth)
            }
        }
    }

    fn exprs(&mut self, count: usize, depth: u32) -> String {
        (0..count).map(|_| format!(" {}", self.expr(depth))).collect()
    }

    /// What real bodies are made of.
    fn statements(&mut self, depth: u32) -> String {
        let mut text = String::from("(begin");
        for _ in 0..self.choices.usize(1..4) {
            let (a, b) = (self.expr(depth), self.expr(depth));
            text += &match self.choices.u8(0..6) {
                0 => format!(" (asserts! {a} (err {b}))"),
                1 => format!(" (try! {a})"),
                2 => format!(" (unwrap! {a} (err {b}))"),
                3 => format!(" (var-set flag {a})"),
                4 => format!(" (map-set entries {a} {{a: {b}, b: true}})"),
                _ => format!(" (if {a} (try! {b}) true)"),
            };
        }
        format!("{text} (ok {}))", self.expr(depth))
    }

    fn builtin(&mut self, builtin: Builtin, depth: u32) -> String {
        let spec = builtin.spec();
        let most = spec.most.unwrap_or(spec.fewest + 2);
        let count = self.choices.usize(spec.fewest..=most);
        let outer = self.locals.len();
        let mut text = format!("({}", spec.name);
        for index in 0..count {
            let argument = self.argument(builtin, spec.role(index), index, count, depth);
            text += &format!(" {argument}");
        }
        self.locals.truncate(outer);
        text + ")"
    }

    fn argument(&mut self, builtin: Builtin, role: Role, index: usize, count: usize, depth: u32) -> String {
        match role {
            Role::Value => self.expr(depth),
            Role::Literal => format!("u{}", self.choices.u8(..)),
            Role::Var => ["flag", "owner", "maybe"][self.choices.usize(..3)].to_string(),
            Role::Map => "entries".to_string(),
            Role::Ft => "coin".to_string(),
            Role::Nft => "item".to_string(),
            Role::Function if self.functions > 0 => format!("f{}", self.choices.usize(..self.functions)),
            Role::Function => "+".to_string(),
            Role::Field => ["a", "b"][self.choices.usize(..2)].to_string(),
            Role::Type => "uint".to_string(),
            Role::Property => "time".to_string(),
            Role::Method => format!("f{}", self.choices.usize(..4)),
            Role::Contract if self.choices.bool() => self.leaf(),
            Role::Contract => format!(".c{}", self.choices.usize(..self.contracts + 1)),
            Role::Pair => format!("({} {})", ["a", "b", "c"][index % 3], self.expr(depth)),
            Role::Bindings => {
                let bindings: Vec<_> = (0..self.choices.usize(1..4))
                    .map(|_| {
                        let value = self.expr(depth);
                        format!("({} {value})", self.bind())
                    })
                    .collect();
                format!("({})", bindings.join(" "))
            }
            // input, name, branch, then a name and a branch or only a branch.
            Role::Match if index == 1 || (count == 5 && index == 3) => self.bind(),
            Role::Match => self.expr(depth),
            Role::Allowances => {
                debug_assert!(matches!(builtin, Builtin::AsContractSafe | Builtin::RestrictAssets));
                [
                    "((with-stx u1))",
                    "((with-all-assets-unsafe))",
                    "((with-ft .c0 \"coin\" u5) (with-stx u2))",
                    "()",
                ][self.choices.usize(..4)]
                .to_string()
            }
        }
    }

    fn bind(&mut self) -> String {
        self.fresh += 1;
        let name = format!("v{}", self.fresh);
        self.locals.push(name.clone());
        name
    }

    fn leaf(&mut self) -> String {
        match self.choices.u8(0..8) {
            0..3 if !self.locals.is_empty() => self.locals[self.choices.usize(..self.locals.len())].clone(),
            3 => {
                let keyword = Keyword::ALL[self.choices.usize(..Keyword::ALL.len())];
                let (first, last) = keyword.versions();
                match (first..=last).contains(&self.version) {
                    true => keyword.name().to_string(),
                    false => "true".to_string(),
                }
            }
            4 => "(var-get flag)".to_string(),
            5 => "(map-get? entries u1)".to_string(),
            6 => ["LIMIT", "ERR", "\"text\"", "0x00ff", "-5", "(list u1 u2)", "{a: u1, b: true}", ".c0"]
                [self.choices.usize(..8)]
            .to_string(),
            _ => format!("u{}", self.choices.u8(0..5)),
        }
    }
}
