//! The program `farpane-directory`: see `cli`.

use std::process::ExitCode;

fn main() -> ExitCode {
    farpane_certs::install_provider();
    farpane_directory::cli::main()
}
