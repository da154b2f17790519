//! Bombs for the compiler: core modules of any size, valid by every rule of WebAssembly, each of which makes one part of a compiler sweat.
//!
//! Each takes the size that its module is to have, in bytes, and keeps to it within a tenth or a few functions.

use super::Expect;
use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, DataSection, ElementSection, Elements, ExportKind, ExportSection, Function, FunctionSection, GlobalSection,
    GlobalType, ImportSection, Instruction, Module, RefType, TableSection, TableType, TypeSection, ValType,
};

/// The largest module of a bomb, in bytes; what is to be larger has several.
pub const MODULE_BYTES_MAX: usize = 4 << 20;
/// The largest function that is made here, in bytes: WebAssembly's own limit is some seven times that.
const FUNCTION_BYTES_MAX: usize = 1 << 20;

/// Writes a size as WebAssembly does.
pub fn leb(to: &mut Vec<u8>, mut number: usize) {
    while number > 0x7f {
        to.push(u8::try_from(number & 0x7f).expect("seven bits") | 0x80);
        number >>= 7;
    }
    to.push(u8::try_from(number).expect("seven bits"));
}

/// A module of functions from `i32` to nothing, each as large as allowed, until the module is.
fn functions(bytes: usize, mut body: impl FnMut(usize) -> Function) -> Vec<u8> {
    let (mut types, mut declared, mut code) = (TypeSection::new(), FunctionSection::new(), CodeSection::new());
    types.ty().function([ValType::I32], []);
    let mut left = bytes;
    while left > 0 {
        let function = body(left.min(FUNCTION_BYTES_MAX));
        left = left.saturating_sub(function.byte_len() + 6);
        declared.function(0);
        code.function(&function);
    }
    finish(&[&types, &declared, &code])
}

fn finish(sections: &[&dyn wasm_encoder::Section]) -> Vec<u8> {
    let mut module = Module::new().finish();
    for section in sections {
        section.append_to(&mut module);
    }
    module
}

/// A function whose code is a beginning, many times over, and as many ends.
fn nested(bytes: usize, begin: &[u8]) -> Function {
    let depth = bytes / (begin.len() + 1);
    let mut function = Function::new([]);
    function.raw(begin.repeat(depth)).raw(std::iter::repeat_n(0x0b, depth + 1));
    function
}

/// Loops within loops.
#[must_use]
pub fn nested_loops(bytes: usize) -> Vec<u8> {
    functions(bytes, |bytes| nested(bytes, &[0x03, 0x40]))
}

/// Loops within loops, each of which begins again.
#[must_use]
pub fn nested_loops_that_repeat(bytes: usize) -> Vec<u8> {
    // loop; local.get 0; br_if 0
    functions(bytes, |bytes| nested(bytes, &[0x03, 0x40, 0x20, 0x00, 0x0d, 0x00]))
}

/// Ifs within ifs.
#[must_use]
pub fn nested_ifs(bytes: usize) -> Vec<u8> {
    // local.get 0; if
    functions(bytes, |bytes| nested(bytes, &[0x20, 0x00, 0x04, 0x40]))
}

/// Ifs one after another, each of which changes a local: every join is a choice of values.
#[must_use]
pub fn many_joins(bytes: usize) -> Vec<u8> {
    functions(bytes, |bytes| {
        let mut function = Function::new([(64, ValType::I32)]);
        for at in 0..bytes / 11 {
            let local = u8::try_from(1 + at % 64).expect("64 locals");
            // local.get 0; if; local.get n; i32.eqz; local.set n; end
            function.raw([0x20, 0x00, 0x04, 0x40, 0x20, local, 0x45, 0x21, local, 0x0b]);
        }
        function.instruction(&Instruction::End);
        function
    })
}

