//! A running server under test.

use std::io::{BufRead, BufReader, Read, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::binary::{said, spanstone};

/// A running server; killed when the test ends, however it ends.
pub(crate) struct Server {
    child: Child,
    stdout: BufReader<ChildStdout>,
    /// What it has printed up to now.
    pub(crate) printed: String,
    /// Where it listens.
    pub(crate) url: String,
}

impl Server {
    /// Starts a server on a free port and waits for its first line.
    pub(crate) fn start(data_dir: &Path, variables: &[(&str, &str)]) -> Self {
        let mut child = spanstone(["serve", "--listen", "127.0.0.1:0"])
            .arg("--data-dir")
            .arg(data_dir)
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary runs");
        let mut stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut printed = String::new();
        stdout.read_line(&mut printed).expect("it prints UTF-8");
        let url = printed.split_whitespace().find(|word| word.starts_with("http://"));
        let Some(url) = url.map(str::to_owned) else {
            let output = child.wait_with_output().expect("it ended");
            panic!("it does not listen: {printed} {:?}", said(&output));
        };
        Self { child, stdout, printed, url }
    }

    /// The process's number.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits until it has printed a line that begins with `start`.
    pub(crate) fn wait_for(&mut self, start: &str) {
        while !self.printed.lines().any(|line| line.starts_with(start)) {
            let read = self.stdout.read_line(&mut self.printed).expect("it prints UTF-8");
            assert!(read > 0, "it ended without `{start}`: {}", self.printed);
        }
    }

    /// Sends JSON with a pair of keys; returns the whole answer.
    pub(crate) fn post(&self, path: &str, (public, secret): &(String, String), body: &Value) -> String {
        let address = self.url.strip_prefix("http://").expect("it is an address");
        let mut stream = TcpStream::connect(address).expect("it accepts");
        let body = body.to_string();
        let key = STANDARD.encode(format!("{public}:{secret}"));
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\nauthorization: Basic {key}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes())).expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers UTF-8");
        answer
    }

    /// Asks it to stop as a service manager does; returns its exit code and everything it printed.
    pub(crate) fn stop(mut self) -> (i32, String) {
        let killed = Command::new("kill").arg(self.child.id().to_string()).status();
        assert!(killed.expect("kill runs").success());
        self.stdout.read_to_string(&mut self.printed).expect("it prints UTF-8");
        let status = self.child.wait().expect("it ends");
        (status.code().expect("it ended by itself"), std::mem::take(&mut self.printed))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail only for a process that has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
