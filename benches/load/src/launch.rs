//! The server under measurement, started and ended here.

use std::fmt::Display;
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::Failure;
use crate::connection::Connection;
use crate::flags::Flags;
use crate::target::Target;

const PATIENCE: Duration = Duration::from_secs(120);
/// How often to look whether the server is up: well below what is measured.
const LOOK_AGAIN: Duration = Duration::from_micros(200);

const PUBLIC_KEY: &str = "pk-lf-bench";
const SECRET_KEY: &str = "sk-lf-bench";

/// How to start the server under measurement.
#[derive(Debug, Clone)]
pub(crate) struct Launch {
    binary: PathBuf,
    pub(crate) data_dir: PathBuf,
    pub(crate) target: Target,
    /// Further arguments of `serve`.
    pub(crate) arguments: Vec<String>,
}

/// A server that is killed when this goes out of scope, whatever happened.
#[derive(Debug)]
pub(crate) struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}

impl Running {
    fn end(&mut self) {
        // Both fail only for a process that has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }

    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.0.id()
    }

    /// Asks it to stop (SIGTERM) and waits until it has; returns how long that took.
    pub(crate) fn stop(&mut self) -> Result<Duration, Failure> {
        let since = Instant::now();
        let sent = Command::new("kill").args(["-TERM", &self.pid().to_string()]).status()?;
        if !sent.success() {
            return Err("the server ended before it was told to".into());
        }
        loop {
            if let Some(status) = self.0.try_wait()? {
                let took = since.elapsed();
                return if status.success() { Ok(took) } else { Err(format!("the server ended with {status}").into()) };
            }
            if since.elapsed() > PATIENCE {
                return Err("the server does not stop".into());
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

impl Launch {
    /// Takes `--binary`, `--data-dir`, `--port` and `--serve`; the directory must not exist.
    pub(crate) fn take(flags: &mut Flags) -> Result<Self, Failure> {
        let port: u16 = flags.take("port")?.unwrap_or(3999);
        let arguments: String = flags.take("serve")?.unwrap_or_default();
        let launch = Self {
            binary: flags.require("binary")?,
            data_dir: flags.require("data-dir")?,
            target: Target::new(format!("127.0.0.1:{port}"), PUBLIC_KEY, SECRET_KEY),
            arguments: arguments.split_whitespace().map(str::to_owned).collect(),
        };
        if launch.data_dir.exists() {
            return Err(format!("{} exists; give a directory that does not", launch.data_dir.display()).into());
        }
        Ok(launch)
    }

    /// The same server over a directory of its own within this one.
    pub(crate) fn within(&self, name: impl Display) -> Self {
        Self { data_dir: self.data_dir.join(name.to_string()), ..self.clone() }
    }

    /// Starts it, and does not wait for anything.
    pub(crate) fn start(&self) -> Result<Running, Failure> {
        let child = Command::new(&self.binary)
            .arg("serve")
            .arg("--data-dir")
            .arg(&self.data_dir)
            .args(["--listen", &self.target.address, "--log", "warn"])
            .args(&self.arguments)
            .env("LANGFUSE_INIT_ORG_ID", "bench")
            .env("LANGFUSE_INIT_PROJECT_ID", "bench")
            .env("LANGFUSE_INIT_PROJECT_PUBLIC_KEY", PUBLIC_KEY)
            .env("LANGFUSE_INIT_PROJECT_SECRET_KEY", SECRET_KEY)
            .stdout(Stdio::null())
            .spawn()
            .map_err(|error| format!("{}: {error}", self.binary.display()))?;
        Ok(Running(child))
    }

    /// Starts it and waits until it answers reads; returns how long it took to listen and to be ready.
    pub(crate) fn start_and_wait(&self) -> Result<(Running, Duration, Duration), Failure> {
        let since = Instant::now();
        let mut running = self.start()?;
        let listening = self.await_listening(&mut running, since)?;
        let ready = self.await_ready(since)?;
        Ok((running, listening, ready))
    }

    /// Kills a server, unless it has ended already, and starts it again; returns how long it took to listen and to be
    /// ready.
    pub(crate) fn start_instead_of(&self, running: &mut Running) -> Result<(Duration, Duration), Failure> {
        running.end();
        let (again, listening, ready) = self.start_and_wait()?;
        *running = again;
        Ok((listening, ready))
    }

    /// Has the binary verify the directory offline; returns what it said, and whether all was well.
    pub(crate) fn verify(&self) -> Result<(bool, String), Failure> {
        let output = Command::new(&self.binary).arg("verify").arg("--data-dir").arg(&self.data_dir).output()?;
        let said = [output.stdout, output.stderr].concat();
        Ok((output.status.success(), String::from_utf8_lossy(&said).into_owned()))
    }

    fn await_listening(&self, running: &mut Running, since: Instant) -> Result<Duration, Failure> {
        while TcpStream::connect(&self.target.address).is_err() {
            if let Some(status) = running.0.try_wait()? {
                return Err(format!("the server ended at its start with {status}").into());
            }
            if since.elapsed() > PATIENCE {
                return Err("the server does not listen".into());
            }
            std::thread::sleep(LOOK_AGAIN);
        }
        Ok(since.elapsed())
    }

    fn await_ready(&self, since: Instant) -> Result<Duration, Failure> {
        let ready = b"GET /api/public/ready HTTP/1.1\r\nHost: localhost\r\n\r\n";
        let mut connection = Connection::open(&self.target.address)?;
        while connection.exchange(ready)? != 200 {
            if since.elapsed() > PATIENCE {
                return Err("the server does not get ready".into());
            }
            std::thread::sleep(LOOK_AGAIN);
        }
        Ok(since.elapsed())
    }
}
