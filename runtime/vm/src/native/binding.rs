//! Binding what a caller gave to the parameters of a native function, and the errors when it does not fit.
//!
//! CPython words these errors by how the function takes its arguments, and so do we: a function without parameters or with a
//! single one by position is called by its qualified name ("list.append() takes exactly one argument"), a slot wrapper goes
//! without a name ("expected 1 argument, got 0"), one whose parameters all go by position counts them ("insert expected 2
//! arguments"), and one that knows keywords tells positional arguments from all ("takes at most 2 positional arguments").

use super::{Args, MAX_PARAMETERS, NativeDef, Parameter, ParameterKind, plural};
use crate::builtins::construct::builtin_base;
use crate::builtins::native_function;
use crate::exceptions::suggestions;
use crate::object::Ref;
use crate::objects::{Class, Dict, NativeFunction, Tuple};
use crate::raised::{R, Raised};
use crate::thread::Thread;
use crate::value::{Value, class_of_header};

/// One call of a native function.
pub(super) struct Binding<'a> {
    t: &'a Thread,
    definition: &'static NativeDef,
    /// The function object, if one was called.
    function: Option<Ref<NativeFunction>>,
    args: Args<'a>,
}

/// Whom messages call, and how.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wording {
    /// By the qualified name.
    Qualified,
    /// A slot wrapper.
    Wrapper,
    /// All parameters go by position.
    Positional,
    /// Some may be named.
    Keywords,
}

impl<'a> Binding<'a> {
    pub(super) fn new(
        t: &'a Thread,
        definition: &'static NativeDef,
        function: Option<Ref<NativeFunction>>,
        args: Args<'a>,
    ) -> Self {
        Self { t, definition, function, args }
    }

    /// Fills `bound`, a word a parameter, and calls the entry with it.
    pub(super) fn call(&self, entry: fn(&Thread, &[Option<Value>]) -> R) -> R {
        let mut bound = [None; MAX_PARAMETERS];
        let bound = &mut bound[..self.definition.parameters.len()];
        self.check_counts()?;
        self.bind_positional(bound)?;
        self.bind_keywords(bound)?;
        self.check_missing(bound)?;
        self.check_unexpected(bound)?;
        entry(self.t, bound)
    }

    /// What is wrong with the number of arguments, whatever they are.
    fn check_counts(&self) -> R<()> {
        let receiver = self.receiver();
        let given = self.args.positional().len();
        if given < receiver {
            return Err(self
                .t
                .type_error(format_args!("unbound method {}() needs an argument", self.qualified_name())));
        }
        let given = given - receiver;
        let all = given + self.args.keyword_count();
        let (limit, required) = (self.positional_limit() - receiver, self.required_by_position() - receiver);
        let variadic = self.position_of(ParameterKind::VarPositional).is_some();
        let catches = self.position_of(ParameterKind::VarKeyword).is_some();
        let wording = self.wording();
        if wording != Wording::Keywords && !catches && self.args.keyword_count() > 0 && !self.ignores_keywords() {
            return Err(self.no_keywords(wording));
        }
        let count = self.definition.parameters.len() - receiver;
        if wording == Wording::Keywords && !variadic && !catches && all > count {
            return Err(self.too_many_of_all(count, given, all));
        }
        if given > limit && !variadic || given < required {
            return Err(self.wrong_count(wording, limit, required, given));
        }
        Ok(())
    }

    fn bind_positional(&self, bound: &mut [Option<Value>]) -> R<()> {
        let given = self.args.positional();
        let direct = given.len().min(self.positional_limit());
        for (slot, &value) in bound.iter_mut().zip(&given[..direct]) {
            *slot = Some(value);
        }
        if let Some(index) = self.position_of(ParameterKind::VarPositional) {
            bound[index] = Some(Tuple::from_slice(self.t, &given[direct..])?.value());
        }
        Ok(())
    }

    /// Puts the named arguments that fit into their places; the others are judged when it is known that none is missing.
    fn bind_keywords(&self, bound: &mut [Option<Value>]) -> R<()> {
        let t = self.t;
        let extra = match self.position_of(ParameterKind::VarKeyword) {
            Some(index) => {
                let dict = Dict::new(t)?;
                bound[index] = Some(dict.value());
                Some(dict)
            }
            None => None,
        };
        for (name, value) in self.args.keywords() {
            match (self.named(&name.to_string_lossy()), extra) {
                (Some(index), _) if index < self.args.positional().len() => {}
                (Some(index), _) => bound[index] = Some(value),
                (None, Some(extra)) => extra.set_str(t, name, value)?,
                (None, None) => {}
            }
        }
        Ok(())
    }

