//! OTLP over gRPC, by a client that says what it likes.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use h2::client;
use http::{HeaderMap, Request, Response};
use serde_json::json;
use spanstone_model::Limits;
use tokio::net::TcpStream;

use crate::harness::{PUBLIC_KEY, SECRET_KEY, Server};

const TRACES: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

/// An export of one span, `grpc`, of trace 01…10.
fn export() -> Vec<u8> {
    let field = |tag: u8, content: &[u8]| {
        let length = u8::try_from(content.len()).expect("short");
        [&[tag, length], content].concat()
    };
    let id: Vec<u8> = (1..=16).collect();
    let at = 1_787_295_600_000_000_000_u64.to_le_bytes();
    let times = [&[0x39][..], &at, &[0x41], &at].concat();
    let span = [field(0x0a, &id), field(0x12, &id[..8]), field(0x2a, b"grpc"), times].concat();
    field(0x0a, &field(0x12, &field(0x12, &span)))
}

const TRACE: &str = "/api/public/traces/0102030405060708090a0b0c0d0e0f10";

/// A message behind its mark.
fn framed(flag: u8, message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).expect("small").to_be_bytes();
    [&[flag], &length[..], message].concat()
}

struct Call {
    request: http::request::Builder,
    body: Vec<u8>,
}

impl Call {
    fn new(path: &str, body: Vec<u8>) -> Self {
        let request = Request::post(format!("http://test{path}")).header("content-type", "application/grpc");
        Self { request, body }
    }

    fn export(body: Vec<u8>) -> Self {
        Self::new(TRACES, body).key()
    }

    fn header(self, name: &str, value: &str) -> Self {
        Self { request: self.request.header(name, value), body: self.body }
    }

    fn key(self) -> Self {
        let pair = STANDARD.encode(format!("{PUBLIC_KEY}:{SECRET_KEY}"));
        self.header("authorization", &format!("Basic {pair}"))
    }

    /// The head of the answer, its message, and its trailers or, if there are none, the head's fields.
    fn send(self, server: &Server) -> (Response<()>, Vec<u8>, HeaderMap) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let stream = TcpStream::connect(server.grpc_address).await.expect("the server accepts");
            let (mut sender, connection) = client::handshake(stream).await.expect("it speaks HTTP/2");
            tokio::spawn(async move { drop(connection.await) });
            let request = self.request.body(()).expect("a request");
            let (answer, mut body) = sender.send_request(request, false).expect("it takes requests");
            // A server that has answered may reset the rest.
            let _ = body.send_data(self.body.into(), true);
            let (head, mut body) = answer.await.expect("it answers").into_parts();
            let mut message = Vec::new();
            while let Some(piece) = body.data().await {
                message.extend(piece.expect("the answer is whole"));
            }
            let trailers = body.trailers().await.expect("the answer is whole");
            let trailers = trailers.unwrap_or_else(|| head.headers.clone());
            (Response::from_parts(head, ()), message, trailers)
        })
    }

    fn status(self, server: &Server) -> (u16, String) {
        let (_, _, trailers) = self.send(server);
        let text = |name: &str| trailers.get(name).map(|value| value.to_str().expect("ASCII").to_owned());
        (
            text("grpc-status").and_then(|code| code.parse().ok()).expect("a status"),
            text("grpc-message").unwrap_or_default(),
        )
    }
}

#[test]
fn an_export_is_stored_and_answered_with_an_empty_message() {
    let server = Server::start();
    let (head, message, trailers) = Call::export(framed(0, &export())).send(&server);
    assert_eq!((head.status().as_u16(), message), (200, vec![0; 5]));
    assert_eq!(head.headers()["content-type"], "application/grpc");
    assert_eq!(trailers["grpc-status"], "0");
    assert_eq!(server.json(TRACE)["name"], "grpc");
    let metrics = server.get("/metrics").text();
    assert!(metrics.contains("spanstone_http_requests_total{route=\"grpc\",status=\"2xx\"} 1"), "{metrics}");
}

