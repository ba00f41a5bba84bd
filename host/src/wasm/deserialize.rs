//! Loading compiled code, the host's only unsafe call.

use std::path::Path;

use wasmtime::Engine;
use wasmtime::component::Component;

/// Loads a file that `Component::serialize` made; `None` if it does not exist or was made by another engine.
#[expect(
    unsafe_code,
    reason = "compiled code is trusted to be what the compiler wrote"
)]
pub fn component(engine: &Engine, file: &Path) -> Option<Component> {
    // SAFETY: the path is a file of the caller's own cache, which appears whole by a rename and is
    // never written again. Whoever could forge it could as well replace this program, which
    // is in the same build folder.
    unsafe { Component::deserialize_file(engine, file) }.ok()
}
