//! What Envoy calls. Whatever happens here, a request goes on as it would without capture.

use std::ffi::c_void;
use std::os::raw::c_char;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::ptr;
use std::sync::Arc;

use crate::abi::{log_error, version, Body, Buffer, Headers, Request};
use crate::settings::Settings;
use crate::side::Side;
use crate::stream::{Outcome, Stream};

/// Namespace of the dynamic metadata; `model_monitor_capture/gateway/facts.py` has it too.
const NAMESPACE: &[u8] = b"model_monitor";

/// The ABI's "go on", for headers, bodies, trailers and answers of Envoy's own alike.
const CONTINUE: u32 = 0;

/// What a request's event hooks share.
#[allow(clippy::large_enum_variant)] // it is boxed as a whole, and is mostly the large one
enum State {
    /// No headers came yet, or its route has no settings.
    Unknown,
    Known(Stream),
    /// A hook panicked, which none should: the request is counted, and its record is missing.
    Broken,
}

impl State {
    fn input(&mut self) -> Option<(&mut Side, &Settings)> {
        if let State::Known(stream) = self {
            stream.input()
        } else {
            None
        }
    }

    fn output(&mut self) -> Option<(&mut Side, &Settings)> {
        if let State::Known(stream) = self {
            stream.output()
        } else {
            None
        }
    }
}

unsafe fn with(state: *const c_void, act: impl FnOnce(&mut State)) -> u32 {
    let state = unsafe { &mut *(state as *mut State) };
    if catch_unwind(AssertUnwindSafe(|| act(state))).is_err() {
        *state = State::Broken;
    }
    CONTINUE
}

fn copy(side: Option<(&mut Side, &Settings)>, request: Request, which: Body, last: bool) {
    if let Some((side, settings)) = side {
        side.take(&request.chunk(which), settings);
        if last {
            side.end();
        }
    }
}

fn end(side: Option<(&mut Side, &Settings)>) {
    if let Some((side, _)) = side {
        side.end();
    }
}

#[no_mangle]
extern "C" fn envoy_dynamic_module_on_program_init() -> *const c_char {
    version()
}

#[no_mangle]
extern "C" fn envoy_dynamic_module_on_http_filter_config_new(
    _: *mut c_void,
    _: Buffer,
    _: Buffer,
) -> *const c_void {
    ptr::NonNull::<u8>::dangling().as_ptr().cast() // all settings are a route's; null would be an error
}

#[no_mangle]
extern "C" fn envoy_dynamic_module_on_http_filter_config_destroy(_: *const c_void) {}

#[no_mangle]
unsafe extern "C" fn envoy_dynamic_module_on_http_filter_per_route_config_new(
    _: Buffer,
    settings: Buffer,
) -> *const c_void {
    match Settings::parse(unsafe { settings.bytes() }) {
        Ok(settings) => Arc::into_raw(Arc::new(settings)).cast(),
        Err(error) => {
            log_error(&format!("settings of capture: {error}"));
            ptr::null()
        }
    }
}

#[no_mangle]
unsafe extern "C" fn envoy_dynamic_module_on_http_filter_per_route_config_destroy(
    settings: *const c_void,
) {
    drop(unsafe { Arc::from_raw(settings.cast::<Settings>()) });
}

#[no_mangle]
extern "C" fn envoy_dynamic_module_on_http_filter_new(
    _: *const c_void,
    _: *mut c_void,
) -> *const c_void {
    Box::into_raw(Box::new(State::Unknown)) as *const c_void
}

#[no_mangle]
unsafe extern "C" fn envoy_dynamic_module_on_http_filter_destroy(state: *const c_void) {
    drop(unsafe { Box::from_raw(state as *mut State) });
}

#[no_mangle]
unsafe extern "C" fn envoy_dynamic_module_on_http_filter_request_headers(
    request: *mut c_void,
    state: *const c_void,
    end: bool,
) -> u32 {
    let request = unsafe { Request::new(request) };
    let begin = |state: &mut State| {
        let settings = request.route_settings().cast::<Settings>();
        if settings.is_null() {
            return;
        }
        // A request keeps the settings under which it began, also when its route is replaced.
        let settings = unsafe {
            Arc::increment_strong_count(settings);
            Arc::from_raw(settings)
        };
        *state = State::Known(Stream::new(
            settings,
            &request.headers(Headers::Request),
            end,
        ));
    };
    unsafe { with(state, begin) }
}

