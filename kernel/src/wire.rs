//! The frames of a Jupyter message on the wire: `identities… <IDS|MSG> signature header parent metadata content buffers…`.
//! Pure functions. A signature is checked in constant time before any JSON is looked at.

use std::collections::{HashSet, VecDeque};

use hmac::{Hmac, KeyInit, Mac};
use serde::de::IgnoredAny;
use sha2::Sha256;

use crate::connection::Key;

/// Stands between the routing identities and the message.
const DELIMITER: &[u8] = b"<IDS|MSG>";
/// How many signatures are remembered against replays; jupyter_client remembers as many.
const REMEMBERED: usize = 65_536;

/// A message in frames. The four JSON frames are kept as the bytes they came in, so that a header goes back as the
/// parent header without change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message {
    /// Route back to the client (ROUTER sockets), or the topic (IOPub).
    pub identities: Vec<Vec<u8>>,
    pub header: Vec<u8>,
    pub parent_header: Vec<u8>,
    pub metadata: Vec<u8>,
    pub content: Vec<u8>,
    /// Binary attachments, not covered by the signature.
    pub buffers: Vec<Vec<u8>>,
}

/// Why frames are not a message for us.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    #[error("expected the delimiter <IDS|MSG>, found none in {frames} frames")]
    NoDelimiter { frames: usize },
    #[error("expected a signature and four JSON frames after <IDS|MSG>, found {found} frames")]
    Truncated { found: usize },
    #[error("the signature does not fit the message; is it meant for another kernel?")]
    BadSignature,
    #[error("the message was received before (same signature)")]
    Replayed,
    #[error("expected JSON in the {frame}, found something else: {reason}")]
    NotJson { frame: &'static str, reason: String },
}

/// Signs what we send and checks what we get, by HMAC-SHA256. With an empty key it does neither.
pub struct Signer {
    mac: Option<Hmac<Sha256>>,
    seen: Seen,
}

impl Signer {
    /// A signer that has seen nothing yet.
    pub fn new(key: &Key) -> Self {
        let mac = (!key.0.is_empty())
            .then(|| Hmac::new_from_slice(key.0.as_bytes()).expect("HMAC takes keys of any length"));
        Self { mac, seen: Seen::default() }
    }

    fn mac(&self, json: [&[u8]; 4]) -> Option<Hmac<Sha256>> {
        let mut mac = self.mac.clone()?;
        json.iter().for_each(|frame| mac.update(frame));
        Some(mac)
    }

    /// The hexadecimal signature; empty without a key.
    fn sign(&self, json: [&[u8]; 4]) -> String {
        self.mac(json).map(|mac| hex::encode(mac.finalize().into_bytes())).unwrap_or_default()
    }

    fn verify(&mut self, json: [&[u8]; 4], signature: &[u8]) -> Result<(), WireError> {
        let Some(mac) = self.mac(json) else { return Ok(()) };
        let mut digest = [0; 32];
        hex::decode_to_slice(signature, &mut digest).map_err(|_| WireError::BadSignature)?;
        mac.verify_slice(&digest).map_err(|_| WireError::BadSignature)?;
        if self.seen.insert(digest) { Ok(()) } else { Err(WireError::Replayed) }
    }
}

/// The last signatures, oldest first out.
#[derive(Default)]
struct Seen {
    set: HashSet<[u8; 32]>,
    order: VecDeque<[u8; 32]>,
}

impl Seen {
    /// False if it is there already.
    fn insert(&mut self, digest: [u8; 32]) -> bool {
        if !self.set.insert(digest) {
            return false;
        }
        self.order.push_back(digest);
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.set.remove(&oldest);
        }
        true
    }
}

/// The frames to send.
pub fn encode(message: Message, signer: &Signer) -> Vec<Vec<u8>> {
    let Message { identities, header, parent_header, metadata, content, buffers } = message;
    let signature = signer.sign([&header, &parent_header, &metadata, &content]);
    let mut frames = identities;
    frames.push(DELIMITER.to_vec());
    frames.push(signature.into_bytes());
    frames.extend([header, parent_header, metadata, content]);
    frames.extend(buffers);
    frames
}

