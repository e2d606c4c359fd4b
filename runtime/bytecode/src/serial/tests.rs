//! Images survive the round trip, and damage is noticed.

use super::*;
use crate::{Constant, ExceptionEntry, Instruction, LineTable, LocalKind, LocalVariable, Opcode, Position, Site};

fn sample() -> Code {
    let nested = Code {
        name: "f".into(),
        qualname: "C.f".into(),
        register_count: 1,
        instructions: vec![Instruction::abc(Opcode::ReturnNone, 0, 0, 0, 0)],
        lines: LineTable::encode([Position { line: 3, end_line: 3, column: 1, end_column: 9 }]),
        ..Code::default()
    };
    let instructions = vec![
        Instruction::abx(Opcode::LoadConst, 0, 2, 1),
        Instruction::abx(Opcode::StoreGlobal, 0, 2, 0),
        Instruction::abc(Opcode::Return, 0, 2, 0, 0),
        Instruction::abc(Opcode::Reraise, 0, 2, 0, 0),
    ];
    Code {
        name: "<module>".into(),
        qualname: "<module>".into(),
        filename: "a.py".into(),
        first_line: 1,
        flags: CodeFlags(CodeFlags::NESTED),
        register_count: 3,
        locals: vec![
            LocalVariable { name: 0, kind: LocalKind::Cell, argument: false },
            LocalVariable { name: 1, kind: LocalKind::Hidden, argument: false },
        ],
        names: vec!["x".into(), "é".into()],
        constants: vec![
            Constant::Code(Arc::new(nested)),
            Constant::Tuple(vec![
                Constant::None,
                Constant::Bool(true),
                Constant::Bool(false),
                Constant::Ellipsis,
                Constant::Int(i64::MIN),
                Constant::BigInt { negative: true, magnitude: vec![1, 2, 3] },
                Constant::Float((-0.0f64).to_bits()),
                Constant::Complex(1, 2),
                Constant::Str(vec![0xED, 0xA0, 0x80]),
                Constant::Bytes(vec![0, 255]),
                Constant::FrozenSet(vec![Constant::Int(1)]),
                Constant::Slice(Box::new([Constant::None, Constant::Int(-1), Constant::None])),
            ]),
        ],
        sites: vec![Site { name: 1 }],
        lines: LineTable::encode(instructions.iter().map(|_| Position {
            line: 1,
            end_line: 1,
            column: 0,
            end_column: 5,
        })),
        instructions,
        exceptions: vec![ExceptionEntry { start: 0, end: 2, target: 3, register: 2 }],
        ..Code::default()
    }
}

#[test]
fn round_trip() {
    let code = sample();
    assert_eq!(decode(&encode(&code)), Ok(code));
}

#[test]
fn nested_code_is_read_when_asked_for() {
    let code = sample();
    let image = Image::loaded(encode(&code)).expect("it was just made");
    let module = image.module(0).expect("there is one");
    let read = module.code.read().expect("it is whole");
    let Constant::LazyCode(lazy) = &read.constants[0] else { panic!("not lazy: {:?}", read.constants[0]) };
    assert_eq!(lazy.summary().expect("it is whole").qualname, "C.f");
    assert_eq!(Constant::Code(Arc::new(lazy.read().expect("it is whole"))), code.constants[0]);
    assert_eq!(decode(&encode(&read)), Ok(code));
}

#[test]
fn modules_are_found_by_name() {
    let mut builder = ImageBuilder::new();
    for name in ["os.path", "abc", "zlib", "os"] {
        builder.add(name, name.len() as u32, &Code { filename: name.to_owned().into(), ..sample() });
    }
    let image = Image::loaded(builder.finish()).expect("it was just made");
    assert_eq!(image.len(), 4);
    for name in ["os.path", "abc", "zlib", "os"] {
        let module = image.find(name).expect("it was added");
        assert_eq!(module.flags, name.len() as u32);
        assert_eq!(module.code.summary().expect("it is whole").filename, name);
    }
    assert!(image.find("o").is_none());
}

#[test]
fn damage_is_an_error() {
    let bytes = encode(&sample());
    assert_eq!(decode(b"nothing").err(), Some(ImageError::NotAnImage));
    for at in 0..bytes.len() {
        assert!(decode(&bytes[..at]).is_err(), "cut at {at}");
        let mut changed = bytes.clone();
        changed[at] ^= 0x41;
        assert!(decode(&changed).is_err(), "changed at {at}");
    }
}

#[test]
fn damage_that_the_checksum_does_not_see_is_no_panic() {
    let bytes = encode(&sample());
    for at in CHECKED_FROM..bytes.len() {
        for change in [0x01, 0x80, 0xFF] {
            let mut changed = bytes.clone();
            changed[at] ^= change;
            let mut hash = Hash::new();
            hash.add(&changed[CHECKED_FROM..]);
            changed[MAGIC.len() + 8..MAGIC.len() + 12].copy_from_slice(&hash.finish().to_le_bytes());
            let _ = decode(&changed);
        }
    }
}
