//! The same meaning in other forms.

use std::collections::BTreeSet;
use std::ops::Range;

use clarlint::analysis::{Analysis, Judging};
use clarlint::builtins::{Builtin, Effect};
use clarlint::config::Policy;
use clarlint::graph::{FunctionId, Program, Site};
use clarlint::model::{Access, Definition, ExprId, ExprKind, Model};
use clarlint::syntax::Kind;

use super::projects::Texts;

/// A project that was written another way.
pub struct Rewrite {
    pub texts: Texts,
    pub changes: usize,
    /// What a function was called before; of a helper that was taken out of a function, that function.
    pub original: Box<dyn Fn(&str) -> String>,
}

impl Rewrite {
    pub fn of(texts: &Texts) -> Self {
        Self { texts: texts.clone(), changes: 0, original: Box::new(|name| name.to_owned()) }
    }
}

type Edit = (Range<usize>, String);

/// A function that is rewritten.
struct Body<'a, 'p> {
    program: &'a Program<'p>,
    function: FunctionId,
    model: &'a Model,
    /// The conditions of `asserts!` that hold whatever happens.
    decided: Vec<ExprId>,
}

impl Body<'_, '_> {
    fn site(&self, expr: ExprId) -> Site {
        Site { contract: self.function.contract, expr }
    }

    fn text(&self, expr: ExprId) -> &str {
        self.program.node(self.site(expr)).text()
    }

    fn range(&self, expr: ExprId) -> Range<usize> {
        self.program.span(self.site(expr)).range()
    }

    fn root(&self) -> ExprId {
        self.program.function(self.function).body
    }

    /// Every expression below, and `expr` itself.
    fn below(&self, expr: ExprId) -> Vec<ExprId> {
        let mut all = vec![expr];
        let mut next = 0;
        while let Some(&at) = all.get(next) {
            next += 1;
            all.extend(self.model.children(at));
        }
        all
    }

    /// The forms of `begin`, `let`, if it is one.
    fn sequence(&self, expr: ExprId) -> Vec<ExprId> {
        match self.model.expr(expr).kind {
            ExprKind::Let { body, .. } | ExprKind::Builtin(Builtin::Begin, body) => {
                self.model.list(body).to_vec()
            }
            _ => Vec::new(),
        }
    }

    fn builtin(&self, expr: ExprId) -> Option<(Builtin, &[ExprId])> {
        match self.model.expr(expr).kind {
            ExprKind::Builtin(builtin, parts) => Some((builtin, self.model.list(parts))),
            _ => None,
        }
    }

    fn any(&self, expr: ExprId, test: impl Fn(ExprKind) -> bool) -> bool {
        self.below(expr).into_iter().any(|expr| test(self.model.expr(expr).kind))
    }

    fn is_err(&self, expr: ExprId) -> bool {
        match self.model.expr(expr).kind {
            ExprKind::Constant(index) => self.is_err(self.model.constants[index as usize].value),
            ExprKind::Builtin(builtin, _) => builtin == Builtin::Err,
            _ => false,
        }
    }

    /// Statements of the body's sequences that are `(asserts! condition (err ..))`.
    fn asserts(&self) -> Vec<(ExprId, ExprId, ExprId)> {
        let statements = self.below(self.root()).into_iter().flat_map(|expr| self.sequence(expr));
        let asserts = statements.filter_map(|statement| match self.builtin(statement)? {
            (Builtin::Asserts, &[condition, thrown]) if self.is_err(thrown) => {
                Some((statement, condition, thrown))
            }
            _ => None,
        });
        asserts.collect()
    }
}

