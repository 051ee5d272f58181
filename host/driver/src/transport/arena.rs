//! Host memory that the card reads and writes.
#![allow(unsafe_code)]

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use memmap2::{MmapMut, MmapRaw};

use crate::error::ArenaError;

/// An address in host memory as the card sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Iova(pub u64);

/// 64-bit words in a beat.
pub const BEAT_WORDS: usize = 8;
const BEAT: u64 = 64;

/// A block of host memory at a fixed IOVA, with an allocator of 64-byte aligned regions.
///
/// No reference into it ever exists: every access copies whole 64-bit words through relaxed atomics,
/// since the card (or a simulated one on another thread) may write at any time. Ordering between
/// accesses comes from [`super::barrier`]. Clones share the memory.
#[derive(Debug, Clone)]
pub struct Arena {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    memory: MmapRaw,
    base: Iova,
    /// Free ranges: offset and length in bytes, multiples of 64, never adjacent.
    free: Mutex<BTreeMap<u64, u64>>,
}

/// A part of the arena that is freed when dropped.
#[derive(Debug)]
pub struct Region {
    arena: Arena,
    offset: u64,
    len: u64,
}

impl Region {
    /// First byte.
    #[must_use]
    pub fn iova(&self) -> Iova {
        Iova(self.arena.shared.base.0 + self.offset)
    }
    /// Bytes, a multiple of 64.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.len
    }
    /// True when it has no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        self.arena.release(self.offset, self.len);
    }
}

impl Arena {
    /// Maps `len` bytes (rounded up to a beat) of zeroed memory, which the card sees at `base`.
    ///
    /// # Errors
    /// When the operating system gives no memory, or `base` is not a multiple of 64.
    pub fn new(len: usize, base: Iova) -> Result<Self, ArenaError> {
        let len = len.next_multiple_of(BEAT as usize).max(BEAT as usize);
        let len_u64 = len as u64;
        if !base.0.is_multiple_of(BEAT) || base.0.checked_add(len_u64).is_none() {
            return Err(ArenaError::OutOfRange {
                iova: base.0,
                len: len_u64,
            });
        }
        let memory = MmapMut::map_anon(len).map_err(|_| ArenaError::Map { len })?;
        Ok(Self {
            shared: Arc::new(Shared {
                memory: memory.into(),
                base,
                free: Mutex::new(BTreeMap::from([(0, len_u64)])),
            }),
        })
    }

    /// Address of the first byte as the card sees it.
    #[must_use]
    pub fn base(&self) -> Iova {
        self.shared.base
    }

    /// First byte, for a transport that gives the memory to a card. Valid for [`Arena::len`] bytes
    /// as long as any clone of the arena lives; never make a reference from it.
    #[must_use]
    pub fn as_mut_ptr(&self) -> *mut u8 {
        self.shared.memory.as_mut_ptr()
    }

