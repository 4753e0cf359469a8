//! Starting the process and turning its end into an exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    xunjian::cli::main()
}
