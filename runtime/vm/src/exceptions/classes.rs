//! The builtin exception classes.

use crate::exceptions::{base, fields};
use crate::native::{ClassDef, GetSet, MethodDef};
use crate::object::Object;
use crate::objects::{BaseException, ClassFlags};

const FLAGS: u32 = ClassFlags::BASE | ClassFlags::DICT | ClassFlags::EXCEPTION;
const NO_METHODS: &[MethodDef] = &[];
const NO_GETSET: &[GetSet] = &[];

macro_rules! exceptions {
    ($($constant:ident $name:literal ($base:ident) $methods:expr, $getset:expr, $doc:literal;)*) => {
        $(#[allow(missing_docs, reason = "named as the class")]
        pub static $constant: ClassDef = ClassDef {
            name: $name,
            module: "builtins",
            layout: BaseException::layout,
            base: Some(|t| t.classes().$base),
            flags: FLAGS,
            doc: $doc,
            methods: $methods,
            getset: $getset,
        };)*
    };
}

exceptions! {
    BASE_EXCEPTION "BaseException" (object) base::BASE_METHODS, base::BASE_GETSET, "Common base class for all exceptions.";
    EXCEPTION "Exception" (base_exception) NO_METHODS, NO_GETSET, "Common base class for all non-exit exceptions.";
    BASE_EXCEPTION_GROUP "BaseExceptionGroup" (base_exception) crate::exceptions::groups::METHODS, crate::exceptions::groups::GETSET, "A combination of multiple unrelated exceptions.";
    GENERATOR_EXIT "GeneratorExit" (base_exception) NO_METHODS, NO_GETSET, "Request that a generator exit.";
    KEYBOARD_INTERRUPT "KeyboardInterrupt" (base_exception) NO_METHODS, NO_GETSET, "Program interrupted by user.";
    SYSTEM_EXIT "SystemExit" (base_exception) base::SYSTEM_EXIT_METHODS, fields::SYSTEM_EXIT, "Request to exit from the interpreter.";
    ARITHMETIC_ERROR "ArithmeticError" (exception) NO_METHODS, NO_GETSET, "Base class for arithmetic errors.";
    FLOATING_POINT_ERROR "FloatingPointError" (arithmetic_error) NO_METHODS, NO_GETSET, "Floating-point operation failed.";
    OVERFLOW_ERROR "OverflowError" (arithmetic_error) NO_METHODS, NO_GETSET, "Result too large to be represented.";
    ZERO_DIVISION_ERROR "ZeroDivisionError" (arithmetic_error) NO_METHODS, NO_GETSET, "Second argument to a division or modulo operation was zero.";
    ASSERTION_ERROR "AssertionError" (exception) NO_METHODS, NO_GETSET, "Assertion failed.";
    ATTRIBUTE_ERROR "AttributeError" (exception) base::ATTRIBUTE_ERROR_METHODS, fields::ATTRIBUTE_ERROR, "Attribute not found.";
    BUFFER_ERROR "BufferError" (exception) NO_METHODS, NO_GETSET, "Buffer error.";
    EOF_ERROR "EOFError" (exception) NO_METHODS, NO_GETSET, "Read beyond end of file.";
    EXCEPTION_GROUP "ExceptionGroup" (base_exception_group) NO_METHODS, NO_GETSET, "";
    IMPORT_ERROR "ImportError" (exception) base::IMPORT_ERROR_METHODS, fields::IMPORT_ERROR, "Import can't find module, or can't find name in module.";
    MODULE_NOT_FOUND_ERROR "ModuleNotFoundError" (import_error) NO_METHODS, NO_GETSET, "Module not found.";
    LOOKUP_ERROR "LookupError" (exception) NO_METHODS, NO_GETSET, "Base class for lookup errors.";
    INDEX_ERROR "IndexError" (lookup_error) NO_METHODS, NO_GETSET, "Sequence index out of range.";
    KEY_ERROR "KeyError" (lookup_error) base::KEY_ERROR_METHODS, NO_GETSET, "Mapping key not found.";
    MEMORY_ERROR "MemoryError" (exception) NO_METHODS, NO_GETSET, "Out of memory.";
    NAME_ERROR "NameError" (exception) base::NAME_ERROR_METHODS, fields::NAME_ERROR, "Name not found globally.";
    UNBOUND_LOCAL_ERROR "UnboundLocalError" (name_error) NO_METHODS, NO_GETSET, "Local name referenced but not bound to a value.";
    OS_ERROR "OSError" (exception) base::OS_ERROR_METHODS, base::OS_ERROR_GETSET, "Base class for I/O related errors.";
    BLOCKING_IO_ERROR "BlockingIOError" (os_error) NO_METHODS, NO_GETSET, "I/O operation would block.";
    CHILD_PROCESS_ERROR "ChildProcessError" (os_error) NO_METHODS, NO_GETSET, "Child process error.";
    CONNECTION_ERROR "ConnectionError" (os_error) NO_METHODS, NO_GETSET, "Connection error.";
    BROKEN_PIPE_ERROR "BrokenPipeError" (connection_error) NO_METHODS, NO_GETSET, "Broken pipe.";
    CONNECTION_ABORTED_ERROR "ConnectionAbortedError" (connection_error) NO_METHODS, NO_GETSET, "Connection aborted.";
    CONNECTION_REFUSED_ERROR "ConnectionRefusedError" (connection_error) NO_METHODS, NO_GETSET, "Connection refused.";
    CONNECTION_RESET_ERROR "ConnectionResetError" (connection_error) NO_METHODS, NO_GETSET, "Connection reset.";
    FILE_EXISTS_ERROR "FileExistsError" (os_error) NO_METHODS, NO_GETSET, "File already exists.";
    FILE_NOT_FOUND_ERROR "FileNotFoundError" (os_error) NO_METHODS, NO_GETSET, "File not found.";
    INTERRUPTED_ERROR "InterruptedError" (os_error) NO_METHODS, NO_GETSET, "Interrupted by signal.";
    IS_A_DIRECTORY_ERROR "IsADirectoryError" (os_error) NO_METHODS, NO_GETSET, "Operation doesn't work on directories.";
    NOT_A_DIRECTORY_ERROR "NotADirectoryError" (os_error) NO_METHODS, NO_GETSET, "Operation only works on directories.";
    PERMISSION_ERROR "PermissionError" (os_error) NO_METHODS, NO_GETSET, "Not enough permissions.";
    PROCESS_LOOKUP_ERROR "ProcessLookupError" (os_error) NO_METHODS, NO_GETSET, "Process not found.";
    TIMEOUT_ERROR "TimeoutError" (os_error) NO_METHODS, NO_GETSET, "Timeout expired.";
    REFERENCE_ERROR "ReferenceError" (exception) NO_METHODS, NO_GETSET, "Weak ref proxy used after referent went away.";
    RUNTIME_ERROR "RuntimeError" (exception) NO_METHODS, NO_GETSET, "Unspecified run-time error.";
    NOT_IMPLEMENTED_ERROR "NotImplementedError" (runtime_error) NO_METHODS, NO_GETSET, "Method or function hasn't been implemented yet.";
    PYTHON_FINALIZATION_ERROR "PythonFinalizationError" (runtime_error) NO_METHODS, NO_GETSET, "Operation blocked during Python finalization.";
    RECURSION_ERROR "RecursionError" (runtime_error) NO_METHODS, NO_GETSET, "Recursion limit exceeded.";
    STOP_ASYNC_ITERATION "StopAsyncIteration" (exception) NO_METHODS, NO_GETSET, "Signal the end from iterator.__anext__().";
    STOP_ITERATION "StopIteration" (exception) base::STOP_ITERATION_METHODS, fields::STOP_ITERATION, "Signal the end from iterator.__next__().";
    SYNTAX_ERROR "SyntaxError" (exception) base::SYNTAX_ERROR_METHODS, fields::SYNTAX_ERROR, "Invalid syntax.";
    INDENTATION_ERROR "IndentationError" (syntax_error) NO_METHODS, NO_GETSET, "Improper indentation.";
    TAB_ERROR "TabError" (indentation_error) NO_METHODS, NO_GETSET, "Improper mixture of spaces and tabs.";
    INCOMPLETE_INPUT_ERROR "_IncompleteInputError" (syntax_error) NO_METHODS, NO_GETSET, "incomplete input.";
    SYSTEM_ERROR "SystemError" (exception) NO_METHODS, NO_GETSET, "Internal error in the Python interpreter.";
    TYPE_ERROR "TypeError" (exception) NO_METHODS, NO_GETSET, "Inappropriate argument type.";
    VALUE_ERROR "ValueError" (exception) NO_METHODS, NO_GETSET, "Inappropriate argument value (of correct type).";
    UNICODE_ERROR "UnicodeError" (value_error) NO_METHODS, NO_GETSET, "Unicode related error.";
    UNICODE_DECODE_ERROR "UnicodeDecodeError" (unicode_error) base::UNICODE_DECODE_METHODS, fields::UNICODE_ERROR, "Unicode decoding error.";
    UNICODE_ENCODE_ERROR "UnicodeEncodeError" (unicode_error) base::UNICODE_ENCODE_METHODS, fields::UNICODE_ERROR, "Unicode encoding error.";
    UNICODE_TRANSLATE_ERROR "UnicodeTranslateError" (unicode_error) base::UNICODE_TRANSLATE_METHODS, fields::UNICODE_ERROR, "Unicode translation error.";
    WARNING "Warning" (exception) NO_METHODS, NO_GETSET, "Base class for warning categories.";
    BYTES_WARNING "BytesWarning" (warning) NO_METHODS, NO_GETSET, "Base class for warnings about bytes and buffer related problems, mostly\nrelated to conversion from str or comparing to str.";
    DEPRECATION_WARNING "DeprecationWarning" (warning) NO_METHODS, NO_GETSET, "Base class for warnings about deprecated features.";
    ENCODING_WARNING "EncodingWarning" (warning) NO_METHODS, NO_GETSET, "Base class for warnings about encodings.";
    FUTURE_WARNING "FutureWarning" (warning) NO_METHODS, NO_GETSET, "Base class for warnings about constructs that will change semantically\nin the future.";
    IMPORT_WARNING "ImportWarning" (warning) NO_METHODS, NO_GETSET, "Base class for warnings about probable mistakes in module imports";
    PENDING_DEPRECATION_WARNING "PendingDeprecationWarning" (warning) NO_METHODS, NO_GETSET, "Base class for warnings about features which will be deprecated\nin the future.";
    RESOURCE_WARNING "ResourceWarning" (warning) NO_METHODS, NO_GETSET, "Base class for warnings about resource usage.";
    RUNTIME_WARNING "RuntimeWarning" (warning) NO_METHODS, NO_GETSET, "Base class for warnings about dubious runtime behavior.";
    SYNTAX_WARNING "SyntaxWarning" (warning) NO_METHODS, NO_GETSET, "Base class for warnings about dubious syntax.";
    UNICODE_WARNING "UnicodeWarning" (warning) NO_METHODS, NO_GETSET, "Base class for warnings about Unicode related problems, mostly\nrelated to conversion problems.";
    USER_WARNING "UserWarning" (warning) NO_METHODS, NO_GETSET, "Base class for warnings generated by user code.";
}
