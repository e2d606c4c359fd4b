//! The classes of `_ast`: names, bases, fields and their types, as the language's abstract grammar lists them.

/// How often a field's value occurs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    One,
    Optional,
    Many,
    /// A list whose items may be `None`: the keys of a dict display with `**`.
    ManyOptional,
}

/// A field of a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    pub name: &'static str,
    /// A class of this table, or `identifier`, `string`, `int`, `constant`.
    pub kind: &'static str,
    pub quantity: Quantity,
}

/// A class of nodes. Those with the base `AST` and subclasses of their own are abstract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Class {
    pub name: &'static str,
    pub base: &'static str,
    /// Whether nodes have `lineno`, `col_offset`, `end_lineno`, `end_col_offset`.
    pub has_position: bool,
    pub fields: &'static [Field],
}

const fn class(name: &'static str, base: &'static str, has_position: bool, fields: &'static [Field]) -> Class {
    Class { name, base, has_position, fields }
}

const fn one(kind: &'static str, name: &'static str) -> Field {
    Field { name, kind, quantity: Quantity::One }
}

const fn optional(kind: &'static str, name: &'static str) -> Field {
    Field { name, kind, quantity: Quantity::Optional }
}

const fn many(kind: &'static str, name: &'static str) -> Field {
    Field { name, kind, quantity: Quantity::Many }
}

const fn many_optional(kind: &'static str, name: &'static str) -> Field {
    Field { name, kind, quantity: Quantity::ManyOptional }
}

