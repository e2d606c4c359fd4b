//! The one table of opcodes. The enum, the disassembler and the dispatch are made from it.
//!
//! Notation in the comments: `R[n]` is register n of the window, `K[n]` constant n, `S[n]` cache site n (with its
//! name), `target` an instruction offset relative to the following instruction. "unset" is the empty register.
//!
//! Operands may be the same register: all are read before the first is written. An instruction that raises writes nothing.

/// How the operand fields of an instruction are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operands {
    /// No operand.
    None,
    /// `a`.
    A,
    /// `a`, `b`.
    AB,
    /// `a`, `b`, `c`.
    ABC,
    /// `a` and the 32-bit `bx` as an index or a signed number.
    ABx,
    /// `a` and `bx` as a jump.
    AJump,
    /// `a`, `b` and a forward jump in `c` (unsigned).
    ABJump,
    /// `a`, a signed 16-bit number in `b` and a forward jump in `c`.
    AImmJump,
    /// `a`, `b` and a backward jump in `c` (unsigned distance from the following instruction).
    ABBack,
    /// `a`, a signed 16-bit number in `b` and a backward jump in `c` (unsigned distance from the following instruction).
    AImmBack,
    /// `a`, `b` and a signed 16-bit number in `c`.
    ABImm,
    /// `a`, `b` and a cache site in `c`.
    ABSite,
}

