//! One side of a record: what a request, or its answer, has said until now.

use crate::memory::Held;
use crate::settings::{Encoding, Settings};
use crate::stream::header;
use crate::text::{push_base64, push_escaped, push_quoted, whole_characters};

#[derive(Default)]
pub struct Side {
    body: Vec<u8>,
    held: Held,
    content_type: Vec<u8>,
    content_encoding: Vec<u8>,
    encoding: Option<Encoding>,
    /// What the sender said the body's size would be.
    announced: Option<usize>,
    has_content_type: bool,
    ended: bool,
    /// More has passed than is kept.
    cut: bool,
}

impl Side {
    pub fn begin(&mut self, settings: &Settings, headers: &[(&[u8], &[u8])], end: bool) {
        if let Some(value) = header(headers, b"content-type") {
            self.encoding = settings.encoding_of(&value);
            self.content_type = value.into_owned();
            self.has_content_type = true;
        }
        if let Some(value) = header(headers, b"content-encoding") {
            self.content_encoding = value.into_owned();
        }
        let announced = header(headers, b"content-length");
        self.announced = announced.and_then(|value| std::str::from_utf8(&value).ok()?.parse().ok());
        self.ended = end || self.announced == Some(0);
    }

    pub fn take(&mut self, pieces: &[&[u8]], settings: &Settings) {
        for piece in pieces {
            let kept = piece.len().min(settings.max_body_bytes - self.body.len());
            // What is kept is a begin: nothing follows a gap.
            if self.cut || !self.held.grow(kept, settings.max_held_bytes) {
                self.cut = true;
                return;
            }
            self.body.extend_from_slice(&piece[..kept]);
            self.cut = kept < piece.len();
        }
        self.ended |= self.announced == Some(self.body.len());
    }

    pub fn end(&mut self) {
        self.ended = true;
    }

    /// Append what a record says of it, each field with a comma before it; nothing if nothing came.
    pub fn write(&self, out: &mut Vec<u8>) {
        if self.body.is_empty() && !self.ended && !self.cut {
            return;
        }
        let cut = self.cut || !self.ended;
        if !self.content_encoding.is_empty() {
            out.extend_from_slice(b",\"contentEncoding\":");
            push_quoted(out, &self.content_encoding);
        }
        out.extend_from_slice(b",\"data\":\"");
        let text = if cut {
            whole_characters(&self.body)
        } else {
            &self.body
        };
        let encoding = match self.encoding {
            Some(encoding) if push_escaped(out, text) => encoding.name(),
            _ => {
                push_base64(out, &self.body);
                b"BASE64"
            }
        };
        out.extend_from_slice(b"\",\"encoding\":\"");
        out.extend_from_slice(encoding);
        out.push(b'"');
        if self.has_content_type {
            out.extend_from_slice(b",\"observedContentType\":");
            push_quoted(out, &self.content_type);
        }
        if cut {
            out.extend_from_slice(b",\"truncated\":true");
        }
    }

    /// About how many bytes `write` appends.
    pub fn size(&self) -> usize {
        self.body.len() + self.body.len() / 8 + self.content_type.len() + 128
    }
}
