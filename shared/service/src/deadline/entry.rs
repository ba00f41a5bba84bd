//! Where the host enters a component.
//!
//! The SDK's executor yields to the host whenever it has polled all futures of a request, so that others of them get
//! a turn. In the Shell, a request rarely has two futures that are ready: each time it begins to wait, the host would
//! take a turn through its queue only to find that it still waits. So the executor is polled once more at once, and
//! its second answer counts. These are the modules and names that the SDK's `export!` looks for.

#[doc(hidden)]
pub mod exports {
    pub mod wasi {
        pub mod http {
            pub mod handler {
                use spin_sdk::wasip3::exports::http::handler;
                pub use spin_sdk::wasip3::exports::http::handler::__export_wasi_http_handler_0_3_0_cabi;

                /// The code with which a callback asks to be called again without an event (Component Model,
                /// canonical ABI, `CallbackCode`).
                const YIELD: u32 = 1;
                /// The code for no event (`EventCode`).
                const NONE: u32 = 0;

                #[expect(unsafe_code, reason = "the canonical ABI is raw")]
                pub unsafe fn _export_handle_cabi<T: handler::Guest>(request: i32) -> i32 {
                    // SAFETY: the host calls this in the same way as the function that is called here.
                    let code = unsafe { handler::_export_handle_cabi::<T>(request) };
                    // SAFETY: the code is that of the current task.
                    unsafe { asked_again(code.cast_unsigned()) }.cast_signed()
                }

                #[expect(unsafe_code, reason = "the canonical ABI is raw")]
                pub unsafe fn __callback_handle(event: u32, waitable: u32, state: u32) -> u32 {
                    // SAFETY: the host calls this in the same way as the function that is called here.
                    let code = unsafe { handler::__callback_handle(event, waitable, state) };
                    // SAFETY: the code is that of the current task.
                    unsafe { asked_again(code) }
                }

                #[expect(unsafe_code, reason = "the canonical ABI is raw")]
                unsafe fn asked_again(code: u32) -> u32 {
                    if code != YIELD {
                        return code;
                    }
                    // SAFETY: a task that yields has not ended, and the host would continue it in the same way.
                    unsafe { handler::__callback_handle(NONE, 0, 0) }
                }
            }
        }
    }
}
