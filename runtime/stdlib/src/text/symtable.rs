//! `_symtable`: the compiler's symbol table of a source, scope by scope, for `symtable`.

use compiler::errors::{ParseFlags, ParseMode};
use compiler::source::SourceText;
use compiler::symbols::{AnalyzeOptions, Scope, ScopeId, ScopeKind, SymbolFlags, SymbolScope, SymbolTable};
use vm::builtins::member::read_only;
use vm::modules::NativeModule;
use vm::modules::builtins_module::{raise_source_error, source_text};
use vm::native::{ClassDef, GetSet, MethodDef};
use vm::object::Object;
use vm::objects::{ClassFlags, Module};
use vm::shared::NativeClass;
use vm::sync::atomic::AtomicI64;
use vm::sync::atomic::Ordering::Relaxed;
use vm::{Dict, List, R, Ref, Slot, Str, Thread, Value, heap_object, native};
use vm::{compiler, protocols};

heap_object! {
    /// One scope.
    pub struct Entry {
        name: Slot,
        symbols: Slot,
        parameters: Slot,
        children: Slot,
        number: AtomicI64,
        kind: AtomicI64,
        nested: AtomicI64,
        line: AtomicI64,
    }
    trace { name, symbols, parameters, children }
    fixed
}

/// How `symtable` tells the kinds of scopes apart.
fn kind_number(kind: ScopeKind) -> i64 {
    match kind {
        ScopeKind::Class => 1,
        ScopeKind::Module => 2,
        ScopeKind::Annotation => 3,
        ScopeKind::TypeAlias => 4,
        ScopeKind::TypeParameters => 5,
        ScopeKind::TypeVariableBound | ScopeKind::TypeVariableDefault => 6,
        _ => 0,
    }
}

/// Return symbol and scope dictionaries used internally by compiler.
#[native("symtable(source, filename, startstr, /)")]
fn symtable(t: &Thread, source: Value, filename: Value, start: Ref<Str>) -> R {
    let text = source_text(t, source, "symtable", "string or bytes")?;
    let Some(path) = protocols::path_of(t, filename)? else {
        let got = filename.class(t).name();
        return Err(t.type_error(format_args!("expected str, bytes or os.PathLike object, not {got}")));
    };
    let filename = match Str::of(t, path) {
        Some(path) => path.to_string_lossy(),
        None => String::from_utf8_lossy(&protocols::Buffer::of(t, path)?.into_vec()).into_owned(),
    };
    let mode = match &*start.to_string_lossy() {
        "exec" => ParseMode::Module,
        "eval" => ParseMode::Expression,
        "single" => ParseMode::Interactive,
        _ => return Err(t.value_error("symtable() arg 3 must be 'exec' or 'eval' or 'single'")),
    };
    let text = SourceText::new(filename, text);
    let flags = ParseFlags::new(mode);
    let table = t.blocking(|| {
        compiler::with_stack(&text, || {
            let parsed = compiler::errors::parse(&text, flags)?;
            compiler::symbols::analyze(parsed.syntax(), &text, &AnalyzeOptions::default())
        })
    });
    let table = table.map_err(|error| raise_source_error(t, &error, Some(text.text())))?;
    Ok(entry(t, &table, SymbolTable::MODULE)?.value())
}

/// The object of a scope and those of the scopes in it.
fn entry(t: &Thread, table: &SymbolTable, id: ScopeId) -> R<Ref<Entry>> {
    t.check_recursion("")?;
    let scope = table.scope(id);
    let children = List::new(t)?;
    for &child in &scope.children {
        children.push(t, entry(t, table, child)?.value())?;
    }
    let parameters = List::new(t)?;
    for name in &scope.parameters {
        parameters.push(t, Str::interned(t, name)?.value())?;
    }
    let symbols = symbols(t, scope)?;
    let name = Str::interned(t, if id == SymbolTable::MODULE { "top" } else { &scope.name })?;
    let made = t.allocate_exact::<Entry>(ENTRY.get(t))?;
    made.set(|e| &e.name, name.value())
        .set(|e| &e.symbols, symbols.value())
        .set(|e| &e.parameters, parameters.value())
        .set(|e| &e.children, children.value());
    let line = if id == SymbolTable::MODULE { 0 } else { i64::from(scope.line) };
    made.get().number.store(i64::from(id.0) + 1, Relaxed);
    made.get().kind.store(kind_number(scope.kind), Relaxed);
    made.get().nested.store(i64::from(scope.nested), Relaxed);
    made.get().line.store(line, Relaxed);
    Ok(made.publish())
}

fn symbols(t: &Thread, scope: &Scope) -> R<Ref<Dict>> {
    let symbols = Dict::new(t)?;
    for (name, symbol) in scope.symbols.iter() {
        symbols.set_str(t, Str::interned(t, name)?, number(t, i64::from(symbol.raw()))?)?;
    }
    Ok(symbols)
}

fn number(t: &Thread, number: i64) -> R {
    vm::objects::int_from_i64(t, number)
}