/// All classes but `AST` itself, each after its base.
#[rustfmt::skip]
pub const CLASSES: &[Class] = &[
    class("mod", "AST", false, &[]),
    class("Module", "mod", false, &[many("stmt", "body"), many("type_ignore", "type_ignores")]),
    class("Interactive", "mod", false, &[many("stmt", "body")]),
    class("Expression", "mod", false, &[one("expr", "body")]),
    class("FunctionType", "mod", false, &[many("expr", "argtypes"), one("expr", "returns")]),
    class("stmt", "AST", true, &[]),
    class("FunctionDef", "stmt", true, &[one("identifier", "name"), one("arguments", "args"), many("stmt", "body"), many("expr", "decorator_list"), optional("expr", "returns"), optional("string", "type_comment"), many("type_param", "type_params")]),
    class("AsyncFunctionDef", "stmt", true, &[one("identifier", "name"), one("arguments", "args"), many("stmt", "body"), many("expr", "decorator_list"), optional("expr", "returns"), optional("string", "type_comment"), many("type_param", "type_params")]),
    class("ClassDef", "stmt", true, &[one("identifier", "name"), many("expr", "bases"), many("keyword", "keywords"), many("stmt", "body"), many("expr", "decorator_list"), many("type_param", "type_params")]),
    class("Return", "stmt", true, &[optional("expr", "value")]),
    class("Delete", "stmt", true, &[many("expr", "targets")]),
    class("Assign", "stmt", true, &[many("expr", "targets"), one("expr", "value"), optional("string", "type_comment")]),
    class("TypeAlias", "stmt", true, &[one("expr", "name"), many("type_param", "type_params"), one("expr", "value")]),
    class("AugAssign", "stmt", true, &[one("expr", "target"), one("operator", "op"), one("expr", "value")]),
    class("AnnAssign", "stmt", true, &[one("expr", "target"), one("expr", "annotation"), optional("expr", "value"), one("int", "simple")]),
    class("For", "stmt", true, &[one("expr", "target"), one("expr", "iter"), many("stmt", "body"), many("stmt", "orelse"), optional("string", "type_comment")]),
    class("AsyncFor", "stmt", true, &[one("expr", "target"), one("expr", "iter"), many("stmt", "body"), many("stmt", "orelse"), optional("string", "type_comment")]),
    class("While", "stmt", true, &[one("expr", "test"), many("stmt", "body"), many("stmt", "orelse")]),
    class("If", "stmt", true, &[one("expr", "test"), many("stmt", "body"), many("stmt", "orelse")]),
    class("With", "stmt", true, &[many("withitem", "items"), many("stmt", "body"), optional("string", "type_comment")]),
    class("AsyncWith", "stmt", true, &[many("withitem", "items"), many("stmt", "body"), optional("string", "type_comment")]),
    class("Match", "stmt", true, &[one("expr", "subject"), many("match_case", "cases")]),
    class("Raise", "stmt", true, &[optional("expr", "exc"), optional("expr", "cause")]),
    class("Try", "stmt", true, &[many("stmt", "body"), many("excepthandler", "handlers"), many("stmt", "orelse"), many("stmt", "finalbody")]),
    class("TryStar", "stmt", true, &[many("stmt", "body"), many("excepthandler", "handlers"), many("stmt", "orelse"), many("stmt", "finalbody")]),
    class("Assert", "stmt", true, &[one("expr", "test"), optional("expr", "msg")]),
    class("Import", "stmt", true, &[many("alias", "names")]),
    class("ImportFrom", "stmt", true, &[optional("identifier", "module"), many("alias", "names"), optional("int", "level")]),
    class("Global", "stmt", true, &[many("identifier", "names")]),
    class("Nonlocal", "stmt", true, &[many("identifier", "names")]),
    class("Expr", "stmt", true, &[one("expr", "value")]),
    class("Pass", "stmt", true, &[]),
    class("Break", "stmt", true, &[]),
    class("Continue", "stmt", true, &[]),
    class("expr", "AST", true, &[]),
    class("BoolOp", "expr", true, &[one("boolop", "op"), many("expr", "values")]),
    class("NamedExpr", "expr", true, &[one("expr", "target"), one("expr", "value")]),
    class("BinOp", "expr", true, &[one("expr", "left"), one("operator", "op"), one("expr", "right")]),
    class("UnaryOp", "expr", true, &[one("unaryop", "op"), one("expr", "operand")]),
    class("Lambda", "expr", true, &[one("arguments", "args"), one("expr", "body")]),
    class("IfExp", "expr", true, &[one("expr", "test"), one("expr", "body"), one("expr", "orelse")]),
    class("Dict", "expr", true, &[many_optional("expr", "keys"), many("expr", "values")]),
    class("Set", "expr", true, &[many("expr", "elts")]),
    class("ListComp", "expr", true, &[one("expr", "elt"), many("comprehension", "generators")]),
    class("SetComp", "expr", true, &[one("expr", "elt"), many("comprehension", "generators")]),
    class("DictComp", "expr", true, &[one("expr", "key"), one("expr", "value"), many("comprehension", "generators")]),
    class("GeneratorExp", "expr", true, &[one("expr", "elt"), many("comprehension", "generators")]),
    class("Await", "expr", true, &[one("expr", "value")]),
    class("Yield", "expr", true, &[optional("expr", "value")]),
    class("YieldFrom", "expr", true, &[one("expr", "value")]),
    class("Compare", "expr", true, &[one("expr", "left"), many("cmpop", "ops"), many("expr", "comparators")]),
    class("Call", "expr", true, &[one("expr", "func"), many("expr", "args"), many("keyword", "keywords")]),
    class("FormattedValue", "expr", true, &[one("expr", "value"), one("int", "conversion"), optional("expr", "format_spec")]),
    class("Interpolation", "expr", true, &[one("expr", "value"), one("constant", "str"), one("int", "conversion"), optional("expr", "format_spec")]),
    class("JoinedStr", "expr", true, &[many("expr", "values")]),
    class("TemplateStr", "expr", true, &[many("expr", "values")]),
    class("Constant", "expr", true, &[one("constant", "value"), optional("string", "kind")]),
    class("Attribute", "expr", true, &[one("expr", "value"), one("identifier", "attr"), one("expr_context", "ctx")]),
    class("Subscript", "expr", true, &[one("expr", "value"), one("expr", "slice"), one("expr_context", "ctx")]),
    class("Starred", "expr", true, &[one("expr", "value"), one("expr_context", "ctx")]),
    class("Name", "expr", true, &[one("identifier", "id"), one("expr_context", "ctx")]),
    class("List", "expr", true, &[many("expr", "elts"), one("expr_context", "ctx")]),
    class("Tuple", "expr", true, &[many("expr", "elts"), one("expr_context", "ctx")]),
    class("Slice", "expr", true, &[optional("expr", "lower"), optional("expr", "upper"), optional("expr", "step")]),
    class("expr_context", "AST", false, &[]),
    class("Load", "expr_context", false, &[]),
    class("Store", "expr_context", false, &[]),
    class("Del", "expr_context", false, &[]),
    class("boolop", "AST", false, &[]),
    class("And", "boolop", false, &[]),
    class("Or", "boolop", false, &[]),
    class("operator", "AST", false, &[]),
    class("Add", "operator", false, &[]),
    class("Sub", "operator", false, &[]),
    class("Mult", "operator", false, &[]),
    class("MatMult", "operator", false, &[]),
    class("Div", "operator", false, &[]),
    class("Mod", "operator", false, &[]),
    class("Pow", "operator", false, &[]),
    class("LShift", "operator", false, &[]),
    class("RShift", "operator", false, &[]),
    class("BitOr", "operator", false, &[]),
    class("BitXor", "operator", false, &[]),
    class("BitAnd", "operator", false, &[]),
    class("FloorDiv", "operator", false, &[]),
    class("unaryop", "AST", false, &[]),
    class("Invert", "unaryop", false, &[]),
    class("Not", "unaryop", false, &[]),
    class("UAdd", "unaryop", false, &[]),
    class("USub", "unaryop", false, &[]),
    class("cmpop", "AST", false, &[]),
    class("Eq", "cmpop", false, &[]),
    class("NotEq", "cmpop", false, &[]),
    class("Lt", "cmpop", false, &[]),
    class("LtE", "cmpop", false, &[]),
    class("Gt", "cmpop", false, &[]),
    class("GtE", "cmpop", false, &[]),
    class("Is", "cmpop", false, &[]),
    class("IsNot", "cmpop", false, &[]),
    class("In", "cmpop", false, &[]),
    class("NotIn", "cmpop", false, &[]),
    class("comprehension", "AST", false, &[one("expr", "target"), one("expr", "iter"), many("expr", "ifs"), one("int", "is_async")]),
    class("excepthandler", "AST", true, &[]),
    class("ExceptHandler", "excepthandler", true, &[optional("expr", "type"), optional("identifier", "name"), many("stmt", "body")]),
    class("arguments", "AST", false, &[many("arg", "posonlyargs"), many("arg", "args"), optional("arg", "vararg"), many("arg", "kwonlyargs"), many_optional("expr", "kw_defaults"), optional("arg", "kwarg"), many("expr", "defaults")]),
    class("arg", "AST", true, &[one("identifier", "arg"), optional("expr", "annotation"), optional("string", "type_comment")]),
    class("keyword", "AST", true, &[optional("identifier", "arg"), one("expr", "value")]),
    class("alias", "AST", true, &[one("identifier", "name"), optional("identifier", "asname")]),
    class("withitem", "AST", false, &[one("expr", "context_expr"), optional("expr", "optional_vars")]),
    class("match_case", "AST", false, &[one("pattern", "pattern"), optional("expr", "guard"), many("stmt", "body")]),
    class("pattern", "AST", true, &[]),
    class("MatchValue", "pattern", true, &[one("expr", "value")]),
    class("MatchSingleton", "pattern", true, &[one("constant", "value")]),
    class("MatchSequence", "pattern", true, &[many("pattern", "patterns")]),
    class("MatchMapping", "pattern", true, &[many("expr", "keys"), many("pattern", "patterns"), optional("identifier", "rest")]),
    class("MatchClass", "pattern", true, &[one("expr", "cls"), many("pattern", "patterns"), many("identifier", "kwd_attrs"), many("pattern", "kwd_patterns")]),
    class("MatchStar", "pattern", true, &[optional("identifier", "name")]),
    class("MatchAs", "pattern", true, &[optional("pattern", "pattern"), optional("identifier", "name")]),
    class("MatchOr", "pattern", true, &[many("pattern", "patterns")]),
    class("type_ignore", "AST", false, &[]),
    class("TypeIgnore", "type_ignore", false, &[one("int", "lineno"), one("string", "tag")]),
    class("type_param", "AST", true, &[]),
    class("TypeVar", "type_param", true, &[one("identifier", "name"), optional("expr", "bound"), optional("expr", "default_value")]),
    class("ParamSpec", "type_param", true, &[one("identifier", "name"), optional("expr", "default_value")]),
    class("TypeVarTuple", "type_param", true, &[one("identifier", "name"), optional("expr", "default_value")]),
];

