//! WebAssembly: the engine, its components, and what they may import.

mod cache;
mod deserialize;
pub mod linker;
pub mod output;
pub mod state;

use std::time::Duration;

use anyhow::Result;
use wasmtime::{Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

pub use self::cache::load;

/// How long a component may compute before it yields to others.
const TURN: Duration = Duration::from_millis(10);

/// The number of instances that may exist at once; each request in flight may need its own.
pub const INSTANCES: u32 = 1_024;

/// Memories and stacks are reused, as in Spin: whenever the host suspends a component, the component
/// needs a second stack.
fn pool() -> InstanceAllocationStrategy {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(INSTANCES)
        .total_memories(INSTANCES)
        .total_core_instances(4 * INSTANCES)
        .total_tables(2 * INSTANCES)
        .total_stacks(2 * INSTANCES)
        .linear_memory_keep_resident(2 << 20)
        .table_keep_resident(512 << 10);
    InstanceAllocationStrategy::Pooling(pool)
}

/// Creates the engine, and starts the clock that makes components yield if they only compute.
pub fn engine() -> Result<Engine> {
    let mut config = Config::new();
    config.wasm_component_model_async(true);
    config.epoch_interruption(true);
    let engine = Engine::new(config.clone().allocation_strategy(pool()));
    // Not every machine has the terabytes of address space that a pool reserves.
    let engine = engine.or_else(|_| Engine::new(&config))?;
    let weak = engine.weak();
    // A thread, since a task would need the same executor that a busy component occupies.
    std::thread::spawn(move || {
        while let Some(engine) = weak.upgrade() {
            engine.increment_epoch();
            drop(engine);
            std::thread::sleep(TURN);
        }
    });
    Ok(engine)
}