    /// Bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shared.memory.len()
    }

    /// True when it has no bytes; it never is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes `len` bytes, rounded up to a beat. The content is undefined.
    ///
    /// # Errors
    /// When no free range is large enough.
    pub fn allocate(&self, len: u64) -> Result<Region, ArenaError> {
        let len = len.max(1).next_multiple_of(BEAT);
        let mut free = self.free();
        let found = free.iter().find(|(_, have)| **have >= len);
        let (&offset, &have) = found.ok_or(ArenaError::Full { len })?;
        free.remove(&offset);
        if have > len {
            free.insert(offset + len, have - len);
        }
        drop(free);
        Ok(Region {
            arena: self.clone(),
            offset,
            len,
        })
    }

    /// Takes room for `bytes`, copies them in and pads the last beat with zeros.
    ///
    /// # Errors
    /// When no free range is large enough.
    pub fn store(&self, bytes: &[u8]) -> Result<Region, ArenaError> {
        let region = self.allocate(bytes.len() as u64)?;
        self.write(region.iova(), bytes)?;
        Ok(region)
    }

    /// Copies `bytes` to a 64-byte aligned address and pads the last beat with zeros.
    ///
    /// # Errors
    /// When it is not inside the arena or not aligned.
    pub fn write(&self, iova: Iova, bytes: &[u8]) -> Result<(), ArenaError> {
        for (index, chunk) in bytes.chunks(BEAT as usize).enumerate() {
            let mut beat = [0; BEAT as usize];
            beat[..chunk.len()].copy_from_slice(chunk);
            let at = Iova(iova.0.wrapping_add(index as u64 * BEAT));
            self.write_beat(at, words_of(&beat))?;
        }
        Ok(())
    }

    /// Copies `len` bytes from a 64-byte aligned address.
    ///
    /// # Errors
    /// When it is not inside the arena or not aligned.
    pub fn read(&self, iova: Iova, len: usize) -> Result<Vec<u8>, ArenaError> {
        self.offset(iova, len as u64)?;
        let mut bytes = Vec::with_capacity(len.next_multiple_of(BEAT as usize));
        for index in 0..len.div_ceil(BEAT as usize) {
            let beat = self.read_beat(Iova(iova.0 + index as u64 * BEAT))?;
            bytes.extend(beat.iter().flat_map(|word| word.to_le_bytes()));
        }
        bytes.truncate(len);
        Ok(bytes)
    }

    /// Reads one beat: eight little-endian words.
    ///
    /// # Errors
    /// When it is not inside the arena or not aligned.
    pub fn read_beat(&self, iova: Iova) -> Result<[u64; BEAT_WORDS], ArenaError> {
        let offset = self.offset(iova, BEAT)?;
        Ok(core::array::from_fn(|index| {
            u64::from_le(self.word(offset + 8 * index).load(Ordering::Relaxed))
        }))
    }

    /// Writes one beat. The word with the phase bit, the last, is stored last.
    ///
    /// # Errors
    /// When it is not inside the arena or not aligned.
    pub fn write_beat(&self, iova: Iova, words: [u64; BEAT_WORDS]) -> Result<(), ArenaError> {
        let offset = self.offset(iova, BEAT)?;
        for (index, word) in words.iter().enumerate() {
            let order = match index {
                7 => Ordering::Release,
                _ => Ordering::Relaxed,
            };
            self.word(offset + 8 * index).store(word.to_le(), order);
        }
        Ok(())
    }

    /// Reads one 64-bit word at an 8-byte aligned address.
    ///
    /// # Errors
    /// When it is not inside the arena or not aligned.
    pub fn read_word(&self, iova: Iova) -> Result<u64, ArenaError> {
        let beat = Iova(iova.0 & !(BEAT - 1));
        let offset = self.offset(beat, BEAT)?;
        let within = (iova.0 - beat.0) as usize;
        if !within.is_multiple_of(8) {
            return Err(ArenaError::OutOfRange {
                iova: iova.0,
                len: 8,
            });
        }
        Ok(u64::from_le(
            self.word(offset + within).load(Ordering::Relaxed),
        ))
    }

    /// Offset of `len` bytes at a beat-aligned address.
    fn offset(&self, iova: Iova, len: u64) -> Result<usize, ArenaError> {
        let error = ArenaError::OutOfRange { iova: iova.0, len };
        let offset = iova.0.checked_sub(self.shared.base.0).ok_or(error)?;
        let end = offset
            .checked_add(len)
            .and_then(|end| end.checked_next_multiple_of(BEAT));
        match end {
            Some(end) if end <= self.len() as u64 && offset.is_multiple_of(BEAT) => {
                Ok(offset as usize)
            }
            _ => Err(error),
        }
    }

    fn word(&self, offset: usize) -> &AtomicU64 {
        assert!(offset.is_multiple_of(8) && offset + 8 <= self.len());
        // SAFETY: the assertion above keeps the word inside the mapping and 8-byte aligned (the
        // mapping is page aligned); the mapping is writable and lives as long as `self.shared`;
        // every access of this process to this memory goes through this function, hence is atomic.
        unsafe { AtomicU64::from_ptr(self.shared.memory.as_mut_ptr().add(offset).cast()) }
    }

    fn free(&self) -> std::sync::MutexGuard<'_, BTreeMap<u64, u64>> {
        // A panic while the lock was held leaves at worst a leaked range.
        self.shared
            .free
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn release(&self, mut offset: u64, mut len: u64) {
        let mut free = self.free();
        if let Some((&before, &have)) = free.range(..offset).next_back()
            && before + have == offset
        {
            free.remove(&before);
            offset = before;
            len += have;
        }
        if let Some(have) = free.remove(&(offset + len)) {
            len += have;
        }
        free.insert(offset, len);
    }
}

/// The eight little-endian words of a beat.
fn words_of(beat: &[u8; 64]) -> [u64; BEAT_WORDS] {
    core::array::from_fn(|index| {
        let mut word = [0; 8];
        word.copy_from_slice(&beat[8 * index..8 * index + 8]);
        u64::from_le_bytes(word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: Iova = Iova(0x2_0000_0000);

    #[test]
    fn regions_do_not_overlap_and_come_back() {
        let arena = Arena::new(4096, BASE).unwrap();
        let regions: Vec<_> = (0..32).map(|_| arena.allocate(100).unwrap()).collect();
        let mut starts: Vec<_> = regions.iter().map(|r| r.iova().0).collect();
        starts.sort_unstable();
        assert!(starts.windows(2).all(|w| w[0] + 128 <= w[1]));
        assert_eq!(arena.allocate(1).unwrap_err(), ArenaError::Full { len: 64 });
        drop(regions);
        assert_eq!(arena.allocate(4096).unwrap().iova(), BASE);
    }

    #[test]
    fn bytes_round_trip_with_zero_padding() {
        let arena = Arena::new(4096, BASE).unwrap();
        arena.write_beat(Iova(BASE.0 + 64), [u64::MAX; 8]).unwrap();
        let bytes: Vec<u8> = (0..100).collect();
        arena.write(BASE, &bytes).unwrap();
        assert_eq!(arena.read(BASE, 100).unwrap(), bytes);
        assert_eq!(arena.read(BASE, 128).unwrap()[100..], [0; 28]);
        assert_eq!(
            arena.read_word(Iova(BASE.0 + 8)).unwrap(),
            0x0f0e_0d0c_0b0a_0908
        );
    }

    #[test]
    fn addresses_outside_or_unaligned_are_refused() {
        let arena = Arena::new(4096, BASE).unwrap();
        for iova in [BASE.0 - 64, BASE.0 + 4096, BASE.0 + 8, u64::MAX - 63, 0] {
            assert!(arena.read_beat(Iova(iova)).is_err(), "{iova:#x}");
        }
        assert!(arena.read(BASE, 4097).is_err());
        assert!(arena.read(BASE, usize::MAX).is_err());
    }
}
