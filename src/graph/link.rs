//! How a program is linked: every contract by itself, then all calls into one graph.

use rayon::prelude::*;
use rustc_hash::FxHashSet;

use super::*;
use crate::builtins::Builtin;
use crate::model::{Definition, ExprKind};
use crate::syntax::{Expr as Node, Kind};

pub(super) fn link<'p>(project: &'p Project) -> Program<'p> {
    let contracts = &project.contracts;
    let models: Vec<_> = contracts.par_iter().map(|c| Model::new(&c.syntax.tree, c.version)).collect();
    let mut program = Program {
        project,
        models,
        calls: DiGraph::new(),
        dependencies: DiGraph::new(),
        broken: Vec::new(),
        unresolved_calls: Vec::new(),
        trait_calls: Vec::new(),
        first_node: Vec::new(),
        targets: Vec::new(),
        called: Vec::new(),
        by_name: FxHashMap::default(),
        by_plain_name: FxHashMap::default(),
        implementors: FxHashMap::default(),
    };
    for id in project.contract_ids() {
        let first = program.calls.node_count() as u32;
        program.first_node.push(first);
        for function in program.functions_of(id) {
            program.calls.add_node(function);
        }
        program.dependencies.add_node(id);
        let contract = project.contract(id);
        program.by_name.entry(contract.qualified_name()).or_insert(id);
        program.by_plain_name.entry(contract.name.clone()).or_insert(id);
    }
    for id in project.contract_ids() {
        for path in &program.models[id.0 as usize].implements {
            if let Some(of) = program.find_trait(id, path) {
                let known = program.implementors.entry(of).or_default();
                if known.last() != Some(&id) {
                    known.push(id);
                }
            }
        }
    }
    let ids: Vec<_> = project.contract_ids().collect();
    let linked: Vec<_> = ids.par_iter().map(|&contract| Linker::new(&program, contract).contract()).collect();
    for (id, links) in ids.into_iter().zip(linked) {
        for (caller, callee, edge) in links.edges {
            let (from, to) = (program.node_of(caller), program.node_of(callee));
            program.calls.add_edge(from, to, edge);
        }
        for (on, named_at) in links.dependencies {
            let (from, to) = (NodeIndex::new(id.0 as usize), NodeIndex::new(on.0 as usize));
            program.dependencies.add_edge(from, to, named_at);
        }
        program.broken.extend(links.broken);
        program.unresolved_calls.extend(links.unresolved);
        program.trait_calls.extend(links.trait_calls);
        program.called.push(called(id, &links.targets));
        program.targets.push(links.targets);
    }
    program
}

/// The contracts that a contract calls by their names, in order.
fn called(contract: ContractId, targets: &[(ExprId, Target)]) -> Vec<ContractId> {
    let called = targets.iter().filter_map(|(_, target)| match target {
        Target::Contract(called) if *called != contract => Some(*called),
        _ => None,
    });
    let mut called: Vec<_> = called.collect();
    called.sort_unstable();
    called.dedup();
    called
}

/// What one contract's names lead to.
#[derive(Default)]
struct Links {
    edges: Vec<(FunctionId, FunctionId, Edge)>,
    /// The contracts that it names, each with the place that names it first.
    dependencies: Vec<(ContractId, Span)>,
    broken: Vec<BrokenLink>,
    unresolved: Vec<OpenCall>,
    trait_calls: Vec<OpenCall>,
    targets: Vec<(ExprId, Target)>,
}

struct Linker<'a, 'p> {
    program: &'a Program<'p>,
    contract: ContractId,
    /// The function whose body is walked; `None` for what is run when the contract is deployed.
    caller: Option<FunctionId>,
    depends: FxHashSet<ContractId>,
    links: Links,
}

impl<'a, 'p> Linker<'a, 'p> {
    fn new(program: &'a Program<'p>, contract: ContractId) -> Self {
        Self { program, contract, caller: None, depends: FxHashSet::default(), links: Links::default() }
    }

    fn contract(mut self) -> Links {
        let model = self.program.model(self.contract);
        for path in model.trait_aliases.iter().map(|alias| &alias.path).chain(&model.implements) {
            if let Some(name) = &path.contract {
                self.trait_dependency(path.issuer.as_deref(), name, path.span);
            }
        }
        let constants = model.constants.iter().map(|constant| constant.value);
        let storage = model.variables.iter().chain(&model.fungible_tokens).filter_map(|s| s.initial);
        for expr in constants.chain(storage).chain(model.deployment.body.iter().copied()) {
            self.expr(expr, false);
        }
        for function in self.program.functions_of(self.contract) {
            self.caller = Some(function);
            self.expr(self.program.function(function).body, false);
        }
        self.links.targets.sort_unstable_by_key(|&(expr, _)| expr);
        self.links
    }

    fn trait_dependency(&mut self, issuer: Option<&str>, name: &str, span: Span) {
        match self.program.find_contract(self.contract, issuer, name) {
            Some(found) => self.depend(found, span),
            None if self.is_absent(issuer, name) => {}
            None => {
                let fault = LinkFault::UnknownContract { name: written(issuer, name) };
                self.links.broken.push(BrokenLink { contract: self.contract, span, fault });
            }
        }
    }

    /// Whether the project lists the contract, but its text could not be had: that is reported already.
    fn is_absent(&self, issuer: Option<&str>, name: &str) -> bool {
        let absent = &self.program.project.absent;
        absent.binary_search(&self.program.name_seen_from(self.contract, issuer, name)).is_ok()
    }

    fn depend(&mut self, on: ContractId, named_at: Span) {
        if self.depends.insert(on) {
            self.links.dependencies.push((on, named_at));
        }
    }

    fn expr(&mut self, id: ExprId, as_contract: bool) {
        let model = self.program.model(self.contract);
        let site = Site { contract: self.contract, expr: id };
        let mut inside = as_contract;
        match model.expr(id).kind {
            ExprKind::Call(index, arguments) => {
                let given = model.list(arguments).len();
                let callee = FunctionId { contract: self.contract, index };
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
                    let callee = FunctionId { contract: self.contract, index };
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
        self.links.targets.push((site.expr, target));
    }

    fn dynamic_call(&mut self, site: Site, of: Option<TraitId>, method: &str, as_contract: bool) {
        let is_implemented = of.is_some_and(|of| self.program.methods(of, method).next().is_some());
        let calls = if is_implemented { &mut self.links.trait_calls } else { &mut self.links.unresolved };
        calls.push(OpenCall { site, caller: self.caller, as_contract });
    }

    fn call(&mut self, callee: FunctionId, kind: EdgeKind, as_contract: bool, site: Site, given: usize) {
        self.edge(callee, Edge { kind, as_contract, site });
        if self.program.function(callee).parameters.len() != given {
            self.broken(site, LinkFault::WrongArgumentCount { function: callee, given });
        }
    }

    fn edge(&mut self, callee: FunctionId, edge: Edge) {
        self.links.edges.extend(self.caller.map(|caller| (caller, callee, edge)));
    }

    fn unresolved(&mut self, site: Site, as_contract: bool) {
        self.links.unresolved.push(OpenCall { site, caller: self.caller, as_contract });
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
        self.links.broken.push(BrokenLink { contract: site.contract, span, fault });
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
