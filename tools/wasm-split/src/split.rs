//! Moving functions into a second module.
use crate::module::{Module, bad};
use crate::names;
use std::collections::{BTreeMap, BTreeSet};
use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{
    CodeSection, ConstExpr, ElementSection, Elements, EntityType, ExportKind, ExportSection, Function, FunctionSection, ImportSection,
    Instruction, MemoryType, RawSection, RefType, TableSection, TableType,
};
use wasmparser::{Operator, ValType};

/// The function of the page that loads the second module; it must be in the first.
const LOAD: &str = "podground_load_rest";
/// The module name under which the second module imports what the first exports.
const FROM_FIRST: &str = "p";
/// The exported table through which stubs call.
const TABLE: &str = "$t";

/// The two modules, and how many functions went where.
pub struct Parts {
    pub first: Vec<u8>,
    pub rest: Vec<u8>,
    pub kept: usize,
    pub moved: usize,
}

/// What goes where.
struct Plan<'a> {
    module: Module<'a>,
    /// The moved functions.
    moved: BTreeSet<u32>,
    /// The place in the table of each moved function that the first module can call.
    slots: BTreeMap<u32, u32>,
    /// The functions of the first module that moved ones call, and the names under which they are exported.
    shared: BTreeMap<u32, String>,
}

/// Splits `wasm`: functions whose name is in `first` stay, the others go.
pub fn split(wasm: &[u8], first: &BTreeSet<u32>) -> Result<Parts, String> {
    let plan = Plan::new(Module::read(wasm)?, first)?;
    Ok(Parts {
        first: plan.first(wasm)?,
        rest: plan.rest(wasm)?,
        kept: plan.module.bodies.len() - plan.moved.len(),
        moved: plan.moved.len(),
    })
}

