//! The rings in host memory.
//!
//! An index counts entries modulo 2^16; its low bits are the slot, and the bit above them gives the
//! phase: 1 in the first round, 0 in the second, and so on. The largest ring has 2^15 entries, so
//! the phase stays right when the index wraps.

use crate::error::ArenaError;
use crate::transport::{Arena, Iova, Region, barrier};

/// Largest size of a ring.
pub const MAX_SIZE_LOG2: u8 = 15;

const ENTRY: u64 = gasworks_abi::ring::ENTRY_BYTES as u64;
/// Position of the phase bit in the last word of an entry: bit 0 of its last byte.
const PHASE_SHIFT: u32 = 56;

/// One 64-byte entry as little-endian words.
pub type Entry = [u64; 8];

/// Memory and geometry of a ring.
#[derive(Debug)]
struct Memory {
    arena: Arena,
    region: Region,
    size_log2: u8,
}

impl Memory {
    fn new(arena: &Arena, size_log2: u8) -> Result<Self, ArenaError> {
        debug_assert!((1..=MAX_SIZE_LOG2).contains(&size_log2));
        let memory = Self {
            region: arena.allocate(ENTRY << size_log2)?,
            arena: arena.clone(),
            size_log2,
        };
        memory.clear()?;
        Ok(memory)
    }
    fn clear(&self) -> Result<(), ArenaError> {
        for index in 0..1u16 << self.size_log2 {
            self.arena.write_beat(self.iova(index), [0; 8])?;
        }
        Ok(())
    }
    fn iova(&self, index: u16) -> Iova {
        let slot = u64::from(index & ((1 << self.size_log2) - 1));
        Iova(self.region.iova().0 + slot * ENTRY)
    }
    fn phase(&self, index: u16) -> u64 {
        u64::from(index >> self.size_log2 & 1 ^ 1)
    }
}

/// A ring that the host writes: submissions, answers.
#[derive(Debug)]
pub struct Producer {
    memory: Memory,
    tail: u16,
    /// Head as the card last reported it.
    head: u16,
}

impl Producer {
    /// An empty ring of `1 << size_log2` entries.
    ///
    /// # Errors
    /// When the arena is full.
    pub fn new(arena: &Arena, size_log2: u8) -> Result<Self, ArenaError> {
        Ok(Self {
            memory: Memory::new(arena, size_log2)?,
            tail: 0,
            head: 0,
        })
    }
    /// First entry.
    #[must_use]
    pub fn base(&self) -> Iova {
        self.memory.region.iova()
    }
    /// log2 of the entries.
    #[must_use]
    pub fn size_log2(&self) -> u8 {
        self.memory.size_log2
    }
    /// Entries ever written, modulo 2^16: what the doorbell takes.
    #[must_use]
    pub fn tail(&self) -> u16 {
        self.tail
    }
    /// Entries ever fetched as far as known, modulo 2^16.
    #[must_use]
    pub fn head(&self) -> u16 {
        self.head
    }
    /// Free entries as far as known.
    #[must_use]
    pub fn free(&self) -> u16 {
        (1 << self.memory.size_log2) - self.tail.wrapping_sub(self.head)
    }
    /// Takes a head that the card reported. False when no card can have got there.
    #[must_use]
    pub fn set_head(&mut self, head: u16) -> bool {
        let fetched = head.wrapping_sub(self.head);
        let outstanding = self.tail.wrapping_sub(self.head);
        if fetched > outstanding {
            return false;
        }
        self.head = head;
        true
    }
    /// Writes the next entry, with its phase bit. The caller has seen that there is room, and rings
    /// the doorbell later.
    ///
    /// # Errors
    /// When the ring's memory is gone; it never is.
    pub fn push(&mut self, mut entry: Entry) -> Result<(), ArenaError> {
        debug_assert!(self.free() > 0, "the caller checks for room");
        entry[7] = entry[7] & !(1 << PHASE_SHIFT) | self.memory.phase(self.tail) << PHASE_SHIFT;
        let iova = self.memory.iova(self.tail);
        self.memory.arena.write_beat(iova, entry)?;
        self.tail = self.tail.wrapping_add(1);
        Ok(())
    }
}

/// A ring that the card writes: completions, requests.
#[derive(Debug)]
pub struct Consumer {
    memory: Memory,
    head: u16,
}

impl Consumer {
    /// An empty ring of `1 << size_log2` entries.
    ///
    /// # Errors
    /// When the arena is full.
    pub fn new(arena: &Arena, size_log2: u8) -> Result<Self, ArenaError> {
        Ok(Self {
            memory: Memory::new(arena, size_log2)?,
            head: 0,
        })
    }
    /// First entry.
    #[must_use]
    pub fn base(&self) -> Iova {
        self.memory.region.iova()
    }
    /// log2 of the entries.
    #[must_use]
    pub fn size_log2(&self) -> u8 {
        self.memory.size_log2
    }
    /// Entries ever consumed, modulo 2^16: what the head register takes.
    #[must_use]
    pub fn head(&self) -> u16 {
        self.head
    }
    /// The next entry, if the card has written it.
    ///
    /// # Errors
    /// When the ring's memory is gone; it never is.
    pub fn pop(&mut self) -> Result<Option<Entry>, ArenaError> {
        let iova = self.memory.iova(self.head);
        let last = self.memory.arena.read_word(Iova(iova.0 + ENTRY - 8))?;
        if last >> PHASE_SHIFT & 1 != self.memory.phase(self.head) {
            return Ok(None);
        }
        barrier::after_phase();
        let entry = self.memory.arena.read_beat(iova)?;
        self.head = self.head.wrapping_add(1);
        Ok(Some(entry))
    }
}
