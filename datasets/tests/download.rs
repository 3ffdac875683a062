//! Downloads, against a small HTTP server on this machine.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::ops::ControlFlow::{Break, Continue};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;

use ferrolab_datasets::{CATALOG, DataError, Remote, download, fetch, sha256};
use tempfile::tempdir;

/// What the server does with a request.
#[derive(Clone, Copy)]
enum Manner {
    /// Sends the file, or the part that `Range` asks for.
    Whole,
    /// Ignores `Range`, as simple servers do.
    IgnoresRange,
    /// Announces all and hangs up after this many bytes.
    HangsUpAfter(usize),
    /// Sends a page instead, with status 200.
    Portal,
    /// 404.
    Missing,
}

/// Serves `content` until the test ends; remembers the `Range` header of each request (`""`: none).
fn serve(content: Vec<u8>, manner: Manner) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/data.bin", listener.local_addr().unwrap());
    let ranges = Arc::new(Mutex::new(Vec::new()));
    let seen = ranges.clone();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let range = answer(stream, &content, manner).unwrap_or_default();
            seen.lock().unwrap().push(range);
        }
    });
    (url, ranges)
}

fn answer(mut stream: TcpStream, content: &[u8], manner: Manner) -> Option<String> {
    let mut range = String::new();
    for line in BufReader::new(stream.try_clone().ok()?).lines() {
        let line = line.ok()?;
        if line.is_empty() {
            break;
        }
        if let Some((_, value)) = line.split_once(':').filter(|(name, _)| name.eq_ignore_ascii_case("range"))
        {
            range = value.trim().to_owned();
        }
    }
    let asked = range.strip_prefix("bytes=").and_then(|range| range.strip_suffix('-')?.parse().ok());
    let (status, body, announced) = match (manner, asked) {
        (Manner::Missing, _) => ("404 Not Found", &b"no"[..], 2),
        (Manner::Portal, _) => ("200 OK", &b"<html>Please log in</html>"[..], 26),
        (Manner::HangsUpAfter(count), _) => ("200 OK", &content[..count], content.len()),
        (Manner::Whole, Some(start)) => ("206 Partial Content", &content[start..], content.len() - start),
        (Manner::Whole | Manner::IgnoresRange, _) => ("200 OK", content, content.len()),
    };
    write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {announced}\r\nConnection: close\r\n\r\n").ok()?;
    stream.write_all(body).ok()?;
    Some(range)
}

fn content() -> Vec<u8> {
    (0..200_000_u32).flat_map(|number| number.to_le_bytes()).collect()
}

fn sum(bytes: &[u8]) -> String {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), bytes).unwrap();
    sha256(file.path()).unwrap()
}

fn get(urls: &[&str], sha256: &str, folder: &Path) -> Result<Vec<u8>, DataError> {
    let remote = Remote { file: "data.bin", urls, bytes: 800_000, exact: true, sha256 };
    download(&remote, folder, &mut |_| Continue(())).map(|path| fs::read(path).unwrap())
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.retain(|name| name != ".lock");
    names
}

#[test]
fn the_published_sum_of_a_known_text() {
    // FIPS 180-2, appendix B.1
    assert_eq!(sum(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

#[test]
fn a_file_arrives_whole_and_progress_grows_to_the_end() {
    let folder = tempdir().unwrap();
    let (url, _) = serve(content(), Manner::Whole);
    let mut seen = Vec::new();
    let sum = sum(&content());
    let remote = Remote { file: "data.bin", urls: &[&url], bytes: 800_000, exact: true, sha256: &sum };
    let path = download(&remote, folder.path(), &mut |progress| {
        seen.push((progress.done, progress.total));
        Continue(())
    });
    assert_eq!(fs::read(path.unwrap()).unwrap(), content());
    assert_eq!((seen[0], seen[seen.len() - 1]), ((0, 800_000), (800_000, 800_000)));
    assert!(seen.len() > 3 && seen.is_sorted());
    assert_eq!(names(folder.path()), ["data.bin"]);
}

#[test]
fn a_file_that_is_here_needs_no_network() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("data.bin"), content()).unwrap();
    assert_eq!(get(&[], &sum(&content()), folder.path()).unwrap(), content());
}

#[test]
fn a_wrong_file_that_the_user_put_there_is_named_and_kept() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("data.bin"), "mine").unwrap();
    let error = get(&[], &sum(&content()), folder.path()).unwrap_err().to_string();
    assert!(
        error.contains("data.bin: expected the sha256 ")
            && error.ends_with("delete it and fetch the data set again"),
        "{error}"
    );
    assert_eq!(fs::read(folder.path().join("data.bin")).unwrap(), b"mine");
}

#[test]
fn a_wrong_checksum_is_refused_and_nothing_is_left() {
    let folder = tempdir().unwrap();
    let (url, _) = serve(vec![7; 800_000], Manner::Whole);
    let error = get(&[&url], &sum(&content()), folder.path()).unwrap_err();
    let DataError::Checksum { origin, expected, found, .. } = error else { panic!("{error}") };
    assert_eq!((origin, expected, found), (url, sum(&content()), sum(&[7; 800_000])));
    assert_eq!(names(folder.path()), [""; 0]);
}

