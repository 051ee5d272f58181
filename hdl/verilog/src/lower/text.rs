//! Integers and integer expressions that rust-hdl's tree keeps as text: `match` labels and the
//! indices in `[..]`.

use num_bigint::BigInt;

const SUFFIXES: [&str; 12] = [
    "usize", "isize", "u128", "i128", "u64", "u32", "u16", "u8", "i64", "i32", "i16", "i8",
];

/// A Rust integer literal.
pub(super) fn integer(text: &str) -> Option<BigInt> {
    let plain = text.replace('_', "");
    if !plain.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let suffix = SUFFIXES
        .iter()
        .find_map(|suffix| plain.strip_suffix(suffix));
    let digits = suffix.unwrap_or(&plain);
    let (digits, radix) = match digits.get(..2) {
        Some("0x") => (&digits[2..], 16),
        Some("0b") => (&digits[2..], 2),
        Some("0o") => (&digits[2..], 8),
        _ => (digits, 10),
    };
    BigInt::parse_bytes(digits.as_bytes(), radix)
}

/// The value of an index such as `(x + 4) % 5`; the error says what is wrong.
pub(super) fn evaluate(
    text: &str,
    variable: &dyn Fn(&str) -> Option<i64>,
) -> std::result::Result<i64, String> {
    let chars = text.chars().filter(|c| !c.is_whitespace()).collect();
    let mut parser = Parser {
        chars,
        at: 0,
        variable,
    };
    let value = parser.expression(0)?;
    if parser.at != parser.chars.len() {
        return Err(format!("unexpected '{}'", parser.peek(0)));
    }
    if value < 0 {
        return Err(format!("it is {value}"));
    }
    Ok(value)
}

struct Parser<'a> {
    chars: Vec<char>,
    at: usize,
    variable: &'a dyn Fn(&str) -> Option<i64>,
}

impl Parser<'_> {
    fn peek(&self, ahead: usize) -> char {
        self.chars.get(self.at + ahead).copied().unwrap_or('\0')
    }

    fn primary(&mut self) -> std::result::Result<i64, String> {
        if self.peek(0) == '(' {
            self.at += 1;
            let value = self.expression(0)?;
            if self.peek(0) != ')' {
                return Err("missing )".into());
            }
            self.at += 1;
            return Ok(value);
        }
        let start = self.at;
        while self.peek(0).is_alphanumeric() || matches!(self.peek(0), '_' | '$' | '[' | ']') {
            self.at += 1;
            if self.peek(0) == '(' && self.peek(1) == ')' {
                self.at += 2;
            }
        }
        let word: String = self.chars[start..self.at].iter().collect();
        if word.is_empty() {
            return Err(format!("unexpected '{}'", self.peek(0)));
        }
        let number = integer(&word).and_then(|value| i64::try_from(value).ok());
        let value = number.or_else(|| (self.variable)(&word));
        value.ok_or_else(|| format!("unknown name {word}"))
    }

    /// The operator here and its Rust precedence.
    fn operator(&self) -> Option<(u8, &'static str)> {
        Some(match (self.peek(0), self.peek(1)) {
            ('<', '<') => (3, "<<"),
            ('>', '>') => (3, ">>"),
            ('*', _) => (5, "*"),
            ('/', _) => (5, "/"),
            ('%', _) => (5, "%"),
            ('+', _) => (4, "+"),
            ('-', _) => (4, "-"),
            ('&', _) => (2, "&"),
            ('^', _) => (1, "^"),
            ('|', _) => (0, "|"),
            _ => return None,
        })
    }

    fn expression(&mut self, lowest: u8) -> std::result::Result<i64, String> {
        let mut left = self.primary()?;
        while let Some((precedence, op)) = self.operator() {
            if precedence < lowest {
                break;
            }
            self.at += op.len();
            let right = self.expression(precedence + 1)?;
            left = apply(op, left, right).ok_or_else(|| format!("{left} {op} {right}"))?;
        }
        Ok(left)
    }
}

fn apply(op: &str, left: i64, right: i64) -> Option<i64> {
    match op {
        "+" => left.checked_add(right),
        "-" => left.checked_sub(right),
        "*" => left.checked_mul(right),
        "/" => left.checked_div(right),
        "%" => left.checked_rem(right),
        "<<" => left.checked_shl(u32::try_from(right).ok()?),
        ">>" => left.checked_shr(u32::try_from(right).ok()?),
        "&" => Some(left & right),
        "^" => Some(left ^ right),
        _ => Some(left | right),
    }
}

#[cfg(test)]
mod tests {
    use super::{evaluate, integer};

    #[test]
    fn index_text_has_rust_precedence() {
        let variable = |name: &str| (name == "i").then_some(3);
        assert_eq!(evaluate("(i + 4) % 5", &variable), Ok(2));
        assert_eq!(evaluate("1 + i * 2", &variable), Ok(7));
        assert_eq!(evaluate("1 << i - 1", &variable), Ok(4));
        assert_eq!(evaluate("15 - 2 - i", &variable), Ok(10));
        assert!(evaluate("i - 4", &variable).is_err());
        assert!(evaluate("n + 1", &variable).is_err());
        assert!(evaluate("i % 0", &variable).is_err());
    }

    #[test]
    fn integer_reads_rust_literals() {
        assert_eq!(integer("0xff_u64"), Some(255.into()));
        assert_eq!(integer("0b1_01"), Some(5.into()));
        assert_eq!(integer("18446744073709551615"), Some(u64::MAX.into()));
        assert_eq!(integer("a1"), None);
    }
}
