//! The C ABI of `cpp/model.h`, loaded from the shared object that [`crate::build`] makes.

use libloading::Library;
use std::ffi::{CStr, CString, c_char, c_void};
use std::path::Path;
use std::ptr::NonNull;

use crate::SimError;
use gasworks_verilog::PlacedMemory;

/// Behaviour of the simulated host memory and shell. Layout of `GwTiming`.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// Seed of everything random; the same seed gives the same cycle counts.
    pub seed: u64,
    /// Fewest cycles from a read address to its first beat.
    pub read_latency_min: u32,
    /// Most cycles from a read address to its first beat.
    pub read_latency_max: u32,
    /// Fewest cycles from the last beat of a write to its response.
    pub write_latency_min: u32,
    /// Most cycles from the last beat of a write to its response.
    pub write_latency_max: u32,
    /// Chance that a channel pauses in a cycle, in 1/1024.
    pub stall_per_1024: u32,
    /// Zero.
    pub reserved: u32,
}

impl Default for Timing {
    /// About 0.7 µs of read latency at 200 MHz: a PCIe round trip.
    fn default() -> Self {
        Self {
            seed: 1,
            read_latency_min: 120,
            read_latency_max: 160,
            write_latency_min: 20,
            write_latency_max: 40,
            stall_per_1024: 0,
            reserved: 0,
        }
    }
}

/// One retired micro-op, as the trace port shows it. Layout of `GwTrace`.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TraceRecord {
    /// Clock cycle.
    pub cycle: u64,
    /// Lane.
    pub lane: u32,
    /// Hart of the lane.
    pub hart: u32,
    /// Micro-op index in the program.
    pub pc: u32,
    /// Words on the stack before it.
    pub sp: u32,
    /// The micro-op.
    pub op: u64,
    /// Gas left before it.
    pub gas: u64,
    /// 1 while an earlier operation of the hart has not yet charged its gas: `gas` may be too high.
    pub posted: u32,
    /// Zero.
    pub reserved: u32,
    /// Operand A, little-endian limbs; zero when it reads none.
    pub a: [u64; 4],
    /// Operand B, little-endian limbs; zero when it reads none.
    pub b: [u64; 4],
}

/// Declares the functions of the shared object and looks them up.
macro_rules! functions {
    ($( $name:ident : fn($($arg:ty),*) $(-> $ret:ty)?; )*) => {
        struct Functions { $( $name: unsafe extern "C" fn($($arg),*) $(-> $ret)?, )* }
        impl Functions {
            fn load(library: &Library) -> Result<Self, libloading::Error> {
                Ok(Self { $(
                    // SAFETY: the shared object was built from cpp/model.cpp, whose functions of
                    // these names have these C signatures (cpp/model.h).
                    $name: *unsafe { library.get(concat!(stringify!($name), "\0").as_bytes())? },
                )* })
            }
        }
    };
}
functions! {
    gw_new: fn(*const Timing) -> *mut c_void;
    gw_delete: fn(*mut c_void);
    gw_map: fn(*mut c_void, *mut u8, u64, u64);
    gw_write: fn(*mut c_void, u32, u32) -> u32;
    gw_read: fn(*mut c_void, u32, *mut u32) -> u32;
    gw_run: fn(*mut c_void, u64) -> u64;
    gw_cycles: fn(*mut c_void) -> u64;
    gw_error: fn(*mut c_void) -> *const c_char;
    gw_trace_enable: fn(*mut c_void, u32);
    gw_trace_take: fn(*mut c_void, *mut TraceRecord, usize) -> usize;
    gw_wave_open: fn(*mut c_void, *const c_char) -> u32;
    gw_wave_close: fn(*mut c_void);
    gw_poison: fn(*mut c_void, *const c_char, *const c_char, u32, u64) -> u32;
    gw_coverage: fn(*mut c_void, *const c_char) -> u32;
}

/// A running simulation of one card.
pub struct Model {
    functions: Functions,
    handle: NonNull<c_void>,
    // Dropped last: the functions point into it.
    _library: Library,
}

// SAFETY: the model holds no thread-local state; Verilator's context belongs to the model, and
// `&mut self` on everything that runs the clock keeps it to one thread at a time.
unsafe impl Send for Model {}

impl Model {
    /// Loads the shared object and resets the card.
    ///
    /// # Errors
    /// [`SimError::Load`] when it cannot be loaded.
    pub fn open(path: &Path, timing: &Timing) -> Result<Self, SimError> {
        let load = |source| SimError::Load {
            path: path.to_owned(),
            source,
        };
        // SAFETY: the object was built by `crate::build` from our own sources; its static
        // initialisers are those of the C++ library and of Verilator, which have no preconditions.
        let library = unsafe { Library::new(path) }.map_err(load)?;
        let functions = Functions::load(&library).map_err(load)?;
        // SAFETY: `timing` is valid for the call and has the layout of GwTiming.
        let handle = unsafe { (functions.gw_new)(timing) };
        let handle = NonNull::new(handle).ok_or(SimError::NoModel)?;
        Ok(Self {
            functions,
            handle,
            _library: library,
        })
    }

    /// Gives the card a host memory: bus addresses `iova..iova + len` are `base..base + len`.
    ///
    /// # Safety
    /// `base` must be valid for reads and writes of `len` bytes until the model is dropped or
    /// another memory is mapped, and must not be referenced as `&` or `&mut` meanwhile.
    pub unsafe fn map(&mut self, base: *mut u8, iova: u64, len: u64) {
        // SAFETY: the handle is live; the caller vouches for the memory.
        unsafe { (self.functions.gw_map)(self.handle.as_ptr(), base, iova, len) }
    }

