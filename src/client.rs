//! A small HTTP client for talking to a server in the neighbourhood: `demo` and `healthcheck`.
//!
//! Owns HTTP/1.1 over plain TCP, one connection per request, with a time limit and a size limit on the answer.
//! Refuses https, redirects and proxies: a TLS stack would be most of this binary for the sake of two helpers.

use std::fmt;
use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::str::FromStr;
use std::time::Duration;

/// How long connecting, and each read and write, may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// The largest answer that is read.
const ANSWER_BYTES_MAX: u64 = 16 << 20;

/// Where a server is: `http://host[:port][/prefix]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Url {
    host: String,
    port: u16,
    prefix: String,
}

impl FromStr for Url {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.starts_with("https://") {
            return Err(format!(
                "`{text}`: https is not spoken here; give the server's own http:// address, \
                 for instance on the machine that it runs on"
            ));
        }
        let wrong = || format!("`{text}` is not an address such as `http://127.0.0.1:3000`");
        let rest = text.strip_prefix("http://").ok_or_else(wrong)?;
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let bracket = authority.rfind(']').unwrap_or(0);
        let (host, port) = match authority[bracket..].rfind(':') {
            Some(colon) => {
                let port = authority[bracket + colon + 1..].parse().map_err(|_| wrong())?;
                (&authority[..bracket + colon], port)
            }
            None => (authority, 80),
        };
        let plain = |c: char| c.is_ascii_graphic() && !"@?#".contains(c);
        if host.is_empty() || !text.chars().all(plain) {
            return Err(wrong());
        }
        Ok(Self { host: host.to_owned(), port, prefix: path.trim_end_matches('/').to_owned() })
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}:{}{}", self.host, self.port, self.prefix)
    }
}

/// What a server answered.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// Whether the server did what was asked.
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The start of the body, for an error message.
    pub(crate) fn excerpt(&self) -> String {
        String::from_utf8_lossy(&self.body).chars().take(300).collect()
    }
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClientError {
    /// Nobody listens there.
    #[error("no server answers at {url}: {source}\nIs it running? `spanstone serve` starts one.")]
    Unreachable {
        /// The server.
        url: Url,
        /// Why.
        source: io::Error,
    },
    /// The connection broke.
    #[error("the connection to {url} broke: {source}")]
    Broken {
        /// The server.
        url: Url,
        /// Why.
        source: io::Error,
    },
    /// What came back is not HTTP.
    #[error("{url} does not speak HTTP/1.1 as expected: {reason}")]
    NotHttp {
        /// The server.
        url: Url,
        /// What is odd.
        reason: &'static str,
    },
}

/// A server and how to identify to it.
#[derive(Debug)]
pub(crate) struct Client {
    url: Url,
    authorization: Option<String>,
}

impl Client {
    /// A client of the server at `url`; `authorization` is the value of that header.
    pub(crate) fn new(url: Url, authorization: Option<String>) -> Self {
        Self { url, authorization }
    }

    /// The server.
    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    /// Asks for `path`.
    pub(crate) fn get(&self, path: &str) -> Result<Answer, ClientError> {
        self.exchange("GET", path, None)
    }

    /// Sends `json` to `path`.
    pub(crate) fn post(&self, path: &str, json: &[u8]) -> Result<Answer, ClientError> {
        self.exchange("POST", path, Some(json))
    }

    fn exchange(&self, method: &str, path: &str, json: Option<&[u8]>) -> Result<Answer, ClientError> {
        let mut stream = self.connect().map_err(|source| ClientError::Unreachable { url: self.url.clone(), source })?;
        let received = self
            .send(&mut stream, method, path, json)
            .and_then(|()| receive(&mut stream))
            .map_err(|source| ClientError::Broken { url: self.url.clone(), source })?;
        parse_answer(&received).map_err(|reason| ClientError::NotHttp { url: self.url.clone(), reason })
    }

    fn connect(&self) -> io::Result<TcpStream> {
        let host = self.url.host.trim_start_matches('[').trim_end_matches(']');
        let mut refused = io::Error::new(io::ErrorKind::NotFound, "the host name has no address");
        for address in (host, self.url.port).to_socket_addrs()? {
            match TcpStream::connect_timeout(&address, PATIENCE) {
                Ok(stream) => {
                    stream.set_read_timeout(Some(PATIENCE))?;
                    stream.set_write_timeout(Some(PATIENCE))?;
                    return Ok(stream);
                }
                Err(error) => refused = error,
            }
        }
        Err(refused)
    }

