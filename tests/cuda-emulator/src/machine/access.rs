//! Loads, stores and atomics of a warp.

use super::block::Block;
use super::cell::Touch;
use super::fault::{FaultKind, Trouble};
use super::shared::Toucher;
use super::warp::{LaneTrouble, Warp, lanes_of};
use crate::operations::{AtomicOperation, LANES, Row};
use crate::ptx::{Access, LOCAL_WINDOW, PARAMETER_WINDOW, SHARED_WINDOW, Space, Type, WINDOW_MASK};

/// The most elements of a vector access.
const MOST_ELEMENTS: usize = 8;

impl Block<'_> {
    pub(super) fn load(
        &mut self,
        warp: &mut Warp,
        at: usize,
        lanes: u32,
        access: &Access,
        kind: Type,
        to: &[Option<usize>],
    ) -> Result<(), LaneTrouble> {
        match to.len() {
            1 => self.load_elements::<1>(warp, at, lanes, access, kind, to),
            2 => self.load_elements::<2>(warp, at, lanes, access, kind, to),
            _ => self.load_elements::<MOST_ELEMENTS>(warp, at, lanes, access, kind, to),
        }
    }

    fn load_elements<const N: usize>(
        &mut self,
        warp: &mut Warp,
        at: usize,
        lanes: u32,
        access: &Access,
        kind: Type,
        to: &[Option<usize>],
    ) -> Result<(), LaneTrouble> {
        let size = kind.size();
        let mut out = [[0; LANES]; N];
        let touch = if access.read_only { Touch::ReadOnly } else { Touch::Read };
        // Lanes often read one place. Two of them leave the same mark there as all: the others only take the value.
        let (mut last, mut repeated) = (None, 0);
        for lane in lanes_of(lanes) {
            let address = address(access, &warp.registers[access.base], lane);
            match last {
                Some((same, other)) if same == address && !is_local(access.space, address) => {
                    repeated += 1;
                    if repeated > 1 {
                        out.iter_mut().for_each(|row| row[lane] = row[other]);
                        continue;
                    }
                }
                _ => repeated = 0,
            }
            last = Some((address, lane));
            let bytes = self
                .bytes(warp, at, lane, access.space, address, size * to.len(), touch, None)
                .map_err(|trouble| (Some(lane), trouble))?;
            for (element, row) in out.iter_mut().enumerate().take(to.len()) {
                row[lane] = extend(kind, number(&bytes[element * size..][..size]));
            }
        }
        for (register, row) in to.iter().zip(&out) {
            if let Some(register) = register {
                warp.put(*register, lanes, row);
            }
        }
        Ok(())
    }

    pub(super) fn store(
        &mut self,
        warp: &mut Warp,
        at: usize,
        lanes: u32,
        access: &Access,
        kind: Type,
        from: &[usize],
    ) -> Result<(), LaneTrouble> {
        let size = kind.size();
        let length = size * from.len();
        for lane in lanes_of(lanes) {
            let address = address(access, &warp.registers[access.base], lane);
            let mut value = [0; 8 * MOST_ELEMENTS];
            for (element, register) in from.iter().enumerate() {
                put_number(&mut value[element * size..][..size], warp.registers[*register][lane]);
            }
            let value = &value[..length];
            let bytes = self
                .bytes(warp, at, lane, access.space, address, length, Touch::Write, Some(value))
                .map_err(|trouble| (Some(lane), trouble))?;
            match bytes.len() {
                4 => bytes.copy_from_slice(&value[..4]),
                _ => bytes.copy_from_slice(value),
            }
        }
        Ok(())
    }

    #[allow(clippy::too_many_arguments)]
    pub(super) fn atomic(
        &mut self,
        warp: &mut Warp,
        at: usize,
        lanes: u32,
        access: &Access,
        kind: Type,
        operation: &AtomicOperation,
        to: Option<usize>,
        values: [usize; 2],
    ) -> Result<(), LaneTrouble> {
        let size = kind.size();
        let mut out: Row = [0; LANES];
        for lane in lanes_of(lanes) {
            let address = address(access, &warp.registers[access.base], lane);
            let [first, second] = values.map(|register| warp.registers[register][lane]);
            let bytes = self
                .bytes(warp, at, lane, access.space, address, size, Touch::Atomic, None)
                .map_err(|trouble| (Some(lane), trouble))?;
            let old = number(bytes);
            put_number(bytes, operation(old, first, second));
            out[lane] = extend(kind, old);
        }
        if let Some(to) = to {
            warp.put(to, lanes, &out);
        }
        Ok(())
    }

    /// The bytes an access goes to, after every check.
    #[allow(clippy::too_many_arguments)]
    #[inline]
    fn bytes<'b>(
        &'b mut self,
        warp: &'b mut Warp,
        at: usize,
        lane: usize,
        space: Space,
        address: u64,
        length: usize,
        touch: Touch,
        replaced: Option<&[u8]>,
    ) -> Result<&'b mut [u8], Box<Trouble>> {
        let (space, address) = match space {
            Space::Generic => match address & WINDOW_MASK {
                SHARED_WINDOW => (Space::Shared, address & !WINDOW_MASK),
                LOCAL_WINDOW => (Space::Local, address & !WINDOW_MASK),
                PARAMETER_WINDOW => (Space::Parameter, address & !WINDOW_MASK),
                _ => (Space::Global, address),
            },
            space => (space, address),
        };
        if address & (length as u64 - 1) != 0 {
            return Err(misaligned(space, address, length));
        }
        match space {
            Space::Shared => {
                let thread = u64::from(warp.first_thread) + lane as u64;
                let who = Toucher { epoch: self.epoch, phase: warp.phase, thread };
                self.shared.touch(address, length, touch, who, replaced)
            }
            Space::Local => {
                let size = self.kernel.local_bytes;
                let offset = within(address, length, size, "local memory of a thread")?;
                Ok(&mut warp.local[lane * size + offset..][..length])
            }
            Space::Parameter => {
                let offset =
                    within(address, length, self.launch.parameters.len(), "the kernel's parameters")?;
                if touch != Touch::Read {
                    return Err(Trouble::new(FaultKind::ReadOnly, "a write to the kernel's parameters"));
                }
                self.parameter = [0; 64];
                self.parameter[..length].copy_from_slice(&self.launch.parameters[offset..offset + length]);
                Ok(&mut self.parameter[..length])
            }
            _ => self.memory.touch(&mut self.hints[at], address, length, touch, replaced),
        }
    }
}

