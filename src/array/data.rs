//! [`Data`]: the numbers of an array: there, on a GPU, on both, or still to be made.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::deferred::{Finish, Recipe};
use crate::cpu::buffer::Buffer;
use crate::cuda::{self, Gpu, Memory};

/// Numbers, or how to make them.
#[derive(Default)]
pub(super) struct Data {
    len: usize,
    /// In the computer's memory.
    made: OnceLock<Buffer>,
    /// The same numbers in a GPU's.
    on_gpu: OnceLock<Arc<Memory>>,
    recipe: Mutex<Option<Arc<dyn Recipe>>>,
    /// The same numbers in the orders in which kernels read them.
    orders: Mutex<Orders<Order, Buffer>>,
    /// With the number of the GPU.
    orders_on_gpu: Mutex<Orders<(Order, usize), Memory>>,
}

/// An order in which a kernel reads an array: what it is for, and the numbers that it depends on.
pub(crate) type Order = (&'static str, [usize; 4]);

type Orders<K, T> = Vec<(K, Arc<T>)>;

impl Data {
    pub(super) fn deferred(len: usize, recipe: Arc<dyn Recipe>) -> Data {
        Data { len, recipe: Mutex::new(Some(recipe)), ..Data::default() }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// The recipe, if nobody has asked for the numbers yet.
    pub(super) fn recipe(&self) -> Option<Arc<dyn Recipe>> {
        lock(&self.recipe).clone()
    }

    /// The numbers, made or copied from a GPU now if they are not there.
    #[inline]
    pub(super) fn buffer(&self) -> &Buffer {
        match self.made.get() {
            Some(buffer) => buffer,
            None => {
                if self.on_gpu.get().is_some() {
                    cuda::note_fallback();
                }
                self.make()
            }
        }
    }

    /// [`Data::buffer`] for who wants to know the numbers, not to go on computing with them.
    pub(super) fn read(&self) -> &Buffer {
        self.made.get().unwrap_or_else(|| self.make())
    }

    /// Makes the numbers where they are to be made, if they are nowhere yet.
    pub(super) fn ready(&self) {
        if self.made.get().is_none() && self.on_gpu.get().is_none() && !self.make_on_gpu() {
            self.make();
        }
    }

    /// No lock is held meanwhile: a thread that waits for others may come upon the same array in work that it takes over. At
    /// worst the numbers are made twice.
    #[cold]
    fn make(&self) -> &Buffer {
        self.make_on_gpu();
        if let Some(memory) = self.on_gpu.get() {
            self.made.get_or_init(|| {
                let mut buffer = Buffer::scratch(self.len);
                memory.gpu().download(memory, &mut buffer);
                buffer
            });
        } else if let Some(recipe) = self.recipe() {
            let buffer = recipe.make(&Finish::Plain);
            assert!(buffer.len() == self.len, "a recipe for {} numbers made {}", self.len, buffer.len());
            // What the recipe holds is not needed any more, once the numbers are there.
            self.made.get_or_init(|| buffer);
            *lock(&self.recipe) = None;
        }
        self.made.get().expect("numbers that are not there have a recipe")
    }

    /// Has a recipe for a GPU make the numbers. Whether they are there now.
    fn make_on_gpu(&self) -> bool {
        if let Some(memory) = self.recipe().and_then(|recipe| recipe.make_on_gpu(&Finish::Plain)) {
            assert!(memory.len() == self.len, "a recipe for {} numbers made {}", self.len, memory.len());
            self.on_gpu.get_or_init(|| Arc::new(memory));
            *lock(&self.recipe) = None;
        }
        self.on_gpu.get().is_some()
    }

    /// The numbers in the memory of a GPU, made or copied there now if they are not yet.
    pub(super) fn memory(&self, gpu: &'static Gpu) -> Arc<Memory> {
        self.make_on_gpu();
        let memory = match self.on_gpu.get() {
            Some(memory) => memory,
            None => {
                let buffer = self.read();
                self.on_gpu.get_or_init(|| Arc::new(gpu.upload(buffer)))
            }
        };
        // They may be on another one.
        if std::ptr::eq(memory.gpu(), gpu) { memory.clone() } else { Arc::new(gpu.upload(self.read())) }
    }

    /// The numbers in another order, made now unless they have been before.
    pub(super) fn ordered(&self, order: Order, make: impl FnOnce(&[f32]) -> Buffer) -> Arc<Buffer> {
        known_or_made(&self.orders, order, || make(self.buffer()))
    }

    /// [`Data::ordered`] in the memory of a GPU.
    pub(super) fn ordered_on_gpu(
        &self,
        gpu: &'static Gpu,
        order: Order,
        make: impl FnOnce(&Memory) -> Memory,
    ) -> Arc<Memory> {
        known_or_made(&self.orders_on_gpu, (order, gpu.ordinal()), || make(&self.memory(gpu)))
    }

    /// The numbers, to be changed: no other place keeps them any more.
    pub(super) fn buffer_mut(&mut self) -> &mut Buffer {
        self.buffer();
        self.on_gpu = OnceLock::new();
        self.forget_orders();
        self.made.get_mut().expect("they were made above")
    }

    /// The numbers in the memory of a GPU, to be changed: no other place keeps them any more.
    pub(super) fn memory_mut(&mut self, gpu: &'static Gpu) -> Arc<Memory> {
        let mut memory = self.memory(gpu);
        self.on_gpu = OnceLock::new();
        if Arc::get_mut(&mut memory).is_none() {
            memory = Arc::new(Memory::clone(&memory));
        }
        self.made = OnceLock::new();
        self.forget_orders();
        self.on_gpu = OnceLock::from(memory.clone());
        memory
    }

    fn forget_orders(&mut self) {
        lock(&self.orders).clear();
        lock(&self.orders_on_gpu).clear();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What is kept under an order; made, without holding the lock, if there is nothing.
fn known_or_made<K: PartialEq, T>(
    orders: &Mutex<Orders<K, T>>,
    order: K,
    make: impl FnOnce() -> T,
) -> Arc<T> {
    let found = lock(orders).iter().find(|(known, _)| *known == order).map(|(_, kept)| kept.clone());
    found.unwrap_or_else(|| {
        let made = Arc::new(make());
        lock(orders).push((order, made.clone()));
        made
    })
}

impl From<Buffer> for Data {
    fn from(buffer: Buffer) -> Data {
        Data { len: buffer.len(), made: OnceLock::from(buffer), ..Data::default() }
    }
}

impl From<Memory> for Data {
    fn from(memory: Memory) -> Data {
        Data { len: memory.len(), on_gpu: OnceLock::from(Arc::new(memory)), ..Data::default() }
    }
}

impl Clone for Data {
    /// A copy where the numbers are.
    fn clone(&self) -> Data {
        self.ready();
        match (self.made.get(), self.on_gpu.get()) {
            (None, Some(memory)) => Memory::clone(memory).into(),
            _ => self.read().clone().into(),
        }
    }
}

impl std::fmt::Debug for Data {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.read().fmt(f)
    }
}
