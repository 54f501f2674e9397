//! One request on its way: whether it is captured, and what its record says.

use std::borrow::Cow;
use std::sync::Arc;

use crate::settings::Settings;
use crate::side::Side;
use crate::text::{hash, push_quoted};

#[derive(Clone, Copy, PartialEq)]
pub enum Outcome {
    Captured,
    Explanation,
    Unsampled,
    Paused,
}

impl Outcome {
    pub fn name(self) -> &'static [u8] {
        match self {
            Outcome::Captured => b"captured",
            Outcome::Explanation => b"explanation",
            Outcome::Unsampled => b"unsampled",
            Outcome::Paused => b"paused",
        }
    }
}

/// A request that Envoy has given settings for.
pub struct Stream {
    pub outcome: Outcome,
    settings: Arc<Settings>,
    /// What its record says of it besides bodies; each field ends with a comma.
    event: Vec<u8>,
    input: Side,
    output: Side,
}

impl Stream {
    pub fn new(settings: Arc<Settings>, headers: &[(&[u8], &[u8])], end: bool) -> Stream {
        let inference_id =
            header(headers, &settings.inference_id_header).filter(|id| !id.is_empty());
        let outcome = decide(&settings, headers, inference_id.as_deref());
        let mut stream = Stream {
            outcome,
            event: Vec::new(),
            input: Side::default(),
            output: Side::default(),
            settings,
        };
        if outcome == Outcome::Captured {
            stream.event = event(&stream.settings, headers, inference_id.as_deref());
            if stream.settings.input {
                stream.input.begin(&stream.settings, headers, end);
            }
        }
        stream
    }

    /// The side of the request while it is captured.
    pub fn input(&mut self) -> Option<(&mut Side, &Settings)> {
        let wanted = self.outcome == Outcome::Captured && self.settings.input;
        wanted.then(|| (&mut self.input, &*self.settings))
    }

    /// The side of the answer while it is captured.
    pub fn output(&mut self) -> Option<(&mut Side, &Settings)> {
        let wanted = self.outcome == Outcome::Captured && self.settings.output;
        wanted.then(|| (&mut self.output, &*self.settings))
    }

    /// The front of the record, up to where Envoy's log goes on; nothing if it is not captured.
    pub fn record(&self) -> Option<Vec<u8>> {
        if self.outcome != Outcome::Captured {
            return None;
        }
        let mut out = Vec::with_capacity(self.input.size() + self.output.size() + self.event.len());
        out.extend_from_slice(b"\"captureData\":{");
        if self.settings.input {
            out.extend_from_slice(b"\"endpointInput\":{\"mode\":\"INPUT\"");
            self.input.write(&mut out);
            out.push(b'}');
        }
        if self.settings.output {
            if self.settings.input {
                out.push(b',');
            }
            out.extend_from_slice(b"\"endpointOutput\":{\"mode\":\"OUTPUT\"");
            self.output.write(&mut out);
            out.push(b'}');
        }
        out.extend_from_slice(b"},\"eventMetadata\":{");
        out.extend_from_slice(&self.event);
        Some(out)
    }
}

/// The value of a header; several are one with commas between them.
pub fn header<'a>(headers: &[(&'a [u8], &'a [u8])], name: &[u8]) -> Option<Cow<'a, [u8]>> {
    let mut found: Option<Cow<[u8]>> = None;
    for (_, value) in headers.iter().filter(|(each, _)| *each == name) {
        match &mut found {
            None => found = Some(Cow::Borrowed(value)),
            Some(before) => {
                before.to_mut().push(b',');
                before.to_mut().extend_from_slice(value);
            }
        }
    }
    found
}

fn decide(settings: &Settings, headers: &[(&[u8], &[u8])], inference_id: Option<&[u8]>) -> Outcome {
    if header(headers, &settings.explanation_header).is_some() {
        return Outcome::Explanation;
    }
    let sampled = match inference_id {
        Some(id) => u64::from(hash(id)) < settings.threshold,
        None => u64::from(hash(&request_id(headers))) < settings.threshold,
    };
    match (sampled, settings.paused) {
        (false, _) => Outcome::Unsampled,
        (true, true) => Outcome::Paused,
        (true, false) => Outcome::Captured,
    }
}

fn event(settings: &Settings, headers: &[(&[u8], &[u8])], inference_id: Option<&[u8]>) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    let attributes = header(headers, &settings.custom_attributes_header);
    if let Some(value) = attributes.filter(|value| !value.is_empty()) {
        out.extend_from_slice(b"\"customAttributes\":[");
        push_quoted(&mut out, &value);
        out.extend_from_slice(b"],");
    }
    if let Some(id) = inference_id {
        push_field(&mut out, b"inferenceId", id);
    }
    push_field(
        &mut out,
        b"method",
        &header(headers, b":method").unwrap_or_default(),
    );
    let path = header(headers, b":path").unwrap_or_default();
    push_field(
        &mut out,
        b"path",
        path.split(|byte| *byte == b'?').next().unwrap_or_default(),
    );
    push_field(&mut out, b"requestId", &request_id(headers));
    out
}

fn push_field(out: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    out.push(b'"');
    out.extend_from_slice(name);
    out.extend_from_slice(b"\":");
    push_quoted(out, value);
    out.push(b',');
}

fn request_id<'a>(headers: &[(&'a [u8], &'a [u8])]) -> Cow<'a, [u8]> {
    header(headers, b"x-request-id").unwrap_or_default()
}
