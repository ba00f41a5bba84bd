//! Timed steps: a spinner on a terminal, plain lines elsewhere.

use std::io::{IsTerminal as _, stderr};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use indicatif::{ProgressBar, ProgressStyle};

/// A series of steps, each reported on standard error with its duration.
#[derive(Debug)]
pub struct Steps {
    begun: Instant,
    terminal: bool,
}

impl Default for Steps {
    fn default() -> Self {
        Self {
            begun: Instant::now(),
            terminal: stderr().is_terminal(),
        }
    }
}

impl Steps {
    /// A step without any output; what it returns is printed when it is done.
    pub fn quiet(&self, doing: &str, work: impl FnOnce() -> Result<String>) -> Result<()> {
        let spinner = self.terminal.then(|| spinner(doing));
        if spinner.is_none() {
            eprintln!("  …      {doing}");
        }
        let begun = Instant::now();
        let result = work();
        if let Some(spinner) = spinner {
            spinner.finish_and_clear();
        }
        report(begun, doing, result)
    }

    /// A step that prints its own output, as cargo does.
    pub fn loud(&self, doing: &str, work: impl FnOnce() -> Result<String>) -> Result<()> {
        eprintln!("  …      {doing}");
        let begun = Instant::now();
        report(begun, doing, work())
    }

    /// The time since the first step began.
    #[must_use]
    pub fn total(&self) -> String {
        seconds(self.begun.elapsed())
    }
}

fn spinner(doing: &str) -> ProgressBar {
    let bar = ProgressBar::new_spinner().with_message(doing.to_owned());
    if let Ok(style) = ProgressStyle::with_template("  {spinner}      {msg} {elapsed}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

fn report(begun: Instant, doing: &str, result: Result<String>) -> Result<()> {
    let done = result.with_context(|| doing.to_owned())?;
    eprintln!("✓ {:>7}  {done}", seconds(begun.elapsed()));
    Ok(())
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}