/// Whether an address is in local memory, where each lane has its own.
#[inline]
fn is_local(space: Space, address: u64) -> bool {
    space == Space::Local || space == Space::Generic && address & WINDOW_MASK == LOCAL_WINDOW
}

#[inline]
fn address(access: &Access, base: &Row, lane: usize) -> u64 {
    let address = base[lane].wrapping_add_signed(access.offset);
    if access.narrow { u64::from(address as u32) } else { address }
}

#[inline]
fn number(bytes: &[u8]) -> u64 {
    match *bytes {
        [a] => a.into(),
        [a, b] => u16::from_le_bytes([a, b]).into(),
        [a, b, c, d] => u32::from_le_bytes([a, b, c, d]).into(),
        [a, b, c, d, e, f, g, h] => u64::from_le_bytes([a, b, c, d, e, f, g, h]),
        _ => 0,
    }
}

/// Writes the low bytes of a number. A copy of a length that is not known in advance would be a library call.
#[inline]
fn put_number(bytes: &mut [u8], value: u64) {
    match bytes.len() {
        1 => bytes[0] = value as u8,
        2 => bytes.copy_from_slice(&(value as u16).to_le_bytes()),
        4 => bytes.copy_from_slice(&(value as u32).to_le_bytes()),
        _ => bytes.copy_from_slice(&value.to_le_bytes()[..bytes.len()]),
    }
}

/// A narrow value fills its register: with its sign if it has one.
#[inline]
fn extend(kind: Type, bits: u64) -> u64 {
    if kind.is_signed() { kind.extend(bits) } else { bits }
}

fn misaligned(space: Space, address: u64, length: usize) -> Box<Trouble> {
    let what = format!(
        "an access of {length} bytes in {space:?} memory at 0x{address:x}, which is no multiple of {length}"
    );
    Trouble::new(FaultKind::Misaligned, what)
}

fn within(address: u64, length: usize, size: usize, place: &str) -> Result<usize, Box<Trouble>> {
    if address.saturating_add(length as u64) > size as u64 {
        let what = format!("{length} bytes at 0x{address:x} of {place}, which has {size} bytes");
        return Err(Trouble::new(FaultKind::OutOfBounds, what));
    }
    Ok(address as usize)
}
