//! A server on a free port of this machine, and a client that sends exactly the bytes it is told to.

use std::fmt::Write as _;
use std::io::{Read, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value as Json;
use spanstone_engine::{Engine, Options, Setup};
use spanstone_model::{Limits, Timestamp};
use spanstone_server::{Listening, Settings, run_until};
use tempfile::TempDir;
use tokio::sync::oneshot;

pub(crate) const PUBLIC_KEY: &str = "pk-lf-test";
pub(crate) const SECRET_KEY: &str = "sk-lf-test-0123456789";
pub(crate) const PROJECT: &str = "project-1";
pub(crate) const EMAIL: &str = "ada@example.org";
pub(crate) const PASSWORD: &str = "correct horse battery staple";

/// 2026-08-21T08:00:00Z, always.
pub(crate) fn fixed_clock() -> Timestamp {
    Timestamp::from_millis(1_787_299_200_000)
}

/// A running server; stops when dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) grpc_address: SocketAddr,
    pub(crate) engine: Arc<Engine>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    _directory: TempDir,
}

impl Server {
    pub(crate) fn start() -> Self {
        Self::with_limits(Limits::default())
    }

    pub(crate) fn with_limits(limits: Limits) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let options = Options {
            data_dir: directory.path().to_owned(),
            limits,
            retention: Default::default(),
            extract_media: false,
            clock: fixed_clock,
        };
        let engine = Arc::new(Engine::open(options).expect("an empty directory opens"));
        engine.set_up(setup()).expect("the first start creates accounts");
        let settings = Settings {
            listen: "127.0.0.1:0".parse().expect("an address"),
            grpc_listen: Some("127.0.0.1:0".parse().expect("an address")),
            workers: Some(1),
            web_root: None,
            public_url: None,
            secure_cookies: false,
        };
        let (stop, stopped) = oneshot::channel();
        let (listening, address) = mpsc::channel();
        let served = engine.clone();
        let thread = std::thread::spawn(move || {
            let stop = async { drop(stopped.await) };
            let told = move |at: Listening| listening.send(at).expect("the test waits for the address");
            run_until(served, settings, told, stop).expect("the server stops in peace");
        });
        let Listening { http, grpc } = address.recv().expect("the server listens");
        Self {
            address: http,
            grpc_address: grpc.expect("it was asked to"),
            engine,
            stop: Some(stop),
            thread: Some(thread),
            _directory: directory,
        }
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.send(Request::new("GET", path).key())
    }

    pub(crate) fn json(&self, path: &str) -> Json {
        let answer = self.get(path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.json()
    }

    pub(crate) fn post(&self, path: &str, body: &Json) -> Answer {
        self.send(Request::new("POST", path).key().json(body))
    }

    pub(crate) fn ingest(&self, batch: &Json) -> Json {
        let answer = self.post("/api/public/ingestion", &serde_json::json!({"batch": batch}));
        assert_eq!(answer.status, 207, "{}", answer.text());
        answer.json()
    }

    pub(crate) fn send(&self, request: Request) -> Answer {
        let start = request.head.lines().next().unwrap_or_default().to_owned();
        let answer = self.send_bytes(&request.bytes());
        let mut parts = start.split(' ');
        if let (Some(method), Some(target)) = (parts.next(), parts.next()) {
            crate::described::check(method, target, &answer);
        }
        answer
    }

    pub(crate) fn send_bytes(&self, bytes: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(self.address).expect("the server accepts");
        // A server that has answered may close before it has read everything.
        let _ = stream.write_all(bytes);
        Answer::read(&mut stream)
    }
}

impl Server {
    /// Tells the server to stop, and waits until it has.
    pub(crate) fn stop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            thread.join().expect("the server's thread ends in peace");
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

fn setup() -> Setup {
    let text = |text: &str| Some(text.to_owned());
    Setup {
        organization_id: text("organization-1"),
        organization_name: text("Home"),
        project_id: text(PROJECT),
        project_name: text("First"),
        public_key: text(PUBLIC_KEY),
        secret_key: text(SECRET_KEY),
        user_email: text(EMAIL),
        user_name: text("Ada"),
        user_password: text(PASSWORD),
    }
}

/// A request in the making.
pub(crate) struct Request {
    head: String,
    body: Vec<u8>,
}

impl Request {
    pub(crate) fn new(method: &str, path: &str) -> Self {
        Self { head: format!("{method} {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n"), body: Vec::new() }
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        let _ = write!(self.head, "{name}: {value}\r\n");
        self
    }

    pub(crate) fn key(self) -> Self {
        let pair = STANDARD.encode(format!("{PUBLIC_KEY}:{SECRET_KEY}"));
        self.header("authorization", &format!("Basic {pair}"))
    }

    pub(crate) fn json(self, body: &Json) -> Self {
        self.body("application/json", body.to_string().into_bytes())
    }

    pub(crate) fn body(mut self, content_type: &str, body: Vec<u8>) -> Self {
        self.body = body;
        self.header("content-type", content_type)
    }

    pub(crate) fn bytes(self) -> Vec<u8> {
        let length = self.body.len();
        let mut bytes = format!("{}content-length: {length}\r\n\r\n", self.head).into_bytes();
        bytes.extend(self.body);
        bytes
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn read(stream: &mut TcpStream) -> Self {
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).expect("the server closes in peace");
        let split = bytes.windows(4).position(|window| window == b"\r\n\r\n").expect("a head");
        let head = String::from_utf8(bytes[..split].to_vec()).expect("a head of text");
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|text| text.parse().ok());
        let headers = lines.filter_map(|line| line.split_once(": "));
        Self {
            status: status.expect("a status"),
            headers: headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect(),
            body: bytes[split + 4..].to_vec(),
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Json {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }
}

/// Percent-encodes everything but letters and digits.
pub(crate) fn encode(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}
