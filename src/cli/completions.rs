//! `spanstone completions`: a script for the shell that completes commands and options.

use std::io::Write;
use std::process::ExitCode;

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::Failure;

/// Print a script that lets a shell complete commands and options
///
/// Examples:
///   bash   spanstone completions bash > ~/.local/share/bash-completion/completions/spanstone
///   zsh    spanstone completions zsh > ~/.zfunc/_spanstone    (a directory of your fpath)
///   fish   spanstone completions fish > ~/.config/fish/completions/spanstone.fish
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Arguments {
    /// Which shell
    shell: Shell,
}

pub(crate) fn run(arguments: &Arguments, out: &mut dyn Write) -> Result<ExitCode, Failure> {
    let mut command = super::Arguments::command();
    // The generator panics when its writer fails, and a closed pipe is no reason to panic.
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, "spanstone", &mut script);
    out.write_all(&script)?;
    Ok(ExitCode::SUCCESS)
}
