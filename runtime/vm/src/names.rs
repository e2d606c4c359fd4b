//! The names that the runtime itself uses, interned once in the shared space, and the special methods among them.

use crate::object::Ref;
use crate::objects::Str;

macro_rules! names {
    (special { $($special:ident $dunder:ident;)* } other { $($name:ident $(= $text:literal)?;)* }) => {
        /// A special method that the runtime looks up on classes (`Class::special`).
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u16)]
        pub enum Special { $(#[allow(missing_docs, reason = "the variant is the method's name")] $special,)* }

        /// How many special methods there are.
        pub const SPECIAL_COUNT: usize = [$(Special::$special),*].len();

        impl Special {
            /// All of them, in order.
            pub const ALL: [Special; SPECIAL_COUNT] = [$(Special::$special),*];

            /// The method's name.
            #[must_use]
            pub fn text(self) -> &'static str {
                match self { $(Special::$special => stringify!($dunder),)* }
            }

            /// The special method of this name, interned by the shared space.
            #[must_use]
            pub fn named(names: &Names, name: Ref<Str>) -> Option<Self> {
                Self::ALL.into_iter().find(|special| special.name(names) == name)
            }

            /// The method's interned name.
            #[inline]
            #[must_use]
            pub fn name(self, names: &Names) -> Ref<Str> {
                match self { $(Special::$special => names.$dunder,)* }
            }
        }

        /// Interned names; a field is named as the string it holds.
        #[allow(missing_docs, reason = "a field is named as the string it holds")]
        pub struct Names {
            $(pub $dunder: Ref<Str>,)*
            $(pub $name: Ref<Str>,)*
        }

        impl Names {
            /// Makes every name with `intern`.
            pub fn new(intern: &mut dyn FnMut(&str) -> Ref<Str>) -> Self {
                Self {
                    $($dunder: intern(stringify!($dunder)),)*
                    $($name: intern(names!(@text $name $($text)?)),)*
                }
            }
        }
    };
    (@text $name:ident $text:literal) => { $text };
    (@text $name:ident) => { stringify!($name) };
}

