//! Types between inference and the analyser, each way: what the analyser found out about a contract that it was asked
//! about, and what it has to know of one that nobody asked it about.

use clarity::vm::ClarityVersion as CheckerVersion;
use clarity::vm::analysis::ContractAnalysis;
use clarity::vm::costs::LimitedCostTracker;
use clarity::vm::types::signatures::{BufferLength, CallableSubtype, ListTypeData, StringUTF8Length};
use clarity::vm::types::{
    FixedFunction, FunctionArg, FunctionSignature, FunctionType, QualifiedContractIdentifier,
    SequenceSubtype, StringSubtype, TraitIdentifier, TupleTypeSignature, TypeSignature,
};

use super::analysis::EPOCH;
use super::infer::{Builder, Function, Interface, Pool, Shape, Spelling, Strings, Trait, TraitName, Ty};
use super::names;
use crate::model::Access;
use crate::syntax::Symbol;

/// What others may ask of a contract that the analyser accepts.
pub fn interface(analysis: &ContractAnalysis) -> Interface {
    let mut builder = Builder::default();
    let public = analysis.public_function_types.iter().map(|it| (Access::Public, it));
    let read_only = analysis.read_only_function_types.iter().map(|it| (Access::ReadOnly, it));
    for (access, (name, function)) in public.chain(read_only) {
        let FunctionType::Fixed(function) = function else { continue };
        let function = FunctionSignature::from(function.clone());
        let made = inwards(&mut builder, name, access, &function);
        builder.function(made);
    }
    for (name, methods) in &analysis.defined_traits {
        let methods = methods
            .iter()
            .map(|(name, method)| inwards(&mut builder, name, Access::Public, method))
            .collect();
        builder.trait_of(Trait { name: name.as_str().into(), methods });
    }
    builder.build()
}

fn inwards(builder: &mut Builder, name: &str, access: Access, of: &FunctionSignature) -> Function {
    let (pool, names) = builder.parts();
    let parameters = of.args.iter().map(|of| own(of, pool, names)).collect();
    let result = own(&of.returns, pool, names);
    Function { name: name.into(), access, parameters, result }
}

fn own(of: &TypeSignature, pool: &mut Pool, names: &mut Strings) -> Ty {
    let shape = match of {
        TypeSignature::NoType => Shape::Nothing,
        TypeSignature::IntType => Shape::Int,
        TypeSignature::UIntType => Shape::Uint,
        TypeSignature::BoolType => Shape::Bool,
        TypeSignature::PrincipalType => Shape::Principal,
        TypeSignature::SequenceType(SequenceSubtype::BufferType(length)) => Shape::Buffer(length.into()),
        TypeSignature::SequenceType(SequenceSubtype::StringType(StringSubtype::ASCII(length))) => {
            Shape::Ascii(length.into())
        }
        TypeSignature::SequenceType(SequenceSubtype::StringType(StringSubtype::UTF8(length))) => {
            Shape::Utf8(length.into())
        }
        TypeSignature::SequenceType(SequenceSubtype::ListType(list)) => {
            Shape::List(list.get_max_len(), own(list.get_list_item_type(), pool, names))
        }
        TypeSignature::OptionalType(of) => Shape::Optional(own(of, pool, names)),
        TypeSignature::ResponseType(sides) => {
            Shape::Response(own(&sides.0, pool, names), own(&sides.1, pool, names))
        }
        TypeSignature::TupleType(tuple) => {
            let fields = tuple.get_type_map().iter();
            let mut fields: Vec<_> =
                fields.map(|(name, of)| (Symbol(names.number(name)), own(of, pool, names))).collect();
            let made = pool.large_tuple(&mut fields, names);
            return made.and_then(Result::ok).unwrap_or_else(|| pool.copied(Shape::Unknown));
        }
        TypeSignature::CallableType(of) => return callable(of, pool),
        TypeSignature::TraitReferenceType(of) => {
            return callable(&CallableSubtype::Trait(of.clone()), pool);
        }
        TypeSignature::ListUnionType(choices) => {
            let mut choices: Vec<_> = choices.iter().map(|of| callable(of, pool)).collect();
            choices.sort_unstable();
            return pool.one_of(&choices);
        }
    };
    pool.copied(shape)
}

