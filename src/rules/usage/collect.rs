//! How it is found out what a contract makes use of.

use std::cell::OnceCell;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Body, Usage, Uses};
use crate::analysis::Analysis;
use crate::builtins::{Builtin, Effect};
use crate::graph::{Program, Site, Target};
use crate::model::{Access, Definition, ExprId, ExprKind, Model};
use crate::project::ContractId;
use crate::syntax::{Expr, NodeId};

impl<'a> Usage<'a> {
    pub fn new(analysis: &'a Analysis<'a>, contract: ContractId) -> Self {
        let program = analysis.program;
        let (model, tree) = (program.model(contract), &program.contract(contract).syntax.tree);
        let bodies = bodies(model);
        let owned = bodies.iter().enumerate().filter_map(|(index, body)| Some((body.owner?, index)));
        let mut usage = Self {
            program,
            analysis,
            contract,
            model,
            tree,
            by_owner: owned.collect(),
            bodies,
            uses: FxHashMap::default(),
            forms: OnceCell::new(),
            mentioned: OnceCell::new(),
            acting: OnceCell::new(),
            demanded: OnceCell::new(),
            applied: FxHashSet::default(),
        };
        usage.read();
        usage.live();
        usage
    }

    /// Notes in each body what its expressions use. A parent stands behind its children, and is looked at first: it
    /// knows what a name is for.
    fn read(&mut self) {
        let model = self.model;
        let exprs: Vec<_> = model.exprs().collect();
        let mut known = vec![false; exprs.len()];
        let mut at = self.bodies.len();
        for &(id, expr) in exprs.iter().rev() {
            while at > 0 && self.bodies[at - 1].root >= id {
                at -= 1;
            }
            let Some(body) = self.bodies.get_mut(at) else { continue };
            match expr.kind {
                ExprKind::Constant(index) => body.refer(Definition::Constant(index), Uses::ALL),
                ExprKind::Parameter(index) => {
                    body.parameters.insert(index);
                }
                ExprKind::Local(index) => {
                    body.locals.insert(index);
                }
                ExprKind::Binding { local, value } => {
                    body.bound.insert(local, value);
                }
                ExprKind::Call(index, _) => body.refer(Definition::Function(index), Uses::ALL),
                // What it is for is not known.
                ExprKind::Name(definition) if !known[id.0 as usize] => body.refer(definition, Uses::ALL),
                ExprKind::Builtin(builtin, parts) => {
                    let Some(&first) = model.list(parts).first() else { continue };
                    let ExprKind::Name(definition) = model.expr(first).kind else { continue };
                    if matches!(builtin, Builtin::Map | Builtin::Fold | Builtin::Filter)
                        && let Definition::Function(index) = definition
                    {
                        self.applied.insert(index);
                    }
                    known[first.0 as usize] = true;
                    body.refer(definition, Uses::of(builtin));
                }
                _ => {}
            }
        }
    }

    /// Follows what is used from what is run at deployment or called from outside.
    fn live(&mut self) {
        let is_root = |body: &Body| match body.owner {
            None => true,
            Some(Definition::Function(index)) => {
                self.model.functions[index as usize].access != Access::Private
            }
            _ => false,
        };
        let roots = self.bodies.iter().enumerate().filter(|(_, body)| is_root(body));
        let mut open: Vec<_> = roots.map(|(index, _)| index).collect();
        let mut lives = vec![false; self.bodies.len()];
        open.iter().for_each(|&root| lives[root] = true);
        // A simulation may do anything with what it names.
        let mut found: Vec<_> = self.simulated().map(|definition| (definition, Uses::ALL)).collect();
        loop {
            for (definition, uses) in found.drain(..) {
                self.uses.entry(definition).or_default().add(uses);
                if let Some(&body) = self.by_owner.get(&definition)
                    && !std::mem::replace(&mut lives[body], true)
                {
                    open.push(body);
                }
            }
            let Some(body) = open.pop() else { break };
            found.extend_from_slice(&self.bodies[body].references);
        }
    }

