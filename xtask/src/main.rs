//! `cargo xtask …`: the one entry to every chore of the project, from a first look at the product
//! to what must hold before a change lands.

mod bench;
mod check;
mod demo;
mod packages;
mod step;
mod tour;
mod workspace;

use std::process::ExitCode;

use clap::Parser;

/// The project's chores.
#[derive(Debug, Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    subcommand_required = true
)]
enum Chore {
    /// Start a directory, a relay, a host on a virtual screen and a viewer, on this machine
    Demo(demo::Options),
    /// Install what the tests need, build the programs and run every test
    Test(check::TestOptions),
    /// Everything that must hold before a change lands: format, lints, documents, deny, tests
    Ci(check::CiOptions),
    /// Measure the product; the figures of docs/benchmarks.md come from here
    Bench(bench::Options),
    /// Take a picture of every page of the console
    Tour(tour::Options),
}

fn main() -> ExitCode {
    let done = match Chore::parse() {
        Chore::Demo(options) => demo::run(&options),
        Chore::Test(options) => check::test(&options),
        Chore::Ci(options) => check::ci(&options),
        Chore::Bench(options) => bench::run(&options),
        Chore::Tour(options) => tour::run(&options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn command_line_is_well_formed() {
        Chore::command().debug_assert();
    }

    #[test]
    fn every_documented_line_is_understood() {
        for line in [
            "demo",
            "demo --yes --seconds 5",
            "demo --data /tmp/farpane --screenshot viewer.png",
            "test",
            "test --long --yes",
            "ci",
            "ci --yes",
            "bench latency --json --runs 3",
            "bench picture",
            "bench peers",
            "bench soak --folder /tmp/soak -- --minutes 5",
            "tour /tmp/pictures",
            "tour --yes pictures",
        ] {
            let words = std::iter::once("cargo xtask").chain(line.split(' '));
            assert!(Chore::try_parse_from(words).is_ok(), "{line}");
        }
    }

    #[test]
    fn unknown_chores_are_a_usage_error() {
        for line in [
            "",
            "bench",
            "bench speed",
            "tour",
            "demo --seconds soon",
            "test --quick",
        ] {
            let words = std::iter::once("cargo xtask").chain(line.split_whitespace());
            let error = Chore::try_parse_from(words).expect_err(line);
            assert_eq!(error.exit_code(), 2, "{line}");
        }
    }
}
