//! `shell-host`: a small Spin-compatible host for development and tests.
#![allow(
    clippy::disallowed_methods,
    reason = "no component: it reads the clock itself"
)]

mod app;
mod cli;
mod http;
mod job;
mod outgoing_http;
mod postgres;
mod redis;
mod variables;
mod wasm;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result};
use clap::Parser;
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::app::App;
use crate::cli::{Cli, Command, From, Up};
use crate::http::{Instances, Service};
use crate::postgres::pool::Pools;
use crate::wasm::linker;
use crate::wasm::output::{Sink, Stream};
use crate::wasm::state::Shared;

#[tokio::main]
async fn main() {
    let outcome = match Cli::parse().command {
        Command::Up(options) => up(options).await,
        Command::Compile(from) => compile(&from).map(|()| true),
    };
    let well = outcome.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        false
    });
    // Returning would drop instances that are merely idle, and report each of them as a failure.
    std::process::exit(if well { 0 } else { 1 });
}

/// Runs the application, and returns whether it ended successfully.
async fn up(options: Up) -> Result<bool> {
    let app = App::load(&options.from.file, &options.variables)?;
    let engine = wasm::engine()?;
    let compiled = load_all(&engine, &app)?;
    let linker = linker::linker(&engine)?;
    let share = |id: &String| share(&app, id, &options);

    if let Some(id) = &app.command {
        let component = compiled.get(id).context("no command")?;
        return Ok(job::run(&linker, component, &share(id)?, options.arguments).await?);
    }

    let mut instances = Vec::new();
    for (id, component) in &compiled {
        let made = Instances::new(&linker, component, share(id)?, options.request_timeout)?;
        instances.push((id.clone(), made));
    }
    let listener = http::listen(options.listen).await?;
    println!("Serving http://{}", listener.local_addr()?);
    http::run(listener, Arc::new(Service::new(app.router, instances))).await?;
    Ok(true)
}

/// Loads the components in parallel, since a component that is not in the cache takes seconds to compile.
fn load_all(engine: &Engine, app: &App) -> Result<HashMap<String, Component>> {
    std::thread::scope(|scope| {
        let start = |component: &Arc<app::Component>| {
            let component = component.clone();
            scope.spawn(move || Ok((component.id.clone(), wasm::load(engine, &component.source)?)))
        };
        let threads: Vec<_> = app.components.values().map(start).collect();
        let wait = |thread: std::thread::ScopedJoinHandle<'_, _>| {
            thread
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        threads.into_iter().map(wait).collect()
    })
}

fn share(app: &App, id: &str, options: &Up) -> Result<Arc<Shared>> {
    let component = app
        .components
        .get(id)
        .with_context(|| format!("no component `{id}`"))?;
    let open = |stream| Sink::open(id, stream, options.state_dir.as_deref(), options.quiet);
    Ok(Arc::new(Shared {
        component: component.clone(),
        pools: Pools::default(),
        stdout: open(Stream::Out)?,
        stderr: open(Stream::Err)?,
    }))
}

fn compile(from: &From) -> Result<()> {
    let engine = wasm::engine()?;
    for (id, source) in app::sources(&from.file)? {
        let started = Instant::now();
        wasm::load(&engine, &source)?;
        println!("{id}: {:.2} s", started.elapsed().as_secs_f64());
    }
    Ok(())
}
