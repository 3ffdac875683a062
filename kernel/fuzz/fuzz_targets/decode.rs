//! Whatever frames arrive: `decode` does not panic, lets nothing unsigned through, and what it accepts is what was sent.
#![no_main]

use ferrolab_kernel::connection::{Channel, Key};
use ferrolab_kernel::messages::{
    CommOpen, CompleteRequest, ExecuteRequest, HistoryRequest, InspectRequest, IsCompleteRequest, Request,
    ShutdownRequest,
};
use ferrolab_kernel::wire::{Signer, decode, encode};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (Vec<Vec<u8>>, u8)| {
    let (mut frames, delimiter) = input;
    // Somewhere a delimiter, or hardly any input would get beyond the first check.
    frames.insert(usize::from(delimiter) % (frames.len() + 1), b"<IDS|MSG>".to_vec());

    let locked = &mut Signer::new(&Key("a key that the fuzzer does not know".to_owned()));
    assert!(decode(frames.clone(), locked).is_err());

    let mut open = Signer::new(&Key::default());
    let Ok(message) = decode(frames.clone(), &mut open) else { return };
    let mut again = encode(message.clone(), &open);
    let signature = message.identities.len() + 1;
    // Without a key any signature is accepted, and none is sent.
    again[signature].clone_from(&frames[signature]);
    assert_eq!(again, frames);

    let Ok(request) = Request::new(Channel::Shell, message) else { return };
    let _ = request.content::<ExecuteRequest>();
    let _ = request.content::<IsCompleteRequest>();
    let _ = request.content::<CompleteRequest>();
    let _ = request.content::<InspectRequest>();
    let _ = request.content::<HistoryRequest>();
    let _ = request.content::<CommOpen>();
    let _ = request.content::<ShutdownRequest>();
    assert!(request.reply_type().ends_with("_reply"));
});
