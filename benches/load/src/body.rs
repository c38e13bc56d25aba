//! A request ready to send: its bytes, and the places in them where the number of the request goes.
//!
//! Every id of a body holds a field of fixed width for that number, so one template gives as many requests as one
//! likes, each with ids of its own, for the price of writing a few bytes per id.

/// How a number is written into a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Width {
    /// Eight hex digits.
    Hex,
    /// Four bytes.
    Raw,
}

/// A request, head and body, with places for its number.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    bytes: Vec<u8>,
    places: Vec<usize>,
    width: Width,
    /// How many observations it carries.
    pub(crate) observations: usize,
    /// How many bytes of it are the body.
    pub(crate) body_bytes: usize,
}

/// A body being written.
#[derive(Debug)]
pub(crate) struct Body {
    pub(crate) bytes: Vec<u8>,
    pub(crate) places: Vec<usize>,
}

impl Body {
    /// An empty body.
    pub(crate) fn new() -> Self {
        Self { bytes: Vec::new(), places: Vec::new() }
    }

    /// Appends bytes.
    pub(crate) fn push(&mut self, bytes: impl AsRef<[u8]>) {
        self.bytes.extend_from_slice(bytes.as_ref());
    }

    /// Appends another body.
    pub(crate) fn append(&mut self, other: &Self) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(&other.bytes);
        self.places.extend(other.places.iter().map(|place| start + place));
    }

    /// Notes that the number of the request goes here, and leaves room for it.
    pub(crate) fn number(&mut self, width: Width) {
        self.places.push(self.bytes.len());
        match width {
            Width::Hex => self.push("00000000"),
            Width::Raw => self.push([0; 4]),
        }
    }
}

impl Request {
    /// Puts a head in front of a body.
    pub(crate) fn new(path: &str, headers: &str, body: &Body, width: Width, observations: usize) -> Self {
        let head =
            format!("POST {path} HTTP/1.1\r\nHost: localhost\r\n{headers}Content-Length: {}\r\n\r\n", body.bytes.len());
        let places = body.places.iter().map(|place| head.len() + place).collect();
        Self {
            bytes: [head.as_bytes(), &body.bytes].concat(),
            places,
            width,
            observations,
            body_bytes: body.bytes.len(),
        }
    }

    /// The body alone.
    pub(crate) fn body(&self) -> &[u8] {
        &self.bytes[self.bytes.len() - self.body_bytes..]
    }

    /// The bytes to send for request `number`.
    pub(crate) fn numbered(&mut self, number: u32) -> &[u8] {
        let hex = format!("{number:08x}");
        let raw = number.to_be_bytes();
        let text: &[u8] = match self.width {
            Width::Hex => hex.as_bytes(),
            Width::Raw => &raw,
        };
        for place in &self.places {
            self.bytes[*place..*place + text.len()].copy_from_slice(text);
        }
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_goes_into_every_place() {
        let mut inner = Body::new();
        inner.push("<");
        inner.number(Width::Hex);
        inner.push(">");
        let mut body = Body::new();
        body.append(&inner);
        body.append(&inner);
        let mut request = Request::new("/x", "", &body, Width::Hex, 1);
        let sent = String::from_utf8(request.numbered(255).to_vec()).expect("text");
        assert_eq!(sent, "POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20\r\n\r\n<000000ff><000000ff>");
    }
}