names! {
    special {
        Repr __repr__; Str __str__; Bytes __bytes__; Format __format__; Hash __hash__;
        Lt __lt__; Le __le__; Eq __eq__; Ne __ne__; Gt __gt__; Ge __ge__;
        Call __call__; New __new__; Init __init__; Del __del__;
        GetAttribute __getattribute__; GetAttr __getattr__; SetAttr __setattr__; DelAttr __delattr__; Dir __dir__;
        Get __get__; Set __set__; Delete __delete__; SetName __set_name__;
        Len __len__; LengthHint __length_hint__; GetItem __getitem__; SetItem __setitem__; DelItem __delitem__; Missing __missing__;
        Iter __iter__; Next __next__; Reversed __reversed__; Contains __contains__;
        Add __add__; Sub __sub__; Mul __mul__; MatMul __matmul__; TrueDiv __truediv__; FloorDiv __floordiv__; Mod __mod__;
        DivMod __divmod__; Pow __pow__; LShift __lshift__; RShift __rshift__; And __and__; Xor __xor__; Or __or__;
        RAdd __radd__; RSub __rsub__; RMul __rmul__; RMatMul __rmatmul__; RTrueDiv __rtruediv__; RFloorDiv __rfloordiv__; RMod __rmod__;
        RDivMod __rdivmod__; RPow __rpow__; RLShift __rlshift__; RRShift __rrshift__; RAnd __rand__; RXor __rxor__; ROr __ror__;
        IAdd __iadd__; ISub __isub__; IMul __imul__; IMatMul __imatmul__; ITrueDiv __itruediv__; IFloorDiv __ifloordiv__; IMod __imod__;
        IPow __ipow__; ILShift __ilshift__; IRShift __irshift__; IAnd __iand__; IXor __ixor__; IOr __ior__;
        Neg __neg__; Pos __pos__; Abs __abs__; Invert __invert__; Complex __complex__; Int __int__; Float __float__; Index __index__;
        Round __round__; Trunc __trunc__; Floor __floor__; Ceil __ceil__; Bool __bool__;
        Enter __enter__; Exit __exit__; Await __await__; AIter __aiter__; ANext __anext__; AEnter __aenter__; AExit __aexit__;
        InstanceCheck __instancecheck__; SubclassCheck __subclasscheck__; InitSubclass __init_subclass__; ClassGetItem __class_getitem__;
        Buffer __buffer__; ReleaseBuffer __release_buffer__; Prepare __prepare__;
    }
    other {
        __abstractmethods__; __all__; __annotate__; __annotate_func__; __annotations__; __annotations_cache__; __args__; __base__; __bases__; __bound__;
        __build_class__; __builtins__; __cached__; __cause__; __class__; __classcell__; __classdict__; __classdictcell__; __closure__; __code__;
        __conditional_annotations__; __constraints__; __context__; __copy__; __deepcopy__; __debug__; __default__; __defaults__; __dict__; __dictoffset__; __doc__; __file__;
        __firstlineno__; __flags__; __fspath__; __func__; __future__; __getnewargs__; __getnewargs_ex__; __getstate__; __globals__;
        __import__; __infer_variance__; __interactivehook__; __isabstractmethod__; __itemsize__; __basicsize__; __weakrefoffset__; __text_signature__; __signature__; __kwdefaults__; __loader__; __main__; __match_args__;
        __metaclass__; __missing; __module__; __mro__; __mro_entries__; __name__; __newobj__; __notes__; __objclass__; __orig_bases__; __orig_class__; __origin__; __package__; __parameters__; __path__;
        __qualname__; __reduce__; __reduce_ex__; __self__; __setstate__; __sizeof__; __slots__; __slotnames__; __spec__; __static_attributes__;
        __subclasses__; __subclasshook__; __suppress_context__; __traceback__; __type_params__; __typing_subst__; __typing_prepare_subst__; __typing_is_unpacked_typevartuple__; __typing_unpacked_tuple_args__;
        __unpacked__; __value__; __weakref__; __wrapped__; __static__; __thisclass__; __self_class__; __is_type__; __evaluate__; mro;
        _abc_impl; _fix_up_module; _find_and_load; _handle_fromlist; _initializing; _uninitialized_submodules; _lock_unlock_module; _wrap_file; _blocking;
        add; append; args; arguments; athrow; asend; buffer; buffering; builtins; base; big; bases; bool; clear; close; closed; code; conj; copy; count; data; dict; decode; default; difference; discard; displayhook;
        dont_write_bytecode; encode; encoding; end; end_lineno; end_offset; errno; errors; excepthook; exceptions; extend; file; filename; filename2; fileno; flags; flush; format; fromlist; function;
        get; get_source; getvalue; group; index; insert; int; intersection; isatty; items; key; keys; last_exc; last_traceback; last_type; last_value; len; level; lineno; little; list; locals; globals; maxsplit; message; meta_path; metaclass; mode; modules; msg; name; name_from; namespace;
        newline; newlines; next; nlocals; obj; object; offset; open; orig_stdout; original; path; path_hooks; path_importer_cache; ps1; ps2; pop; popitem; position; print_file_and_line; prefix; raw; read; readall; readable; readinto; readline; readlines; real; reason; recursion; reload;
        remove; replace; reverse; rest; sep; seek; seekable; self_ = "self"; send; setdefault; signed; sort; source; start; stderr; stdin; stdout; step; stop; strict; string; strerror; subgroup; tell; text; text_mode; throw; truncate; type_ = "type"; tb_next; tb_frame; timeout; translate; union;
        _asyncio_future_blocking; _loop; add_done_callback; call_exception_handler; call_soon; cancel; context; done; eager_start; exception; future; get_debug; get_loop; is_running; loop_ = "loop"; result; source_traceback; task;
        unraisablehook; update; value; values; varnames; warn; warn_explicit; warnoptions; winerror; writable; write; write_through; xor;
        symmetric_difference; issuperset; issubset; characters_written; exc_type; exc_value; exc_traceback; err_msg; object_ = "object"; thread; threading; site;
        anon_lambda = "<lambda>"; anon_module = "<module>"; anon_string = "<string>"; anon_listcomp = "<listcomp>"; anon_genexpr = "<genexpr>"; empty = ""; dot = "."; utf_8 = "utf-8";
        generic_base = ".generic_base"; type_params = ".type_params"; defaults = ".defaults"; kwdefaults = ".kwdefaults"; copyreg; _slotnames; __newobj_ex__; importlib; _bootstrap = "importlib._bootstrap"; sys; io; os; warnings; traceback; collections_abc = "collections.abc"; typing; ast; _ast; linecache;
    }
}
