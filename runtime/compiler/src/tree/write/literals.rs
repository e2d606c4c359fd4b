//! Constants, f-strings and t-strings as text.

use bytecode::Constant;
use num_bigint::{BigInt, Sign};

use super::Writer;
use crate::tree::Item;

impl Writer {
    pub(super) fn constant(&mut self, item: &Item, unicode: bool) {
        if let Item::Constant(constant) = item {
            if unicode {
                self.put("u");
            }
            self.constant_text(constant);
        } else {
            self.put("None");
        }
    }

    fn constant_text(&mut self, constant: &Constant) {
        match constant {
            Constant::None => self.put("None"),
            Constant::Bool(value) => self.put(if *value { "True" } else { "False" }),
            Constant::Ellipsis => self.put("..."),
            Constant::Int(value) => self.put(&value.to_string()),
            Constant::BigInt { negative, magnitude } => {
                let sign = if *negative { Sign::Minus } else { Sign::Plus };
                let value = BigInt::from_bytes_le(sign, magnitude);
                let digits = value.magnitude().to_str_radix(16);
                self.put(&format!("{}0x{digits}", if *negative { "-" } else { "" }));
            }
            Constant::Float(bits) => self.put(&float(f64::from_bits(*bits))),
            Constant::Complex(real, imaginary) => {
                let (real, imaginary) = (f64::from_bits(*real), f64::from_bits(*imaginary));
                if real.to_bits() != 0 {
                    self.put(&format!("{} + ", float(real)));
                }
                self.put(&format!("{}j", float(imaginary)));
            }
            Constant::Str(text) => {
                self.put("\"");
                self.escaped(text, false);
                self.put("\"");
            }
            Constant::Bytes(bytes) => {
                let text: String = bytes.iter().map(|byte| format!("\\x{byte:02x}")).collect();
                self.put(&format!("b\"{text}\""));
            }
            Constant::Tuple(items) => {
                self.put("(");
                for item in items {
                    self.constant_text(item);
                    self.put(", ");
                }
                self.put(")");
            }
            Constant::FrozenSet(items) => {
                self.put("frozenset({");
                for item in items {
                    self.constant_text(item);
                    self.put(", ");
                }
                self.put("})");
            }
            _ => self.put("None"),
        }
    }

    /// Text in generalized UTF-8, escaped; braces are doubled in template strings.
    fn escaped(&mut self, text: &[u8], in_template: bool) {
        for chunk in text.utf8_chunks() {
            for ch in chunk.valid().chars() {
                match ch {
                    '{' if in_template => self.put("{{"),
                    '}' if in_template => self.put("}}"),
                    '"' | '\'' | '\\' => self.put(&format!("\\x{:02x}", ch as u32)),
                    ' '..='~' => self.text.push(ch),
                    _ => self.put(&format!("\\U{:08x}", ch as u32)),
                }
            }
        }
        // What is not UTF-8 is a lone surrogate; those are looked for in the whole text, which chunks would split.
        if text.utf8_chunks().any(|chunk| !chunk.invalid().is_empty()) {
            self.rewrite_surrogates(text, in_template);
        }
    }

    /// Writes text with lone surrogates again, from the beginning, with them escaped.
    fn rewrite_surrogates(&mut self, text: &[u8], in_template: bool) {
        let plain: usize = text.utf8_chunks().map(|chunk| escaped_length(chunk.valid(), in_template)).sum();
        self.text.truncate(self.text.len() - plain);
        let mut at = 0;
        while at < text.len() {
            if let [0xED, second @ 0xA0..=0xBF, third, ..] = text[at..] {
                let code = 0xD000 | u32::from(second & 0x3F) << 6 | u32::from(third & 0x3F);
                self.put(&format!("\\u{code:04x}"));
                at += 3;
                continue;
            }
            let end = (at + 1..=text.len()).find(|&end| text.get(end).is_none_or(|byte| byte & 0xC0 != 0x80));
            let end = end.unwrap_or(text.len());
            self.escaped(&text[at..end], in_template);
            at = end;
        }
    }

    pub(super) fn template(&mut self, letter: &str, values: &Item) {
        self.put(letter);
        self.put("\"");
        self.pieces(values, false);
        self.put("\"");
    }

    fn pieces(&mut self, values: &Item, in_format: bool) {
        for node in values.items().iter().filter_map(Item::node) {
            let f = &node.fields;
            match node.class {
                "Constant" => {
                    if let Item::Constant(Constant::Str(text)) = &f[0] {
                        self.place(node, |writer| writer.format_text(text, in_format));
                    }
                }
                "FormattedValue" => self.place(node, |writer| writer.field(&f[0], &f[1], &f[2])),
                "Interpolation" => self.place(node, |writer| writer.field(&f[0], &f[2], &f[3])),
                _ => {}
            }
        }
    }

    /// Braces cannot be doubled in format specifications; there they are fields of their own.
    fn format_text(&mut self, text: &[u8], in_format: bool) {
        if !in_format || !text.iter().any(|byte| matches!(byte, b'{' | b'}')) {
            self.escaped(text, true);
            return;
        }
        for part in text.split_inclusive(|byte| matches!(byte, b'{' | b'}')) {
            let (plain, brace) = match part.split_last() {
                Some((last @ (b'{' | b'}'), plain)) => (plain, Some(*last)),
                _ => (part, None),
            };
            self.escaped(plain, true);
            if let Some(brace) = brace {
                self.put(&format!("{{'\\x{brace:02x}'}}"));
            }
        }
    }

    fn field(&mut self, value: &Item, conversion: &Item, format: &Item) {
        self.put("{");
        // Tuples and the like bring no parentheses that would keep `{{` from meaning a brace.
        self.put(" ");
        self.expression(value);
        if let Ok(conversion @ 1..) = u8::try_from(conversion.int()) {
            self.put(&format!("!{}", conversion as char));
        }
        if let Some(node) = format.node() {
            self.put(":");
            self.pieces(&node.fields[0], true);
        }
        self.put("}");
    }
}

fn escaped_length(text: &str, in_template: bool) -> usize {
    let mut writer = Writer { text: String::new(), placed: Vec::new(), depth: 0 };
    writer.escaped(text.as_bytes(), in_template);
    writer.text.len()
}

/// A float as a literal; infinities and NaN, which have none, as sums of those.
fn float(value: f64) -> String {
    if value.is_nan() {
        "(1e999 - 1e999)".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { "1e999".to_owned() } else { "-1e999".to_owned() }
    } else {
        format!("{value:e}")
    }
}
