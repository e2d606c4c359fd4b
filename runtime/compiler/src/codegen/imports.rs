//! `import` and `from .. import`.

use bytecode::{Constant, Opcode, Reg};
use ruff_python_ast::{Alias, StmtImport, StmtImportFrom};

use super::Generator;

impl<'a> Generator<'a> {
    pub(crate) fn import_statement(&mut self, node: &'a StmtImport) {
        for alias in &node.names {
            let mark = self.unit.top();
            self.at(node);
            let module = self.import_module(&alias.name, 0, &Constant::None);
            self.bind_module(alias, module);
            self.unit.release_to(mark);
        }
    }

    /// A temporary with the imported module.
    fn import_module(&mut self, name: &str, level: u32, from_list: &Constant) -> Reg {
        let register = self.unit.allocate_run(2);
        self.load_constant(&Constant::Int(i64::from(level)), register);
        self.load_constant(from_list, register + 1);
        let site = self.unit.site(name);
        self.unit.site_op(Opcode::ImportName, 0, register, register, site);
        register
    }

    /// `import a.b` binds `a`; `import a.b as c` binds `c` to `a.b`.
    fn bind_module(&mut self, alias: &'a Alias, module: Reg) {
        let mut parts = alias.name.split('.');
        let first = parts.next().unwrap_or_default();
        let Some(name) = &alias.asname else {
            self.store_name(first, module);
            return;
        };
        for part in parts {
            let site = self.unit.site(part);
            self.unit.site_op(Opcode::ImportFrom, 0, module, module, site);
        }
        self.store_name(name, module);
    }

    pub(crate) fn import_from_statement(&mut self, node: &'a StmtImportFrom) {
        let mark = self.unit.top();
        self.at(node);
        let names = node.names.iter().map(|alias| Constant::Str(alias.name.as_bytes().to_vec())).collect();
        let module = node.module.as_ref().map_or("", |module| module.as_str());
        let module = self.import_module(module, node.level, &Constant::Tuple(names));
        for alias in &node.names {
            if alias.name.as_str() == "*" {
                self.emit(Opcode::ImportStar, 0, module, 0, 0);
                break;
            }
            let value = module + 1;
            let site = self.unit.site(&alias.name);
            self.unit.site_op(Opcode::ImportFrom, 0, value, module, site);
            self.store_name(alias.asname.as_ref().unwrap_or(&alias.name), value);
        }
        self.unit.release_to(mark);
    }
}
