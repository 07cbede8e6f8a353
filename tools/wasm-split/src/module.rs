//! What splitting needs to know of a module: its sections, as they stand in the file.
use std::collections::BTreeMap;
use std::ops::Range;
use wasmparser::{
    BinaryReader, CompositeInnerType, Export, ExternalKind, FuncType, FunctionBody, Name, NameSectionReader,
    Parser, Payload, TypeRef,
};

/// A module, read but not decoded further than named here.
#[derive(Default)]
pub struct Module<'a> {
    /// The signatures, by type index.
    pub types: Vec<FuncType>,
    /// Type index of each function, imported ones first.
    pub functions: Vec<u32>,
    /// How many functions are imported.
    pub imported: u32,
    pub globals: Vec<wasmparser::GlobalType>,
    pub tables: Vec<wasmparser::TableType>,
    pub memories: Vec<wasmparser::MemoryType>,
    pub exports: Vec<Export<'a>>,
    /// Functions that element segments name.
    pub in_tables: Vec<u32>,
    /// The bodies of the functions that are not imported, in order.
    pub bodies: Vec<FunctionBody<'a>>,
    /// Names of functions, by index.
    pub names: BTreeMap<u32, &'a str>,
    /// Every section but the custom ones: its number and where its content lies in the file.
    pub sections: Vec<(u8, Range<usize>)>,
}

/// A reader's error in words.
pub fn bad(error: impl std::fmt::Display) -> String {
    error.to_string()
}

impl<'a> Module<'a> {
    pub fn read(wasm: &'a [u8]) -> Result<Module<'a>, String> {
        let mut module = Module::default();
        for payload in Parser::new(0).parse_all(wasm) {
            let payload = payload.map_err(bad)?;
            if let Some((number, range)) = payload.as_section()
                && number != 0
            {
                let place = |at: u64| usize::try_from(at).map_err(bad);
                module.sections.push((number, place(range.start)?..place(range.end)?));
            }
            module.take(payload)?;
        }
        Ok(module)
    }

    fn take(&mut self, payload: Payload<'a>) -> Result<(), String> {
        match payload {
            Payload::TypeSection(section) => {
                for group in section {
                    for ty in group.map_err(bad)?.into_types() {
                        match ty.composite_type.inner {
                            CompositeInnerType::Func(ty) => self.types.push(ty),
                            _ => return Err("a type that is no function's".to_owned()),
                        }
                    }
                }
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    match import.map_err(bad)?.ty {
                        TypeRef::Func(ty) => {
                            self.functions.push(ty);
                            self.imported += 1;
                        }
                        _ => return Err("an import that is no function".to_owned()),
                    }
                }
            }
            Payload::FunctionSection(section) => {
                for ty in section {
                    self.functions.push(ty.map_err(bad)?);
                }
            }
            Payload::TableSection(section) => {
                for table in section {
                    self.tables.push(table.map_err(bad)?.ty);
                }
            }
            Payload::MemorySection(section) => {
                for memory in section {
                    self.memories.push(memory.map_err(bad)?);
                }
            }
            Payload::GlobalSection(section) => {
                for global in section {
                    self.globals.push(global.map_err(bad)?.ty);
                }
            }
            Payload::ExportSection(section) => self.exports = section.into_iter().collect::<Result<_, _>>().map_err(bad)?,
            Payload::ElementSection(section) => {
                for element in section {
                    if let wasmparser::ElementItems::Functions(functions) = element.map_err(bad)?.items {
                        for function in functions {
                            self.in_tables.push(function.map_err(bad)?);
                        }
                    }
                }
            }
            Payload::CodeSectionEntry(body) => self.bodies.push(body),
            Payload::CustomSection(section) if section.name() == "name" => self.take_names(section.data(), section.data_offset())?,
            _ => {}
        }
        Ok(())
    }

    fn take_names(&mut self, data: &'a [u8], offset: u64) -> Result<(), String> {
        for subsection in NameSectionReader::new(BinaryReader::new(data, offset)) {
            if let Name::Function(names) = subsection.map_err(bad)? {
                for naming in names {
                    let naming = naming.map_err(bad)?;
                    self.names.insert(naming.index, naming.name);
                }
            }
        }
        Ok(())
    }

    /// The exported function of this name.
    pub fn exported_function(&self, name: &str) -> Option<u32> {
        self.exports.iter().find(|export| export.name == name && export.kind == ExternalKind::Func).map(|export| export.index)
    }
}

