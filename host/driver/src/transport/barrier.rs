//! Memory barriers between ring entries and doorbells: one function per purpose.
//!
//! The functions order accesses of this processor as the card sees them through coherent DMA.

use core::sync::atomic::{Ordering, fence};

/// Orders stores to ring entries and payloads before the doorbell store that names them.
#[inline]
pub fn before_doorbell() {
    fence(Ordering::SeqCst);
}

/// Orders the load of a phase bit before the loads of the rest of the entry and of what it names.
#[inline]
pub fn after_phase() {
    fence(Ordering::Acquire);
}

/// Orders loads from consumed entries before the store of the head that frees them.
#[inline]
pub fn before_head() {
    fence(Ordering::Release);
}
