//! What is captured, as `model_monitor_capture/gateway/settings.py` writes it: a line for each setting, its name,
//! a space and its value. Names that are not known here are of a newer writer and count for nothing.

use std::str::FromStr;

/// How a body is kept if it is text.
#[derive(Clone, Copy, PartialEq)]
pub enum Encoding {
    Csv,
    Json,
}

impl Encoding {
    pub fn name(self) -> &'static [u8] {
        match self {
            Encoding::Csv => b"CSV",
            Encoding::Json => b"JSON",
        }
    }
}

#[derive(Default)]
pub struct Settings {
    /// Requests whose id has a hash below this are in the sample.
    pub threshold: u64,
    /// Only count the requests that would have been captured.
    pub paused: bool,
    pub input: bool,
    pub output: bool,
    pub max_body_bytes: usize,
    /// Bytes of bodies that all requests under way keep together.
    pub max_held_bytes: usize,
    pub inference_id_header: Vec<u8>,
    pub custom_attributes_header: Vec<u8>,
    pub explanation_header: Vec<u8>,
    encodings: Vec<(Vec<u8>, Encoding)>,
}

impl Settings {
    pub fn parse(text: &[u8]) -> Result<Settings, String> {
        let text = std::str::from_utf8(text).map_err(|error| error.to_string())?;
        let mut found = Settings::default();
        for line in text.lines() {
            let (name, value) = line
                .split_once(' ')
                .ok_or_else(|| format!("`{line}` has no value"))?;
            match name {
                "threshold" => found.threshold = parsed(name, value)?,
                "paused" => found.paused = parsed(name, value)?,
                "input" => found.input = parsed(name, value)?,
                "output" => found.output = parsed(name, value)?,
                "max_body_bytes" => found.max_body_bytes = parsed(name, value)?,
                "max_held_bytes" => found.max_held_bytes = parsed(name, value)?,
                "inference_id_header" => found.inference_id_header = value.into(),
                "custom_attributes_header" => found.custom_attributes_header = value.into(),
                "explanation_header" => found.explanation_header = value.into(),
                "csv" => found.encodings.push((value.into(), Encoding::Csv)),
                "json" => found.encodings.push((value.into(), Encoding::Json)),
                _ => {}
            }
        }
        Ok(found)
    }

    /// How bodies of a media type are kept; parameters such as `charset` count for nothing.
    pub fn encoding_of(&self, content_type: &[u8]) -> Option<Encoding> {
        let ends = |byte: &u8| *byte == b';' || byte.is_ascii_whitespace();
        let start = content_type
            .iter()
            .position(|byte| !byte.is_ascii_whitespace())?;
        let found = content_type[start..].split(ends).next()?;
        let known = self
            .encodings
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(found));
        known.map(|(_, encoding)| *encoding)
    }
}

fn parsed<T: FromStr>(name: &str, value: &str) -> Result<T, String> {
    value
        .parse()
        .map_err(|_| format!("`{value}` is no value of {name}"))
}
