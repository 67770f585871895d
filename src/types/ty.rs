//! Types as rules see them, apart from how the chain's analyser holds them.

use std::fmt;

use clarity::vm::types::signatures::CallableSubtype;
use clarity::vm::types::{FixedFunction, FunctionSignature, SequenceSubtype, StringSubtype, TypeSignature};

use super::names;
use crate::project::QualifiedName;

/// The type of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// What nothing decides: the err side of `(ok u1)`, the content of `none`.
    Unknown,
    Int,
    Uint,
    Bool,
    Principal,
    /// Likewise the next two: with the most bytes or characters.
    Buffer(u32),
    Ascii(u32),
    Utf8(u32),
    List(u32, Box<Type>),
    Optional(Box<Type>),
    Response(Box<(Type, Type)>),
    /// Fields by name.
    Tuple(Vec<(String, Type)>),
    /// Some contract that implements the trait.
    Trait(QualifiedName, String),
    /// A contract that is written out.
    Contract(QualifiedName),
}

/// What a function takes and returns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    pub parameters: Vec<Type>,
    pub result: Type,
}

impl From<&TypeSignature> for Type {
    fn from(signature: &TypeSignature) -> Self {
        match signature {
            TypeSignature::NoType => Self::Unknown,
            TypeSignature::IntType => Self::Int,
            TypeSignature::UIntType => Self::Uint,
            TypeSignature::BoolType => Self::Bool,
            TypeSignature::PrincipalType | TypeSignature::ListUnionType(_) => Self::Principal,
            TypeSignature::SequenceType(sequence) => match sequence {
                SequenceSubtype::BufferType(length) => Self::Buffer(length.into()),
                SequenceSubtype::StringType(StringSubtype::ASCII(length)) => Self::Ascii(length.into()),
                SequenceSubtype::StringType(StringSubtype::UTF8(length)) => Self::Utf8(length.into()),
                SequenceSubtype::ListType(list) => {
                    Self::List(list.get_max_len(), Box::new(list.get_list_item_type().into()))
                }
            },
            TypeSignature::OptionalType(content) => Self::Optional(Box::new((&**content).into())),
            TypeSignature::ResponseType(sides) => {
                Self::Response(Box::new(((&sides.0).into(), (&sides.1).into())))
            }
            TypeSignature::TupleType(tuple) => {
                let fields = tuple.get_type_map().iter();
                Self::Tuple(fields.map(|(name, field)| (name.to_string(), field.into())).collect())
            }
            TypeSignature::CallableType(CallableSubtype::Trait(of))
            | TypeSignature::TraitReferenceType(of) => {
                Self::Trait(names::read_back(&of.contract_identifier), of.name.to_string())
            }
            TypeSignature::CallableType(CallableSubtype::Principal(contract)) => {
                Self::Contract(names::read_back(contract))
            }
        }
    }
}

impl From<&FunctionSignature> for Signature {
    fn from(signature: &FunctionSignature) -> Self {
        Self {
            parameters: signature.args.iter().map(Type::from).collect(),
            result: (&signature.returns).into(),
        }
    }
}

impl From<&FixedFunction> for Signature {
    fn from(function: &FixedFunction) -> Self {
        let parameters = function.args.iter().map(|parameter| (&parameter.signature).into());
        Self { parameters: parameters.collect(), result: (&function.returns).into() }
    }
}

/// As source text has it.
impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("?"),
            Self::Int => f.write_str("int"),
            Self::Uint => f.write_str("uint"),
            Self::Bool => f.write_str("bool"),
            Self::Principal | Self::Contract(_) => f.write_str("principal"),
            Self::Buffer(length) => write!(f, "(buff {length})"),
            Self::Ascii(length) => write!(f, "(string-ascii {length})"),
            Self::Utf8(length) => write!(f, "(string-utf8 {length})"),
            Self::List(length, of) => write!(f, "(list {length} {of})"),
            Self::Optional(of) => write!(f, "(optional {of})"),
            Self::Response(sides) => write!(f, "(response {} {})", sides.0, sides.1),
            Self::Trait(_, name) => write!(f, "<{name}>"),
            Self::Tuple(fields) => {
                f.write_str("{")?;
                for (index, (name, of)) in fields.iter().enumerate() {
                    write!(f, "{}{name}: {of}", if index == 0 { "" } else { ", " })?;
                }
                f.write_str("}")
            }
        }
    }
}

/// `(uint principal) (response bool uint)`, as a trait has it.
impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(")?;
        for (index, parameter) in self.parameters.iter().enumerate() {
            write!(f, "{}{parameter}", if index == 0 { "" } else { " " })?;
        }
        write!(f, ") {}", self.result)
    }
}
