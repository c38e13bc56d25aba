//! One kept-alive connection: writes requests, reads answers.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::target::Target;

/// A connection to the server.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: BufReader<TcpStream>,
    line: String,
    /// The body of the last answer.
    pub(crate) body: Vec<u8>,
    /// After how many seconds the last answer wants the request again.
    pub(crate) retry_after: Option<u64>,
}

impl Connection {
    /// Connects.
    pub(crate) fn open(address: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        let stream = BufReader::with_capacity(64 << 10, stream);
        Ok(Self { stream, line: String::new(), body: Vec::new(), retry_after: None })
    }

    /// Sends a whole request and reads the whole answer; returns its status.
    pub(crate) fn exchange(&mut self, request: &[u8]) -> io::Result<u16> {
        self.stream.get_mut().write_all(request)?;
        self.receive()
    }

    /// Asks for a path and reads the whole answer; returns its status.
    pub(crate) fn get(&mut self, target: &Target, path: &str) -> io::Result<u16> {
        let head = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{}\r\n", target.authorization);
        self.exchange(head.as_bytes())
    }

    /// What the last answer says, as far as it is worth a line.
    pub(crate) fn excerpt(&self) -> String {
        String::from_utf8_lossy(&self.body).chars().take(200).collect()
    }

    fn receive(&mut self) -> io::Result<u16> {
        self.read_line()?;
        let status = self.line.get(9..12).and_then(|status| status.parse().ok());
        let status = status.ok_or_else(|| odd("no status in the first line"))?;
        let (mut length, mut chunked) = (0, false);
        self.retry_after = None;
        loop {
            self.read_line()?;
            let Some((name, value)) = self.line.trim_end().split_once(':') else {
                break;
            };
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().map_err(|_| odd("the length is no number"))?;
            }
            if name.eq_ignore_ascii_case("retry-after") {
                self.retry_after = value.trim().parse().ok();
            }
            chunked |= name.eq_ignore_ascii_case("transfer-encoding") && value.trim() == "chunked";
        }
        self.body.clear();
        if chunked {
            while self.read_chunk()? > 0 {}
        } else {
            self.read_body(length)?;
        }
        Ok(status)
    }

    fn read_chunk(&mut self) -> io::Result<u64> {
        self.read_line()?;
        let size = self.line.trim_end();
        let size = u64::from_str_radix(size, 16).map_err(|_| odd("the chunk has no size"))?;
        self.read_body(size)?;
        self.read_line()?;
        Ok(size)
    }

    fn read_body(&mut self, length: u64) -> io::Result<()> {
        let read = (&mut self.stream).take(length).read_to_end(&mut self.body)?;
        if read as u64 == length { Ok(()) } else { Err(odd("the answer is cut short")) }
    }

    fn read_line(&mut self) -> io::Result<()> {
        self.line.clear();
        match self.stream.read_line(&mut self.line)? {
            0 => Err(odd("the server closed the connection")),
            _ => Ok(()),
        }
    }
}

fn odd(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}
