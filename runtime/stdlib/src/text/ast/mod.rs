//! What `Lib/_ast.py` needs of the compiler, and the hook by which `compile` takes and gives trees.

mod func_type;
mod read;

use bytecode::Constant;
use compiler::errors::SourceWarning;
use compiler::source::SourceText;
use compiler::tree::{CLASSES, Item, Node, Quantity};
use compiler::{CompileOptions, Mode};
use vm::builtins::import::import_module;
use vm::builtins::object::new_instance;
use vm::containers::ValueVec;
use vm::modules::builtins_module::{
    issue_source_warning, issue_warning, raise_source_error, raise_syntax_error, source_text,
};
use vm::modules::{NativeModule, nothing_to_add};
use vm::objects::{CodeObject, Dict, constant_value, int_from_i64};
use vm::protocols;
use vm::sync::Arc;
use vm::{Class, List, R, Ref, Str, Thread, Tuple, Value, native};
use vm::{bytecode, compiler};

/// The classes of nodes as (name, base, has positions, fields as (type, name, quantity), doc string).
#[native("classes()")]
fn node_classes(t: &Thread) -> R<Ref<Tuple>> {
    Tuple::with(t, CLASSES.len(), |index| {
        let class = &CLASSES[index];
        let fields = Tuple::with(t, class.fields.len(), |index| {
            let field = &class.fields[index];
            let quantity = match field.quantity {
                Quantity::One => "",
                Quantity::Optional => "?",
                Quantity::Many | Quantity::ManyOptional => "*",
            };
            let parts = [text(t, field.kind)?, text(t, field.name)?, text(t, quantity)?];
            Ok(Tuple::from_slice(t, &parts)?.value())
        })?;
        let documentation = text(t, &class.documentation())?;
        let parts = [
            text(t, class.name)?,
            text(t, class.base)?,
            Value::bool(class.has_position),
            fields.value(),
            documentation,
        ];
        Ok(Tuple::from_slice(t, &parts)?.value())
    })
}

fn text(t: &Thread, text: &str) -> R {
    Ok(Str::interned(t, text)?.value())
}

/// `_ophion_ast`
pub static MODULE: NativeModule = NativeModule {
    name: "_ophion_ast",
    doc: "",
    functions: &[&NODE_CLASSES],
    classes: &[],
    initialize: nothing_to_add,
};

/// The classes that `_ast` made, and the nodes that all trees share.
struct Classes {
    classes: Ref<Dict>,
    singletons: Ref<Dict>,
}

impl Classes {
    fn find(t: &Thread) -> R<Self> {
        let module = import_module(t, "_ast")?;
        let dict = |name: &str| -> R<Ref<Dict>> {
            let found = protocols::get_attribute(t, module, Str::interned(t, name)?)?;
            found.downcast::<Dict>().ok_or_else(|| t.type_error("the tables of _ast are dicts"))
        };
        Ok(Self { classes: dict("_classes")?, singletons: dict("_singletons")? })
    }

    fn class(&self, t: &Thread, name: &str) -> R<Ref<Class>> {
        let found = self.classes.get_str(t, Str::interned(t, name)?);
        found
            .and_then(|class| class.downcast::<Class>())
            .ok_or_else(|| t.type_error(format_args!("_ast has no class {name}")))
    }
}

/// `compile` of a tree, or to one.
pub fn compile_tree(
    t: &Thread,
    source: Value,
    options: &CompileOptions,
    wants_tree: bool,
    mode: &str,
) -> R<Option<Value>> {
    if !wants_tree && (Str::of(t, source).is_some() || protocols::buffer::is_bytes_like(t, source)) {
        return Ok(None);
    }
    if Str::of(t, source).is_none() && !protocols::buffer::is_bytes_like(t, source) {
        let classes = Classes::find(t)?;
        let base = classes.class(t, "AST")?;
        if !source.class(t).is_subclass_of(base) {
            return Ok(None);
        }
        return if wants_tree { Ok(Some(source)) } else { compile_nodes(t, &classes, source, options).map(Some) };
    }
    let text = source_text(t, source, "compile", "string, bytes or AST")?;
    if mode == "func_type" {
        return parse_signature(t, &text, options).map(Some);
    }
    let tree = parse(t, text, options)?;
    object_of(t, &Classes::find(t)?, &tree).map(Some)
}