/// One long straight line of arithmetic.
#[must_use]
pub fn huge_function(bytes: usize) -> Vec<u8> {
    functions(bytes, |bytes| {
        let mut function = Function::new([]);
        // local.get 0; then: i32.const 3; i32.mul, many times; drop
        function.raw([0x20, 0x00]).raw([0x41, 0x03, 0x6c].repeat(bytes / 3)).raw([0x1a, 0x0b]);
        function
    })
}

/// Values on the stack without end, all of them alive until the last one is.
#[must_use]
pub fn deep_stack(bytes: usize) -> Vec<u8> {
    functions(bytes, |bytes| {
        let count = bytes / 5;
        let mut function = Function::new([]);
        // local.get 0; i32.popcnt, many times; then i32.xor between all of them
        function.raw([0x20, 0x00, 0x69].repeat(count)).raw(std::iter::repeat_n(0x73, count.saturating_sub(1))).raw([0x1a, 0x0b]);
        function
    })
}

/// Functions that do nothing: four bytes each, so a million in four megabytes.
#[must_use]
pub fn many_functions(bytes: usize) -> Vec<u8> {
    let (mut types, mut declared, mut code) = (TypeSection::new(), FunctionSection::new(), CodeSection::new());
    types.ty().function([], []);
    let mut nothing = Function::new([]);
    nothing.instruction(&Instruction::End);
    for _ in 0..(bytes / 4).min(999_999) {
        declared.function(0);
        code.function(&nothing);
    }
    finish(&[&types, &declared, &code])
}

/// Tables of jumps with tens of thousands of targets.
#[must_use]
pub fn huge_br_tables(bytes: usize) -> Vec<u8> {
    const DEPTH: u32 = 60;
    functions(bytes, |bytes| {
        let targets: Vec<u32> = (0..bytes.min(60_000)).map(|at| u32::try_from(at).expect("small") % DEPTH).collect();
        let mut function = Function::new([]);
        for _ in 0..DEPTH {
            function.instruction(&Instruction::Block(BlockType::Empty));
        }
        function.instruction(&Instruction::LocalGet(0)).instruction(&Instruction::BrTable(targets.into(), 0));
        function.raw(std::iter::repeat_n(0x0b, DEPTH as usize + 1));
        function
    })
}

/// Fifty thousand locals, all of them alive around a loop.
#[must_use]
pub fn many_locals(bytes: usize) -> Vec<u8> {
    functions(bytes, |bytes| {
        let count = u32::try_from(bytes / 9).expect("small").min(49_999);
        let mut function = Function::new([(count, ValType::I64)]);
        function.instruction(&Instruction::Loop(BlockType::Empty));
        for at in 1..count {
            function.instruction(&Instruction::LocalGet(at)).instruction(&Instruction::LocalSet(at + 1));
        }
        function.instruction(&Instruction::LocalGet(0)).instruction(&Instruction::BrIf(0));
        function.instruction(&Instruction::End).instruction(&Instruction::End);
        function
    })
}

/// Calls with nine hundred arguments each, which hand on what they got.
#[must_use]
pub fn many_arguments(bytes: usize) -> Vec<u8> {
    const ARGUMENTS: u32 = 900;
    let (mut types, mut declared, mut code) = (TypeSection::new(), FunctionSection::new(), CodeSection::new());
    types.ty().function(std::iter::repeat_n(ValType::I64, ARGUMENTS as usize), [ValType::I64]);
    for _ in 0..(bytes / 2700).max(1) {
        let mut function = Function::new([]);
        for at in (0..ARGUMENTS).rev() {
            function.instruction(&Instruction::LocalGet(at));
        }
        function.instruction(&Instruction::Call(0)).instruction(&Instruction::End);
        declared.function(0);
        code.function(&function);
    }
    finish(&[&types, &declared, &code])
}