    /// Writes a register through AXI4-Lite.
    ///
    /// # Errors
    /// [`SimError::Register`] when the card does not answer with OKAY.
    pub fn write(&mut self, offset: u32, value: u32) -> Result<(), SimError> {
        // SAFETY: the handle is live.
        match unsafe { (self.functions.gw_write)(self.handle.as_ptr(), offset, value) } {
            0 => Ok(()),
            response => Err(SimError::Register { offset, response }),
        }
    }

    /// Reads a register through AXI4-Lite.
    ///
    /// # Errors
    /// [`SimError::Register`] when the card does not answer with OKAY.
    pub fn read(&mut self, offset: u32) -> Result<u32, SimError> {
        let mut value = 0;
        // SAFETY: the handle is live and `value` outlives the call.
        match unsafe { (self.functions.gw_read)(self.handle.as_ptr(), offset, &mut value) } {
            0 => Ok(value),
            response => Err(SimError::Register { offset, response }),
        }
    }

    /// Runs until an interrupt line rises, at most `max_cycles`; returns the cycles run.
    ///
    /// # Errors
    /// [`SimError::Bus`] when the card broke a rule of the bus.
    pub fn run(&mut self, max_cycles: u64) -> Result<u64, SimError> {
        // SAFETY: the handle is live; the mapped memory is valid by the contract of `map`.
        let cycles = unsafe { (self.functions.gw_run)(self.handle.as_ptr(), max_cycles) };
        // SAFETY: the handle is live; the string lives until the model is dropped.
        let error = unsafe { (self.functions.gw_error)(self.handle.as_ptr()) };
        if error.is_null() {
            return Ok(cycles);
        }
        // SAFETY: not null, so a NUL-terminated string that the model owns.
        let text = unsafe { CStr::from_ptr(error) };
        Err(SimError::Bus {
            text: text.to_string_lossy().into_owned(),
        })
    }

    /// Cycles since the start.
    #[must_use]
    pub fn cycles(&self) -> u64 {
        // SAFETY: the handle is live.
        unsafe { (self.functions.gw_cycles)(self.handle.as_ptr()) }
    }

    /// Switches the collection of retired micro-ops.
    pub fn trace_enable(&mut self, on: bool) {
        // SAFETY: the handle is live.
        unsafe { (self.functions.gw_trace_enable)(self.handle.as_ptr(), u32::from(on)) }
    }

    /// Takes everything that was collected.
    pub fn trace_take(&mut self) -> Vec<TraceRecord> {
        let mut all = Vec::new();
        let mut part = [TraceRecord::default(); 256];
        loop {
            // SAFETY: `part` has room for the number of records that is passed.
            let count = unsafe {
                (self.functions.gw_trace_take)(self.handle.as_ptr(), part.as_mut_ptr(), part.len())
            };
            all.extend_from_slice(&part[..count.min(part.len())]);
            if count < part.len() {
                return all;
            }
        }
    }

    /// Opens a wave file (FST).
    ///
    /// # Errors
    /// [`SimError::Wave`] when the path cannot be written or the model was built without waves.
    pub fn wave_open(&mut self, path: &Path) -> Result<(), SimError> {
        let wave = || SimError::Wave {
            path: path.to_owned(),
        };
        let text = CString::new(path.as_os_str().as_encoded_bytes()).map_err(|_| wave())?;
        // SAFETY: the handle is live; the string outlives the call.
        match unsafe { (self.functions.gw_wave_open)(self.handle.as_ptr(), text.as_ptr()) } {
            0 => Ok(()),
            _ => Err(wave()),
        }
    }

    /// Writes and closes the wave file, if one is open.
    pub fn wave_close(&mut self) {
        // SAFETY: the handle is live.
        unsafe { (self.functions.gw_wave_close)(self.handle.as_ptr()) }
    }

    /// Overwrites every word of a memory: with ones when `seed` is 0, else with random bits.
    ///
    /// # Errors
    /// [`SimError::Memory`] when the model has no such memory, or one of another size.
    pub fn poison(&mut self, placed: &PlacedMemory, seed: u64) -> Result<(), SimError> {
        let error = || SimError::Memory {
            scope: placed.scope.clone(),
            name: placed.memory.name.clone(),
        };
        let scope = CString::new(placed.scope.as_str()).map_err(|_| error())?;
        let name = CString::new(placed.memory.name.as_str()).map_err(|_| error())?;
        let width = placed.memory.width as u32;
        // SAFETY: the handle is live; the strings outlive the call.
        let words = unsafe {
            (self.functions.gw_poison)(
                self.handle.as_ptr(),
                scope.as_ptr(),
                name.as_ptr(),
                width,
                seed,
            )
        };
        match words as usize == placed.memory.words {
            true => Ok(()),
            false => Err(error()),
        }
    }

    /// Writes the line coverage so far.
    ///
    /// # Errors
    /// [`SimError::Coverage`] when the model was built without coverage.
    pub fn coverage(&self, path: &Path) -> Result<(), SimError> {
        let error = || SimError::Coverage {
            path: path.to_owned(),
        };
        let text = CString::new(path.as_os_str().as_encoded_bytes()).map_err(|_| error())?;
        // SAFETY: the handle is live; the string outlives the call.
        match unsafe { (self.functions.gw_coverage)(self.handle.as_ptr(), text.as_ptr()) } {
            0 => Ok(()),
            _ => Err(error()),
        }
    }
}

impl Drop for Model {
    fn drop(&mut self) {
        // SAFETY: the handle is live and not used afterwards.
        unsafe { (self.functions.gw_delete)(self.handle.as_ptr()) }
    }
}
