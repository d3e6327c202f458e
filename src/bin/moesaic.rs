//! The program `moesaic`: the tool of `moesaic::cli`, as a process of its own.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(moesaic::cli::run(std::env::args_os()))
}
