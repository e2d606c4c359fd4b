//! What Python sees of the builtin classes and functions: one file a class, methods bound with `native`.
//!
//! `with_builtin_classes` is the one list of the classes that the runtime itself names; a class stands after its base. Classes that
//! only their module names are `NativeClass`es beside that module.

pub mod async_generator;
pub mod bool;
pub mod bytearray;
pub mod bytes;
pub mod cell;
pub mod class_method;
pub mod code;
pub mod complex;
pub mod coroutine;
pub mod dict;
pub mod float;
pub mod frame;
pub mod function;
pub mod generator;
pub mod generic_alias;
pub mod import;
pub mod int;
pub mod internal;
pub mod list;
pub mod memoryview;
pub mod method;
pub mod module;
pub mod native_function;
pub mod object;
pub mod property;
pub mod range;
pub mod set;
pub mod singletons;
pub mod slice;
pub mod str;
pub mod super_;
pub mod template;
pub mod tuple;
pub mod type_;
pub mod typing;
pub mod union;
pub mod iterators;

pub use class_method::static_method;

/// Calls `$list` with `field = definition;` for every class that the runtime names.
#[macro_export]
#[doc(hidden)]
macro_rules! builtin_class_list {
    ($list:ident) => {
        $list! {
            object = $crate::builtins::object::OBJECT;
            type_ = $crate::builtins::type_::TYPE;
            internal = $crate::builtins::internal::STATE;
            internal_array = $crate::builtins::internal::ARRAY;
            internal_tail = $crate::builtins::internal::TAIL;
            internal_record = $crate::builtins::internal::RECORD;
            internal_table = $crate::builtins::internal::TABLE;
            internal_view = $crate::builtins::internal::VIEW;
            internal_buffer = $crate::builtins::internal::BUFFER;
            shape = $crate::builtins::internal::SHAPE;
            int = $crate::builtins::int::INT;
            bool_ = $crate::builtins::bool::BOOL;
            float = $crate::builtins::float::FLOAT;
            complex = $crate::builtins::complex::COMPLEX;
            str = $crate::builtins::str::STR;
            bytes = $crate::builtins::bytes::BYTES;
            bytearray = $crate::builtins::bytearray::BYTEARRAY;
            memoryview = $crate::builtins::memoryview::MEMORYVIEW;
            tuple = $crate::builtins::tuple::TUPLE;
            list = $crate::builtins::list::LIST;
            dict = $crate::builtins::dict::DICT;
            set = $crate::builtins::set::SET;
            frozenset = $crate::builtins::set::FROZENSET;
            range = $crate::builtins::range::RANGE;
            slice = $crate::builtins::slice::SLICE;
            list_iterator = $crate::builtins::list::LIST_ITERATOR;
            function = $crate::builtins::function::FUNCTION;
            method = $crate::builtins::method::METHOD;
            builtin_function = $crate::builtins::native_function::BUILTIN_FUNCTION;
            method_descriptor = $crate::builtins::native_function::METHOD_DESCRIPTOR;
            wrapper_descriptor = $crate::builtins::native_function::WRAPPER_DESCRIPTOR;
            method_wrapper = $crate::builtins::native_function::METHOD_WRAPPER;
            classmethod_descriptor = $crate::builtins::native_function::CLASSMETHOD_DESCRIPTOR;
            getset_descriptor = $crate::builtins::native_function::GETSET_DESCRIPTOR;
            member_descriptor = $crate::builtins::native_function::MEMBER_DESCRIPTOR;
            property = $crate::builtins::property::PROPERTY;
            staticmethod = $crate::builtins::class_method::STATICMETHOD;
            classmethod = $crate::builtins::class_method::CLASSMETHOD;
            super_ = $crate::builtins::super_::SUPER;
            module = $crate::builtins::module::MODULE;
            code = $crate::builtins::code::CODE;
            frame = $crate::builtins::frame::FRAME;
            traceback = $crate::builtins::frame::TRACEBACK;
            cell = $crate::builtins::cell::CELL;
            generator = $crate::builtins::generator::GENERATOR;
            coroutine = $crate::builtins::coroutine::COROUTINE;
            async_generator = $crate::builtins::async_generator::ASYNC_GENERATOR;
            none_type = $crate::builtins::singletons::NONE_TYPE;
            ellipsis = $crate::builtins::singletons::ELLIPSIS;
            not_implemented_type = $crate::builtins::singletons::NOT_IMPLEMENTED_TYPE;
            weak_reference = $crate::builtins::weak_reference::REFERENCE;
            base_exception = $crate::exceptions::classes::BASE_EXCEPTION;
            exception = $crate::exceptions::classes::EXCEPTION;
            base_exception_group = $crate::exceptions::classes::BASE_EXCEPTION_GROUP;
            generator_exit = $crate::exceptions::classes::GENERATOR_EXIT;
            keyboard_interrupt = $crate::exceptions::classes::KEYBOARD_INTERRUPT;
            system_exit = $crate::exceptions::classes::SYSTEM_EXIT;
            arithmetic_error = $crate::exceptions::classes::ARITHMETIC_ERROR;
            floating_point_error = $crate::exceptions::classes::FLOATING_POINT_ERROR;
            overflow_error = $crate::exceptions::classes::OVERFLOW_ERROR;
            zero_division_error = $crate::exceptions::classes::ZERO_DIVISION_ERROR;
            assertion_error = $crate::exceptions::classes::ASSERTION_ERROR;
            attribute_error = $crate::exceptions::classes::ATTRIBUTE_ERROR;
            buffer_error = $crate::exceptions::classes::BUFFER_ERROR;
            eof_error = $crate::exceptions::classes::EOF_ERROR;
            exception_group = $crate::exceptions::classes::EXCEPTION_GROUP;
            import_error = $crate::exceptions::classes::IMPORT_ERROR;
            module_not_found_error = $crate::exceptions::classes::MODULE_NOT_FOUND_ERROR;
            lookup_error = $crate::exceptions::classes::LOOKUP_ERROR;
            index_error = $crate::exceptions::classes::INDEX_ERROR;
            key_error = $crate::exceptions::classes::KEY_ERROR;
            memory_error = $crate::exceptions::classes::MEMORY_ERROR;
            name_error = $crate::exceptions::classes::NAME_ERROR;
            unbound_local_error = $crate::exceptions::classes::UNBOUND_LOCAL_ERROR;
            os_error = $crate::exceptions::classes::OS_ERROR;
            blocking_io_error = $crate::exceptions::classes::BLOCKING_IO_ERROR;
            child_process_error = $crate::exceptions::classes::CHILD_PROCESS_ERROR;
            connection_error = $crate::exceptions::classes::CONNECTION_ERROR;
            broken_pipe_error = $crate::exceptions::classes::BROKEN_PIPE_ERROR;
            connection_aborted_error = $crate::exceptions::classes::CONNECTION_ABORTED_ERROR;
            connection_refused_error = $crate::exceptions::classes::CONNECTION_REFUSED_ERROR;
            connection_reset_error = $crate::exceptions::classes::CONNECTION_RESET_ERROR;
            file_exists_error = $crate::exceptions::classes::FILE_EXISTS_ERROR;
            file_not_found_error = $crate::exceptions::classes::FILE_NOT_FOUND_ERROR;
            interrupted_error = $crate::exceptions::classes::INTERRUPTED_ERROR;
            is_a_directory_error = $crate::exceptions::classes::IS_A_DIRECTORY_ERROR;
            not_a_directory_error = $crate::exceptions::classes::NOT_A_DIRECTORY_ERROR;
            permission_error = $crate::exceptions::classes::PERMISSION_ERROR;
            process_lookup_error = $crate::exceptions::classes::PROCESS_LOOKUP_ERROR;
            timeout_error = $crate::exceptions::classes::TIMEOUT_ERROR;
            reference_error = $crate::exceptions::classes::REFERENCE_ERROR;
            runtime_error = $crate::exceptions::classes::RUNTIME_ERROR;
            not_implemented_error = $crate::exceptions::classes::NOT_IMPLEMENTED_ERROR;
            python_finalization_error = $crate::exceptions::classes::PYTHON_FINALIZATION_ERROR;
            recursion_error = $crate::exceptions::classes::RECURSION_ERROR;
            stop_async_iteration = $crate::exceptions::classes::STOP_ASYNC_ITERATION;
            stop_iteration = $crate::exceptions::classes::STOP_ITERATION;
            syntax_error = $crate::exceptions::classes::SYNTAX_ERROR;
            indentation_error = $crate::exceptions::classes::INDENTATION_ERROR;
            tab_error = $crate::exceptions::classes::TAB_ERROR;
            incomplete_input_error = $crate::exceptions::classes::INCOMPLETE_INPUT_ERROR;
            system_error = $crate::exceptions::classes::SYSTEM_ERROR;
            type_error = $crate::exceptions::classes::TYPE_ERROR;
            value_error = $crate::exceptions::classes::VALUE_ERROR;
            unicode_error = $crate::exceptions::classes::UNICODE_ERROR;
            unicode_decode_error = $crate::exceptions::classes::UNICODE_DECODE_ERROR;
            unicode_encode_error = $crate::exceptions::classes::UNICODE_ENCODE_ERROR;
            unicode_translate_error = $crate::exceptions::classes::UNICODE_TRANSLATE_ERROR;
            warning = $crate::exceptions::classes::WARNING;
            bytes_warning = $crate::exceptions::classes::BYTES_WARNING;
            deprecation_warning = $crate::exceptions::classes::DEPRECATION_WARNING;
            encoding_warning = $crate::exceptions::classes::ENCODING_WARNING;
            future_warning = $crate::exceptions::classes::FUTURE_WARNING;
            import_warning = $crate::exceptions::classes::IMPORT_WARNING;
            pending_deprecation_warning = $crate::exceptions::classes::PENDING_DEPRECATION_WARNING;
            resource_warning = $crate::exceptions::classes::RESOURCE_WARNING;
            runtime_warning = $crate::exceptions::classes::RUNTIME_WARNING;
            syntax_warning = $crate::exceptions::classes::SYNTAX_WARNING;
            unicode_warning = $crate::exceptions::classes::UNICODE_WARNING;
            user_warning = $crate::exceptions::classes::USER_WARNING;
        }
    };
}

pub use crate::builtin_class_list as with_builtin_classes;

pub mod weak_reference;
