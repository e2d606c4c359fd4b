//! Writing images.

use std::collections::HashMap;

use super::{Hash, MAGIC, Tag, fingerprint};
use crate::{Code, Constant, LocalKind};

/// Collects code units into an image.
#[derive(Debug, Default)]
pub struct ImageBuilder {
    string_indices: HashMap<Vec<u8>, u32>,
    string_offsets: Vec<u32>,
    string_bytes: Vec<u8>,
    records: Vec<u8>,
    modules: Vec<(String, u32, u32)>,
}

/// One code unit as an image.
#[must_use]
pub fn encode(code: &Code) -> Vec<u8> {
    let mut builder = ImageBuilder::new();
    builder.add("", 0, code);
    builder.finish()
}

impl ImageBuilder {
    /// An image without modules.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a module; `flags` are the caller's.
    pub fn add(&mut self, name: &str, flags: u32, code: &Code) {
        let record = self.code(code);
        self.modules.push((name.to_owned(), flags, record));
    }

    /// The image.
    #[must_use]
    pub fn finish(mut self) -> Vec<u8> {
        self.modules.sort();
        let modules = std::mem::take(&mut self.modules);
        let table: Vec<u32> = modules
            .iter()
            .flat_map(|(name, flags, record)| [self.new_string(name.as_bytes()), *flags, *record])
            .collect();
        let offsets_at = super::HEADER_LENGTH as u32;
        let bytes_at = offsets_at + 4 * (self.string_offsets.len() as u32 + 1);
        let records_at = bytes_at + self.string_bytes.len() as u32;
        let table_at = records_at + self.records.len() as u32;
        let mut body = Vec::new();
        self.string_offsets.push(self.string_bytes.len() as u32);
        self.string_offsets.iter().for_each(|offset| body.extend(offset.to_le_bytes()));
        body.extend(&self.string_bytes);
        body.extend(&self.records);
        table.iter().for_each(|word| body.extend(word.to_le_bytes()));
        let layout =
            [self.string_offsets.len() as u32 - 1, modules.len() as u32, offsets_at, bytes_at, records_at, table_at];
        let mut checked: Vec<u8> = layout.iter().flat_map(|word| word.to_le_bytes()).collect();
        checked.extend(body);
        let mut hash = Hash::new();
        hash.add(&checked);
        let mut image = MAGIC.to_vec();
        let words = [fingerprint(), (super::CHECKED_FROM + checked.len()) as u32, hash.finish()];
        words.iter().for_each(|word| image.extend(word.to_le_bytes()));
        image.extend(checked);
        image
    }

    fn string(&mut self, text: &[u8]) -> u32 {
        if let Some(index) = self.string_indices.get(text) {
            return *index;
        }
        let index = self.new_string(text);
        self.string_indices.insert(text.to_vec(), index);
        index
    }

    /// A string behind all others, also if it is among them: names of modules lie together, since a search goes through them.
    fn new_string(&mut self, text: &[u8]) -> u32 {
        let index = self.string_offsets.len() as u32;
        self.string_offsets.push(self.string_bytes.len() as u32);
        self.string_bytes.extend(text);
        index
    }

    /// Writes a code unit, nested ones before it; gives where it begins among the records.
    fn code(&mut self, code: &Code) -> u32 {
        let mut out = Vec::new();
        for text in [&code.name, &code.qualname, &code.filename] {
            let index = self.string(text.as_bytes());
            varint(&mut out, index.into());
        }
        let numbers = [
            code.first_line,
            code.flags.0,
            code.argument_count.into(),
            code.positional_only_count.into(),
            code.keyword_only_count.into(),
            code.register_count.into(),
        ];
        numbers.iter().for_each(|number| varint(&mut out, u64::from(*number)));
        varint(&mut out, code.locals.len() as u64);
        for local in &code.locals {
            let kind = match local.kind {
                LocalKind::Plain => 0,
                LocalKind::Cell => 1,
                LocalKind::Free => 2,
                LocalKind::Hidden => 3,
                LocalKind::HiddenCell => 4,
            };
            varint(&mut out, u64::from(local.name) << 4 | kind << 1 | u64::from(local.argument));
        }
        varint(&mut out, code.names.len() as u64);
        for name in &code.names {
            let index = self.string(name.as_bytes());
            varint(&mut out, index.into());
        }
        varint(&mut out, code.sites.len() as u64);
        code.sites.iter().for_each(|site| varint(&mut out, site.name.into()));
        self.rest(code, &mut out);
        let start = self.records.len() as u32;
        self.records.extend(out);
        start
    }

    fn rest(&mut self, code: &Code, out: &mut Vec<u8>) {
        varint(out, code.exceptions.len() as u64);
        for entry in &code.exceptions {
            let numbers = [entry.start, entry.end, entry.target, entry.register.into()];
            numbers.iter().for_each(|number| varint(out, u64::from(*number)));
        }
        varint(out, code.lines.0.len() as u64);
        out.extend(&*code.lines.0);
        varint(out, code.instructions.len() as u64);
        code.instructions.iter().for_each(|instruction| out.extend(instruction.0.to_le_bytes()));
        varint(out, code.constants.len() as u64);
        code.constants.iter().for_each(|constant| self.constant(constant, out));
    }

    fn constant(&mut self, constant: &Constant, out: &mut Vec<u8>) {
        match constant {
            Constant::None => tag(out, Tag::None),
            Constant::Bool(false) => tag(out, Tag::False),
            Constant::Bool(true) => tag(out, Tag::True),
            Constant::Ellipsis => tag(out, Tag::Ellipsis),
            Constant::Int(value) => {
                tag(out, Tag::Int);
                varint(out, ((value << 1) ^ (value >> 63)) as u64);
            }
            Constant::BigInt { negative, magnitude } => {
                tag(out, if *negative { Tag::NegativeBigInt } else { Tag::BigInt });
                bytes(out, magnitude);
            }
            Constant::Float(bits) => {
                tag(out, Tag::Float);
                out.extend(bits.to_le_bytes());
            }
            Constant::Complex(real, imaginary) => {
                tag(out, Tag::Complex);
                out.extend(real.to_le_bytes());
                out.extend(imaginary.to_le_bytes());
            }
            Constant::Str(text) => {
                tag(out, Tag::Str);
                let index = self.string(text);
                varint(out, index.into());
            }
            Constant::Bytes(value) => {
                tag(out, Tag::Bytes);
                bytes(out, value);
            }
            Constant::Tuple(items) => self.sequence(Tag::Tuple, items, out),
            Constant::FrozenSet(items) => self.sequence(Tag::FrozenSet, items, out),
            Constant::Slice(parts) => {
                tag(out, Tag::Slice);
                parts.iter().for_each(|part| self.constant(part, out));
            }
            Constant::Code(code) => self.nested(code, out),
            Constant::LazyCode(lazy) => match lazy.read_all() {
                Ok(code) => self.nested(&code, out),
                Err(_) => tag(out, Tag::None),
            },
        }
    }

    fn nested(&mut self, code: &Code, out: &mut Vec<u8>) {
        let record = self.code(code);
        tag(out, Tag::Code);
        varint(out, record.into());
    }

    fn sequence(&mut self, kind: Tag, items: &[Constant], out: &mut Vec<u8>) {
        tag(out, kind);
        varint(out, items.len() as u64);
        items.iter().for_each(|item| self.constant(item, out));
    }
}

fn tag(out: &mut Vec<u8>, tag: Tag) {
    out.push(tag as u8);
}

fn bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    varint(out, bytes.len() as u64);
    out.extend(bytes);
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}