/// Vectors without end, more of them alive than any machine has registers.
#[must_use]
pub fn many_vectors(bytes: usize) -> Vec<u8> {
    functions(bytes, |bytes| {
        let mut function = Function::new([(200, ValType::V128)]);
        for at in 0..u32::try_from(bytes / 11).expect("small") {
            function.instruction(&Instruction::LocalGet(1 + at % 200)).instruction(&Instruction::LocalGet(1 + (at * 7 + 3) % 200));
            function.instruction(&Instruction::I32x4Mul).instruction(&Instruction::LocalSet(1 + (at * 13 + 5) % 200));
        }
        function.instruction(&Instruction::End);
        function
    })
}

/// Types, each unlike the others.
#[must_use]
pub fn many_types(bytes: usize) -> Vec<u8> {
    const KINDS: [ValType; 4] = [ValType::I32, ValType::I64, ValType::F32, ValType::F64];
    let mut types = TypeSection::new();
    for at in 0..(bytes / 15).min(999_999) {
        types.ty().function((0..10).map(|digit| KINDS[at >> (2 * digit) & 3]), []);
    }
    finish(&[&types])
}

/// Imports, each by another name.
#[must_use]
pub fn many_imports(bytes: usize) -> Vec<u8> {
    let (mut types, mut imports) = (TypeSection::new(), ImportSection::new());
    types.ty().function([], []);
    for at in 0..(bytes / 12).min(999_999) {
        imports.import("a", &format!("f{at}"), wasm_encoder::EntityType::Function(0));
    }
    finish(&[&types, &imports])
}

/// Exports, each by another name.
#[must_use]
pub fn many_exports(bytes: usize) -> Vec<u8> {
    let (mut types, mut declared, mut exports, mut code) = (TypeSection::new(), FunctionSection::new(), ExportSection::new(), CodeSection::new());
    types.ty().function([], []);
    declared.function(0);
    for at in 0..(bytes / 10).min(999_999) {
        exports.export(&format!("f{at}"), ExportKind::Func, 0);
    }
    let mut nothing = Function::new([]);
    nothing.instruction(&Instruction::End);
    code.function(&nothing);
    finish(&[&types, &declared, &exports, &code])
}

/// Globals, each with a value of its own.
#[must_use]
pub fn many_globals(bytes: usize) -> Vec<u8> {
    let mut globals = GlobalSection::new();
    for at in 0..i32::try_from((bytes / 7).min(999_999)).expect("small") {
        globals.global(GlobalType { val_type: ValType::I32, mutable: true, shared: false }, &ConstExpr::i32_const(at));
    }
    finish(&[&globals])
}

/// Segments of data, none with more than a byte.
#[must_use]
pub fn many_data_segments(bytes: usize) -> Vec<u8> {
    let mut data = DataSection::new();
    for _ in 0..(bytes / 3).min(99_999) {
        data.passive([7]);
    }
    finish(&[&wasm_encoder::DataCountSection { count: data.len() }, &data])
}

/// Segments of functions for a table.
#[must_use]
pub fn many_element_segments(bytes: usize) -> Vec<u8> {
    let (mut types, mut declared, mut tables, mut elements, mut code) =
        (TypeSection::new(), FunctionSection::new(), TableSection::new(), ElementSection::new(), CodeSection::new());
    types.ty().function([], []);
    declared.function(0);
    tables.table(TableType { element_type: RefType::FUNCREF, minimum: 60_000, maximum: None, table64: false, shared: false });
    for at in 0..i32::try_from((bytes / 9).min(59_999)).expect("small") {
        elements.active(None, &ConstExpr::i32_const(at), Elements::Functions([0].as_slice().into()));
    }
    let mut nothing = Function::new([]);
    nothing.instruction(&Instruction::End);
    code.function(&nothing);
    finish(&[&types, &declared, &tables, &elements, &code])
}

/// What may become of a bomb: the compiler or its limits refuse it, or it compiles, and is harmless then.
pub const EXPECT: Expect = Expect::RefusedOrCompletes(&["invalid-component", "too-many-resources", "too-large", "compile-limit"]);
