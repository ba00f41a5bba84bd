//! `spin:variables` and, for jobs, its synchronous predecessor.

use wasmtime::Result;
use wasmtime::component::Accessor;

use crate::app::variables::check_name;
use crate::wasm::linker::Host;
use crate::wasm::linker::bindings::fermyon::spin::variables as blocking;
use crate::wasm::linker::bindings::spin::variables::variables::{self, Error};
use crate::wasm::state::State;

impl State {
    fn variable(&self, name: &str) -> Result<String, Error> {
        check_name(name).map_err(Error::InvalidName)?;
        let component = &self.shared.component;
        component
            .variables
            .get(name)
            .cloned()
            .ok_or_else(|| Error::Undefined(format!("no variable for {:?}.{name:?}", component.id)))
    }
}

impl variables::Host for State {}

impl<T: Send> variables::HostWithStore<T> for Host {
    async fn get(accessor: &Accessor<T, Self>, name: String) -> Result<Result<String, Error>> {
        Ok(accessor.with(|mut access| access.get().variable(&name)))
    }
}

impl blocking::Host for State {
    fn get(&mut self, name: String) -> Result<Result<String, blocking::Error>> {
        Ok(self.variable(&name).map_err(|fault| match fault {
            Error::InvalidName(text) => blocking::Error::InvalidName(text),
            Error::Undefined(text) => blocking::Error::Undefined(text),
            Error::Provider(text) => blocking::Error::Provider(text),
            Error::Other(text) => blocking::Error::Other(text),
        }))
    }
}
