//! What a term is worth in one run: the engine's terms, computed from the state and the arguments that a transaction
//! began with. What a term does not tell is `None`.

use std::collections::HashMap;

use clarity::vm::Value;
use clarity::vm::types::{PrincipalData, SequenceData, TupleData};
use clarlint::builtins::{Builtin, Keyword};
use clarlint::facts::{Engine, Op, StateId, TermId, TextId};
use clarlint::graph::FunctionId;

use super::chain;

/// The state that a transaction begins with, by contract and name. A map's key stands beside its name.
#[derive(Clone, Debug, Default)]
pub struct World {
    pub variables: HashMap<(String, String), Value>,
    pub entries: HashMap<(String, String, String), Value>,
}

/// What a state is at some point, as far as the term of its version says.
#[derive(Clone, Debug)]
enum Version {
    /// As the transaction found it.
    Found,
    Holds(Value),
    Unknown,
}

/// One activation of a function.
pub struct Frame {
    pub arguments: Vec<Option<Value>>,
    pub sender: Option<Value>,
    pub caller: Option<Value>,
    inputs: HashMap<StateId, Version>,
    /// What the elements of lists are taken to be.
    pub elements: HashMap<TermId, Value>,
    known: HashMap<TermId, Option<Value>>,
}

impl Frame {
    pub fn new(arguments: Vec<Value>, sender: &PrincipalData) -> Self {
        let sender = Some(Value::Principal(sender.clone()));
        Self {
            arguments: arguments.into_iter().map(Some).collect(),
            caller: sender.clone(),
            sender,
            inputs: HashMap::new(),
            elements: HashMap::new(),
            known: HashMap::new(),
        }
    }

    /// The same with other elements.
    pub fn with_elements(&self, elements: HashMap<TermId, Value>) -> Self {
        Self {
            arguments: self.arguments.clone(),
            sender: self.sender.clone(),
            caller: self.caller.clone(),
            inputs: self.inputs.clone(),
            elements,
            known: HashMap::new(),
        }
    }
}

pub struct Evaluator<'e, 'p> {
    pub engine: &'e mut Engine<'p>,
    pub world: &'e World,
}

impl Evaluator<'_, '_> {
    pub fn value(&mut self, term: TermId, frame: &mut Frame) -> Option<Value> {
        if let Some(known) = frame.known.get(&term) {
            return known.clone();
        }
        let value = self.compute(term, frame);
        frame.known.insert(term, value.clone());
        value
    }

    pub fn bool(&mut self, term: TermId, frame: &mut Frame) -> Option<bool> {
        match self.value(term, frame)? {
            Value::Bool(value) => Some(value),
            other => panic!("a condition is {other}"),
        }
    }