    fn check_missing(&self, bound: &[Option<Value>]) -> R<()> {
        let missing = |(parameter, value): (&Parameter, &Option<Value>)| parameter.required && value.is_none();
        let Some(index) = self.definition.parameters.iter().zip(bound).position(missing) else { return Ok(()) };
        let (function, name) = (self.name(), self.definition.parameters[index].name);
        let place = index + 1 - self.receiver();
        Err(self.t.type_error(format_args!("{function}() missing required argument '{name}' (pos {place})")))
    }

    /// Named arguments that have no place, or whose place is taken by position.
    fn check_unexpected(&self, bound: &[Option<Value>]) -> R<()> {
        if self.args.keyword_count() == 0 || self.position_of(ParameterKind::VarKeyword).is_some() {
            return Ok(());
        }
        debug_assert!(bound.len() == self.definition.parameters.len(), "one word a parameter");
        for (name, _) in self.args.keywords() {
            let text = name.to_string_lossy();
            match self.named(&text) {
                Some(index) if index < self.args.positional().len() => {
                    let place = index + 1 - self.receiver();
                    return Err(self.t.type_error(format_args!(
                        "argument for {}() given by name ('{text}') and position ({place})",
                        self.name()
                    )));
                }
                Some(_) => {}
                None if self.ignores_keywords() => {}
                None => return Err(self.unexpected_keyword(&text)),
            }
        }
        Ok(())
    }

    fn wording(&self) -> Wording {
        let parameters = self.definition.parameters;
        // Of slot wrappers, those of `__call__` and `__init__` alone take keywords.
        let takes_keywords = self.makes_instances() || self.definition.name == "__call__";
        if self.function.is_some_and(|function| is_wrapper(self.t, function)) && !takes_keywords {
            return Wording::Wrapper;
        }
        if parameters.iter().any(by_name) {
            return Wording::Keywords;
        }
        let variadic = self.position_of(ParameterKind::VarPositional).is_some();
        let required = parameters.iter().all(|parameter| parameter.required);
        if !variadic && required && parameters.len() - self.receiver() < 2 && !self.makes_instances() {
            Wording::Qualified
        } else {
            Wording::Positional
        }
    }

    /// The place of a parameter that may be given by this name.
    fn named(&self, name: &str) -> Option<usize> {
        self.definition.parameters.iter().position(|parameter| by_name(parameter) && parameter.name == name)
    }

    fn position_of(&self, kind: ParameterKind) -> Option<usize> {
        self.definition.parameters.iter().position(|parameter| parameter.kind == kind)
    }

    fn receiver(&self) -> usize {
        usize::from(self.definition.has_receiver())
    }

    fn positional_limit(&self) -> usize {
        self.definition.parameters.iter().filter(|parameter| by_position(parameter)).count()
    }

    /// How many arguments cannot but be given by position.
    fn required_by_position(&self) -> usize {
        self.required(|parameter| parameter.kind == ParameterKind::PositionalOnly)
    }

    fn required(&self, of: impl Fn(&Parameter) -> bool) -> usize {
        self.definition.parameters.iter().filter(|parameter| parameter.required && of(parameter)).count()
    }

    fn makes_instances(&self) -> bool {
        matches!(self.definition.name, "__new__" | "__init__")
    }

    /// The name without its class; for `__new__` and `__init__` the builtin class's.
    fn name(&self) -> String {
        let receiver = self.args.positional().first().copied();
        let class = match self.definition.name {
            "__new__" => receiver.and_then(Value::downcast::<Class>),
            "__init__" => receiver.map(|receiver| receiver.class(self.t)),
            _ => None,
        };
        class.map_or_else(|| self.definition.name.to_owned(), |class| builtin_base(class).name())
    }

    fn qualified_name(&self) -> String {
        match self.function.filter(|_| !self.makes_instances()) {
            Some(function) => native_function::shown_name(self.t, function),
            None => self.name(),
        }
    }

