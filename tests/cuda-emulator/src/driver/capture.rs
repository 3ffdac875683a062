//! Capture of streams: what is queued is recorded for a graph instead.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Code, DEFAULT_STREAM, Driver, Outcome, Work};

/// A capture in progress.
pub(crate) struct Capture {
    origin: usize,
    /// 0: global, 1: of this thread, 2: relaxed.
    mode: u32,
    works: Vec<Work>,
    /// How long the record was after each other stream's last work, and up to where the origin waits for it.
    last: HashMap<usize, usize>,
    joined: HashMap<usize, usize>,
    invalid: bool,
}

impl Driver {
    pub fn begin_capture(&mut self, stream: usize, mode: u32) -> Outcome {
        let stream = self.stream(stream)?;
        if stream == DEFAULT_STREAM || mode > 2 {
            return Err(if mode > 2 { Code::INVALID_VALUE } else { Code::STREAM_CAPTURE_UNSUPPORTED });
        }
        if self.streams[&stream].capture.is_some() {
            return Err(Code::STREAM_CAPTURE_UNSUPPORTED);
        }
        let id = self.fresh_handle();
        let (last, joined) = (HashMap::new(), HashMap::new());
        self.captures
            .insert(id, Capture { origin: stream, mode, works: Vec::new(), last, joined, invalid: false });
        self.set_capture(stream, Some(id));
        Ok(())
    }

    /// Ends a capture; the recorded work.
    pub fn end_capture(&mut self, stream: usize) -> Result<Arc<Vec<Work>>, Code> {
        let stream = self.stream(stream)?;
        let id = self.streams[&stream].capture.ok_or(Code::STREAM_CAPTURE_UNMATCHED)?;
        if self.captures[&id].origin != stream {
            return Err(Code::STREAM_CAPTURE_UNMATCHED);
        }
        let capture = self.captures.remove(&id).ok_or(Code::UNKNOWN)?;
        for other in self.streams.values_mut().filter(|other| other.capture == Some(id)) {
            other.capture = None;
        }
        for event in self.events.values_mut() {
            event.captured = event.captured.filter(|(of, ..)| *of != id);
        }
        if capture.invalid {
            return Err(Code::STREAM_CAPTURE_INVALIDATED);
        }
        let unjoined =
            |(stream, last): (&usize, &usize)| capture.joined.get(stream).is_none_or(|joined| joined < last);
        if capture.last.iter().any(unjoined) {
            return Err(Code::STREAM_CAPTURE_UNJOINED);
        }
        Ok(Arc::new(capture.works))
    }

    /// 0: not captured, 1: captured, 2: captured, but invalidated.
    pub fn capture_status(&self, stream: usize) -> Result<u32, Code> {
        let stream = self.stream(stream)?;
        let capture = self.streams[&stream].capture.and_then(|id| self.captures.get(&id));
        Ok(capture.map_or(0, |capture| if capture.invalid { 2 } else { 1 }))
    }

    pub(super) fn record_work(&mut self, stream: usize, work: Work) -> Outcome {
        let capture = self.capture_of(stream).ok_or(Code::UNKNOWN)?;
        if capture.invalid {
            return Err(Code::STREAM_CAPTURE_INVALIDATED);
        }
        capture.works.push(work);
        let length = capture.works.len();
        if stream != capture.origin {
            capture.last.insert(stream, length);
        }
        Ok(())
    }

    /// Records an event in a captured stream: it then stands for what was captured so far.
    pub fn capture_record(&mut self, stream: usize, event: usize) -> bool {
        let Some(id) = self.streams.get(&stream).and_then(|stream| stream.capture) else { return false };
        let length = self.captures[&id].works.len();
        if let Some(event) = self.events.get_mut(&event) {
            event.captured = Some((id, stream, length));
        }
        true
    }

    /// Waits for an event inside of a capture; `false` if neither is captured.
    pub fn capture_wait(&mut self, stream: usize, event: usize) -> Result<bool, Code> {
        let captured = self.events.get(&event).ok_or(Code::INVALID_HANDLE)?.captured;
        let own = self.streams.get(&stream).and_then(|stream| stream.capture);
        match (own, captured) {
            (None, None) => Ok(false),
            (Some(_), None) => Err(self.invalidate(stream, Code::STREAM_CAPTURE_ISOLATION)),
            (Some(own), Some((id, ..))) if own != id => {
                Err(self.invalidate(stream, Code::STREAM_CAPTURE_ISOLATION))
            }
            (_, Some((id, from, length))) => {
                // Waiting for a captured event draws a stream into the capture.
                self.set_capture(stream, Some(id));
                let capture = self.captures.get_mut(&id).ok_or(Code::UNKNOWN)?;
                if from != stream && from != capture.origin {
                    let joined = capture.joined.entry(from).or_default();
                    *joined = length.max(*joined);
                }
                if stream != capture.origin {
                    let length = capture.works.len();
                    capture.last.insert(stream, length);
                }
                Ok(true)
            }
        }
    }

    /// What waits for the device is an error while a stream is captured.
    pub fn forbid_in_capture(&mut self, stream: usize) -> Outcome {
        match self.streams.get(&stream).and_then(|stream| stream.capture) {
            Some(_) => Err(self.invalidate(stream, Code::STREAM_CAPTURE_UNSUPPORTED)),
            None => Ok(()),
        }
    }

    /// Calls that may wait for the whole device are an error while any capture but a relaxed one goes on.
    pub fn forbid_in_any_capture(&mut self) -> Outcome {
        let mut strict = self.captures.values_mut().filter(|capture| capture.mode != 2);
        match strict.next() {
            Some(capture) => {
                capture.invalid = true;
                Err(Code::STREAM_CAPTURE_UNSUPPORTED)
            }
            None => Ok(()),
        }
    }

    /// The legacy default stream would have to wait for a captured blocking stream.
    pub(super) fn capture_forbids_default_stream(&mut self) -> bool {
        let captured: Vec<usize> = self
            .streams
            .values()
            .filter(|stream| stream.blocking)
            .filter_map(|stream| stream.capture)
            .collect();
        for id in &captured {
            if let Some(capture) = self.captures.get_mut(id) {
                capture.invalid = true;
            }
        }
        !captured.is_empty()
    }

    fn invalidate(&mut self, stream: usize, code: Code) -> Code {
        if let Some(capture) = self.capture_of(stream) {
            capture.invalid = true;
        }
        code
    }

    fn capture_of(&mut self, stream: usize) -> Option<&mut Capture> {
        let id = self.streams.get(&stream)?.capture?;
        self.captures.get_mut(&id)
    }

    fn set_capture(&mut self, stream: usize, id: Option<usize>) {
        if let Some(stream) = self.streams.get_mut(&stream) {
            stream.capture = id;
        }
    }
}