#[test]
fn messages_may_be_packed() {
    let gzip = {
        use std::io::Write as _;
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(&export()).expect("memory takes it");
        encoder.finish().expect("memory takes it")
    };
    let zstd = zstd::encode_all(&export()[..], 1).expect("memory takes it");
    for (encoding, packed) in [("gzip", gzip), ("zstd", zstd)] {
        let server = Server::start();
        let call = Call::export(framed(1, &packed)).header("grpc-encoding", encoding);
        assert_eq!(call.status(&server), (0, String::new()), "{encoding}");
        assert_eq!(server.json(TRACE)["name"], "grpc", "{encoding}");
        let unpacked = Call::export(framed(0, &export())).header("grpc-encoding", encoding);
        assert_eq!(unpacked.status(&server).0, 0, "a single message may come as it is");
    }
}

#[test]
fn what_is_wrong_with_a_call_is_told_with_a_code_that_stops_or_repeats_it() {
    let server = Server::with_limits(Limits { otlp_body_bytes_max: 100_000, ..Limits::default() });
    let whole = || framed(0, &export());
    let other = |service: &str| format!("/opentelemetry.proto.collector.{service}/Export");
    let bomb = zstd::encode_all(&vec![0; 10_000_000][..], 1).expect("memory takes it");
    for (call, code, part) in [
        (Call::new(TRACES, whole()), 16, "No authorization header"),
        (Call::new(TRACES, whole()).header("authorization", "Basic cGs6c2s="), 16, "Invalid credentials"),
        (Call::new(TRACES, whole()).header("authorization", &format!("Bearer {PUBLIC_KEY}")), 7, "Access denied"),
        (Call::new("/x.Y/Z", whole()).key(), 12, "there is no method `/x.Y/Z` here"),
        (Call::new(&other("logs.v1.LogsService"), whole()).key(), 12, "logs are not kept here"),
        (Call::new(&other("metrics.v1.MetricsService"), whole()).key(), 0, ""),
        (Call::export(Vec::new()), 3, "holds no message"),
        (Call::export(framed(0, b"\xff\xff")), 3, "Failed to parse OTel Protobuf Trace"),
        (Call::export(framed(1, &export())), 3, "no header says how"),
        (Call::export(whole()).header("grpc-encoding", "snappy"), 12, "`snappy` is not supported; send one of gzip"),
        (Call::export(framed(1, b"?")).header("grpc-encoding", "gzip"), 3, "Failed to decompress"),
        (Call::export(framed(0, &vec![0; 100_001])), 3, "larger than 100000 bytes"),
        (Call::export(framed(1, &bomb)).header("grpc-encoding", "zstd"), 3, "larger than 100000 bytes"),
    ] {
        let (found, message) = call.status(&server);
        assert_eq!(found, code, "{part}: {message}");
        assert!(message.contains(part), "{message} is about {part}");
    }
    assert_eq!(server.get(TRACE).status, 404, "nothing of it was stored");
}

#[test]
fn a_server_without_memory_says_when_to_come_again() {
    let server = Server::with_limits(Limits { inflight_body_bytes_max: 50, ..Limits::default() });
    let (_, _, trailers) = Call::export(framed(0, &export())).send(&server);
    assert_eq!(trailers["grpc-status"], "14");
    let details = STANDARD_NO_PAD.decode(trailers["grpc-status-details-bin"].as_bytes()).expect("base64");
    let details = String::from_utf8_lossy(&details);
    assert!(details.contains("type.googleapis.com/google.rpc.RetryInfo"), "{details}");
}

#[test]
fn what_is_no_call_is_answered_as_http() {
    let server = Server::start();
    let request = Request::post("http://test/v1/traces").header("content-type", "application/json");
    let (answer, _, _) = Call { request, body: json!({}).to_string().into_bytes() }.send(&server);
    assert_eq!(answer.status().as_u16(), 415);
}
