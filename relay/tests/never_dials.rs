//! The relay never dials: it joins connections that peers opened. Its one outbound connection is
//! to its directory, and stands in one file.

use std::fs;
use std::path::Path;

/// Words that a connection to somewhere cannot be made without.
const DIALS: [&str; 10] = [
    "transport::directory::{",
    "DirectoryClient",
    "relay_link",
    "TcpStream",
    "TcpSocket",
    "UdpSocket",
    "UnixStream",
    "reqwest",
    "lookup_host",
    "ToSocketAddrs",
];

const ALLOWED: &str = "directory_link.rs";

fn dials(name: &str, text: &str) -> Vec<String> {
    if name == ALLOWED {
        return Vec::new();
    }
    DIALS
        .iter()
        .filter(|word| text.contains(**word))
        .map(|word| format!("{name} names {word}"))
        .collect()
}

fn look_through(folder: &Path, found: &mut Vec<String>, files: &mut usize) {
    for entry in fs::read_dir(folder).expect("lists") {
        let path = entry.expect("entry").path();
        if path.is_dir() {
            look_through(&path, found, files);
        } else {
            *files += 1;
            let name = path.file_name().expect("a name").to_string_lossy();
            found.extend(dials(&name, &fs::read_to_string(&path).expect("reads")));
        }
    }
}

#[test]
fn only_one_file_can_connect_anywhere() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut found, mut files) = (Vec::new(), 0);
    look_through(&source, &mut found, &mut files);
    assert_eq!(found, [""; 0]);
    assert!(files > 20, "only {files} files were looked at");
}

#[test]
fn a_planted_connection_is_found() {
    assert_eq!(
        dials("peers.rs", "let s = TcpStream::connect(to);").len(),
        1
    );
    assert!(dials(ALLOWED, "TcpStream").is_empty());
}