/// Edits every function on its own. Edits within others are left out.
fn edited(
    program: &Program<'_>,
    texts: &Texts,
    mut edits_of: impl FnMut(&Body<'_, '_>) -> Vec<Edit>,
) -> Rewrite {
    let mut rewrite = Rewrite::of(texts);
    let policy = Policy::default();
    let analysis = Analysis::new(program, &policy, None);
    // The conditions that always hold, by function.
    let decided = analysis.judge(&[], |contract, Judging { mut engine, .. }| {
        let functions = program.functions_of(contract);
        let decided = functions.map(|function| {
            let summary = engine.summary(function);
            let asserted = summary.statements.asserted.iter();
            let asserted = asserted.filter(|(_, term)| engine.assume(*term, false).is_none());
            asserted.map(|&(condition, _)| condition).collect::<Vec<_>>()
        });
        decided.collect::<Vec<_>>()
    });
    for (contract, decided) in program.project.contract_ids().zip(decided) {
        let decided = decided.expect("no contract makes the analysis panic");
        let mut edits: Vec<Edit> = Vec::new();
        for (function, decided) in program.functions_of(contract).zip(decided) {
            edits.extend(edits_of(&Body { program, function, model: program.model(contract), decided }));
        }
        edits.sort_by_key(|(range, _)| (range.start, std::cmp::Reverse(range.end)));
        let mut end = 0;
        edits.retain(|(range, _)| {
            let apart = range.start >= end;
            end = if apart { range.end } else { end };
            apart
        });
        let file = program.project.file(program.contract(contract).file);
        let mut text = file.text.to_string();
        for (range, new) in edits.iter().rev() {
            text.replace_range(range.clone(), new);
        }
        rewrite.changes += edits.len();
        rewrite.texts.replace(&file.path, text);
    }
    rewrite
}

pub fn in_begin(program: &Program<'_>, texts: &Texts) -> Rewrite {
    edited(program, texts, |body| {
        vec![(body.range(body.root()), format!("(begin {})", body.text(body.root())))]
    })
}

/// Locals, parameters and private functions are called otherwise; not those that are called at deployment, where no
/// function is edited.
pub fn inner_names(program: &Program<'_>, texts: &Texts) -> Rewrite {
    let mut rewrite = edited(program, texts, |body| {
        let function = body.program.function(body.function);
        let deployed = body.model.deployment.body.iter().flat_map(|&expr| body.below(expr));
        let deployed: BTreeSet<_> = deployed
            .filter_map(|expr| match body.model.expr(expr).kind {
                ExprKind::Call(index, _) | ExprKind::Name(Definition::Function(index)) => Some(index),
                _ => None,
            })
            .collect();
        let is_private = |index: u32| {
            body.model.functions[index as usize].access == Access::Private && !deployed.contains(&index)
        };
        let mut named: Vec<usize> =
            function.parameters.iter().map(|parameter| parameter.name.span.start as usize).collect();
        named.extend(is_private(body.function.index).then_some(function.name.span.start as usize));
        for expr in body.below(body.root()) {
            let node = body.program.node(body.site(expr));
            let part = |index: usize| node.children().nth(index).map(|part| part.span().start as usize);
            match body.model.expr(expr).kind {
                ExprKind::Parameter(_) | ExprKind::Local(_) => named.push(body.range(expr).start),
                ExprKind::Call(index, _) if is_private(index) => named.extend(part(0)),
                ExprKind::Name(Definition::Function(index)) if is_private(index) => {
                    named.push(body.range(expr).start);
                }
                ExprKind::Binding { .. } => named.extend(part(0)),
                ExprKind::Match { bad, .. } => {
                    named.extend(part(2));
                    named.extend(bad.and_then(|_| part(4)));
                }
                _ => {}
            }
        }
        named.into_iter().map(|at| (at..at, "inner-".to_owned())).collect()
    });
    rewrite.original = Box::new(|name| name.trim_start_matches("inner-").to_owned());
    rewrite
}

/// Private functions stand between what they do and those who call them: each hands its arguments on to another.
pub fn split(program: &Program<'_>, texts: &Texts) -> Rewrite {
    edited(program, texts, |body| {
        let function = body.program.function(body.function);
        if function.access != Access::Private {
            return Vec::new();
        }
        let tree = &body.program.contract(body.function.contract).syntax.tree;
        let parameters: Vec<_> = function
            .parameters
            .iter()
            .filter_map(|it| Some((tree.name(it.name.symbol), tree.expr(it.declared_type?).text())))
            .collect();
        let declared: Vec<_> = parameters.iter().map(|(name, of)| format!("({name} {of})")).collect();
        let names: Vec<_> = parameters.iter().map(|(name, _)| *name).collect();
        let name = format!("rest-of-{}", body.program.name(body.function));
        let inner = body.text(body.root());
        let (start, body_at) = (function.span.start as usize, body.range(body.root()));
        let rest = format!("(define-private ({name} {}) {inner})\n", declared.join(" "));
        vec![(start..start, rest), (body_at, format!("({name} {})", names.join(" ")))]
    })
}

