//! Prints openapi.yaml; `cargo xtask openapi` writes the file.

fn main() -> anyhow::Result<()> {
    print!("{}", openapi::document()?.to_yaml()?);
    Ok(())
}
