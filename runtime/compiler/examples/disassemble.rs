//! Shows the bytecode of a Python file, or of standard input.

use std::io::Read;

use compiler::{CompileOptions, compile};

fn main() {
    let name = std::env::args().nth(1);
    let mut text = String::new();
    let read = match &name {
        Some(path) => std::fs::read_to_string(path).map(|content| text = content),
        None => std::io::stdin().read_to_string(&mut text).map(|_| ()),
    };
    if let Err(error) = read {
        eprintln!("{error}");
        return;
    }
    match compile(&text, &CompileOptions::module(name.unwrap_or_else(|| "<stdin>".to_owned()))) {
        Ok(compiled) => print!("{}", bytecode::disassemble(&compiled.code)),
        Err(error) => eprintln!("{}:{}: {}", error.line, error.column, error.message),
    }
}
