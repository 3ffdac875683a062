//! The device's own promises, on the emulator; operations are tested where they are.
