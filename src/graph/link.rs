//! How a program is linked: every contract's calls, one contract after the other.

use super::*;
use crate::builtins::Builtin;
use crate::model::{Definition, ExprKind};
use crate::syntax::{Expr as Node, Kind};

pub(super) fn link<'p>(project: &'p Project) -> Program<'p> {
    let contracts = &project.contracts;
    let models: Vec<_> = contracts.iter().map(|c| Model::new(&c.syntax.tree, c.version)).collect();
    let mut first_function = vec![0];
    let mut by_name = FxHashMap::default();
    let mut calls = DiGraph::new();
    let mut dependencies = DiGraph::new();
    for (id, model) in project.contract_ids().zip(&models) {
        let next = first_function[id.0 as usize] + model.functions.len() as u32;
        (first_function[id.0 as usize]..next).for_each(|function| {
            calls.add_node(FunctionId(function));
        });
        first_function.push(next);
        dependencies.add_node(id);
        let contract = project.contract(id);
        by_name.entry((contract.issuer.clone(), contract.name.clone())).or_insert(id);
    }
    let mut program = Program {
        project,
        models,
        calls,
        dependencies,
        broken: Vec::new(),
        unresolved_calls: Vec::new(),
        first_function,
        targets: FxHashMap::default(),
        by_name,
    };
    for contract in project.contract_ids() {
        Linker { program: &mut program, contract, caller: None }.contract();
    }
    program
}

struct Linker<'a, 'p> {
    program: &'a mut Program<'p>,
    contract: ContractId,
    /// The function whose body is walked; `None` for what is run when the contract is deployed.
    caller: Option<FunctionId>,
}

impl Linker<'_, '_> {
    fn contract(&mut self) {
        let model = self.program.model(self.contract);
        let constants = model.constants.iter().map(|constant| constant.value);
        let storage = model.variables.iter().chain(&model.fungible_tokens).filter_map(|s| s.initial);
        let deployment = model.deployment.body.iter().copied();
        let outside: Vec<_> = constants.chain(storage).chain(deployment).collect();
        let bodies: Vec<_> = model.functions.iter().map(|function| function.body).collect();
        let paths: Vec<_> =
            model.trait_aliases.iter().map(|a| &a.path).chain(&model.implements).cloned().collect();
        for path in paths {
            if let Some(name) = &path.contract {
                self.trait_dependency(path.issuer.as_deref(), name, path.span);
            }
        }
        outside.into_iter().for_each(|expr| self.expr(expr, false));
        for (index, body) in bodies.into_iter().enumerate() {
            self.caller = Some(self.program.function_id(self.contract, index as u32));
            self.expr(body, false);
        }
    }

    fn trait_dependency(&mut self, issuer: Option<&str>, name: &str, span: Span) {
        match self.program.find_contract(self.contract, issuer, name) {
            Some(found) => self.depend(found, span),
            None if self.is_absent(issuer, name) => {}
            None => {
                let name = written(issuer, name);
                self.program.broken.push(BrokenLink {
                    contract: self.contract,
                    span,
                    fault: LinkFault::UnknownContract { name },
                });
            }
        }
    }

    /// Whether the project lists the contract, but its text could not be had: that is reported already.
    fn is_absent(&self, issuer: Option<&str>, name: &str) -> bool {
        let issuer = issuer.or(self.program.contract(self.contract).issuer.as_deref());
        let mut absent = self.program.project.absent.iter();
        absent.any(|absent| absent.issuer.as_deref() == issuer && absent.name == name)
    }

    fn depend(&mut self, on: ContractId, named_at: Span) {
        let (from, to) = (NodeIndex::new(self.contract.0 as usize), NodeIndex::new(on.0 as usize));
        if self.program.dependencies.find_edge(from, to).is_none() {
            self.program.dependencies.add_edge(from, to, named_at);
        }
    }

    fn expr(&mut self, id: ExprId, as_contract: bool) {
        let model = self.program.model(self.contract);
        let site = Site { contract: self.contract, expr: id };
        let mut inside = as_contract;
        match model.expr(id).kind {
            ExprKind::Call(index, arguments) => {
                let given = model.list(arguments).len();
                let callee = self.program.function_id(self.contract, index);
                self.call(callee, EdgeKind::Local, as_contract, site, given);
            }
            ExprKind::UnknownCall(symbol, _) => {
                let name = self.program.contract(self.contract).syntax.tree.name(symbol).to_string();
                self.broken(site, LinkFault::UnknownFunction { contract: None, name });
                // A misspelt definition is one fault, not one for every name in it.
                if self.caller.is_none() {
                    return;
                }
            }
            ExprKind::Builtin(builtin, arguments) => {
                inside |= matches!(builtin, Builtin::AsContract | Builtin::AsContractSafe);
                if matches!(builtin, Builtin::Map | Builtin::Fold | Builtin::Filter)
                    && let Some(&callback) = model.list(arguments).first()
                    && let ExprKind::Name(Definition::Function(index)) = model.expr(callback).kind
                {
                    // `map` gives one argument a list, `fold` two, `filter` one.
                    let given = model.list(arguments).len() - 1;
                    let callee = self.program.function_id(self.contract, index);
                    self.call(callee, EdgeKind::Callback, as_contract, site, given);
                }
            }
            ExprKind::ContractCall { method, target_and_arguments } => {
                let parts = model.list(target_and_arguments);
                let (target, given) = (parts[0], parts.len() - 1);
                let method = self.program.contract(self.contract).syntax.tree.name(method);
                self.contract_call(site, target, method, given, as_contract);
            }
            _ => {}
        }
        for child in self.program.model(self.contract).children(id) {
            self.expr(child, inside);
        }
    }

