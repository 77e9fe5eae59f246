//! The program `farpane-viewer`.

use std::process::ExitCode;

fn main() -> ExitCode {
    farpane_viewer::cli::main()
}
