//! Random values for passwords and keys, and files that only their owner may read.

use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::{Context as _, Result};

/// Bytes from the operating system's generator.
pub fn random_bytes<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(&mut bytes))
        .context("cannot read /dev/urandom")?;
    Ok(bytes)
}

/// A random name or password of 32 hexadecimal digits, which needs no quoting anywhere.
pub fn random_token() -> Result<String> {
    let mut text = String::new();
    for byte in random_bytes::<16>()? {
        write!(text, "{byte:02x}")?;
    }
    Ok(text)
}

/// Replaces a file in one step by one with mode 0600, so that no reader sees half of it.
pub fn write_private(path: &Path, content: &[u8]) -> Result<()> {
    let draft = path.with_added_extension("new");
    let write = || -> std::io::Result<()> {
        // A draft left by a killed run could carry another mode.
        if draft.exists() {
            std::fs::remove_file(&draft)?;
        }
        let mut options = OpenOptions::new();
        options.write(true).create_new(true).mode(0o600);
        options.open(&draft)?.write_all(content)?;
        std::fs::rename(&draft, path)
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ_and_need_no_quoting() {
        let (one, other) = (random_token().unwrap(), random_token().unwrap());
        assert_ne!(one, other);
        assert_eq!(one.len(), 32);
        assert!(one.bytes().all(|byte| byte.is_ascii_hexdigit()));
    }
}
