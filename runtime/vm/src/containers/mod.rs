//! Storage behind the containers: arrays, tables, buffers, interning. No Python code runs in here except where a function
//! says so (look-ups call `__eq__`).

pub mod dict_view;
pub mod equality;
pub mod fresh;
pub mod hash_seed;
pub mod hash_table;
pub mod intern;
pub mod merge_sort;
pub mod repr_guard;

pub mod singletons;
pub mod table_plan;
pub mod text_buffer;
pub mod value_vec;

pub use fresh::{Fresh, allocate};
pub use intern::intern_text;
pub use repr_guard::ReprGuard;
pub use singletons::Singletons;
pub use value_vec::ValueVec;