fn parse_signature(t: &Thread, text: &str, options: &CompileOptions) -> R {
    let options = CompileOptions { mode: Mode::Eval, ..options.clone() };
    let tree = match func_type::as_expression(text) {
        Some(expression) => func_type::signature(parse(t, expression, &options)?),
        None => None,
    };
    match tree {
        Some(tree) => object_of(t, &Classes::find(t)?, &tree),
        None => Err(t.raise(t.classes().syntax_error, format_args!("invalid syntax"))),
    }
}

fn parse(t: &Thread, text: String, options: &CompileOptions) -> R<Node> {
    let text = SourceText::new(options.filename.clone(), text);
    let flags = options.parse_flags();
    let parsed = t.blocking(|| {
        compiler::with_stack(&text, || {
            let parsed = compiler::errors::parse(&text, flags)?;
            let warnings = compiler::errors::literal_warnings(parsed.syntax(), &text);
            Ok((compiler::tree::from_parsed(parsed.syntax(), &text, flags.mode), warnings))
        })
    });
    let (tree, warnings): (Node, Vec<SourceWarning>) =
        parsed.map_err(|error| raise_source_error(t, &error, Some(text.text())))?;
    for warning in warnings {
        issue_source_warning(t, warning, options, &text)?;
    }
    Ok(tree)
}

/// The object of a node.
fn object_of(t: &Thread, classes: &Classes, node: &Node) -> R {
    t.check_recursion(" during ast construction")?;
    let name = Str::interned(t, node.class)?;
    if let Some(shared) = classes.singletons.get_str(t, name) {
        return Ok(shared);
    }
    let class = classes.class(t, node.class)?;
    let object = new_instance(t, class)?;
    let table = compiler::tree::Class::find(node.class).map_or(&[][..], |class| class.fields);
    for (field, item) in table.iter().zip(&node.fields) {
        let value = value_of(t, classes, item)?;
        protocols::set_attribute(t, object, Str::interned(t, field.name)?, value)?;
    }
    if let Some(span) = node.span {
        let places = [
            ("lineno", span.line),
            ("col_offset", span.column),
            ("end_lineno", span.end_line),
            ("end_col_offset", span.end_column),
        ];
        for (name, place) in places {
            protocols::set_attribute(t, object, Str::interned(t, name)?, int_from_i64(t, i64::from(place))?)?;
        }
    }
    Ok(object)
}

fn value_of(t: &Thread, classes: &Classes, item: &Item) -> R {
    match item {
        Item::None => Ok(Value::NONE),
        Item::Node(node) => object_of(t, classes, node),
        Item::List(items) => {
            let mut values = ValueVec::new(t);
            for item in items {
                let value = value_of(t, classes, item)?;
                values.push(t, value)?;
            }
            let list: Ref<List> = values.into_list(t)?;
            Ok(list.value())
        }
        Item::Name(name) => text(t, name),
        Item::Int(number) => int_from_i64(t, *number),
        Item::Constant(constant) => constant_value(t, constant),
    }
}

fn compile_nodes(t: &Thread, classes: &Classes, source: Value, options: &CompileOptions) -> R {
    let wanted = match options.mode {
        Mode::Exec => "Module",
        Mode::Eval => "Expression",
        Mode::Single => "Interactive",
    };
    if !source.class(t).is_subclass_of(classes.class(t, wanted)?) {
        let got = source.class(t).name();
        return Err(t.type_error(format_args!("expected {wanted} node, got {got}")));
    }
    let tree = read::node_of(t, classes, source)?;
    compiler::tree::validate(&tree).map_err(|invalid| match invalid {
        compiler::tree::InvalidTree::Value(message) => t.value_error(message),
        compiler::tree::InvalidTree::Type(message) => t.type_error(message),
    })?;
    let compiled = t.blocking(|| compiler::compile_tree(&tree, options));
    let compiled = compiled.map_err(|error| raise_syntax_error(t, &error))?;
    for warning in &compiled.warnings {
        issue_warning(t, warning, options, "")?;
    }
    Ok(CodeObject::new(t, Arc::new(compiled.code))?.value())
}

/// A constant that a program put into a tree.
type Converted = R<Option<Constant>>;
