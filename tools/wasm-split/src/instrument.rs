//! A module that notes which of its functions ran.
use crate::module::{Module, bad};
use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{CodeSection, ConstExpr, ExportKind, ExportSection, Function, GlobalSection, GlobalType, Instruction, RawSection, ValType};

/// The same module with a global `ran:N` for each function N (imported ones not counted), 1 once it has run.
pub fn instrument(wasm: &[u8]) -> Result<Vec<u8>, String> {
    let module = Module::read(wasm)?;
    let first = u32::try_from(module.globals.len()).map_err(bad)?;
    let mut out = wasm_encoder::Module::new();
    for (id, range) in &module.sections {
        match id {
            6 => out.section(&globals(wasm, &module)?),
            7 => out.section(&exports(&module, first)?),
            10 => out.section(&code(&module, first)?),
            id => out.section(&RawSection { id: *id, data: &wasm[range.clone()] }),
        };
    }
    Ok(out.finish())
}

fn globals(wasm: &[u8], module: &Module) -> Result<GlobalSection, String> {
    let mut section = GlobalSection::new();
    for payload in wasmparser::Parser::new(0).parse_all(wasm) {
        if let wasmparser::Payload::GlobalSection(globals) = payload.map_err(bad)? {
            RoundtripReencoder.parse_global_section(&mut section, globals).map_err(bad)?;
        }
    }
    for _ in &module.bodies {
        section.global(GlobalType { val_type: ValType::I32, mutable: true, shared: false }, &ConstExpr::i32_const(0));
    }
    Ok(section)
}

fn exports(module: &Module, first: u32) -> Result<ExportSection, String> {
    let mut section = ExportSection::new();
    for export in &module.exports {
        section.export(export.name, RoundtripReencoder.export_kind(export.kind).map_err(bad)?, export.index);
    }
    for (number, _) in (0..).zip(&module.bodies) {
        section.export(&format!("ran:{number}"), ExportKind::Global, first + number);
    }
    Ok(section)
}

fn code(module: &Module, first: u32) -> Result<CodeSection, String> {
    let mut section = CodeSection::new();
    for (number, body) in (first..).zip(&module.bodies) {
        let mut locals = Vec::new();
        for local in body.get_locals_reader().map_err(bad)? {
            let (count, ty) = local.map_err(bad)?;
            locals.push((count, RoundtripReencoder.val_type(ty).map_err(bad)?));
        }
        let mut function = Function::new(locals);
        function.instruction(&Instruction::I32Const(1));
        function.instruction(&Instruction::GlobalSet(number));
        let operators = body.get_operators_reader().map_err(bad)?;
        function.raw(operators.get_binary_reader().read_bytes(operators.get_binary_reader().bytes_remaining()).map_err(bad)?.iter().copied());
        section.function(&function);
    }
    Ok(section)
}