    fn send(&self, stream: &mut TcpStream, method: &str, path: &str, json: Option<&[u8]>) -> io::Result<()> {
        let Url { host, port, prefix } = &self.url;
        let mut head = format!(
            "{method} {prefix}{path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\
             Accept: application/json\r\nUser-Agent: spanstone/{}\r\n",
            env!("CARGO_PKG_VERSION")
        );
        if let Some(authorization) = &self.authorization {
            head += &format!("Authorization: {authorization}\r\n");
        }
        if let Some(json) = json {
            head += &format!("Content-Type: application/json\r\nContent-Length: {}\r\n", json.len());
        }
        head += "\r\n";
        stream.write_all(head.as_bytes())?;
        stream.write_all(json.unwrap_or_default())
    }
}

/// Reads until the server closes the connection, as it was asked to.
fn receive(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut received = Vec::new();
    stream.take(ANSWER_BYTES_MAX + 1).read_to_end(&mut received)?;
    if received.len() as u64 > ANSWER_BYTES_MAX {
        return Err(io::Error::other("the answer is larger than 16 MiB"));
    }
    Ok(received)
}

fn parse_answer(received: &[u8]) -> Result<Answer, &'static str> {
    let end = find(received, b"\r\n\r\n").ok_or("the answer has no end of its header")?;
    let head = str::from_utf8(&received[..end]).map_err(|_| "the header is not text")?;
    let body = &received[end + 4..];
    let mut lines = head.split("\r\n");
    let status = lines
        .next()
        .and_then(|line| line.strip_prefix("HTTP/1."))
        .and_then(|line| line.get(2..5))
        .and_then(|status| status.parse().ok())
        .ok_or("the first line has no status")?;
    let header = |name: &str| {
        let mut headers = lines.clone().filter_map(|line| line.split_once(':'));
        let found = headers.find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim())
    };
    let body = match (header("transfer-encoding"), header("content-length")) {
        (Some(coding), _) if coding.eq_ignore_ascii_case("chunked") => unchunk(body)?,
        (Some(_), _) => return Err("the transfer coding is unknown"),
        (None, Some(length)) => {
            let length = length.parse().map_err(|_| "the length is not a number")?;
            body.get(..length).ok_or("the body is cut short")?.to_vec()
        }
        (None, None) => body.to_vec(),
    };
    Ok(Answer { status, body })
}

fn unchunk(mut rest: &[u8]) -> Result<Vec<u8>, &'static str> {
    const BROKEN: &str = "a chunk of the body is malformed";
    let mut body = Vec::new();
    loop {
        let line = find(rest, b"\r\n").ok_or(BROKEN)?;
        let size = str::from_utf8(&rest[..line]).map_err(|_| BROKEN)?;
        let size = size.split(';').next().unwrap_or_default().trim();
        let size = usize::from_str_radix(size, 16).map_err(|_| BROKEN)?;
        rest = &rest[line + 2..];
        if size == 0 {
            return Ok(body);
        }
        let (chunk, after) = rest.split_at_checked(size).ok_or(BROKEN)?;
        body.extend_from_slice(chunk);
        rest = after.strip_prefix(b"\r\n").ok_or(BROKEN)?;
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_host_and_may_have_a_port_and_a_prefix() {
        let read = |text: &str| text.parse().map(|url: Url| url.to_string()).ok();
        for (text, expected) in [
            ("http://127.0.0.1:3000", "http://127.0.0.1:3000"),
            ("http://127.0.0.1:3000/", "http://127.0.0.1:3000"),
            ("http://traces.lan", "http://traces.lan:80"),
            ("http://[::1]:3000/base/", "http://[::1]:3000/base"),
            ("http://[::1]", "http://[::1]:80"),
        ] {
            assert_eq!(read(text), Some(expected.to_owned()), "{text}");
        }
        for wrong in
            ["", "127.0.0.1:3000", "https://a", "http://", "http://:1", "http://a:b", "http://a b", "http://u@h"]
        {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn an_answer_is_read_by_its_length_by_chunks_or_to_the_end() {
        let body = |text: &str| parse_answer(text.as_bytes()).map(|answer| (answer.status, answer.body));
        let hello = |status| Ok((status, b"hello".to_vec()));
        assert_eq!(body("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello…"), hello(200));
        assert_eq!(body("HTTP/1.0 404 No\r\n\r\nhello"), hello(404));
        assert_eq!(
            body("HTTP/1.1 207 X\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\n\r\n"),
            hello(207)
        );
    }

    #[test]
    fn an_answer_that_is_no_http_is_an_error() {
        for text in [
            "",
            "SSH-2.0-OpenSSH\r\n\r\n",
            "HTTP/1.1\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello",
            "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nx",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
        ] {
            assert!(parse_answer(text.as_bytes()).is_err(), "{text}");
        }
    }
}