impl<'a> Plan<'a> {
    fn new(module: Module<'a>, first: &BTreeSet<u32>) -> Result<Plan<'a>, String> {
        let load = module.exported_function(LOAD).ok_or(format!("the module exports no {LOAD}"))?;
        let own = module.imported..u32::try_from(module.functions.len()).map_err(bad)?;
        let mut needed = BTreeSet::from([load]);
        reach(&module, load, &mut needed)?; // loading must not need what it loads
        let exported: BTreeSet<u32> =
            module.exports.iter().filter(|export| export.kind == wasmparser::ExternalKind::Func).map(|export| export.index).collect();
        // A function without a name is the tools' own glue.
        let early = |name: &str| names::is_chance(name) || first.contains(&names::hash(name));
        let stays = |function: &u32| needed.contains(function) || module.names.get(function).is_none_or(|name| early(name));
        let moved: BTreeSet<u32> = own.filter(|function| !stays(function)).collect();
        let mut called: BTreeSet<u32> = module.in_tables.iter().copied().chain(exported).collect();
        let mut shared = BTreeSet::new();
        for (function, body) in (module.imported..).zip(&module.bodies) {
            let callees = if moved.contains(&function) { &mut shared } else { &mut called };
            for operator in body.get_operators_reader().map_err(bad)? {
                match operator.map_err(bad)? {
                    Operator::Call { function_index } | Operator::ReturnCall { function_index } => {
                        callees.insert(function_index);
                    }
                    Operator::RefFunc { .. } | Operator::MemoryInit { .. } | Operator::DataDrop { .. } | Operator::TableInit { .. } => {
                        return Err(format!("function {function} uses an instruction that cannot be moved"));
                    }
                    _ => {}
                }
            }
        }
        let slots = called.intersection(&moved).copied().zip(0..).collect();
        let shared = shared.difference(&moved).zip(0..).map(|(function, number)| (*function, format!("${number}"))).collect();
        Ok(Plan { module, moved, slots, shared })
    }

    fn first(&self, wasm: &[u8]) -> Result<Vec<u8>, String> {
        let mut out = wasm_encoder::Module::new();
        let table = u32::try_from(self.module.tables.len()).map_err(bad)?;
        let ensure = u32::try_from(self.module.functions.len()).map_err(bad)?;
        for (id, range) in &self.module.sections {
            match id {
                1 => out.section(&self.types_with_ensure()?),
                3 => {
                    let mut section = FunctionSection::new();
                    for ty in &self.module.functions[self.module.imported as usize..] {
                        section.function(*ty);
                    }
                    section.function(u32::try_from(self.module.types.len()).map_err(bad)?);
                    out.section(&section)
                }
                4 => out.section(&self.tables()?),
                7 => out.section(&self.exports(table)?),
                10 => out.section(&self.first_code(table, ensure)?),
                id => out.section(&RawSection { id: *id, data: &wasm[range.clone()] }),
            };
        }
        Ok(out.finish())
    }

    /// All types, and after them that of the function that makes sure that a slot is filled: (i32) → i32.
    fn types_with_ensure(&self) -> Result<wasm_encoder::TypeSection, String> {
        let mut section = self.types()?;
        section.ty().function([wasm_encoder::ValType::I32], [wasm_encoder::ValType::I32]);
        Ok(section)
    }

    fn types(&self) -> Result<wasm_encoder::TypeSection, String> {
        let mut section = wasm_encoder::TypeSection::new();
        for ty in &self.module.types {
            let convert = |types: &[ValType]| types.iter().map(|ty| RoundtripReencoder.val_type(*ty)).collect::<Result<Vec<_>, _>>();
            section.ty().function(convert(ty.params()).map_err(bad)?, convert(ty.results()).map_err(bad)?);
        }
        Ok(section)
    }

    /// The table of the moved functions.
    fn table_type(&self) -> TableType {
        let size = self.slots.len() as u64;
        TableType { element_type: RefType::FUNCREF, minimum: size, maximum: Some(size), table64: false, shared: false }
    }

    fn tables(&self) -> Result<TableSection, String> {
        let mut section = TableSection::new();
        for table in &self.module.tables {
            section.table(RoundtripReencoder.table_type(*table).map_err(bad)?);
        }
        section.table(self.table_type());
        Ok(section)
    }

    fn exports(&self, table: u32) -> Result<ExportSection, String> {
        let mut section = ExportSection::new();
        for export in &self.module.exports {
            section.export(export.name, RoundtripReencoder.export_kind(export.kind).map_err(bad)?, export.index);
        }
        for (function, name) in &self.shared {
            section.export(name, ExportKind::Func, *function);
        }
        for (number, _) in (0..).zip(&self.module.globals) {
            section.export(&format!("$g{number}"), ExportKind::Global, number);
        }
        for (number, _) in (0..).zip(&self.module.tables) {
            section.export(&format!("$t{number}"), ExportKind::Table, number);
        }
        section.export(TABLE, ExportKind::Table, table);
        section.export("$m", ExportKind::Memory, 0);
        Ok(section)
    }

    fn first_code(&self, table: u32, ensure: u32) -> Result<CodeSection, String> {
        let mut section = CodeSection::new();
        for (function, body) in (self.module.imported..).zip(&self.module.bodies) {
            if !self.moved.contains(&function) {
                section.raw(body.as_bytes());
                continue;
            }
            let mut stub = Function::new([]);
            match self.slots.get(&function) {
                Some(slot) => {
                    let ty = self.module.functions[function as usize];
                    for (parameter, _) in (0..).zip(self.module.types[ty as usize].params()) {
                        stub.instruction(&Instruction::LocalGet(parameter));
                    }
                    stub.instruction(&Instruction::I32Const(i32::try_from(*slot).map_err(bad)?));
                    stub.instruction(&Instruction::Call(ensure));
                    stub.instruction(&Instruction::CallIndirect { type_index: ty, table_index: table });
                }
                None => {
                    stub.instruction(&Instruction::Unreachable); // only moved functions call it
                }
            }
            stub.instruction(&Instruction::End);
            section.function(&stub);
        }
        let load = self.module.exported_function(LOAD).ok_or("nothing loads the rest")?;
        let mut function = Function::new([]);
        function.instruction(&Instruction::LocalGet(0));
        function.instruction(&Instruction::TableGet(table));
        function.instruction(&Instruction::RefIsNull);
        function.instruction(&Instruction::If(wasm_encoder::BlockType::Empty));
        function.instruction(&Instruction::Call(load));
        function.instruction(&Instruction::End);
        function.instruction(&Instruction::LocalGet(0));
        function.instruction(&Instruction::End);
        section.function(&function);
        Ok(section)
    }

    fn rest(&self, _wasm: &[u8]) -> Result<Vec<u8>, String> {
        let mut out = wasm_encoder::Module::new();
        out.section(&self.types()?);
        out.section(&self.imports()?);
        let mut functions = FunctionSection::new();
        for function in &self.moved {
            functions.function(self.module.functions[*function as usize]);
        }
        out.section(&functions);
        let mut renumber = Renumber(self.numbers());
        let mut elements = ElementSection::new();
        let filled: Vec<u32> = self.slots.keys().filter_map(|function| renumber.0.get(function).copied()).collect();
        let table = u32::try_from(self.module.tables.len()).map_err(bad)?;
        elements.active(Some(table), &ConstExpr::i32_const(0), Elements::Functions(filled.into()));
        out.section(&elements);
        let mut code = CodeSection::new();
        for function in &self.moved {
            let body = &self.module.bodies[(function - self.module.imported) as usize];
            renumber.parse_function_body(&mut code, body.clone()).map_err(|error| format!("function {function}: {error:?}"))?;
        }
        out.section(&code);
        Ok(out.finish())
    }

    fn imports(&self) -> Result<ImportSection, String> {
        let mut section = ImportSection::new();
        for (function, name) in &self.shared {
            section.import(FROM_FIRST, name, EntityType::Function(self.module.functions[*function as usize]));
        }
        for (number, global) in self.module.globals.iter().enumerate() {
            section.import(FROM_FIRST, &format!("$g{number}"), EntityType::Global(RoundtripReencoder.global_type(*global).map_err(bad)?));
        }
        for (number, table) in self.module.tables.iter().enumerate() {
            section.import(FROM_FIRST, &format!("$t{number}"), EntityType::Table(RoundtripReencoder.table_type(*table).map_err(bad)?));
        }
        section.import(FROM_FIRST, TABLE, EntityType::Table(self.table_type()));
        let memory = self.module.memories.first().ok_or("the module has no memory")?;
        let memory = MemoryType {
            minimum: memory.initial,
            maximum: memory.maximum,
            memory64: memory.memory64,
            shared: memory.shared,
            page_size_log2: memory.page_size_log2,
        };
        section.import(FROM_FIRST, "$m", EntityType::Memory(memory));
        Ok(section)
    }

    /// The number in the second module of every function that it knows.
    fn numbers(&self) -> BTreeMap<u32, u32> {
        self.shared.keys().chain(&self.moved).copied().zip(0..).collect()
    }
}

/// Adds to `found` every function that `function` calls directly, and what those call.
fn reach(module: &Module, function: u32, found: &mut BTreeSet<u32>) -> Result<(), String> {
    let Some(body) = function.checked_sub(module.imported).and_then(|number| module.bodies.get(number as usize)) else { return Ok(()) };
    for operator in body.get_operators_reader().map_err(bad)? {
        if let Operator::Call { function_index } = operator.map_err(bad)?
            && found.insert(function_index)
        {
            reach(module, function_index, found)?;
        }
    }
    Ok(())
}

/// Gives functions their numbers in the second module.
struct Renumber(BTreeMap<u32, u32>);

impl Reencode for Renumber {
    type Error = String;

    fn function_index(&mut self, function: u32) -> Result<u32, wasm_encoder::reencode::Error<String>> {
        let unknown = || wasm_encoder::reencode::Error::UserError(format!("function {function} has no number"));
        self.0.get(&function).copied().ok_or_else(unknown)
    }
}