    fn compute(&mut self, term: TermId, frame: &mut Frame) -> Option<Value> {
        let args = self.engine.terms.args(term).to_vec();
        match self.engine.terms.op(term) {
            Op::Bool(value) => Some(Value::Bool(value)),
            Op::Literal(text) => Some(literal(self.engine.terms.text(text))),
            Op::Deployer => Some(Value::Principal(chain::deployer().into())),
            Op::Parameter(index) => frame.arguments[index as usize].clone(),
            Op::Sender => frame.sender.clone(),
            Op::Caller => frame.caller.clone(),
            Op::None | Op::Keyword(Keyword::None) => Some(Value::none()),
            Op::Initial(state @ StateId::Variable(contract, index)) => match frame.inputs.get(&state) {
                Some(Version::Holds(value)) => Some(value.clone()),
                Some(Version::Unknown) => None,
                Some(Version::Found) | None => {
                    let program = self.engine.program;
                    let defined = program.contract(contract);
                    let name = program.model(contract).variables[index as usize].name.symbol;
                    let name = defined.syntax.tree.name(name).to_string();
                    self.world.variables.get(&(defined.name.clone(), name)).cloned()
                }
            },
            Op::Some => Value::some(self.value(args[0], frame)?).ok(),
            Op::Ok => Value::okay(self.value(args[0], frame)?).ok(),
            Op::Err => Value::error(self.value(args[0], frame)?).ok(),
            Op::If => match self.bool(args[0], frame) {
                Some(true) => self.value(args[1], frame),
                Some(false) => self.value(args[2], frame),
                None => None,
            },
            Op::Good => match self.value(args[0], frame)? {
                Value::Optional(optional) => Some(Value::Bool(optional.data.is_some())),
                Value::Response(response) => Some(Value::Bool(response.committed)),
                other => panic!("neither an optional nor a response: {other}"),
            },
            Op::Payload => match self.value(args[0], frame)? {
                Value::Optional(optional) => optional.data.map(|data| *data),
                Value::Response(response) if response.committed => Some(*response.data),
                _ => None,
            },
            Op::Failure => match self.value(args[0], frame)? {
                Value::Response(response) if !response.committed => Some(*response.data),
                _ => None,
            },
            Op::Tuple(shape) => {
                let names: Vec<_> = self.engine.terms.text(shape).split(' ').map(str::to_string).collect();
                let mut fields = Vec::new();
                for (name, &arg) in names.into_iter().zip(&args) {
                    fields.push((name.as_str().into(), self.value(arg, frame)?));
                }
                Some(TupleData::from_data(fields).expect("a tuple").into())
            }
            Op::Field(name) => self.field(name, args[0], frame),
            Op::Entry(map @ StateId::Map(contract, index)) => {
                let key = self.value(args[0], frame)?;
                match self.version(args[1], map, frame) {
                    Version::Found => {
                        let program = self.engine.program;
                        let defined = program.contract(contract);
                        let name = program.model(contract).maps[index as usize].name.symbol;
                        let name = defined.syntax.tree.name(name).to_string();
                        let entry =
                            self.world.entries.get(&(defined.name.clone(), name, key.to_string())).cloned();
                        Some(entry.map_or(Value::none(), |value| Value::some(value).expect("an entry")))
                    }
                    _ => None,
                }
            }
            Op::Pure(builtin) => self.pure(builtin, &args, frame),
            Op::Call(function) => {
                let (unfolded, applied) = (self.engine.unfold(term), self.applied(function, &args, frame));
                let unfolded = unfolded.and_then(|result| self.value(result, frame));
                if let (Some(unfolded), Some(applied)) = (&unfolded, &applied) {
                    assert_eq!(unfolded, applied, "a call is not what its summary says at its arguments");
                }
                unfolded.or(applied)
            }
            Op::Element => frame.elements.get(&term).cloned(),
            Op::Filtered(function) => {
                let mut kept = Vec::new();
                for element in self.list(args[0], frame)? {
                    if self.step(function, vec![element.clone()], &args[1..], frame)? == Value::Bool(true) {
                        kept.push(element);
                    }
                }
                Value::cons_list_unsanitized(kept).ok()
            }
            Op::Mapped(function) => {
                let count = self.engine.program.function(function).parameters.len();
                let mut lists = Vec::new();
                for &list in &args[..count] {
                    lists.push(self.list(list, frame)?);
                }
                let shortest = lists.iter().map(Vec::len).min()?;
                let mut mapped = Vec::new();
                for at in 0..shortest {
                    let elements = lists.iter().map(|list| list[at].clone()).collect();
                    mapped.push(self.step(function, elements, &args[count..], frame)?);
                }
                Value::cons_list_unsanitized(mapped).ok()
            }
            Op::Folded(function) => {
                let mut accumulator = self.value(args[1], frame)?;
                for element in self.list(args[0], frame)? {
                    accumulator = self.step(function, vec![element, accumulator], &args[2..], frame)?;
                }
                Some(accumulator)
            }
            _ => None,
        }
    }

    fn list(&mut self, term: TermId, frame: &mut Frame) -> Option<Vec<Value>> {
        match self.value(term, frame)? {
            Value::Sequence(SequenceData::List(list)) => Some(list.data),
            other => panic!("not a list: {other}"),
        }
    }

    /// The elements that a term `Element` may be.
    pub fn elements(&mut self, element: TermId, frame: &mut Frame) -> Vec<Value> {
        let list = self.engine.terms.arg(element, 0);
        self.list(list, frame).unwrap_or_default()
    }

