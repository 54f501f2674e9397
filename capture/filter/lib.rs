//! The capture filter of a gateway: a dynamic module that Envoy loads.
//!
//! It copies what passes and holds nothing back. When a request has ended, it leaves the front of the finished
//! record in the request's dynamic metadata, of which Envoy's access log makes a line
//! (`model_monitor_capture/gateway/access_log.py`). It has no dependency but the standard library, and all that
//! is unsafe is in `abi` and `hooks`.

#![deny(unsafe_op_in_unsafe_fn)]

mod abi;
mod hooks;
mod memory;
mod settings;
mod side;
mod stream;
mod text;
