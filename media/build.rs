//! Stops a build that would leave the H.264 library without its assembly: its own build script
//! does that without a word when `nasm` is missing, and encoding then takes three times as long.

use std::env;
use std::path::Path;
use std::process::exit;

fn main() {
    for name in ["PATH", "OPENH264_NO_ASM"] {
        println!("cargo::rerun-if-env-changed={name}");
    }
    let wants_nasm = ["x86", "x86_64"]
        .iter()
        .any(|arch| env::var("CARGO_CFG_TARGET_ARCH").as_deref() == Ok(arch));
    if wants_nasm && env::var_os("OPENH264_NO_ASM").is_none() && !on_path("nasm") {
        println!(
            "cargo::error=nasm is missing: install it (apt-get install nasm) and run `cargo clean \
             -p openh264-sys2`, or set OPENH264_NO_ASM=1 to accept a three times slower encoder"
        );
        exit(1);
    }
}

fn on_path(program: &str) -> bool {
    let name = format!("{program}{}", env::consts::EXE_SUFFIX);
    let is_there = |folder: &Path| folder.join(&name).is_file();
    env::var_os("PATH").is_some_and(|path| env::split_paths(&path).any(|folder| is_there(&folder)))
}
