//! Streams and events: what is queued, what may run next, and what a synchronisation makes run.

use std::collections::VecDeque;
use std::time::Instant;

use super::{Code, DEFAULT_STREAM, Driver, Outcome, Work};

/// A stream: work in order.
pub(crate) struct Stream {
    /// Work and its place in the order of all calls.
    pub queue: VecDeque<(u64, Work)>,
    /// Ordered with the legacy default stream.
    pub blocking: bool,
    /// The capture that records what is queued here.
    pub capture: Option<usize>,
}

impl Stream {
    pub fn new(blocking: bool) -> Self {
        Self { queue: VecDeque::new(), blocking, capture: None }
    }
}

/// An event. Recordings are counted: the last one that was queued, and the last one that has happened.
#[derive(Clone, Debug, Default)]
pub(crate) struct Event {
    pub recorded: u64,
    pub completed: u64,
    pub time: Option<Instant>,
    pub has_timing: bool,
    /// The capture, the stream and the length of its record when the event was captured.
    pub captured: Option<(usize, usize, usize)>,
}

/// What must have run before a call returns.
#[derive(Clone, Copy, Debug)]
enum Until {
    Stream(usize),
    Event(usize),
    Everything,
}

impl Driver {
    /// The stream of a handle; 1 stands for the legacy default stream as well, 2 for the thread's own.
    pub fn stream(&self, handle: usize) -> Result<usize, Code> {
        let handle = if handle == 1 { DEFAULT_STREAM } else { handle };
        if self.streams.contains_key(&handle) { Ok(handle) } else { Err(Code::INVALID_HANDLE) }
    }

    /// Queues work, or records it if the stream is captured.
    pub fn enqueue(&mut self, stream: usize, work: Work) -> Outcome {
        let stream = self.stream(stream)?;
        if self.streams.get(&stream).and_then(|stream| stream.capture).is_some() {
            return self.record_work(stream, work);
        }
        if stream == DEFAULT_STREAM && self.capture_forbids_default_stream() {
            return Err(Code::STREAM_CAPTURE_IMPLICIT);
        }
        // What the host will read is spoiled until the copy has run.
        if let Work::ToHost { to, length, .. } = &work
            && *length > 0
        {
            // SAFETY: the program gave this memory to be written to.
            unsafe { std::ptr::write_bytes(to.0, 0xff, *length) };
        }
        self.sequence += 1;
        let sequence = self.sequence;
        let queue = &mut self.streams.get_mut(&stream).ok_or(Code::INVALID_HANDLE)?.queue;
        queue.push_back((sequence, work));
        Ok(())
    }

    pub fn run_stream(&mut self, stream: usize) -> Outcome {
        let stream = self.stream(stream)?;
        self.forbid_in_capture(stream)?;
        self.run_until(Until::Stream(stream))
    }

    pub fn run_event(&mut self, event: usize) -> Outcome {
        self.run_until(Until::Event(event))
    }

    pub fn run_everything(&mut self) -> Outcome {
        self.run_until(Until::Everything)
    }

    /// Runs one piece of work that a query waits for; whether it was the last.
    pub fn poll(&mut self, stream: Option<usize>, event: Option<usize>) -> Result<bool, Code> {
        let until = match (stream, event) {
            (Some(stream), _) => Until::Stream(stream),
            (_, Some(event)) => Until::Event(event),
            _ => Until::Everything,
        };
        if self.is_reached(until) {
            return Ok(true);
        }
        self.run_one(until)?;
        Ok(false)
    }

    fn run_until(&mut self, until: Until) -> Outcome {
        while !self.is_reached(until) {
            self.run_one(until)?;
        }
        self.broken()
    }

    fn is_reached(&self, until: Until) -> bool {
        match until {
            Until::Stream(stream) => self.streams.get(&stream).is_none_or(|stream| stream.queue.is_empty()),
            Until::Event(event) => {
                self.events.get(&event).is_none_or(|event| event.completed >= event.recorded)
            }
            Until::Everything => self.streams.values().all(|stream| stream.queue.is_empty()),
        }
    }

    /// Runs the first work of a stream whose turn it may be. Which stream is left to chance, as on a device.
    fn run_one(&mut self, until: Until) -> Outcome {
        let ready: Vec<usize> =
            self.streams.keys().copied().filter(|stream| self.is_ready(*stream)).collect();
        if ready.is_empty() {
            // Waiting is only for what was queued before, so somebody can always go on.
            return Err(Code::UNKNOWN);
        }
        // Mostly only what is asked for runs: what else should have run is then missed.
        let wanted = match until {
            Until::Stream(stream) if ready.contains(&stream) && self.random.below(4) > 0 => Some(stream),
            _ => None,
        };
        let stream = wanted.unwrap_or_else(|| ready[self.random.below(ready.len() as u64) as usize]);
        let next = self.streams.get_mut(&stream).and_then(|stream| stream.queue.pop_front());
        if let Some((_, work)) = next
            && let Err(fault) = self.perform(&work)
        {
            self.break_context(*fault);
            return self.broken();
        }
        Ok(())
    }

    fn is_ready(&self, handle: usize) -> bool {
        let stream = &self.streams[&handle];
        let Some((sequence, work)) = stream.queue.front() else { return false };
        if let Work::Wait { event, generation } = work
            && self.events.get(event).is_some_and(|event| event.completed < *generation)
        {
            return false;
        }
        let earlier = |other: &Stream| other.queue.front().is_some_and(|(first, _)| first < sequence);
        match handle {
            DEFAULT_STREAM => {
                let mut others = self.streams.iter().filter(|(other, _)| **other != DEFAULT_STREAM);
                !others.any(|(_, other)| other.blocking && earlier(other))
            }
            _ => !(stream.blocking && earlier(&self.streams[&DEFAULT_STREAM])),
        }
    }
}
