//! The back-end: `collect` walks the hierarchy, `lower` makes width-exact expressions, `emit`
//! groups, checks and prints them.
pub(crate) mod collect;
pub(crate) mod emit;
mod ir;
mod lower;
