//! OTLP over gRPC: a listener of its own, for exporters that speak nothing else.
//!
//! Owns connections: how many there are, how long they may do nothing, how they end when the server stops. The protocol
//! is HTTP/2 without TLS. Only calls with one request and one answer exist here, and their message goes to our own
//! reader as it came, so that a call costs what the same export over HTTP costs: who sends it is known before its body
//! is read, and the body is under the same limits and in the same budget of memory.

mod call;
mod reply;

use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_web::web::Bytes;
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::context::Context;

/// How many connections are held at once; more wait to be accepted.
const CONNECTIONS_MAX: usize = 512;
/// How many calls of a connection are answered at once.
const CALLS_MAX: u32 = 64;
/// How many bytes of headers a call may have.
const HEADER_BYTES_MAX: u32 = 16 * 1024;
/// How much of one call may be on its way before we have read it.
const CALL_WINDOW_BYTES: u32 = 256 * 1024;
/// How much of all calls of a connection may be.
const CONNECTION_WINDOW_BYTES: u32 = 512 * 1024;
/// How long a client may take to begin to speak HTTP/2.
const HANDSHAKE_WAIT: Duration = Duration::from_secs(10);
/// After how long without a call a connection is closed; exporters open a new one by themselves.
const IDLE_WAIT: Duration = Duration::from_secs(600);
/// How long a client that was told to go may take.
const LEAVE_WAIT: Duration = Duration::from_secs(10);
/// How long to wait after a connection could not be accepted, for want of files for instance.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves until `stop` says so, then finishes what is being answered.
pub(crate) async fn serve(listener: TcpListener, context: Arc<Context>, mut stop: watch::Receiver<bool>) {
    let listener = match prepare(listener) {
        Ok(listener) => listener,
        Err(error) => return tracing::error!(%error, "nothing listens for gRPC"),
    };
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut connections = JoinSet::new();
    loop {
        // Nobody closes the semaphore.
        let Ok(place) = places.clone().acquire_owned().await else { break };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = told(&mut stop) => break,
        };
        match accepted {
            Ok((stream, _)) => {
                let (context, stop) = (context.clone(), stop.clone());
                connections.spawn_local(async move {
                    connection(stream, context, stop).await;
                    drop(place);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a gRPC connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
        while connections.try_join_next().is_some() {}
    }
    drop(listener);
    // What is left at the end is cut off with the set.
    let gone = async { while connections.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(LEAVE_WAIT, gone).await;
}

fn prepare(listener: TcpListener) -> io::Result<tokio::net::TcpListener> {
    listener.set_nonblocking(true)?;
    tokio::net::TcpListener::from_std(listener)
}

/// Waits until the server is to stop.
async fn told(stop: &mut watch::Receiver<bool>) {
    // An error means that the sender is gone, and with it the server.
    let _ = stop.wait_for(|stopped| *stopped).await;
}

/// Serves one connection until its client closes it, does nothing for long, or the server stops.
async fn connection(stream: TcpStream, context: Arc<Context>, mut stop: watch::Receiver<bool>) {
    let _ = stream.set_nodelay(true);
    let mut builder = h2::server::Builder::new();
    builder
        .max_concurrent_streams(CALLS_MAX)
        .max_header_list_size(HEADER_BYTES_MAX)
        .initial_window_size(CALL_WINDOW_BYTES)
        .initial_connection_window_size(CONNECTION_WINDOW_BYTES);
    let handshake = tokio::time::timeout(HANDSHAKE_WAIT, builder.handshake::<_, Bytes>(stream));
    let Ok(Ok(mut connection)) = handshake.await else {
        return tracing::debug!("a gRPC connection did not speak HTTP/2");
    };
    let mut calls = JoinSet::new();
    let mut is_leaving = false;
    let mut deadline = Instant::now() + IDLE_WAIT;
    loop {
        tokio::select! {
            accepted = connection.accept() => match accepted {
                Some(Ok((request, respond))) => {
                    calls.spawn_local(call::handle(context.clone(), request, respond));
                }
                Some(Err(error)) => return tracing::debug!(%error, "a gRPC connection was cut off"),
                None => return,
            },
            Some(_) = calls.join_next() => {
                if !is_leaving {
                    deadline = Instant::now() + IDLE_WAIT;
                }
            }
            () = told(&mut stop), if !is_leaving => {
                connection.graceful_shutdown();
                (is_leaving, deadline) = (true, Instant::now() + LEAVE_WAIT);
            }
            () = tokio::time::sleep_until(deadline), if calls.is_empty() || is_leaving => {
                if is_leaving {
                    return;
                }
                connection.graceful_shutdown();
                (is_leaving, deadline) = (true, Instant::now() + LEAVE_WAIT);
            }
        }
    }
}
