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

/// How long a component may compute before others get a turn.
const TURN: Duration = Duration::from_millis(10);

/// Instances that may live at once; a request in flight may need one of its own.
pub const INSTANCES: u32 = 1_024;

/// Memories and stacks that are used again, as Spin's are: whenever the host suspends a component, it
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

/// Makes the engine and starts the clock by which components that only compute give way.
pub fn engine() -> Result<Engine> {
    let mut config = Config::new();
    config.wasm_component_model_async(true);
    config.epoch_interruption(true);
    let engine = Engine::new(config.clone().allocation_strategy(pool()));
    // Not every machine has the terabytes of addresses that a pool reserves.
    let engine = engine.or_else(|_| Engine::new(&config))?;
    let weak = engine.weak();
    // A thread, since a task would wait for the very executor that a busy component occupies.
    std::thread::spawn(move || {
        while let Some(engine) = weak.upgrade() {
            engine.increment_epoch();
            drop(engine);
            std::thread::sleep(TURN);
        }
    });
    Ok(engine)
}
