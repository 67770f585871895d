//! Where the text asks a registry for a name: in the look-up itself, or in a call that hands the name to it.

use rustc_hash::FxHashMap;

use super::{Lint, registered};
use crate::builtins::Builtin;
use crate::facts::StateId;
use crate::graph::{FunctionId, Program, Site, Target};
use crate::model::{Definition, ExprId, ExprKind};
use crate::project::ContractId;
use crate::syntax::Kind;

/// A name, where it is written.
pub(super) struct Name {
    pub text: String,
    pub at: Site,
    /// The function in whose body it stands.
    pub function: FunctionId,
}

/// Every name that a registry is asked for, as far as it is written out.
pub(super) fn asked(lint: &Lint<'_>, registry: StateId) -> Vec<Name> {
    let program = lint.program;
    let mut search = Search { program, registry, handed: FxHashMap::default(), found: Vec::new() };
    // A contract is looked into after those that it calls.
    for contract in program.deploy_order().0 {
        for function in program.callees_first(&[contract]).into_iter().flatten() {
            search.function(function);
        }
    }
    search.found.sort_unstable_by_key(|name| name.at);
    search.found.dedup_by_key(|name| name.at);
    search.found
}

struct Search<'a, 'p> {
    program: &'a Program<'p>,
    registry: StateId,
    /// The parameters of each function by which it, or what it calls, looks an entry up.
    handed: FxHashMap<FunctionId, Vec<u32>>,
    found: Vec<Name>,
}

impl Search<'_, '_> {
    fn function(&mut self, function: FunctionId) {
        let contract = function.contract;
        let model = self.program.model(contract);
        let mut bound = FxHashMap::default();
        let mut open = vec![self.program.function(function).body];
        while let Some(expr) = open.pop() {
            let kind = model.expr(expr).kind;
            if let ExprKind::Binding { local, value } = kind {
                bound.insert(local, value);
            }
            for key in self.keys(contract, expr) {
                self.key(function, contract, key, &bound);
            }
            // Bindings come before what they are bound for.
            open.extend(model.children(expr).into_iter().rev());
        }
    }

    /// The expressions that decide which entry is looked up.
    fn keys(&self, contract: ContractId, expr: ExprId) -> Vec<ExprId> {
        let model = self.program.model(contract);
        let (callee, arguments) = match model.expr(expr).kind {
            ExprKind::Builtin(Builtin::MapGet, parts) => {
                let &[map, key] = model.list(parts) else { return Vec::new() };
                let ExprKind::Name(Definition::Map(index)) = model.expr(map).kind else { return Vec::new() };
                let is_registry = StateId::Map(contract, index) == self.registry;
                return if is_registry { vec![key] } else { Vec::new() };
            }
            ExprKind::Call(index, arguments) => (FunctionId { contract, index }, model.list(arguments)),
            ExprKind::ContractCall { method, target_and_arguments } => {
                let Some(&Target::Contract(target)) = self.program.target(Site { contract, expr }) else {
                    return Vec::new();
                };
                let method = self.program.contract(contract).syntax.tree.name(method);
                let Some(callee) = self.program.callable(target, method) else { return Vec::new() };
                (callee, &model.list(target_and_arguments)[1..])
            }
            _ => return Vec::new(),
        };
        let handed = self.handed.get(&callee).into_iter().flatten();
        handed.filter_map(|&index| arguments.get(index as usize).copied()).collect()
    }

    /// Follows a key to what it is: a name that is written out, or a parameter.
    fn key(
        &mut self,
        function: FunctionId,
        contract: ContractId,
        key: ExprId,
        bound: &FxHashMap<u32, ExprId>,
    ) {
        let model = self.program.model(contract);
        let site = Site { contract, expr: key };
        match model.expr(key).kind {
            ExprKind::Literal => {
                let node = self.program.node(site);
                if matches!(node.kind(), Kind::Ascii | Kind::Utf8) {
                    let text = registered::plain(node.text()).to_string();
                    self.found.push(Name { text, at: site, function });
                }
            }
            ExprKind::Parameter(index) => {
                let handed = self.handed.entry(function).or_default();
                if !handed.contains(&index) {
                    handed.push(index);
                }
            }
            ExprKind::Local(local) => {
                if let Some(&value) = bound.get(&local) {
                    self.key(function, contract, value, bound);
                }
            }
            ExprKind::Constant(index) => {
                self.key(function, contract, model.constants[index as usize].value, bound)
            }
            // Several parts are more than a name.
            ExprKind::Tuple(fields) => {
                if let &[field] = model.list(fields) {
                    self.key(function, contract, field, bound);
                }
            }
            ExprKind::Field { value, .. } => self.key(function, contract, value, bound),
            _ => {}
        }
    }
}
