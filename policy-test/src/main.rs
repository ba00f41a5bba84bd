//! `policy-test`: asks a Shell for the decisions on the cases in files, and compares them with the expected ones.

mod arguments;
mod batches;
mod files;
mod report;
mod run;
mod shell;
#[cfg(test)]
mod stub;

use std::path::Path;
use std::process::ExitCode;

use clap::Parser as _;

use arguments::Arguments;
use files::File;
use report::{Progress, Tally, plain};
use run::Outcome;
use shell::{Address, Client, Failure, Patience, Token};

/// The exit status if not every case could be decided, or if no test was run.
const NOT_DECIDED: u8 = 2;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let code = test(arguments).unwrap_or_else(|failure| {
        tell(&failure);
        NOT_DECIDED
    });
    ExitCode::from(code)
}

fn test(arguments: Arguments) -> Result<u8, Failure> {
    let Some(files) = read_all(&arguments.files) else {
        return Err(Failure::new("no test was run", "correct the files first"));
    };
    let address = Address::new(&arguments.url)?;
    let token = Token::find(arguments.token_file.as_deref())?;
    let client = Client::new(address, token, arguments.organization, Patience::USUAL);

    let progress = Progress::begin();
    let outcome = run::run(&client, &files, &progress);
    drop(progress);

    // If standard output is closed, the exit status still reports the result.
    let _ = report::write_text(&mut anstream::stdout().lock(), &files, &outcome);
    if let Some(path) = &arguments.junit {
        write_junit(path, &files, &outcome)?;
    }
    let status = Tally::of(&outcome.verdicts).exit_status();
    match outcome.failure {
        Some(failure) => Err(failure),
        None => Ok(status),
    }
}

/// Reads all files; `None` if one has an error, after all errors of all files were reported.
fn read_all(paths: &[impl AsRef<Path>]) -> Option<Vec<File>> {
    let mut files = Vec::new();
    for path in paths {
        let path = path.as_ref();
        match files::read(path) {
            Ok(file) => files.push(file),
            Err(faults) => {
                let name = path.display().to_string();
                let _ = report::write_faults(&mut anstream::stderr().lock(), &name, &faults);
            }
        }
    }
    (files.len() == paths.len()).then_some(files)
}

fn write_junit(path: &Path, files: &[File], outcome: &Outcome) -> Result<(), Failure> {
    let mut report = Vec::new();
    report::write_junit(&mut report, files, outcome)
        .and_then(|()| std::fs::write(path, report))
        .map_err(|error| {
            let what = format!("{} cannot be written ({error})", path.display());
            Failure::new(what, "name a file in a folder that is there by --junit")
        })
}

fn tell(failure: &Failure) {
    anstream::eprintln!("error: {}", plain(&failure.to_string()));
}
