//! Types that every pool starts with: those that builtins take and result in.

use super::pool::LARGEST_VALUE;
use super::shape::{Shape, Ty};

/// Each with the number that its place gives it.
macro_rules! presets {
    ($($name:ident = $shape:expr;)*) => {
        presets!(@number 0u32; $($name)*);
        pub const PRESETS: &[Shape] = &[$($shape),*];
    };
    (@number $at:expr; $name:ident $($rest:ident)*) => {
        pub const $name: Ty = Ty($at);
        presets!(@number $at + 1; $($rest)*);
    };
    (@number $at:expr;) => {};
}

presets! {
    UNKNOWN = Shape::Unknown;
    NOTHING = Shape::Nothing;
    INT = Shape::Int;
    UINT = Shape::Uint;
    BOOL = Shape::Bool;
    PRINCIPAL = Shape::Principal;
    BUFFER_1 = Shape::Buffer(1);
    BUFFER_16 = Shape::Buffer(16);
    BUFFER_20 = Shape::Buffer(20);
    BUFFER_32 = Shape::Buffer(32);
    BUFFER_33 = Shape::Buffer(33);
    BUFFER_34 = Shape::Buffer(34);
    BUFFER_64 = Shape::Buffer(64);
    BUFFER_65 = Shape::Buffer(65);
    BUFFER_1024 = Shape::Buffer(1024);
    LARGEST_BUFFER = Shape::Buffer(LARGEST_VALUE);
    ASCII_1 = Shape::Ascii(1);
    ASCII_40 = Shape::Ascii(40);
    ASCII_128 = Shape::Ascii(128);
    UTF8_1 = Shape::Utf8(1);
    UTF8_40 = Shape::Utf8(40);
    LIST_24_BUFFER_32 = Shape::List(24, BUFFER_32);
    OPTIONAL_NOTHING = Shape::Optional(NOTHING);
    OPTIONAL_INT = Shape::Optional(INT);
    OPTIONAL_UINT = Shape::Optional(UINT);
    OPTIONAL_PRINCIPAL = Shape::Optional(PRINCIPAL);
    OPTIONAL_BUFFER_1 = Shape::Optional(BUFFER_1);
    OPTIONAL_BUFFER_32 = Shape::Optional(BUFFER_32);
    OPTIONAL_ASCII_1 = Shape::Optional(ASCII_1);
    OPTIONAL_UTF8_1 = Shape::Optional(UTF8_1);
    RESPONSE_BOOL_UINT = Shape::Response(BOOL, UINT);
    RESPONSE_PRINCIPAL_UINT = Shape::Response(PRINCIPAL, UINT);
    RESPONSE_BUFFER_32_UINT = Shape::Response(BUFFER_32, UINT);
    RESPONSE_BUFFER_33_UINT = Shape::Response(BUFFER_33, UINT);
    RESPONSE_BUFFER_65_UINT = Shape::Response(BUFFER_65, UINT);
    EMPTY_LIST = Shape::List(0, NOTHING);
}