/// The message in received frames: signed with our key, not seen before, four frames of JSON.
pub fn decode(mut frames: Vec<Vec<u8>>, signer: &mut Signer) -> Result<Message, WireError> {
    let delimiter = frames
        .iter()
        .position(|frame| frame == DELIMITER)
        .ok_or(WireError::NoDelimiter { frames: frames.len() })?;
    let mut rest = frames.split_off(delimiter).into_iter().skip(1);
    let found = rest.len();
    let [Some(signature), Some(header), Some(parent_header), Some(metadata), Some(content)] =
        std::array::from_fn(|_| rest.next())
    else {
        return Err(WireError::Truncated { found });
    };
    signer.verify([&header, &parent_header, &metadata, &content], &signature)?;
    for (frame, bytes) in [
        ("header", &header),
        ("parent header", &parent_header),
        ("metadata", &metadata),
        ("content", &content),
    ] {
        serde_json::from_slice::<IgnoredAny>(bytes)
            .map_err(|error| WireError::NotJson { frame, reason: error.to_string() })?;
    }
    Ok(Message { identities: frames, header, parent_header, metadata, content, buffers: rest.collect() })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn signer() -> Signer {
        Signer::new(&Key("secret".to_owned()))
    }

    fn message() -> Message {
        Message {
            identities: vec![b"client".to_vec()],
            header: br#"{"msg_id":"1"}"#.to_vec(),
            parent_header: b"{}".to_vec(),
            metadata: b"{}".to_vec(),
            content: br#"{"code":"1 + 1"}"#.to_vec(),
            buffers: vec![vec![0, 255]],
        }
    }

    #[test]
    fn the_signature_is_hmac_sha256_in_hexadecimal() {
        // RFC 4231, test case 2: the text is spread over the four frames.
        let signer = Signer::new(&Key("Jefe".to_owned()));
        let signature = signer.sign([b"what do ya ", b"want ", b"for ", b"nothing?"]);
        assert_eq!(signature, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }

    #[test]
    fn buffers_are_not_signed() {
        let mut frames = encode(message(), &signer());
        frames.push(b"one more".to_vec());
        assert_eq!(decode(frames, &mut signer()).unwrap().buffers.len(), 2);
    }

    #[test]
    fn every_changed_bit_of_a_signed_frame_is_noticed() {
        let frames = encode(message(), &signer());
        for (frame, byte) in (2..7).flat_map(|frame| (0..frames[frame].len()).map(move |byte| (frame, byte)))
        {
            let mut forged = frames.clone();
            forged[frame][byte] ^= 4;
            assert_eq!(
                decode(forged, &mut signer()),
                Err(WireError::BadSignature),
                "frame {frame} byte {byte}"
            );
        }
    }

    #[test]
    fn a_message_counts_once() {
        let mut signer = signer();
        let frames = encode(message(), &signer);
        assert!(decode(frames.clone(), &mut signer).is_ok());
        assert_eq!(decode(frames, &mut signer), Err(WireError::Replayed));
    }

    #[test]
    fn the_oldest_signature_is_forgotten_when_the_memory_is_full() {
        let mut seen = Seen::default();
        let digest = |i: usize| std::array::from_fn(|byte| if byte < 8 { i.to_le_bytes()[byte] } else { 0 });
        assert!((0..=REMEMBERED).all(|i| seen.insert(digest(i))));
        assert_eq!(seen.set.len(), REMEMBERED);
        assert!(!seen.insert(digest(1)));
        assert!(seen.insert(digest(0)));
    }

    #[test]
    fn without_a_key_nothing_is_signed_or_refused() {
        let mut open = Signer::new(&Key::default());
        let frames = encode(message(), &open);
        assert_eq!(frames[2], b"");
        assert_eq!(decode(frames.clone(), &mut open).unwrap(), message());
        assert_eq!(decode(frames, &mut open).unwrap(), message());
    }

    #[test]
    fn truncated_messages_are_refused() {
        let frames = encode(message(), &signer());
        assert_eq!(decode(Vec::new(), &mut signer()), Err(WireError::NoDelimiter { frames: 0 }));
        assert_eq!(decode(frames[..1].to_vec(), &mut signer()), Err(WireError::NoDelimiter { frames: 1 }));
        for length in 2..7 {
            let result = decode(frames[..length].to_vec(), &mut signer());
            assert_eq!(result, Err(WireError::Truncated { found: length - 2 }));
        }
    }

    #[test]
    fn what_is_signed_but_not_json_is_refused() {
        let broken = Message { content: b"{\"code\":".to_vec(), ..message() };
        let result = decode(encode(broken, &signer()), &mut signer());
        assert!(matches!(result, Err(WireError::NotJson { frame: "content", .. })), "{result:?}");
    }

    fn json() -> impl Strategy<Value = Vec<u8>> {
        proptest::collection::btree_map(".*", ".*", 0..4).prop_map(|map| serde_json::to_vec(&map).unwrap())
    }

    proptest! {
        #[test]
        fn decode_undoes_encode(
            identities in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..9), 0..3),
            json in [json(), json(), json(), json()],
            buffers in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 0..3),
            key in ".{0,80}",
        ) {
            let [header, parent_header, metadata, content] = json;
            let message = Message { identities, header, parent_header, metadata, content, buffers };
            let mut signer = Signer::new(&Key(key));
            let frames = encode(message.clone(), &signer);
            prop_assert_eq!(decode(frames, &mut signer).unwrap(), message);
        }

        #[test]
        fn decode_survives_any_frames(
            mut frames in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..20), 0..10),
            delimiter in 0..10_usize,
        ) {
            frames.insert(delimiter.min(frames.len()), DELIMITER.to_vec());
            prop_assert!(decode(frames, &mut signer()).is_err());
        }
    }
}
