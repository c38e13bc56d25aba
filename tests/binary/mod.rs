//! The built binary as a child process, with nothing of this process's environment.

use std::process::{Command, Output, Stdio};

/// A command line of the binary under test.
pub(crate) fn spanstone<const N: usize>(arguments: [&str; N]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_spanstone"));
    command.env_clear().stdin(Stdio::null()).args(arguments);
    command
}

/// What a finished command said: exit code, standard output, standard error.
pub(crate) fn said(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("it prints UTF-8");
    (output.status.code().expect("it was not killed"), text(&output.stdout), text(&output.stderr))
}

/// Runs a command to its end.
pub(crate) fn run(command: &mut Command) -> (i32, String, String) {
    said(&command.output().expect("the binary runs"))
}