impl Class {
    /// The class called `name`.
    pub fn find(name: &str) -> Option<&'static Class> {
        CLASSES.iter().find(|class| class.name == name)
    }

    /// Classes directly below this one.
    pub fn subclasses(&self) -> impl Iterator<Item = &'static Class> {
        CLASSES.iter().filter(|class| class.base == self.name)
    }

    /// The class's `__doc__`: its line of the abstract grammar.
    pub fn documentation(&self) -> String {
        let alternatives: Vec<String> = self.subclasses().map(Class::signature).collect();
        if alternatives.is_empty() {
            return self.signature();
        }
        let simple = self.subclasses().all(|class| class.fields.is_empty());
        let separator = if simple { " | ".to_owned() } else { format!("\n{}| ", " ".repeat(self.name.len() + 1)) };
        format!("{} = {}", self.name, alternatives.join(&separator))
    }

    fn signature(&self) -> String {
        if self.fields.is_empty() {
            return self.name.to_owned();
        }
        let fields: Vec<String> = self.fields.iter().map(Field::signature).collect();
        format!("{}({})", self.name, fields.join(", "))
    }
}

impl Field {
    fn signature(&self) -> String {
        let mark = match self.quantity {
            Quantity::One => "",
            Quantity::Optional => "?",
            Quantity::Many => "*",
            Quantity::ManyOptional => "?*",
        };
        format!("{}{mark} {}", self.kind, self.name)
    }
}