#[test]
fn a_login_page_in_place_of_the_file_is_refused_by_its_size() {
    let folder = tempdir().unwrap();
    let (url, _) = serve(content(), Manner::Portal);
    let error = get(&[&url], &sum(&content()), folder.path()).unwrap_err().to_string();
    assert!(error.contains("expected 800000 bytes, the server offers 26"), "{error}");
    assert_eq!(names(folder.path()), [""; 0]);
}

#[test]
fn a_broken_connection_leaves_a_part_that_the_next_call_completes() {
    let folder = tempdir().unwrap();
    let (url, _) = serve(content(), Manner::HangsUpAfter(300_000));
    let error = get(&[&url], &sum(&content()), folder.path()).unwrap_err();
    assert!(matches!(error, DataError::Network { .. }), "{error}");
    assert_eq!(names(folder.path()), ["data.bin.part"]);

    let (url, ranges) = serve(content(), Manner::Whole);
    assert_eq!(get(&[&url], &sum(&content()), folder.path()).unwrap(), content());
    assert_eq!(*ranges.lock().unwrap(), ["bytes=300000-"]);
    assert_eq!(names(folder.path()), ["data.bin"]);
}

#[test]
fn a_server_without_ranges_starts_over() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("data.bin.part"), [9; 1000]).unwrap();
    let (url, _) = serve(content(), Manner::IgnoresRange);
    assert_eq!(get(&[&url], &sum(&content()), folder.path()).unwrap(), content());
}

#[test]
fn the_second_address_is_tried_when_the_first_fails() {
    let folder = tempdir().unwrap();
    let (first, _) = serve(content(), Manner::Missing);
    let (second, _) = serve(vec![1; 800_000], Manner::Whole);
    let (third, _) = serve(content(), Manner::Whole);
    assert_eq!(get(&[&first, &second, &third], &sum(&content()), folder.path()).unwrap(), content());
}

#[test]
fn progress_can_stop_a_download_and_the_next_call_goes_on() {
    let folder = tempdir().unwrap();
    let (url, ranges) = serve(content(), Manner::Whole);
    let sum = sum(&content());
    let remote = Remote { file: "data.bin", urls: &[&url], bytes: 800_000, exact: true, sha256: &sum };
    let mut stop = |progress: ferrolab_datasets::Progress<'_>| {
        if progress.done > 100_000 { Break(()) } else { Continue(()) }
    };
    let error = download(&remote, folder.path(), &mut stop).unwrap_err();
    let DataError::Stopped { done, total: 800_000, .. } = error else { panic!("{error}") };
    download(&remote, folder.path(), &mut |_| Continue(())).unwrap();
    assert_eq!(*ranges.lock().unwrap().last().unwrap(), format!("bytes={done}-"));
}

#[test]
fn a_file_whose_size_is_not_known_starts_over_and_is_checked_by_its_sum() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("data.bin.part"), [9; 1000]).unwrap();
    let (url, ranges) = serve(content(), Manner::Whole);
    let sum = sum(&content());
    let mut remote = Remote { file: "data.bin", urls: &[&url], bytes: 1_000_000, exact: false, sha256: &sum };
    let mut last = None;
    let path = download(&remote, folder.path(), &mut |progress| {
        last = Some((progress.done, progress.total));
        Continue(())
    });
    assert_eq!(fs::read(path.unwrap()).unwrap(), content());
    assert_eq!((last, ranges.lock().unwrap().as_slice()), (Some((800_000, 800_000)), &[String::new()][..]));

    let folder = tempdir().unwrap();
    remote.sha256 = "0";
    let error = download(&remote, folder.path(), &mut |_| Continue(())).unwrap_err();
    assert!(matches!(error, DataError::Checksum { .. }), "{error}");
}

#[test]
fn without_a_network_the_error_says_what_to_put_where() {
    let folder = tempdir().unwrap();
    // A port that was free a moment ago and has no listener now.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{port}/data.bin");
    let sum = sum(&content());
    let error = get(&[&url], &sum, folder.path()).unwrap_err().to_string();
    assert!(error.starts_with("cannot download `data.bin`: "), "{error}");
    let advice = format!(
        "Without a network, get {url} on another machine, check that its sha256 is {sum}, put it into `{}` and run the cell again",
        folder.path().display()
    );
    assert!(error.ends_with(&advice), "{error}");
}

#[test]
fn an_unknown_set_lists_the_known_ones() {
    let error = fetch("cifar11").unwrap_err().to_string();
    assert_eq!(
        error,
        "there is no data set `cifar11` to download; there are: cifar10, mnist, fashion-mnist, imdb, newsgroups20, wnut17, movielens-small, movielens-100k"
    );
}

#[test]
fn every_set_of_the_catalog_has_addresses_and_well_formed_sums() {
    for set in CATALOG {
        assert!(!set.files.is_empty() && set.bytes() > 500_000, "{}", set.name);
        for file in set.files {
            assert!(
                file.urls.iter().all(|url| url.starts_with("http") && url.ends_with(file.file)),
                "{file:?}"
            );
            assert!(
                file.sha256.len() == 64
                    && file.sha256.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
            );
        }
    }
}
