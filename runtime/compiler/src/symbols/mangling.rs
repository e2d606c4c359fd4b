//! Private names: `__x` in class `C` is `_C__x`.

use ruff_python_ast::name::Name;

/// The name under which `name` is stored when it stands in a class called `class`.
pub fn mangle(class: Option<&str>, name: &Name) -> Name {
    let Some(class) = class else { return name.clone() };
    let text = name.as_str();
    if !text.starts_with("__") || text.ends_with("__") || text.contains('.') {
        return name.clone();
    }
    match class.trim_start_matches('_') {
        "" => name.clone(),
        class => Name::from(format!("_{class}{text}")),
    }
}