    /// A call, computed from the callee's summary in a frame of its own.
    fn applied(&mut self, function: FunctionId, args: &[TermId], frame: &mut Frame) -> Option<Value> {
        let count = self.engine.program.function(function).parameters.len();
        let arguments = args[..count].iter().map(|&arg| self.value(arg, frame)).collect();
        self.enter(function, arguments, &args[count..], frame)
    }

    fn step(
        &mut self,
        function: FunctionId,
        arguments: Vec<Value>,
        inputs: &[TermId],
        frame: &mut Frame,
    ) -> Option<Value> {
        self.enter(function, arguments.into_iter().map(Some).collect(), inputs, frame)
    }

    fn enter(
        &mut self,
        function: FunctionId,
        arguments: Vec<Option<Value>>,
        inputs: &[TermId],
        frame: &mut Frame,
    ) -> Option<Value> {
        let summary = self.engine.summary(function);
        let (sender, caller) = (self.value(inputs[0], frame), self.value(inputs[1], frame));
        let states = summary.inputs.iter().zip(&inputs[2..]);
        let inputs = states.map(|(&state, &input)| (state, self.version(input, state, frame))).collect();
        let mut inner =
            Frame { arguments, sender, caller, inputs, elements: HashMap::new(), known: HashMap::new() };
        self.value(summary.result?, &mut inner)
    }

    fn version(&mut self, term: TermId, state: StateId, frame: &mut Frame) -> Version {
        match (state, self.engine.terms.op(term)) {
            (StateId::Variable(..), _) => self.value(term, frame).map_or(Version::Unknown, Version::Holds),
            (_, Op::Initial(same)) => {
                assert_eq!(same, state, "a version of other state");
                frame.inputs.get(&state).cloned().unwrap_or(Version::Found)
            }
            _ => Version::Unknown,
        }
    }

    fn field(&mut self, name: TextId, of: TermId, frame: &mut Frame) -> Option<Value> {
        let name = self.engine.terms.text(name).to_string();
        match self.value(of, frame)? {
            Value::Tuple(tuple) => tuple.get_owned(&name).ok(),
            Value::Optional(optional) => match optional.data.map(|data| *data) {
                Some(Value::Tuple(tuple)) => Value::some(tuple.get_owned(&name).ok()?).ok(),
                _ => Some(Value::none()),
            },
            other => panic!("{name} of {other}"),
        }
    }

    fn pure(&mut self, builtin: Builtin, args: &[TermId], frame: &mut Frame) -> Option<Value> {
        let mut values = Vec::new();
        for &arg in args {
            values.push(self.value(arg, frame)?);
        }
        let numbers: Vec<_> = values.iter().filter_map(uint).collect();
        match (builtin, &values[..], &numbers[..]) {
            (Builtin::IsEq, [a, b], _) => Some(Value::Bool(a == b)),
            (Builtin::Less, _, [a, b]) => Some(Value::Bool(a < b)),
            (Builtin::Add, _, numbers) => Some(Value::UInt(numbers.iter().sum())),
            (Builtin::List, _, _) => Value::cons_list_unsanitized(values).ok(),
            (Builtin::Len, [Value::Sequence(list)], _) => Some(Value::UInt(list.len() as u128)),
            (Builtin::Merge, [Value::Tuple(a), Value::Tuple(b)], _) => {
                TupleData::shallow_merge(a.clone(), b.clone()).ok().map(Value::from)
            }
            (Builtin::ElementAt, [Value::Sequence(SequenceData::List(list)), at], _) => {
                let at = uint(at)? as usize;
                Some(match list.data.get(at) {
                    Some(value) => Value::some(value.clone()).ok()?,
                    None => Value::none(),
                })
            }
            _ => None,
        }
    }
}

fn uint(value: &Value) -> Option<u128> {
    match value {
        Value::UInt(number) => Some(*number),
        _ => None,
    }
}

fn literal(text: &str) -> Value {
    if let Some(name) = text.strip_prefix('.') {
        return Value::Principal(chain::contract_principal(name));
    }
    if let Some(digits) = text.strip_prefix('u') {
        return Value::UInt(digits.parse().expect("a number"));
    }
    panic!("an unexpected literal {text}")
}