fn callable(of: &CallableSubtype, pool: &mut Pool) -> Ty {
    match of {
        CallableSubtype::Principal(contract) => pool.contract(names::read_back(contract)),
        CallableSubtype::Trait(of) => {
            let contract = names::read_back(&of.contract_identifier);
            pool.implementer(TraitName { contract, name: of.name.to_string() })
        }
    }
}

/// What the analyser has to know of a contract that was accepted without it. `None` if it has no words for it.
pub fn analysis(interface: &Interface, contract: &QualifiedContractIdentifier) -> Option<ContractAnalysis> {
    let mut analysis = ContractAnalysis::new(
        contract.clone(),
        Vec::new(),
        LimitedCostTracker::new_free(),
        EPOCH,
        CheckerVersion::Clarity2,
    );
    for function in interface.functions() {
        let signature = outwards(interface, function)?;
        let parameter = |signature| FunctionArg { signature, name: names::name("value") };
        let args = signature.args.into_iter().map(parameter).collect();
        let name = names::name(&function.name);
        let fixed = FunctionType::Fixed(FixedFunction { args, returns: signature.returns });
        match function.access {
            Access::ReadOnly => analysis.add_read_only_function(name, fixed),
            _ => analysis.add_public_function(name, fixed),
        }
    }
    for of in interface.traits() {
        let method = |method: &Function| Some((names::name(&method.name), outwards(interface, method)?));
        let methods = of.methods.iter().map(method).collect::<Option<_>>()?;
        analysis.add_defined_trait(names::name(&of.name), methods);
    }
    Some(analysis)
}

fn outwards(interface: &Interface, function: &Function) -> Option<FunctionSignature> {
    let of = |of: &Ty| theirs(interface.pool(), interface.names(), *of);
    let args = function.parameters.iter().map(of).collect::<Option<_>>()?;
    Some(FunctionSignature { args, returns: of(&function.result)? })
}

fn theirs(pool: &Pool, names: &Strings, of: Ty) -> Option<TypeSignature> {
    let part = |of| theirs(pool, names, of);
    Some(match pool.shape(of) {
        Shape::Nothing => TypeSignature::NoType,
        Shape::Int => TypeSignature::IntType,
        Shape::Uint => TypeSignature::UIntType,
        Shape::Bool => TypeSignature::BoolType,
        Shape::Principal => TypeSignature::PrincipalType,
        Shape::Buffer(length) => {
            TypeSignature::SequenceType(SequenceSubtype::BufferType(BufferLength::try_from(length).ok()?))
        }
        Shape::Ascii(length) => {
            let length = BufferLength::try_from(length).ok()?;
            TypeSignature::SequenceType(SequenceSubtype::StringType(StringSubtype::ASCII(length)))
        }
        Shape::Utf8(length) => {
            let length = StringUTF8Length::try_from(length).ok()?;
            TypeSignature::SequenceType(SequenceSubtype::StringType(StringSubtype::UTF8(length)))
        }
        Shape::List(length, of) => ListTypeData::new_list(part(of)?, length).ok()?.into(),
        Shape::Optional(of) => TypeSignature::OptionalType(Box::new(part(of)?)),
        Shape::Response(ok, err) => TypeSignature::ResponseType(Box::new((part(ok)?, part(err)?))),
        Shape::Tuple(_) => {
            let field = |&(name, of): &(Symbol, Ty)| Some((names::name(names.name(name)), part(of)?));
            let fields = pool.fields(of).iter().map(field).collect::<Option<Vec<_>>>()?;
            TupleTypeSignature::try_from(fields).ok()?.into()
        }
        Shape::Trait(_) | Shape::Contract(_) => TypeSignature::CallableType(choice(pool, of)?),
        Shape::OneOf(_) => {
            let choices = pool.choices(of).iter().map(|&of| choice(pool, of));
            TypeSignature::ListUnionType(choices.collect::<Option<_>>()?)
        }
        Shape::Unknown => return None,
    })
}

fn choice(pool: &Pool, of: Ty) -> Option<CallableSubtype> {
    let contract = |name: &crate::project::QualifiedName| names::contract(name.issuer.as_deref(), &name.name);
    match pool.shape(of) {
        Shape::Contract(index) => Some(CallableSubtype::Principal(contract(pool.contract_of(index))?)),
        Shape::Trait(index) => {
            let of = pool.trait_of(index);
            let contract_identifier = contract(&of.contract)?;
            Some(CallableSubtype::Trait(TraitIdentifier { name: names::name(&of.name), contract_identifier }))
        }
        _ => None,
    }
}
