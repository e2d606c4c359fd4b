//! `ast.parse(.., mode="func_type")`: the signature that a type comment has, `(int, *str, **Any) -> float`.
//!
//! It is parsed as an expression: a call of a name of one letter that is put before it, and what is returned, as two items of a tuple.

use vm::compiler::tree::{Item, Node};

/// The text as an expression. Only the columns of the first line differ, by one.
pub fn as_expression(text: &str) -> Option<String> {
    let open = text.find(|character: char| !character.is_whitespace()).filter(|&at| text[at..].starts_with('('))?;
    let close = open + closing(&text[open..])?;
    let arrow = close + 1 + text[close + 1..].find(|character: char| !character.is_whitespace())?;
    let returned = text[arrow..].strip_prefix("->")?;
    Some(format!("{}f{}, {returned}", &text[..open], &text[open..arrow]))
}

/// Where the bracket that the text begins with is closed.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut quote = None;
    for (at, character) in text.char_indices() {
        match (quote, character) {
            (Some(open), _) if open == character => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(character),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => {
                depth -= 1;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

/// The tree of the signature, from that of the expression.
pub fn signature(tree: Node) -> Option<Node> {
    let mut fields = tree.fields.into_iter();
    let Some(Item::Node(tuple)) = fields.next() else { return None };
    let Some(Item::List(items)) = tuple.fields.into_iter().next().filter(|_| tuple.class == "Tuple") else {
        return None;
    };
    let [Item::Node(call), returns] = <[Item; 2]>::try_from(items).ok()? else { return None };
    if call.class != "Call" {
        return None;
    }
    let [_, Item::List(positional), Item::List(keywords)] = <[Item; 3]>::try_from(call.fields).ok()? else {
        return None;
    };
    let mut types = Vec::new();
    for argument in positional {
        // After `*` only `**` may follow.
        let Item::Node(node) = argument else { return None };
        if types.last().is_some_and(|(_, starred)| *starred) {
            return None;
        }
        types.push(match node.class {
            "Starred" => (node.fields.into_iter().next()?, true),
            _ => (Item::Node(node), false),
        });
    }
    if keywords.len() > 1 {
        return None;
    }
    for keyword in keywords {
        let Item::Node(node) = keyword else { return None };
        let [Item::None, value] = <[Item; 2]>::try_from(node.fields).ok()? else { return None };
        types.push((value, true));
    }
    let types = types.into_iter().map(|(item, _)| item).collect();
    let mut made = Node { class: "FunctionType", fields: vec![Item::List(types), returns], span: None };
    shift(&mut made);
    Some(made)
}

/// Takes the letter that was put first out of the columns of the first line.
fn shift(node: &mut Node) {
    if let Some(span) = &mut node.span {
        span.column -= u32::from(span.line == 1 && span.column > 0);
        span.end_column -= u32::from(span.end_line == 1 && span.end_column > 0);
    }
    node.fields.iter_mut().for_each(shift_item);
}

fn shift_item(item: &mut Item) {
    match item {
        Item::Node(node) => shift(node),
        Item::List(items) => items.iter_mut().for_each(shift_item),
        _ => {}
    }
}
