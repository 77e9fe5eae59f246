//! What a backup keeps, and what is said about one that was changed, cut or locked otherwise.

use std::io::Read as _;

use super::*;

const MADE: Timestamp = Timestamp(7);

fn key(seed: u8) -> Secret {
    Secret::Key(SecretKey::from_seed([seed; 32]))
}

fn made(secret: &Secret, large: usize) -> Vec<u8> {
    let mut sealing = create(Vec::new(), secret, MADE).expect("creates");
    archive::put(&mut sealing, "a.key", 3, &mut b"abc".as_slice()).expect("writes");
    let large = vec![7; large];
    let length = large.len() as u64;
    archive::put(&mut sealing, "x.db", length, &mut large.as_slice()).expect("writes");
    archive::end(&mut sealing).expect("writes");
    sealing.finish().expect("writes")
}

fn read(bytes: &[u8], secret: &Secret) -> Result<Vec<(String, Vec<u8>)>, BadBackup> {
    let (_, mut from) = open(bytes, secret)?;
    let mut files = Vec::new();
    while let Some((name, length)) = archive::next(&mut from)? {
        let mut content = Vec::new();
        let taken = from.by_ref().take(length).read_to_end(&mut content);
        taken.map_err(BadBackup::of_stream)?;
        files.push((name, content));
    }
    // The end of the stream has to be looked at, or a changed end would pass.
    let rest = from.read_to_end(&mut Vec::new());
    rest.map_err(BadBackup::of_stream)?;
    Ok(files)
}

#[test]
fn what_went_in_comes_out_whatever_its_size() {
    for large in [0, 1, 65_000, 65_536, 131_072, 300_000] {
        let files = read(&made(&key(1), large), &key(1)).expect("reads");
        let expected = [
            ("a.key".to_owned(), b"abc".to_vec()),
            ("x.db".to_owned(), vec![7; large]),
        ];
        assert_eq!(files, expected);
    }
    let bytes = made(&key(1), 1);
    let (head, _) = open(bytes.as_slice(), &key(1)).expect("opens");
    assert_eq!(head.made, MADE);
}

#[test]
fn a_passphrase_opens_it_and_another_does_not() {
    let mine = Secret::Passphrase("correct horse battery".into());
    let bytes = made(&mine, 10);
    assert_eq!(read(&bytes, &mine).expect("reads").len(), 2);
    let other = Secret::Passphrase("correct horse batterz".into());
    assert!(matches!(read(&bytes, &other), Err(BadBackup::Locked)));
    assert!(matches!(
        read(&bytes, &key(1)),
        Err(BadBackup::OtherKind(_))
    ));
    let short = create(Vec::new(), &Secret::Passphrase("short".into()), MADE);
    assert!(matches!(short, Err(BadBackup::Short)));
}

#[test]
fn another_key_file_is_named() {
    let bytes = made(&key(1), 10);
    assert!(matches!(read(&bytes, &key(2)), Err(BadBackup::OtherKey(_))));
    let phrase = Secret::Passphrase("correct horse battery".into());
    assert!(matches!(
        read(&bytes, &phrase),
        Err(BadBackup::OtherKind(_))
    ));
}

#[test]
fn every_cut_is_noticed() {
    let bytes = made(&key(1), 140_000);
    let chunk = 64 * 1024 + 16;
    let start = bytes.len() - (140_000 + 3 + 6 + 5 + 16 + 1 + 3 * 16);
    for length in [
        bytes.len() - 1,
        start + 2 * chunk,
        start + chunk,
        start + chunk + 7,
    ] {
        let cut = read(&bytes[..length], &key(1));
        assert!(matches!(cut, Err(BadBackup::Cut)), "{length}: {cut:?}");
    }
    for length in 0..start {
        assert!(read(&bytes[..length], &key(1)).is_err(), "{length}");
    }
}

#[test]
fn every_changed_byte_is_noticed() {
    let bytes = made(&key(1), 20);
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        assert!(read(&changed, &key(1)).is_err(), "byte {at}");
    }
    let mut longer = bytes;
    longer.push(0);
    assert!(read(&longer, &key(1)).is_err());
}

#[test]
fn a_file_cannot_ask_for_the_whole_machine() {
    let mine = Secret::Passphrase("correct horse battery".into());
    let bytes = made(&mine, 1);
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let greedy = text.replacen("65536", "4294967295", 1);
    let refused = open(greedy.as_bytes(), &mine);
    assert!(matches!(refused.err(), Some(BadBackup::Derive)));
}

#[test]
fn names_that_lead_elsewhere_are_not_taken() {
    for name in ["../grant.key", "/etc/passwd", ".hidden", "a b", "", "-x"] {
        let mut raw = vec![u8::try_from(name.len()).expect("short")];
        raw.extend_from_slice(name.as_bytes());
        raw.extend_from_slice(&[0; 8]);
        let next = archive::next(&mut raw.as_slice());
        if name.is_empty() {
            assert!(matches!(next, Ok(None)));
        } else {
            assert!(matches!(next, Err(BadBackup::Content(_))), "{name}");
        }
    }
}