    fn contract_call(&mut self, site: Site, target: ExprId, method: &str, given: usize, as_contract: bool) {
        let target = self.resolve_target(target);
        match &target {
            Target::Contract(callee) => {
                let node = self.program.node(site);
                self.depend(*callee, node.children().nth(1).unwrap_or(node).span());
                match self.program.callable(*callee, method) {
                    Some(function) => self.call(function, EdgeKind::Static, as_contract, site, given),
                    // What a broken file defines is not known.
                    None if !self.program.contract(*callee).syntax.errors.is_empty() => {
                        self.unresolved(site, as_contract);
                    }
                    None => {
                        let fault =
                            LinkFault::UnknownFunction { contract: Some(*callee), name: method.to_string() };
                        self.broken(site, fault);
                    }
                }
            }
            Target::Missing(name) => {
                self.unresolved(site, as_contract);
                self.broken(site, LinkFault::UnknownContract { name: name.clone() });
            }
            Target::Absent(_) => self.unresolved(site, as_contract),
            Target::Dynamic(of) => self.dynamic_call(site, *of, method, as_contract),
        }
        self.program.targets.insert(site, target);
    }

    fn dynamic_call(&mut self, site: Site, of: Option<TraitId>, method: &str, as_contract: bool) {
        let implementors: Vec<_> = of.into_iter().flat_map(|of| self.program.implementors(of)).collect();
        let callees: Vec<_> =
            implementors.into_iter().filter_map(|id| self.program.callable(id, method)).collect();
        if callees.is_empty() {
            self.unresolved(site, as_contract);
        }
        for callee in callees {
            self.edge(callee, Edge { kind: EdgeKind::Dynamic, as_contract, site });
        }
    }

    fn call(&mut self, callee: FunctionId, kind: EdgeKind, as_contract: bool, site: Site, given: usize) {
        self.edge(callee, Edge { kind, as_contract, site });
        if self.program.function(callee).parameters.len() != given {
            self.broken(site, LinkFault::WrongArgumentCount { function: callee, given });
        }
    }

    fn edge(&mut self, callee: FunctionId, edge: Edge) {
        if let Some(caller) = self.caller {
            let (from, to) = (NodeIndex::new(caller.0 as usize), NodeIndex::new(callee.0 as usize));
            self.program.calls.add_edge(from, to, edge);
        }
    }

    fn unresolved(&mut self, site: Site, as_contract: bool) {
        self.program.unresolved_calls.push(UnresolvedCall { site, caller: self.caller, as_contract });
    }

    fn broken(&mut self, site: Site, fault: LinkFault) {
        let node = self.program.node(site);
        let culprit = match &fault {
            // `(contract-call? target method ..)`: the target or the method is wrong, not the head.
            LinkFault::UnknownContract { .. } => node.children().nth(1),
            LinkFault::UnknownFunction { contract: Some(_), .. } => node.children().nth(2),
            _ => node.children().next(),
        };
        let span = culprit.unwrap_or(node).span();
        self.program.broken.push(BrokenLink { contract: site.contract, span, fault });
    }

    fn resolve_target(&self, written: ExprId) -> Target {
        let model = self.program.model(self.contract);
        let mut target = written;
        // Constants may be defined by each other; each is followed once.
        for _ in 0..model.constants.len() {
            let ExprKind::Constant(index) = model.expr(target).kind else { break };
            target = model.constants[index as usize].value;
        }
        match model.expr(target).kind {
            ExprKind::Literal => {
                let node = self.program.node(Site { contract: self.contract, expr: target });
                self.literal_target(node)
            }
            ExprKind::Parameter(index) if target == written => {
                let parameter = self.caller.and_then(|caller| {
                    self.program.function(caller).parameters.get(index as usize)?.declared_type
                });
                Target::Dynamic(parameter.and_then(|declared| self.declared_trait(declared)))
            }
            _ => Target::Dynamic(None),
        }
    }

    fn literal_target(&self, node: Node<'_>) -> Target {
        match node.contract_literal() {
            Some((issuer, name)) if node.kind() == Kind::Contract => {
                match self.program.find_contract(self.contract, issuer, name) {
                    Some(found) => Target::Contract(found),
                    None if self.is_absent(issuer, name) => Target::Absent(written(issuer, name)),
                    None => Target::Missing(written(issuer, name)),
                }
            }
            _ => Target::Dynamic(None),
        }
    }

    /// The trait that a parameter's type `<alias>` names.
    fn declared_trait(&self, declared: crate::syntax::NodeId) -> Option<TraitId> {
        let node = self.program.contract(self.contract).syntax.tree.expr(declared);
        let model = self.program.model(self.contract);
        match model.definition(node.trait_alias()?)? {
            Definition::Trait(index) => Some(TraitId { contract: self.contract, index }),
            Definition::TraitAlias(index) => {
                let path = &model.trait_aliases[index as usize].path;
                self.program.find_trait(self.contract, path)
            }
            _ => None,
        }
    }
}

/// A contract's name as its callers write it.
fn written(issuer: Option<&str>, name: &str) -> String {
    match issuer {
        Some(issuer) => format!("'{issuer}.{name}"),
        None => format!(".{name}"),
    }
}
