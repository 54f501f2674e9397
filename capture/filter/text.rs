//! Bytes as text in JSON.

/// Append a text as it stands in JSON between quotes. Appends nothing and returns false if it is no UTF-8, or
/// holds NUL, which no record may.
pub fn push_escaped(out: &mut Vec<u8>, text: &[u8]) -> bool {
    if text.contains(&0) || std::str::from_utf8(text).is_err() {
        return false;
    }
    out.reserve(text.len() + 16);
    let mut rest = text;
    while let Some(at) = rest.iter().position(|byte| needs_escape(*byte)) {
        out.extend_from_slice(&rest[..at]);
        push_escape(out, rest[at]);
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
    true
}

/// Append a header's value as a JSON text: bytes that are no UTF-8 count as ISO 8859-1, as in HTTP's grammar.
pub fn push_quoted(out: &mut Vec<u8>, value: &[u8]) {
    out.push(b'"');
    if !push_escaped(out, value) {
        let latin: String = value
            .iter()
            .map(|byte| char::from(*byte))
            .filter(|one| *one != '\0')
            .collect();
        push_escaped(out, latin.as_bytes());
    }
    out.push(b'"');
}

/// Append bytes in base64 with padding (RFC 4648, section 4).
pub fn push_base64(out: &mut Vec<u8>, bytes: &[u8]) {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    out.reserve(bytes.len() / 3 * 4 + 4);
    for three in bytes.chunks(3) {
        let bits = (0..3).fold(0, |bits, at| {
            bits << 8 | u32::from(*three.get(at).unwrap_or(&0))
        });
        let digit = |at: usize| DIGITS[(bits >> (18 - 6 * at) & 63) as usize];
        let kept = three.len() + 1;
        out.extend((0..4).map(|at| if at < kept { digit(at) } else { b'=' }));
    }
}

/// Leave out what a cut has left of a character at the end.
pub fn whole_characters(text: &[u8]) -> &[u8] {
    for back in 1..=text.len().min(3) {
        let at = text.len() - back;
        let length = match text[at] {
            0xF0..=0xFF => 4,
            0xE0..=0xEF => 3,
            0xC0..=0xDF => 2,
            0x80..=0xBF => continue,
            _ => 1,
        };
        return if length > back { &text[..at] } else { text };
    }
    text
}

/// Jenkins' one-at-a-time hash: short, without multiplications, and even in all its bits also for ids that only
/// count up. `model_monitor_capture/sampling.py` has the same.
pub fn hash(text: &[u8]) -> u32 {
    let mut hash: u32 = 0;
    for byte in text {
        hash = hash.wrapping_add(u32::from(*byte));
        hash = hash.wrapping_add(hash << 10);
        hash ^= hash >> 6;
    }
    hash = hash.wrapping_add(hash << 3);
    hash ^= hash >> 11;
    hash.wrapping_add(hash << 15)
}

fn needs_escape(byte: u8) -> bool {
    byte < b' ' || byte == b'"' || byte == b'\\'
}

fn push_escape(out: &mut Vec<u8>, byte: u8) {
    let letter = match byte {
        b'"' | b'\\' => byte,
        0x08 => b'b',
        0x0C => b'f',
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        _ => {
            out.extend_from_slice(format!("\\u{byte:04x}").as_bytes());
            return;
        }
    };
    out.extend_from_slice(&[b'\\', letter]);
}
