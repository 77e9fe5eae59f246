//! The `farpane-relay` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    farpane_relay::cli::main()
}
