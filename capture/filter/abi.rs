//! What of Envoy's dynamic module ABI the filter uses, and safe ways to call it.
//!
//! Source: Envoy 1.40, "Dynamic modules" and its C header. Version 0.2 promises to work with the Envoy that it
//! came with and with the next minor one.

use std::ffi::c_void;
use std::os::raw::c_char;
use std::slice;

const VERSION: &[u8] = b"v0.2.0\0";

/// A text of Envoy's, or one of ours that it may read.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Buffer {
    data: *const u8,
    size: usize,
}

impl Buffer {
    const NONE: Buffer = Buffer {
        data: std::ptr::null(),
        size: 0,
    };

    pub fn of(text: &[u8]) -> Buffer {
        Buffer {
            data: text.as_ptr(),
            size: text.len(),
        }
    }

    /// # Safety
    /// Envoy keeps what it gave until the event hook in which it gave it returns.
    pub unsafe fn bytes<'event>(self) -> &'event [u8] {
        if self.data.is_null() {
            return &[];
        }
        unsafe { slice::from_raw_parts(self.data, self.size) }
    }
}

#[repr(C)]
struct Pair {
    key: Buffer,
    value: Buffer,
}

/// Which headers, by the ABI's numbers.
#[derive(Clone, Copy)]
#[repr(C)]
pub enum Headers {
    Request = 0,
    Response = 2,
}

/// Which chunk of a body, by the ABI's numbers: the one that just came.
#[derive(Clone, Copy)]
#[repr(C)]
pub enum Body {
    Request = 0,
    Response = 2,
}

const ERROR: u32 = 4;

extern "C" {
    fn envoy_dynamic_module_callback_http_get_headers_size(
        request: *mut c_void,
        which: Headers,
    ) -> usize;
    fn envoy_dynamic_module_callback_http_get_headers(
        request: *mut c_void,
        which: Headers,
        found: *mut Pair,
    ) -> bool;
    fn envoy_dynamic_module_callback_http_get_body_chunks_size(
        request: *mut c_void,
        which: Body,
    ) -> usize;
    fn envoy_dynamic_module_callback_http_get_body_chunks(
        request: *mut c_void,
        which: Body,
        found: *mut Buffer,
    ) -> bool;
    fn envoy_dynamic_module_callback_http_set_dynamic_metadata_string_batch(
        request: *mut c_void,
        namespace: Buffer,
        entries: *const Pair,
        count: usize,
    );
    fn envoy_dynamic_module_callback_get_most_specific_route_config(
        request: *mut c_void,
    ) -> *const c_void;
    fn envoy_dynamic_module_callback_log(level: u32, message: Buffer);
}

/// A request while one of its event hooks runs.
#[derive(Clone, Copy)]
pub struct Request(*mut c_void);

impl Request {
    /// # Safety
    /// `pointer` is what Envoy gave to the event hook that runs.
    pub unsafe fn new(pointer: *mut c_void) -> Request {
        Request(pointer)
    }

    /// Names, in lower case, and values in their order.
    pub fn headers(&self, which: Headers) -> Vec<(&[u8], &[u8])> {
        let size = unsafe { envoy_dynamic_module_callback_http_get_headers_size(self.0, which) };
        let mut found: Vec<Pair> = Vec::with_capacity(size);
        // Envoy fills as many as it has just counted.
        unsafe {
            if envoy_dynamic_module_callback_http_get_headers(self.0, which, found.as_mut_ptr()) {
                found.set_len(size);
            }
            found
                .iter()
                .map(|pair| (pair.key.bytes(), pair.value.bytes()))
                .collect()
        }
    }

    /// The pieces of the body's chunk that just came.
    pub fn chunk(&self, which: Body) -> Vec<&[u8]> {
        let size =
            unsafe { envoy_dynamic_module_callback_http_get_body_chunks_size(self.0, which) };
        let mut found = vec![Buffer::NONE; size];
        unsafe {
            if !envoy_dynamic_module_callback_http_get_body_chunks(
                self.0,
                which,
                found.as_mut_ptr(),
            ) {
                return Vec::new();
            }
            found.iter().map(|piece| piece.bytes()).collect()
        }
    }

    /// Leave texts in the request's dynamic metadata.
    pub fn set_metadata(&self, namespace: &[u8], entries: &[(&[u8], &[u8])]) {
        let pairs: Vec<Pair> = entries
            .iter()
            .map(|(key, value)| Pair {
                key: Buffer::of(key),
                value: Buffer::of(value),
            })
            .collect();
        unsafe {
            envoy_dynamic_module_callback_http_set_dynamic_metadata_string_batch(
                self.0,
                Buffer::of(namespace),
                pairs.as_ptr(),
                pairs.len(),
            );
        }
    }

    /// What the module made of the route's settings; null where there are none.
    pub fn route_settings(&self) -> *const c_void {
        unsafe { envoy_dynamic_module_callback_get_most_specific_route_config(self.0) }
    }
}

/// Write an error to Envoy's log.
pub fn log_error(message: &str) {
    unsafe { envoy_dynamic_module_callback_log(ERROR, Buffer::of(message.as_bytes())) }
}

pub fn version() -> *const c_char {
    VERSION.as_ptr().cast()
}
