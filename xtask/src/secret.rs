//! Random values for passwords and keys, and files that only their owner can read.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::Path;

use anyhow::{Context as _, Result};
use tempfile::NamedTempFile;

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

/// Replaces a file atomically by one with mode 0600, so that no reader sees half of it.
pub fn write_private(path: &Path, content: &[u8]) -> Result<()> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let write = || -> std::io::Result<()> {
        // The draft is readable by its owner alone, and is removed if it does not replace the file.
        let mut draft = NamedTempFile::new_in(folder)?;
        draft.write_all(content)?;
        draft.persist(path)?;
        Ok(())
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn tokens_differ_and_need_no_quoting() {
        let (one, other) = (random_token().unwrap(), random_token().unwrap());
        assert_ne!(one, other);
        assert_eq!(one.len(), 32);
        assert!(one.bytes().all(|byte| byte.is_ascii_hexdigit()));
    }

    #[test]
    fn a_private_file_takes_the_place_of_any() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("env");
        std::fs::write(&path, "for everybody").unwrap();
        write_private(&path, b"A=1\n").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"A=1\n");
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(folder.path().read_dir().unwrap().count(), 1);
    }
}
