//! Why a design has no Verilog.

/// A design that the printer refuses, because the Verilog would mean something else than the Rust.
///
/// `module` is the path of instances from the top, `place` the statement within its kernel, `signal`
/// a signal of the module with `$` between the parts of its name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerilogError {
    /// A name that is neither signal, constant, enum label nor loop variable.
    #[error(
        "{module}: {place}: unknown name {name} (the value of a Rust constant is not in the tree: \
         use bits_const, Constant, or Options::with_const)"
    )]
    UnknownName {
        /// Path of the instance.
        module: String,
        /// The statement.
        place: String,
        /// The name as the kernel has it.
        name: String,
    },
    /// Operands, or target and value, have different widths.
    #[error("{module}: {place}: {found} bits where {expected} are needed")]
    Width {
        /// Path of the instance.
        module: String,
        /// The statement.
        place: String,
        /// Width of the value.
        found: usize,
        /// Width that the place needs.
        expected: usize,
    },
    /// A literal has more bits than its place.
    #[error("{module}: {place}: literal {value} does not fit in {width} bits")]
    LiteralTooWide {
        /// Path of the instance.
        module: String,
        /// The statement.
        place: String,
        /// The literal, decimal.
        value: String,
        /// Width of the place.
        width: usize,
    },
    /// A signal keeps its old value on some path: hardware would need a latch.
    #[error("{module}: {signal} is not assigned on every path (a latch)")]
    Latch {
        /// Path of the instance.
        module: String,
        /// The signal.
        signal: String,
    },
    /// A kernel reads a signal between or before its own writes of it, so that order decides.
    #[error(
        "{module}: {signal} is read before the kernel has written it for good; move the write up"
    )]
    ReadBeforeWrite {
        /// Path of the instance.
        module: String,
        /// The signal.
        signal: String,
    },
    /// `(a + 1).index()` wraps and `a.index() + 1` does not, and the tree cannot tell them apart.
    #[error("{module}: {place}: a sum as a bit index is ambiguous; put it into a Local of its own")]
    AmbiguousIndex {
        /// Path of the instance.
        module: String,
        /// The statement.
        place: String,
    },
    /// A bit or a slice lies outside its value.
    #[error("{module}: {place}: bit {index} of a value of {width} bits")]
    OutOfRange {
        /// Path of the instance.
        module: String,
        /// The statement.
        place: String,
        /// The bit asked for.
        index: String,
        /// Width of the value.
        width: usize,
    },
    /// An index in `[..]` is no number.
    #[error("{module}: {place}: index [{text}]: {reason}")]
    BadIndex {
        /// Path of the instance.
        module: String,
        /// The statement.
        place: String,
        /// The text between the brackets.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
    /// An assignment to something that the module does not drive.
    #[error("{module}: {place}: {signal} cannot be assigned here")]
    NotAssignable {
        /// Path of the instance.
        module: String,
        /// The statement.
        place: String,
        /// The target.
        signal: String,
    },
    /// An output, an input of an instance, or a `Local` that is read has no driver.
    #[error("{module}: {signal} is never assigned")]
    Undriven {
        /// Path of the instance.
        module: String,
        /// The signal.
        signal: String,
    },
    /// Two signals of one module have the same name, or a signal has no bits.
    #[error("{module}: signal {signal}: {reason}")]
    BadSignal {
        /// Path of the instance.
        module: String,
        /// The signal.
        signal: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Two enums of one module share a label with different codes.
    #[error("{module}: two enums have a label {label} with different codes")]
    EnumClash {
        /// Path of the instance.
        module: String,
        /// The label.
        label: String,
    },
    /// A construct that has no width-exact Verilog.
    #[error("{module}: {place}: {what} is not supported")]
    Unsupported {
        /// Path of the instance.
        module: String,
        /// The statement.
        place: String,
        /// The construct.
        what: &'static str,
    },
    /// More than one of the above, in the order found.
    #[error("{}", .errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Several {
        /// The errors.
        errors: Vec<VerilogError>,
    },
}

/// The errors as one, or `value` if there are none.
pub(crate) fn none_of<T>(mut errors: Vec<VerilogError>, value: T) -> Result<T, VerilogError> {
    match errors.len() {
        0 => Ok(value),
        1 => Err(errors.remove(0)),
        _ => Err(VerilogError::Several { errors }),
    }
}
