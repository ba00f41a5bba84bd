//! Compiled components, cached in `compiled/` beside their `.wasm`.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use wasmtime::component::Component;
use wasmtime::error::Context;
use wasmtime::{Engine, Result};

use super::deserialize;

/// Loads a component from the cache, or compiles it and caches it.
pub fn load(engine: &Engine, wasm: &Path) -> Result<Component> {
    let bytes = fs::read(wasm).with_context(|| format!("reading {}", wasm.display()))?;
    let kept = kept_at(engine, wasm, &bytes);
    if let Some(component) = deserialize::component(engine, &kept) {
        return Ok(component);
    }
    let component =
        Component::new(engine, &bytes).with_context(|| format!("compiling {}", wasm.display()))?;
    // If the folder is not writable, only the next start is slower.
    if let Ok(code) = component.serialize() {
        let _ = keep(&kept, &code);
    }
    Ok(component)
}

/// The file's name is a hash of the content and of all the engine's settings that affect the code.
fn kept_at(engine: &Engine, wasm: &Path, bytes: &[u8]) -> PathBuf {
    let mut hasher = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    let content = base16ct::lower::encode_string(&Sha256::digest(bytes));
    let engine = hasher.finish();
    let stem = wasm.file_stem().unwrap_or_default().to_string_lossy();
    wasm.with_file_name("compiled")
        .join(format!("{stem}.{content}.{engine:x}"))
}

/// Writes another file and renames it, so that hosts that start together never see half a file; then
/// removes the older files of this component.
fn keep(file: &Path, code: &[u8]) -> io::Result<()> {
    let (Some(folder), Some(name)) = (file.parent(), file.file_name()) else {
        return Ok(());
    };
    fs::create_dir_all(folder)?;
    let unfinished = file.with_extension(format!("{}.part", std::process::id()));
    fs::write(&unfinished, code)?;
    fs::rename(&unfinished, file)?;
    let name = name.to_string_lossy();
    let stem = name.split('.').next().unwrap_or_default();
    for entry in fs::read_dir(folder)?.flatten() {
        let other = entry.file_name();
        let other = other.to_string_lossy();
        if other != name && other.split('.').next() == Some(stem) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_one_file_a_component() {
        let empty = b"\0asm\x0d\0\x01\0".to_vec();
        let custom_section = [&empty[..], b"\0\x02\x01a"].concat();
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path();
        let engine = Engine::default();
        let mut before = Vec::new();
        for (file, bytes, expect) in [
            ("a.wasm", &empty, 1),
            ("a-b.wasm", &empty, 2),
            ("a.wasm", &custom_section, 2),
        ] {
            let wasm = folder.join(file);
            fs::write(&wasm, bytes).expect("written");
            load(&engine, &wasm).expect("compiled");
            let after = names(&folder.join("compiled"));
            assert_eq!(after.len(), expect, "{after:?}");
            assert_ne!(after, before);
            load(&engine, &wasm).expect("loaded");
            assert_eq!(names(&folder.join("compiled")), after);
            before = after;
        }
    }

    fn names(folder: &Path) -> Vec<std::ffi::OsString> {
        let entries = fs::read_dir(folder).expect("a folder");
        let mut names: Vec<_> = entries
            .map(|entry| entry.expect("an entry").file_name())
            .collect();
        names.sort();
        names
    }
}