    /// What forms name that only a simulation deploys.
    fn simulated(&self) -> impl Iterator<Item = Definition> + use<'a> {
        let (model, tree) = (self.model, self.tree);
        let within = |form: &NodeId| {
            let end = tree.expr(*form).span().end;
            let nodes = (form.0..tree.len() as u32).map(|id| tree.expr(NodeId(id)));
            nodes.take_while(move |node| node.span().start < end)
        };
        let symbols = model.simulated.iter().flat_map(within).filter_map(Expr::symbol);
        symbols.filter_map(|symbol| model.definition(symbol))
    }

    /// The bodies that change something or print, themselves or through what they refer to.
    pub(super) fn acting(&self) -> Vec<bool> {
        let mut callers: Vec<Vec<usize>> = self.bodies.iter().map(|_| Vec::new()).collect();
        for (caller, body) in self.bodies.iter().enumerate() {
            for callee in body.references.iter().filter_map(|(callee, _)| self.by_owner.get(callee)) {
                callers[*callee].push(caller);
            }
        }
        let own = self.model.exprs().filter(|&(id, expr)| self.acts_itself(id, expr.kind));
        let mut open: Vec<_> = own.filter_map(|(id, _)| self.place_of(id)).collect();
        let mut acting = vec![false; self.bodies.len()];
        while let Some(body) = open.pop() {
            if !std::mem::replace(&mut acting[body], true) {
                open.extend_from_slice(&callers[body]);
            }
        }
        acting
    }

    fn acts_itself(&self, expr: ExprId, kind: ExprKind) -> bool {
        match kind {
            ExprKind::Builtin(builtin, _) => matches!(
                builtin.spec().effect,
                Effect::Write | Effect::Mint | Effect::Burn | Effect::Transfer | Effect::Call | Effect::Event
            ),
            ExprKind::ContractCall { method, .. } => {
                let target = self.program.target(Site { contract: self.contract, expr });
                !reads_only(self.program, target, self.tree.name(method))
            }
            ExprKind::UnknownCall(..) | ExprKind::Unknown => true,
            _ => false,
        }
    }
}

impl Body {
    fn new(owner: Option<Definition>, root: ExprId) -> Self {
        Self {
            owner,
            root,
            references: Vec::new(),
            locals: FxHashSet::default(),
            parameters: FxHashSet::default(),
            bound: FxHashMap::default(),
        }
    }

    fn refer(&mut self, to: Definition, uses: Uses) {
        self.references.push((to, uses));
    }
}

/// Everything that is evaluated as a whole, in the order of the expressions.
fn bodies(model: &Model) -> Vec<Body> {
    let mut bodies: Vec<Body> = model.deployment.body.iter().map(|&root| Body::new(None, root)).collect();
    let mut add = |owner: fn(u32) -> Definition, index: usize, root: Option<ExprId>| {
        bodies.extend(root.map(|root| Body::new(Some(owner(index as u32)), root)));
    };
    for (index, constant) in model.constants.iter().enumerate() {
        add(Definition::Constant, index, Some(constant.value));
    }
    for (index, variable) in model.variables.iter().enumerate() {
        add(Definition::Variable, index, variable.initial);
    }
    for (index, token) in model.fungible_tokens.iter().enumerate() {
        add(Definition::FungibleToken, index, token.initial);
    }
    for (index, function) in model.functions.iter().enumerate() {
        add(Definition::Function, index, Some(function.body));
    }
    bodies.sort_by_key(|body| body.root);
    bodies
}

/// Whether a call is surely of a read-only function.
fn reads_only(program: &Program<'_>, target: Option<&Target>, method: &str) -> bool {
    let Some(&Target::Contract(callee)) = target else { return false };
    let function = program.callable(callee, method);
    function.is_some_and(|function| program.function(function).access == Access::ReadOnly)
}
