//! The jobs `migrate` and `maintain`.

mod function_files;
mod maintaining;
mod migrations;
