//! What each byte may be part of: one table, looked up once per byte.

/// Space, tab, line feed. A carriage return is not white space on the chain.
pub(super) const SPACE: u8 = 1 << 0;
/// Ends a name, a number, a principal.
const SEPARATOR: u8 = 1 << 1;
/// Continues a name.
pub(super) const NAME: u8 = 1 << 2;
/// Continues the name of a contract, or an alias between `<` and `>`.
pub(super) const PLAIN_NAME: u8 = 1 << 3;
/// A digit of c32, the alphabet of principals.
pub(super) const C32: u8 = 1 << 4;
/// Stands for itself in a string.
pub(super) const TEXT: u8 = 1 << 5;
pub(super) const DIGIT: u8 = 1 << 6;
pub(super) const HEX: u8 = 1 << 7;

const CLASSES: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut classes = [0; 256];
    let mut index = 0;
    while index < 256 {
        let byte = index as u8;
        let alphanumeric = byte.is_ascii_alphanumeric();
        let mut class = 0;
        if matches!(byte, b' ' | b'\t' | b'\n') {
            class |= SPACE;
        }
        if byte.is_ascii_whitespace() || matches!(byte, b'(' | b')' | b'{' | b'}' | b',' | b':' | b'.' | b';')
        {
            class |= SEPARATOR;
        }
        if alphanumeric || matches!(byte, b'_' | b'-' | b'!' | b'?' | b'+' | b'<' | b'>' | b'=' | b'/' | b'*')
        {
            class |= NAME;
        }
        if alphanumeric || matches!(byte, b'_' | b'-') {
            class |= PLAIN_NAME;
        }
        if byte.is_ascii_digit() || byte.is_ascii_uppercase() && !matches!(byte, b'I' | b'L' | b'O' | b'U') {
            class |= C32;
        }
        if is_text(byte) && !matches!(byte, b'"' | b'\\' | b'\n') {
            class |= TEXT;
        }
        if byte.is_ascii_digit() {
            class |= DIGIT;
        }
        if byte.is_ascii_hexdigit() {
            class |= HEX;
        }
        classes[index] = class;
        index += 1;
    }
    classes
}

pub(super) fn is(byte: u8, class: u8) -> bool {
    CLASSES[byte as usize] & class != 0
}

/// Whether a token ends before `byte`; `None` is the end of the text.
pub(super) fn is_separator(byte: Option<u8>) -> bool {
    byte.is_none_or(|byte| is(byte, SEPARATOR))
}

/// The characters that a value of type `string-ascii` may hold (`Value::string_ascii_from_bytes` in clarity-vm).
pub(super) const fn is_text(byte: u8) -> bool {
    byte.is_ascii_graphic() || byte.is_ascii_whitespace()
}