fn of(value: Value) -> Ref<Entry> {
    value.downcast().expect("the descriptor checked the receiver")
}

/// Return repr(self).
#[native("__repr__($self, /)")]
fn entry_repr(t: &Thread, this: Ref<Entry>) -> R<String> {
    let name = protocols::str(t, this.name.get().unwrap_or(Value::NONE))?.to_string_lossy();
    Ok(format!("<symtable entry {name}({}), line {}>", this.number.load(Relaxed), this.line.load(Relaxed)))
}

/// `symtable entry`.
pub static ENTRY: NativeClass = NativeClass::new(ClassDef {
    name: "symtable entry",
    module: "builtins",
    layout: Entry::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::NO_NEW,
    doc: "",
    methods: &[MethodDef::Method(&ENTRY_REPR)],
    getset: &[
        GetSet { name: "id", get: |t, this| number(t, of(this).number.load(Relaxed)), set: Some(read_only), doc: "" },
        GetSet {
            name: "name",
            get: |_, this| Ok(of(this).name.get().unwrap_or(Value::NONE)),
            set: Some(read_only),
            doc: "",
        },
        GetSet {
            name: "symbols",
            get: |_, this| Ok(of(this).symbols.get().unwrap_or(Value::NONE)),
            set: Some(read_only),
            doc: "",
        },
        GetSet {
            name: "varnames",
            get: |_, this| Ok(of(this).parameters.get().unwrap_or(Value::NONE)),
            set: Some(read_only),
            doc: "",
        },
        GetSet {
            name: "children",
            get: |_, this| Ok(of(this).children.get().unwrap_or(Value::NONE)),
            set: Some(read_only),
            doc: "",
        },
        GetSet {
            name: "nested",
            get: |t, this| number(t, of(this).nested.load(Relaxed)),
            set: Some(read_only),
            doc: "",
        },
        GetSet { name: "type", get: |t, this| number(t, of(this).kind.load(Relaxed)), set: Some(read_only), doc: "" },
        GetSet { name: "lineno", get: |t, this| number(t, of(this).line.load(Relaxed)), set: Some(read_only), doc: "" },
    ],
});

fn add_numbers(t: &Thread, module: Ref<Module>) -> R<()> {
    let flags = [
        ("USE", SymbolFlags::USE),
        ("DEF_GLOBAL", SymbolFlags::GLOBAL),
        ("DEF_NONLOCAL", SymbolFlags::NONLOCAL),
        ("DEF_LOCAL", SymbolFlags::LOCAL),
        ("DEF_PARAM", SymbolFlags::PARAMETER),
        ("DEF_TYPE_PARAM", SymbolFlags::TYPE_PARAMETER),
        ("DEF_FREE_CLASS", SymbolFlags::FREE_CLASS),
        ("DEF_IMPORT", SymbolFlags::IMPORT),
        // Type parameters are bound as well, but not counted in what Python is shown.
        ("DEF_BOUND", SymbolFlags::LOCAL.with(SymbolFlags::PARAMETER).with(SymbolFlags::IMPORT)),
        ("DEF_ANNOT", SymbolFlags::ANNOTATED),
        ("DEF_COMP_ITER", SymbolFlags::COMPREHENSION_ITERATOR),
        ("DEF_COMP_CELL", SymbolFlags::COMPREHENSION_CELL),
    ];
    for (name, flag) in flags {
        module.add(t, name, number(t, i64::from(flag.0))?)?;
    }
    let kinds = [
        ("TYPE_FUNCTION", ScopeKind::Function),
        ("TYPE_CLASS", ScopeKind::Class),
        ("TYPE_MODULE", ScopeKind::Module),
        ("TYPE_ANNOTATION", ScopeKind::Annotation),
        ("TYPE_TYPE_ALIAS", ScopeKind::TypeAlias),
        ("TYPE_TYPE_PARAMETERS", ScopeKind::TypeParameters),
        ("TYPE_TYPE_VARIABLE", ScopeKind::TypeVariableBound),
    ];
    for (name, kind) in kinds {
        module.add(t, name, number(t, kind_number(kind))?)?;
    }
    let scopes = [
        ("LOCAL", SymbolScope::Local),
        ("GLOBAL_EXPLICIT", SymbolScope::GlobalExplicit),
        ("GLOBAL_IMPLICIT", SymbolScope::GlobalImplicit),
        ("FREE", SymbolScope::Free),
        ("CELL", SymbolScope::Cell),
    ];
    for (name, scope) in scopes {
        module.add(t, name, number(t, scope as i64)?)?;
    }
    // Where `Symbol::raw` puts the scope.
    module.add(t, "SCOPE_OFF", number(t, 12)?)?;
    module.add(t, "SCOPE_MASK", number(t, 15)?)
}

/// `_symtable`.
pub static MODULE: NativeModule =
    NativeModule { name: "_symtable", doc: "", functions: &[&SYMTABLE], classes: &[], initialize: add_numbers };