pub fn let_bound(program: &Program<'_>, texts: &Texts) -> Rewrite {
    edited(program, texts, |body| {
        let bound = |&(statement, condition, thrown): &(ExprId, ExprId, ExprId)| {
            let (condition, thrown) = (body.text(condition), body.text(thrown));
            (body.range(statement), format!("(let ((is-met {condition})) (asserts! is-met {thrown}))"))
        };
        body.asserts().iter().filter(|(_, condition, _)| !is_decided(body, *condition)).map(bound).collect()
    })
}

/// What holds whatever happens is a finding where it stands in `asserts!`, and none in a binding.
fn is_decided(body: &Body<'_, '_>, condition: ExprId) -> bool {
    body.decided.contains(&condition)
}

pub fn hoisted(program: &Program<'_>, texts: &Texts) -> Rewrite {
    let mut count = 0;
    let mut rewrite = edited(program, texts, |body| {
        let mut edits = Vec::new();
        let function = body.program.function(body.function);
        let tree = &body.program.contract(body.function.contract).syntax.tree;
        for (statement, condition, thrown) in body.asserts() {
            let is_local = |kind| matches!(kind, ExprKind::Local(_) | ExprKind::Unknown);
            let leaves = |kind| matches!(kind, ExprKind::Builtin(Builtin::Try | Builtin::Unwrap, _));
            let is_apart =
                ![condition, thrown].iter().any(|&it| body.any(it, is_local) || body.any(it, leaves));
            if !is_apart || is_decided(body, condition) || function.access == Access::ReadOnly {
                continue;
            }
            let used: BTreeSet<_> = [body.below(condition), body.below(thrown)]
                .concat()
                .into_iter()
                .filter_map(|expr| match body.model.expr(expr).kind {
                    ExprKind::Parameter(index) => Some(index as usize),
                    _ => None,
                })
                .collect();
            let used: Vec<_> = used.into_iter().map(|index| &function.parameters[index]).collect();
            let names: Vec<_> = used.iter().map(|it| tree.name(it.name.symbol)).collect();
            let types = used.iter().filter_map(|it| it.declared_type).map(|it| tree.expr(it).text());
            let declared: Vec<_> =
                names.iter().zip(types).map(|(name, of)| format!("({name} {of})")).collect();
            count += 1;
            let name = format!("hoisted-{count}-of-{}", body.program.name(body.function));
            let (condition, thrown) = (body.text(condition), body.text(thrown));
            let helper = format!(
                "(define-private ({name} {}) (if {condition} (ok true) {thrown}))\n",
                declared.join(" ")
            );
            let start = function.span.start as usize;
            edits.push((start..start, helper));
            edits.push((body.range(statement), format!("(try! ({name} {}))", names.join(" "))));
        }
        edits
    });
    rewrite.original = Box::new(|name| {
        let taken = name.strip_prefix("hoisted-").and_then(|rest| rest.split_once("-of-"));
        taken.map_or(name, |(_, function)| function).to_owned()
    });
    rewrite
}

/// Helpers that leave no other way than by their value stand where they were called.
pub fn inlined(program: &Program<'_>, texts: &Texts) -> Rewrite {
    edited(program, texts, |body| {
        let mut edits = Vec::new();
        // What makes a condition hold whatever the helper says is told by the call.
        let decided = body.decided.iter().flat_map(|&condition| body.below(condition));
        let decided: BTreeSet<_> = decided.collect();
        for call in body.below(body.root()).into_iter().filter(|call| !decided.contains(call)) {
            let ExprKind::Call(index, arguments) = body.model.expr(call).kind else { continue };
            let callee = &body.model.functions[index as usize];
            let leaves = |kind: ExprKind| match kind {
                ExprKind::Builtin(
                    Builtin::Try | Builtin::Unwrap | Builtin::UnwrapErr | Builtin::Asserts,
                    _,
                ) => true,
                ExprKind::Builtin(builtin, _) => {
                    matches!(builtin.spec().effect, Effect::Switch | Effect::Transfer | Effect::Write)
                }
                _ => false,
            };
            let is_helper = callee.access == Access::Private;
            // What cannot be called would be reported in both places.
            let home = body.function.contract;
            let is_broken = body.program.broken.iter().any(|broken| {
                broken.contract == home
                    && callee.span.start <= broken.span.start
                    && broken.span.end <= callee.span.end
            });
            if !is_helper || is_broken || body.any(callee.body, leaves) {
                continue;
            }
            let tree = &body.program.contract(body.function.contract).syntax.tree;
            let names = callee.parameters.iter().map(|it| tree.name(it.name.symbol));
            let arguments = body.model.list(arguments).iter().map(|&argument| body.text(argument));
            let pairs: Vec<_> = names.zip(arguments).map(|(name, value)| (name, value.to_owned())).collect();
            // Bindings are made one after the other, and would hide what later ones mean.
            let hides = pairs
                .iter()
                .enumerate()
                .any(|(index, (name, _))| pairs[index + 1..].iter().any(|(_, value)| value.contains(name)));
            if hides {
                continue;
            }
            let bound: Vec<_> = pairs.into_iter().map(|(name, value)| format!("({name} {value})")).collect();
            let inner = body.text(callee.body);
            let new = match bound.is_empty() {
                true => inner.to_owned(),
                false => format!("(let ({}) {inner})", bound.join(" ")),
            };
            edits.push((body.range(call), new));
        }
        edits
    })
}

