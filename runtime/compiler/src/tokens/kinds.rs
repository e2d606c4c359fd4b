//! The kinds of tokens, with the numbers of the `token` module.

/// A token's kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum TokenKind {
    EndMarker = 0,
    Name,
    Number,
    String,
    Newline,
    Indent,
    Dedent,
    LeftParenthesis,
    RightParenthesis,
    LeftBracket,
    RightBracket,
    Colon,
    Comma,
    Semicolon,
    Plus,
    Minus,
    Star,
    Slash,
    VerticalBar,
    Ampersand,
    Less,
    Greater,
    Equal,
    Dot,
    Percent,
    LeftBrace,
    RightBrace,
    EqualEqual,
    NotEqual,
    LessEqual,
    GreaterEqual,
    Tilde,
    Circumflex,
    LeftShift,
    RightShift,
    DoubleStar,
    PlusEqual,
    MinusEqual,
    StarEqual,
    SlashEqual,
    PercentEqual,
    AmpersandEqual,
    VerticalBarEqual,
    CircumflexEqual,
    LeftShiftEqual,
    RightShiftEqual,
    DoubleStarEqual,
    DoubleSlash,
    DoubleSlashEqual,
    At,
    AtEqual,
    Arrow,
    Ellipsis,
    ColonEqual,
    Exclamation,
    /// A character that no operator begins with (`$`, `?`, `` ` ``); in extra mode, every operator.
    Operator,
    TypeIgnore,
    TypeComment,
    SoftKeyword,
    FStringStart,
    FStringMiddle,
    FStringEnd,
    TStringStart,
    TStringMiddle,
    TStringEnd,
    Comment,
    /// A line end that ends no statement.
    BlankNewline,
}

impl TokenKind {
    /// String-like tokens start on a line of their own reckoning, which may lie before the current one.
    pub fn is_string_like(self) -> bool {
        matches!(self, Self::String) || (Self::FStringStart as u8..=Self::TStringEnd as u8).contains(&(self as u8))
    }

    pub fn is_operator(self) -> bool {
        (Self::LeftParenthesis as u8..=Self::Operator as u8).contains(&(self as u8))
    }

    /// The operator of one character.
    pub(super) fn one(byte: u8) -> Self {
        match byte {
            b'!' => Self::Exclamation,
            b'%' => Self::Percent,
            b'&' => Self::Ampersand,
            b'(' => Self::LeftParenthesis,
            b')' => Self::RightParenthesis,
            b'*' => Self::Star,
            b'+' => Self::Plus,
            b',' => Self::Comma,
            b'-' => Self::Minus,
            b'.' => Self::Dot,
            b'/' => Self::Slash,
            b':' => Self::Colon,
            b';' => Self::Semicolon,
            b'<' => Self::Less,
            b'=' => Self::Equal,
            b'>' => Self::Greater,
            b'@' => Self::At,
            b'[' => Self::LeftBracket,
            b']' => Self::RightBracket,
            b'^' => Self::Circumflex,
            b'{' => Self::LeftBrace,
            b'|' => Self::VerticalBar,
            b'}' => Self::RightBrace,
            b'~' => Self::Tilde,
            _ => Self::Operator,
        }
    }

    /// The operator of two characters, if they are one.
    pub(super) fn two(first: u8, second: u8) -> Option<Self> {
        Some(match (first, second) {
            (b'!', b'=') => Self::NotEqual,
            (b'%', b'=') => Self::PercentEqual,
            (b'&', b'=') => Self::AmpersandEqual,
            (b'*', b'*') => Self::DoubleStar,
            (b'*', b'=') => Self::StarEqual,
            (b'+', b'=') => Self::PlusEqual,
            (b'-', b'=') => Self::MinusEqual,
            (b'-', b'>') => Self::Arrow,
            (b'/', b'/') => Self::DoubleSlash,
            (b'/', b'=') => Self::SlashEqual,
            (b':', b'=') => Self::ColonEqual,
            (b'<', b'<') => Self::LeftShift,
            (b'<', b'=') => Self::LessEqual,
            (b'<', b'>') => Self::NotEqual,
            (b'=', b'=') => Self::EqualEqual,
            (b'>', b'=') => Self::GreaterEqual,
            (b'>', b'>') => Self::RightShift,
            (b'@', b'=') => Self::AtEqual,
            (b'^', b'=') => Self::CircumflexEqual,
            (b'|', b'=') => Self::VerticalBarEqual,
            _ => return None,
        })
    }

    /// The operator of three characters, if they are one.
    pub(super) fn three(two: Self, third: u8) -> Option<Self> {
        Some(match (two, third) {
            (Self::DoubleStar, b'=') => Self::DoubleStarEqual,
            (Self::DoubleSlash, b'=') => Self::DoubleSlashEqual,
            (Self::LeftShift, b'=') => Self::LeftShiftEqual,
            (Self::RightShift, b'=') => Self::RightShiftEqual,
            _ => return None,
        })
    }
}
