//! `policy-test`: asks a Shell the questions of files, and compares its decisions with those that are expected.

mod arguments;
mod batches;
mod files;
mod shell;

use std::process::ExitCode;

use clap::Parser as _;

use arguments::Arguments;
use files::Expected;
use shell::{Address, Answer, Client, Failure, Patience, Token};

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: Arguments) -> Result<u8, Failure> {
    let mut files = Vec::new();
    for path in &arguments.files {
        match files::read(path) {
            Ok(file) => files.push(file),
            Err(faults) => {
                for fault in faults {
                    println!("{}:{:?}: {}", path.display(), fault.at, fault.what);
                }
                return Ok(2);
            }
        }
    }
    let address = Address::new(&arguments.url)?;
    let token = Token::find(arguments.token_file.as_deref())?;
    let client = Client::new(address, token, arguments.organization, Patience::USUAL);
    let mut code = 0;
    for file in &files {
        for batch in batches::of(file.cases.iter().map(|case| case.question.len())) {
            let cases = file.cases.get(batch).unwrap_or_default();
            let questions: Vec<_> = cases.iter().map(|case| case.question.as_str()).collect();
            for (case, answer) in cases.iter().zip(shell::evaluate(&client, &questions)?) {
                match answer {
                    Answer::Decided { decision, .. } if Expected::of(decision) == case.expect => {}
                    other => {
                        println!("{}:{}: {} {other:?}", file.name, case.at, case.name);
                        code = 1;
                    }
                }
            }
        }
    }
    Ok(code)
}