#[no_mangle]
unsafe extern "C" fn envoy_dynamic_module_on_http_filter_request_body(
    request: *mut c_void,
    state: *const c_void,
    end: bool,
) -> u32 {
    let request = unsafe { Request::new(request) };
    unsafe {
        with(state, |state| {
            copy(state.input(), request, Body::Request, end);
        })
    }
}

#[no_mangle]
unsafe extern "C" fn envoy_dynamic_module_on_http_filter_request_trailers(
    _: *mut c_void,
    state: *const c_void,
) -> u32 {
    unsafe { with(state, |state| end(state.input())) }
}

#[no_mangle]
unsafe extern "C" fn envoy_dynamic_module_on_http_filter_response_headers(
    request: *mut c_void,
    state: *const c_void,
    end: bool,
) -> u32 {
    let request = unsafe { Request::new(request) };
    let begin = |state: &mut State| {
        if let Some((side, settings)) = state.output() {
            side.begin(settings, &request.headers(Headers::Response), end);
        }
    };
    unsafe { with(state, begin) }
}

#[no_mangle]
unsafe extern "C" fn envoy_dynamic_module_on_http_filter_response_body(
    request: *mut c_void,
    state: *const c_void,
    end: bool,
) -> u32 {
    let request = unsafe { Request::new(request) };
    unsafe {
        with(state, |state| {
            copy(state.output(), request, Body::Response, end);
        })
    }
}

#[no_mangle]
unsafe extern "C" fn envoy_dynamic_module_on_http_filter_response_trailers(
    _: *mut c_void,
    state: *const c_void,
) -> u32 {
    unsafe { with(state, |state| end(state.output())) }
}

/// The request has ended, one way or another; Envoy logs it next.
#[no_mangle]
unsafe extern "C" fn envoy_dynamic_module_on_http_filter_stream_complete(
    request: *mut c_void,
    state: *const c_void,
) {
    let request = unsafe { Request::new(request) };
    let finish = |state: &mut State| {
        let (outcome, record) = match state {
            State::Unknown => return,
            State::Known(stream) => (stream.outcome, stream.record()),
            State::Broken => (Outcome::Captured, None),
        };
        let outcome: (&[u8], &[u8]) = (b"outcome", outcome.name());
        match record {
            Some(record) => request.set_metadata(NAMESPACE, &[outcome, (b"record", &record)]),
            None => request.set_metadata(NAMESPACE, &[outcome]),
        }
    };
    unsafe { with(state, finish) };
}

/// Envoy wants all of its hooks to be there. The filter never asks for what these tell of.
macro_rules! unused {
    ($($name:ident)*) => { $(#[no_mangle] extern "C" fn $name() -> u32 { CONTINUE })* };
}

unused! {
    envoy_dynamic_module_on_http_filter_config_http_callout_done
    envoy_dynamic_module_on_http_filter_config_http_stream_complete
    envoy_dynamic_module_on_http_filter_config_http_stream_data
    envoy_dynamic_module_on_http_filter_config_http_stream_headers
    envoy_dynamic_module_on_http_filter_config_http_stream_reset
    envoy_dynamic_module_on_http_filter_config_http_stream_trailers
    envoy_dynamic_module_on_http_filter_config_scheduled
    envoy_dynamic_module_on_http_filter_downstream_above_write_buffer_high_watermark
    envoy_dynamic_module_on_http_filter_downstream_below_write_buffer_low_watermark
    envoy_dynamic_module_on_http_filter_http_callout_done
    envoy_dynamic_module_on_http_filter_http_stream_complete
    envoy_dynamic_module_on_http_filter_http_stream_data
    envoy_dynamic_module_on_http_filter_http_stream_headers
    envoy_dynamic_module_on_http_filter_http_stream_reset
    envoy_dynamic_module_on_http_filter_http_stream_trailers
    envoy_dynamic_module_on_http_filter_local_reply
    envoy_dynamic_module_on_http_filter_scheduled
}