/// `(if condition value (err ..))` at the end of a function asserts its condition.
pub fn asserted(program: &Program<'_>, texts: &Texts) -> Rewrite {
    edited(program, texts, |body| {
        let mut end = body.root();
        while let Some(&last) = body.sequence(end).last() {
            end = last;
        }
        match body.builtin(end) {
            Some((Builtin::If, &[condition, value, thrown])) if body.is_err(thrown) => {
                let (condition, value, thrown) = (body.text(condition), body.text(value), body.text(thrown));
                vec![(body.range(end), format!("(begin (asserts! {condition} {thrown}) {value})"))]
            }
            _ => Vec::new(),
        }
    })
}

/// Guards stand at the end of public functions, which undo everything when they fail there. Not those that ask for
/// what the function has changed by then.
pub fn guards_last(program: &Program<'_>, texts: &Texts) -> Rewrite {
    edited(program, texts, |body| {
        if body.program.function(body.function).access != Access::Public {
            return Vec::new();
        }
        let mut edits = Vec::new();
        let mut end = body.root();
        let writes = state(body, body.root(), true);
        let commits_early = body.any(body.root(), |kind| match kind {
            ExprKind::Builtin(Builtin::Asserts | Builtin::Unwrap, parts) => {
                body.model.list(parts).last().is_some_and(|&thrown| !body.is_err(thrown))
            }
            _ => false,
        });
        if commits_early {
            return edits;
        }
        let mut moved = String::new();
        while let Some((&last, before)) = body.sequence(end).split_last() {
            for &statement in before {
                let is_guard = match body.builtin(statement) {
                    Some((Builtin::Asserts, &[condition, _])) => !is_decided(body, condition),
                    Some((Builtin::Try, &[call])) => state(body, call, true).is_empty(),
                    _ => false,
                };
                if is_guard && state(body, statement, false).is_disjoint(&writes) {
                    edits.push((body.range(statement), String::new()));
                    moved += body.text(statement);
                    moved.push(' ');
                }
            }
            end = last;
        }
        if !moved.is_empty() {
            let at = body.range(end).start;
            edits.push((at..at, moved));
        }
        edits
    })
}

/// The names of the state that an expression reads or writes, through helpers of its contract.
fn state(body: &Body<'_, '_>, expr: ExprId, writes: bool) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut open = vec![expr];
    while let Some(root) = open.pop() {
        if !seen.insert(root) {
            continue;
        }
        for expr in body.below(root) {
            match body.model.expr(expr).kind {
                ExprKind::Call(index, _) => open.push(body.model.functions[index as usize].body),
                ExprKind::Name(Definition::Function(index)) => {
                    open.push(body.model.functions[index as usize].body);
                }
                ExprKind::Name(_) if !writes => drop(names.insert(body.text(expr).to_owned())),
                ExprKind::Builtin(builtin, parts) if writes => {
                    let does = builtin.spec().effect;
                    if matches!(does, Effect::Write | Effect::Mint | Effect::Burn | Effect::Transfer) {
                        let first = body.model.list(parts).first();
                        names.extend(first.map(|&first| body.text(first).to_owned()));
                    }
                }
                // What another contract does is not looked into: it is taken to write.
                ExprKind::ContractCall { .. } if writes => {
                    let target = body.program.node(body.site(expr)).children().nth(1);
                    let is_static = target.is_some_and(|target| target.kind() == Kind::Contract);
                    let reads =
                        body.program.calls.edge_weights().filter(|edge| edge.site == body.site(expr)).count();
                    if !is_static || reads == 0 {
                        names.insert(body.text(expr).to_owned());
                    }
                }
                _ => {}
            }
        }
    }
    names
}
