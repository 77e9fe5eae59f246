//! The host program: reads its command line and does what it says.

use std::process::ExitCode;

fn main() -> ExitCode {
    farpane_host::cli::main()
}