macro_rules! opcodes {
    ($($(#[doc = $doc:literal])+ $name:ident $operands:ident;)*) => {
        /// An operation code.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum Opcode { $($(#[doc = $doc])+ $name,)* }

        /// How many opcodes there are.
        pub const OPCODE_COUNT: usize = [$(stringify!($name)),*].len();

        impl Opcode {
            /// Every opcode, in numeric order.
            pub const ALL: [Opcode; OPCODE_COUNT] = [$(Opcode::$name),*];

            /// The opcode with this number, if there is one.
            #[must_use]
            pub fn from_u8(number: u8) -> Option<Opcode> {
                Self::ALL.get(number as usize).copied()
            }

            /// How its operand fields are used.
            #[must_use]
            pub const fn operands(self) -> Operands {
                match self { $(Opcode::$name => Operands::$operands,)* }
            }

            /// The name in the table.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Opcode::$name => stringify!($name),)* }
            }
        }
    };
}

impl Opcode {
    /// Whether its cache site (or its operand `bx`, as one) stands for a name.
    #[must_use]
    pub const fn has_name(self) -> bool {
        match self.operands() {
            Operands::ABSite => !matches!(self, Opcode::MakeFunction),
            Operands::ABx => !matches!(self, Opcode::LoadConst | Opcode::LoadInt | Opcode::Extend),
            _ => false,
        }
    }

    /// Whether it can jump.
    #[must_use]
    pub const fn has_jump(self) -> bool {
        matches!(
            self.operands(),
            Operands::AJump | Operands::ABJump | Operands::AImmJump | Operands::ABBack | Operands::AImmBack
        )
    }
}

opcodes! {
    /// Does nothing.
    Nop None;
    /// Operands of the instruction before it that did not fit; never executed (the one before skips it).
    Extend ABx;

    // Moves and local variables.
    /// R[a] = R[b].
    Move AB;
    /// R[a] = K[bx].
    LoadConst ABx;
    /// R[a] = the small int bx (signed).
    LoadInt ABx;
    /// R[a] = None.
    LoadNone A;
    /// R[a] = True.
    LoadTrue A;
    /// R[a] = False.
    LoadFalse A;
    /// Raises UnboundLocalError if R[a] is unset.
    CheckLocal A;
    /// Raises UnboundLocalError if R[a] is unset, else unsets it.
    DeleteLocal A;
    /// Unsets R[a].
    Clear A;
    /// R[a] = a new cell that holds what R[a] held (perhaps nothing).
    MakeCell A;
    /// R[a..a+b] = the running function's closure cells.
    CopyFree AB;
    /// R[a] = contents of cell R[b]; NameError or UnboundLocalError if empty.
    LoadCell AB;
    /// Cell R[a] now holds R[b].
    StoreCell AB;
    /// Empties cell R[a]; NameError or UnboundLocalError if it is empty.
    DeleteCell A;
    /// R[a] = name of S[c] from the mapping in R[a] (a class namespace), else contents of cell R[b].
    LoadFromDictOrCell ABSite;
    /// R[a] = name of S[c] from the mapping in R[a], else global or builtin.
    LoadFromDictOrGlobal ABSite;

    // Names.
    /// R[a] = global or builtin S[bx].
    LoadGlobal ABx;
    /// global S[bx] = R[a].
    StoreGlobal ABx;
    /// Deletes global S[bx].
    DeleteGlobal ABx;
    /// R[a] = name S[bx] from the frame's locals mapping, globals or builtins.
    LoadName ABx;
    /// name S[bx] in the frame's locals mapping = R[a].
    StoreName ABx;
    /// Deletes name S[bx] from the frame's locals mapping.
    DeleteName ABx;
    /// R[a] = the frame's locals mapping (class and module code).
    LoadLocals A;
    /// R[a] = builtins.__build_class__.
    LoadBuildClass A;
    /// Makes sure the locals mapping has `__annotations__` (interactive and `from __future__ import annotations`).
    SetupAnnotations None;

    // Arithmetic: x = 1 is the augmented assignment form.
    /// R[a] = R[b] + R[c].
    Add ABC;
    /// R[a] = R[b] - R[c].
    Sub ABC;
    /// R[a] = R[b] * R[c].
    Mul ABC;
    /// R[a] = R[b] / R[c].
    TrueDiv ABC;
    /// R[a] = R[b] // R[c].
    FloorDiv ABC;
    /// R[a] = R[b] % R[c].
    Mod ABC;
    /// R[a] = R[b] ** R[c].
    Pow ABC;
    /// R[a] = R[b] @ R[c].
    MatMul ABC;
    /// R[a] = R[b] << R[c].
    LShift ABC;
    /// R[a] = R[b] >> R[c].
    RShift ABC;
    /// R[a] = R[b] & R[c].
    And ABC;
    /// R[a] = R[b] | R[c].
    Or ABC;
    /// R[a] = R[b] ^ R[c].
    Xor ABC;
    /// R[a] = R[b] + c.
    AddInt ABImm;
    /// R[a] = R[b] - c.
    SubInt ABImm;
    /// R[a] = R[b] * c.
    MulInt ABImm;
    /// R[a] = R[b] // c.
    FloorDivInt ABImm;
    /// R[a] = R[b] % c.
    ModInt ABImm;
    /// R[a] = R[b] & c.
    AndInt ABImm;
    /// R[a] = R[b] << c.
    LShiftInt ABImm;
    /// R[a] = R[b] >> c.
    RShiftInt ABImm;
    /// R[a] = -R[b].
    Neg AB;
    /// R[a] = +R[b].
    Pos AB;
    /// R[a] = ~R[b].
    Invert AB;
    /// R[a] = not R[b].
    Not AB;

    // Comparisons.
    /// R[a] = R[b] < R[c].
    Lt ABC;
    /// R[a] = R[b] <= R[c].
    Le ABC;
    /// R[a] = R[b] == R[c].
    Eq ABC;
    /// R[a] = R[b] != R[c].
    Ne ABC;
    /// R[a] = R[b] > R[c].
    Gt ABC;
    /// R[a] = R[b] >= R[c].
    Ge ABC;
    /// R[a] = R[b] is R[c] (x = 1: is not).
    Is ABC;
    /// R[a] = R[b] in R[c] (x = 1: not in).
    In ABC;

    // Jumps. x = 1: jump if true, x = 0: jump if false.
    /// Jumps to bx.
    Jump AJump;
    /// Jumps back to bx (negative) and polls; temporaries from a on are dead.
    JumpBack AJump;
    /// Jumps if the truth of R[a] is x.
    JumpIf AJump;
    /// Jumps if (R[a] is None) == x.
    JumpIfNone AJump;
    /// Jumps forward by c if the truth of R[a] < R[b] is x.
    JumpLt ABJump;
    /// Jumps forward by c if the truth of R[a] <= R[b] is x.
    JumpLe ABJump;
    /// Jumps forward by c if the truth of R[a] == R[b] is x.
    JumpEq ABJump;
    /// Jumps forward by c if the truth of R[a] != R[b] is x.
    JumpNe ABJump;
    /// Jumps forward by c if the truth of R[a] > R[b] is x.
    JumpGt ABJump;
    /// Jumps forward by c if the truth of R[a] >= R[b] is x.
    JumpGe ABJump;
    /// Jumps forward by c if the truth of R[a] < b is x.
    JumpLtInt AImmJump;
    /// Jumps forward by c if the truth of R[a] <= b is x.
    JumpLeInt AImmJump;
    /// Jumps forward by c if the truth of R[a] == b is x.
    JumpEqInt AImmJump;
    /// Jumps forward by c if the truth of R[a] != b is x.
    JumpNeInt AImmJump;
    /// Jumps forward by c if the truth of R[a] > b is x.
    JumpGtInt AImmJump;
    /// Jumps forward by c if the truth of R[a] >= b is x.
    JumpGeInt AImmJump;

    // Loop ends: a test fused with the jump back to the body (`docs/decisions/006`). Each polls when it jumps.
    /// Jumps back to bx (negative) if the truth of R[a] is x.
    LoopIf AJump;
    /// Jumps back by c if the truth of R[a] < R[b] is x.
    LoopLt ABBack;
    /// Jumps back by c if the truth of R[a] <= R[b] is x.
    LoopLe ABBack;
    /// Jumps back by c if the truth of R[a] == R[b] is x.
    LoopEq ABBack;
    /// Jumps back by c if the truth of R[a] != R[b] is x.
    LoopNe ABBack;
    /// Jumps back by c if the truth of R[a] > R[b] is x.
    LoopGt ABBack;
    /// Jumps back by c if the truth of R[a] >= R[b] is x.
    LoopGe ABBack;
    /// Jumps back by c if the truth of R[a] < b is x.
    LoopLtInt AImmBack;
    /// Jumps back by c if the truth of R[a] <= b is x.
    LoopLeInt AImmBack;
    /// Jumps back by c if the truth of R[a] == b is x.
    LoopEqInt AImmBack;
    /// Jumps back by c if the truth of R[a] != b is x.
    LoopNeInt AImmBack;
    /// Jumps back by c if the truth of R[a] > b is x.
    LoopGtInt AImmBack;
    /// Jumps back by c if the truth of R[a] >= b is x.
    LoopGeInt AImmBack;
    /// R[a] = next item of R[b] and jumps back by c, or falls through at its end.
    LoopIter ABBack;
    /// R[a] = next item of the loop prepared in R[b] and jumps back by c, or falls through at its end.
    LoopRange ABBack;

    // Subscripts.
    /// R[a] = R[b][R[c]].
    GetItem ABC;
    /// R[a][R[b]] = R[c].
    SetItem ABC;
    /// del R[a][R[b]].
    DeleteItem AB;
    /// R[a] = R[b][R[c]:R[c+1]] (None where left out).
    GetSlice ABC;
    /// R[a][R[b]:R[b+1]] = R[c].
    SetSlice ABC;
    /// R[a] = slice(R[b], R[b+1], R[b+2]) (x = 2: no step given).
    BuildSlice AB;

    // Attributes. A site of 0xFFFF means: not cached, the site's number is bx of the Extend that follows.
    /// R[a] = R[b].S[c].
    LoadAttr ABSite;
    /// R[a].S[c] = R[b].
    StoreAttr ABSite;
    /// del R[a].S[c] (b unused).
    DeleteAttr ABSite;
    /// Looks up method S[c] of R[b]: R[a] = callable and R[a+1] = self, or R[a] = attribute and R[a+1] unset.
    LoadMethod ABSite;
    /// R[a] = super(R[b+1], R[b+2]).S[c] where R[b] is what the name `super` gives. If that is not the builtin, it is called with
    /// R[b+1] and R[b+2] (x = 1: they stand in the source) or without arguments (x = 0) and the attribute is taken of the result.
    LoadSuperAttr ABSite;
    /// As LoadSuperAttr, with a method call's result in R[a], R[a+1] as LoadMethod gives it.
    LoadSuperMethod ABSite;

    // Calls: R[b] callable, R[b+1] self or unset, c arguments from R[b+2] on. x = 1: R[b+1] is taken as unset, whatever it holds.
    /// R[a] = call.
    Call ABC;
    /// R[a] = call whose last arguments are keywords; an Extend follows: a = cache site (0xFFFF none), bx = K index of the tuple of names.
    CallKw ABC;
    /// R[a] = R[b](*R[b+2], **R[b+3]) with R[b+1] self or unset; R[b+2] any iterable, R[b+3] a dict or unset.
    /// x & 1: R[b+1] is taken as unset, x & 2: R[b+3] is taken as unset, whatever they hold.
    CallEx AB;
    /// Returns R[a].
    Return A;
    /// Returns None.
    ReturnNone None;
    /// Suspends with R[b]; R[a] = what is sent. x = 0: yield; x = 1: inside yield from or await, c = register of the sub-iterator,
    /// and the instruction before is its Send; x = 2: yield of an async generator (wrapped). Temporaries from c on are dead, with
    /// x = 1 those after c.
    Yield ABC;
    /// Sends R[a] to iterator R[b]: R[a] = what it yields; when it returns, R[a] = its value and jumps forward by c.
    Send ABJump;

    // Building.
    /// R[a] = tuple of c values from R[b] on.
    BuildTuple ABC;
    /// R[a] = list of c values from R[b] on.
    BuildList ABC;
    /// R[a] = set of c values from R[b] on.
    BuildSet ABC;
    /// R[a] = dict of c key-value pairs from R[b] on.
    BuildMap ABC;
    /// R[a] = the strings R[b..b+c] joined.
    BuildString ABC;
    /// Appends R[b] to list R[a].
    ListAppend AB;
    /// Extends list R[a] with iterable R[b] (x = 1: the argument of a call, for the message; R[c] the callable).
    ListExtend ABC;
    /// Adds R[b] to set R[a].
    SetAdd AB;
    /// Adds all of iterable R[b] to set R[a].
    SetUpdate AB;
    /// dict R[a][R[b]] = R[c].
    MapAdd ABC;
    /// Updates dict R[a] with mapping R[b] (a dict display's `**`).
    MapUpdate AB;
    /// Merges mapping R[b] into keyword dict R[a]; TypeError on a repeated or non-string key, naming callable R[c].
    MapMerge ABC;
    /// R[a] = tuple of list R[b].
    ListToTuple AB;
    /// R[a..a+c] = exactly c items of iterable R[b].
    Unpack ABC;
    /// R[a..a+c], list, x more = items of iterable R[b].
    UnpackEx ABC;
    /// R[a] = format(R[b], R[c]) (c = 0xFFFF: no specification) after conversion x: 0 none, 1 str, 2 repr, 3 ascii.
    Format ABC;
    /// R[a] = Interpolation(R[b], R[b+1] text, conversion x, R[b+2] specification).
    BuildInterpolation AB;
    /// R[a] = Template(strings tuple R[b], interpolations tuple R[c]).
    BuildTemplate ABC;

    // Iteration.
    /// R[a] = iter(R[b]).
    GetIter AB;
    /// R[a] = next item of R[b], or jumps forward by c at its end.
    ForIter ABJump;
    /// Prepares `for .. in range(..)`: callable at R[b], arguments from R[b+2], c of them. If it is the builtin range and all are
    /// small ints, R[a], R[a+1], R[a+2] = next, stop, step; else R[a] = iter(call) and R[a+1] unset.
    RangePrepare ABC;
    /// R[a] = next item of the loop prepared in R[b], or jumps forward by c at its end.
    ForRange ABJump;
    /// R[a] = aiter(R[b]).
    GetAsyncIter AB;
    /// R[a] = iterator to drive (by Send) for anext(R[b]).
    GetAsyncNext AB;
    /// R[a] = iterator to drive for `await R[b]`; x = 1: from `async with` enter, 2: from its exit (for messages).
    GetAwaitable AB;
    /// R[a] = iterator to drive for `yield from R[b]`.
    GetYieldFromIter AB;
    /// If exception R[a] is StopAsyncIteration falls through (the loop ends), else raises it again.
    EndAsyncFor A;

    // with.
    /// Enters context manager R[b]: R[a], R[a+1] = exit as LoadMethod gives it, R[a+2] = result of enter (x = 1: async, awaitable).
    WithEnter AB;
    /// R[a] = exit R[b], R[b+1] called with the type, value and traceback of R[c], or three None (c = 0xFFFF).
    WithExit ABC;

    // Exceptions.
    /// R[a] = the exception being handled (or None); R[b] is now being handled.
    PushHandled AB;
    /// R[a] (as saved by PushHandled) is again the exception being handled.
    PopHandled A;
    /// R[a] = whether exception R[b] matches R[c] (class or tuple; TypeError else).
    MatchException ABC;
    /// Splits group R[b] by R[c]: R[a+1] = the matching part or None, R[a] = the rest or None. Both None if R[b] is None; an
    /// exception that is no group counts as one of itself, and matches as a whole in a group made for it.
    MatchGroup ABC;
    /// R[a] = what to raise after `except*`: from original R[b] and list R[c] of raised ones and of the unhandled rest (which may
    /// be None), or None.
    PrepareReraiseStar ABC;
    /// Raises R[a] again as it stands. x = 1: a frame that ends by it shows where the exception came from.
    Reraise A;
    /// x = 0: bare `raise`; x = 1: raise R[a]; x = 2: raise R[a] from R[b].
    Raise AB;
    /// Raises AssertionError (x = 1: with R[a]).
    AssertFail A;

    // Functions, classes, imports, patterns.
    /// R[a] = function of the code constant that S[c] names (its `name` is an index of constants here). x: 1 defaults tuple, 2 keyword
    /// defaults dict, 4 annotate function, 8 closure tuple, 16 dict of annotations (`from __future__ import annotations`); those
    /// given are in R[b], R[b+1], ... in that order.
    MakeFunction ABSite;
    /// R[a] = module S[c] imported with level R[b] and from-list R[b+1].
    ImportName ABSite;
    /// R[a] = S[c] from module R[b].
    ImportFrom ABSite;
    /// `from R[a] import *` into the frame's locals mapping.
    ImportStar A;
    /// R[a] = len(R[b]).
    GetLen AB;
    /// R[a] = whether R[b] is a sequence for a pattern.
    MatchSequence AB;
    /// R[a] = whether R[b] is a mapping for a pattern.
    MatchMapping AB;
    /// R[a] = tuple of the values of keys R[c] in mapping R[b], or None.
    MatchKeys ABC;
    /// R[a] = dict of mapping R[b] without keys R[c].
    MatchRest ABC;
    /// R[a] = tuple of attributes of R[b] by class R[b+1] with keyword names R[b+2], c positional ones; or None.
    MatchClass ABC;
    /// R[a] = intrinsic x applied to R[b] and R[c]: see `Intrinsic`.
    Intrinsic ABC;
}

/// What `Opcode::Intrinsic` does, by its `x`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Intrinsic {
    /// Shows R[b] as an interactive expression statement does (`sys.displayhook`).
    DisplayHook,
    /// TypeVar named R[b].
    TypeVar,
    /// TypeVar named R[b] with lazily evaluated bound R[c].
    TypeVarWithBound,
    /// TypeVar named R[b] with lazily evaluated constraints R[c].
    TypeVarWithConstraints,
    /// ParamSpec named R[b].
    ParamSpec,
    /// TypeVarTuple named R[b].
    TypeVarTuple,
    /// Type parameter R[b] with lazily evaluated default R[c]; gives R[b].
    SetTypeParamDefault,
    /// Function R[b] gets type parameters R[c]; gives R[b].
    SetFunctionTypeParams,
    /// `Generic[*R[b]]` for a tuple of type parameters.
    SubscriptGeneric,
    /// TypeAliasType from tuple R[b]: (name, type parameters or None, evaluate function).
    TypeAlias,
    /// Raises NotImplementedError if the annotation format R[b] is greater than 2.
    CheckAnnotateFormat,
}

impl Intrinsic {
    /// Every intrinsic, in numeric order.
    pub const ALL: [Intrinsic; 11] = [
        Intrinsic::DisplayHook,
        Intrinsic::TypeVar,
        Intrinsic::TypeVarWithBound,
        Intrinsic::TypeVarWithConstraints,
        Intrinsic::ParamSpec,
        Intrinsic::TypeVarTuple,
        Intrinsic::SetTypeParamDefault,
        Intrinsic::SetFunctionTypeParams,
        Intrinsic::SubscriptGeneric,
        Intrinsic::TypeAlias,
        Intrinsic::CheckAnnotateFormat,
    ];
}
