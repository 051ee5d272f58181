//! Which programs lie where in the code store and the constant store of the card.

use std::collections::{BTreeMap, HashMap};

use gasworks_abi::program::WORDS_PER_LINE;
use gasworks_abi::ring::{LoadDescriptor, SubmissionKind};
use gasworks_translate::Program;

use crate::error::ArenaError;
use crate::program::{ProgramKey, footprint};
use crate::transport::{Arena, Region};

/// Free ranges of a store.
#[derive(Debug)]
struct Ranges {
    /// Start and length; never adjacent.
    free: BTreeMap<u32, u32>,
}

impl Ranges {
    fn new(len: u32) -> Self {
        Self {
            free: BTreeMap::from([(0, len)]),
        }
    }
    fn allocate(&mut self, len: u32) -> Option<u32> {
        if len == 0 {
            return Some(0);
        }
        let (&start, &have) = self.free.iter().find(|(_, have)| **have >= len)?;
        self.free.remove(&start);
        if have > len {
            self.free.insert(start + len, have - len);
        }
        Some(start)
    }
    fn release(&mut self, mut start: u32, mut len: u32) {
        if len == 0 {
            return;
        }
        if let Some((&before, &have)) = self.free.range(..start).next_back()
            && before + have == start
        {
            self.free.remove(&before);
            start = before;
            len += have;
        }
        if let Some(have) = self.free.remove(&(start + len)) {
            len += have;
        }
        self.free.insert(start, len);
    }
}

#[derive(Debug)]
struct Resident {
    line: u32,
    line_count: u32,
    constant_base: u32,
    constant_count: u32,
    /// The bytecode, read by `CODECOPY`. Freed with the program.
    _code: Region,
    /// Transactions in flight that run it.
    users: u32,
    last_used: u64,
}

/// A program that must be loaded before its first user is submitted.
#[derive(Debug)]
pub struct Load {
    /// Without tag and phase.
    pub descriptor: LoadDescriptor,
    /// Image and constants, to be kept until the load has completed.
    pub regions: [Region; 2],
}

/// Why a program cannot become resident now.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Everything that is resident is in use.
    #[error("the code store is full of programs in use")]
    InUse,
    /// The arena is full.
    #[error(transparent)]
    Arena(#[from] ArenaError),
}

/// The programs on the card; the least recently used one goes first.
#[derive(Debug)]
pub struct ProgramStore {
    lines: Ranges,
    constants: Ranges,
    resident: HashMap<ProgramKey, Resident>,
    clock: u64,
}

impl ProgramStore {
    /// Empty stores of that many lines and constants.
    #[must_use]
    pub fn new(lines: u32, constants: u32) -> Self {
        Self {
            lines: Ranges::new(lines),
            constants: Ranges::new(constants),
            resident: HashMap::new(),
            clock: 0,
        }
    }

    /// Programs on the card.
    #[must_use]
    pub fn len(&self) -> usize {
        self.resident.len()
    }

    /// True when there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.resident.is_empty()
    }

    /// Handle of a program for one more user, with the load that must come first if it is not
    /// resident. The program must fit the empty stores.
    ///
    /// # Errors
    /// When there is no room at present.
    pub fn acquire(
        &mut self,
        arena: &Arena,
        key: ProgramKey,
        program: &Program,
        code: &[u8],
    ) -> Result<(u32, Option<Load>), StoreError> {
        self.clock += 1;
        if let Some(resident) = self.resident.get_mut(&key) {
            resident.users += 1;
            resident.last_used = self.clock;
            return Ok((resident.line, None));
        }
        let (line_count, constant_count) = footprint(program);
        let (line, constant_base) = self.make_room(line_count, constant_count)?;
        let loaded = self.load(arena, program, code, line, constant_base);
        let (load, code) = match loaded {
            Ok(loaded) => loaded,
            Err(error) => {
                self.lines.release(line, line_count);
                self.constants.release(constant_base, constant_count);
                return Err(error.into());
            }
        };
        let resident = Resident {
            line,
            line_count,
            constant_base,
            constant_count,
            _code: code,
            users: 1,
            last_used: self.clock,
        };
        self.resident.insert(key, resident);
        Ok((line, Some(load)))
    }

    /// Handle of a program that has a user.
    #[must_use]
    pub fn handle(&self, key: &ProgramKey) -> Option<u32> {
        self.resident.get(key).map(|resident| resident.line)
    }

    /// One user less.
    pub fn release(&mut self, key: &ProgramKey) {
        if let Some(resident) = self.resident.get_mut(key) {
            resident.users = resident.users.saturating_sub(1);
        }
    }

    /// Takes back an [`ProgramStore::acquire`] whose load was never submitted.
    pub fn forget(&mut self, key: &ProgramKey) {
        if let Some(resident) = self.resident.remove(key) {
            self.free(&resident);
        }
    }

    /// Forgets every program without a user, so that its bytecode leaves the arena too. False when
    /// there was none.
    pub fn shrink(&mut self) -> bool {
        let mut any = false;
        while self.evict() {
            any = true;
        }
        any
    }

    fn free(&mut self, resident: &Resident) {
        self.lines.release(resident.line, resident.line_count);
        self.constants
            .release(resident.constant_base, resident.constant_count);
    }

    fn make_room(&mut self, lines: u32, constants: u32) -> Result<(u32, u32), StoreError> {
        loop {
            if let Some(line) = self.lines.allocate(lines) {
                if let Some(constant) = self.constants.allocate(constants) {
                    return Ok((line, constant));
                }
                self.lines.release(line, lines);
            }
            if !self.evict() {
                return Err(StoreError::InUse);
            }
        }
    }

    /// Removes the least recently used program that nobody runs.
    fn evict(&mut self) -> bool {
        let unused = self.resident.iter().filter(|(_, it)| it.users == 0);
        let oldest = unused.min_by_key(|(_, it)| it.last_used);
        let Some(key) = oldest.map(|(key, _)| *key) else {
            return false;
        };
        self.forget(&key);
        true
    }

    fn load(
        &self,
        arena: &Arena,
        program: &Program,
        code: &[u8],
        line: u32,
        constant_base: u32,
    ) -> Result<(Load, Region), ArenaError> {
        let code = arena.store(code)?;
        let mut words = program.words.clone();
        words.resize(words.len().next_multiple_of(WORDS_PER_LINE as usize), 0);
        // ProgramHeader: constant_base at byte 8, code_iova at byte 16.
        words[1] = words[1] & !0xffff_ffff | u64::from(constant_base);
        words[2] = code.iova().0;
        let image = arena.store(&bytes_of(&words))?;
        let constants = arena.store(program.constants.as_flattened())?;
        let (line_count, constant_count) = footprint(program);
        let descriptor = LoadDescriptor {
            tag: 0,
            incarnation: 0,
            kind: SubmissionKind::Load as u8,
            reserved_low: 0,
            image_iova: image.iova().0,
            constants_iova: constants.iova().0,
            line,
            line_count,
            constant_base,
            constant_count,
            reserved: [0; 23],
            phase: 0,
        };
        let regions = [image, constants];
        Ok((
            Load {
                descriptor,
                regions,
            },
            code,
        ))
    }
}

fn bytes_of(words: &[u64]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}