    /// Whether the function is a `__new__` without named parameters, called for a subclass whose `__init__` takes keywords.
    fn ignores_keywords(&self) -> bool {
        let class = self.args.positional().first().copied().and_then(Value::downcast::<Class>);
        let unnamed = self.definition.name == "__new__" && !self.definition.parameters.iter().any(by_name);
        let Some(class) = class.filter(|_| unnamed) else { return false };
        let (base, init) = (builtin_base(class), self.t.names().__init__);
        class != base && class.lookup(self.t, init) != base.lookup(self.t, init)
    }

    #[cold]
    fn no_keywords(&self, wording: Wording) -> Raised {
        if wording == Wording::Wrapper {
            let name = self.definition.name;
            return self.t.type_error(format_args!("wrapper {name}() takes no keyword arguments"));
        }
        self.t.type_error(format_args!("{}() takes no keyword arguments", self.qualified_name()))
    }

    #[cold]
    fn too_many_of_all(&self, count: usize, given: usize, all: usize) -> Raised {
        let kind = if given == 0 { "keyword " } else { "" };
        self.t.type_error(format_args!(
            "{}() takes at most {count} {kind}argument{} ({all} given)",
            self.name(),
            plural(count)
        ))
    }

    #[cold]
    fn wrong_count(&self, wording: Wording, limit: usize, required: usize, given: usize) -> Raised {
        let bound = if given > limit { limit } else { required };
        // Of those that may be named too, some must be given: where that is all of them, the number is exact.
        let needed = if given > limit { self.required(by_position) - self.receiver() } else { required };
        let side = match (limit == needed, given > limit) {
            (true, _) => "exactly",
            (_, true) => "at most",
            (_, false) => "at least",
        };
        let s = plural(bound);
        let message = match wording {
            Wording::Wrapper if limit == required && limit < 2 => format!("expected {bound} argument{s}, got {given}"),
            Wording::Wrapper if limit == 2 && required == 1 && self.definition.name != "__get__" => {
                format!("expected 1 or 2 arguments, got {given}")
            }
            Wording::Qualified if limit == 0 => {
                format!("{}() takes no arguments ({given} given)", self.qualified_name())
            }
            Wording::Qualified => format!("{}() takes exactly one argument ({given} given)", self.qualified_name()),
            Wording::Positional | Wording::Wrapper if limit == required => {
                format!("{} expected {bound} argument{s}, got {given}", self.name())
            }
            Wording::Positional | Wording::Wrapper => {
                format!("{} expected {side} {bound} argument{s}, got {given}", self.name())
            }
            Wording::Keywords if limit == 0 => format!("{}() takes no positional arguments", self.name()),
            Wording::Keywords => {
                format!("{}() takes {side} {bound} positional argument{s} ({given} given)", self.name())
            }
        };
        self.t.type_error(message)
    }

    #[cold]
    fn unexpected_keyword(&self, given: &str) -> Raised {
        let parameters = self.definition.parameters;
        unexpected_keyword(self.t, &self.name(), given, parameters.iter().filter(|p| by_name(p)).map(|p| p.name))
    }
}

/// "f() got an unexpected keyword argument 'nam'. Did you mean 'name'?"
#[cold]
pub fn unexpected_keyword<'n>(
    t: &Thread,
    function: &str,
    given: &str,
    known: impl IntoIterator<Item = &'n str>,
) -> Raised {
    let hint = suggestions::closest(given, known.into_iter());
    let hint = hint.map_or_else(String::new, |hint| format!(". Did you mean '{hint}'?"));
    t.type_error(format_args!("{function}() got an unexpected keyword argument '{given}'{hint}"))
}

fn is_wrapper(t: &Thread, function: Ref<NativeFunction>) -> bool {
    let class = class_of_header(function.header());
    class == t.classes().wrapper_descriptor || class == t.classes().method_wrapper
}

fn by_position(parameter: &Parameter) -> bool {
    matches!(parameter.kind, ParameterKind::PositionalOnly | ParameterKind::PositionalOrKeyword)
}

fn by_name(parameter: &Parameter) -> bool {
    matches!(parameter.kind, ParameterKind::PositionalOrKeyword | ParameterKind::KeywordOnly)
}
