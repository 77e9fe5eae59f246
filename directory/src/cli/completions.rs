//! `completions`: what a shell needs to complete this program's verbs and options.

use std::io;

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

#[derive(Debug, Args)]
#[command(after_help = "Example:
  farpane-directory completions bash > /etc/bash_completion.d/farpane-directory")]
pub(super) struct Completions {
    /// Which shell.
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

impl Completions {
    pub(super) fn run(self) {
        let mut command = super::Cli::command();
        // Through memory: a reader that has gone away is no reason to panic.
        let mut text = Vec::new();
        clap_complete::generate(self.shell, &mut command, "farpane-directory", &mut text);
        io::Write::write_all(&mut io::stdout(), &text).ok();
    }
}
