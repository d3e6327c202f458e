//! Sockets: takes connections, bounds how many there are and how long they may dawdle, and ends them.

use super::{routes, App, Stop};
use crate::{Error, Result};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::future::{poll_fn, Future};
use std::io;
use std::net::TcpListener;
use std::pin::{pin, Pin};
use std::sync::Arc;
use std::task::{ready, Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::{watch, Semaphore};
use tokio::time::{sleep, timeout, Instant, Sleep};

/// How long connections have to go away when everything was ended.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// Answers until `stop` says otherwise.
pub async fn run(app: Arc<App>, listener: TcpListener, stop: &watch::Sender<Stop>) -> Result<()> {
    let failed = |source| Error::Io { path: "the server's socket".into(), source };
    let listener = tokio::net::TcpListener::from_std(listener).map_err(failed)?;
    let router = routes::router(app.clone());
    let all = u32::try_from(app.options.connections.clamp(1, Semaphore::MAX_PERMITS)).unwrap_or(u32::MAX);
    let free = Arc::new(Semaphore::new(all as usize));
    let mut stopping = stop.subscribe();
    loop {
        let next = async {
            // Who comes when all are taken waits in the operating system's queue.
            let permit = free.clone().acquire_owned().await;
            (permit, listener.accept().await)
        };
        let Some((permit, accepted)) = unless(next, stopping.wait_for(|stop| *stop > Stop::Running)).await
        else {
            break;
        };
        let (stream, permit) = match (accepted, permit) {
            (Ok((stream, _)), Ok(permit)) => (stream, permit),
            // Out of file descriptors, or a client that has gone already: others may do better in a moment.
            _ => {
                sleep(Duration::from_millis(20)).await;
                continue;
            }
        };
        // Small pieces of text go out at once; a socket that refuses is about to fail anyway.
        let _ = stream.set_nodelay(true);
        let service = TowerToHyperService::new(router.clone());
        let socket = PatientSocket::new(stream, app.options.transfer_time);
        let mut builder = http1::Builder::new();
        builder
            .timer(TokioTimer::new())
            .header_read_timeout(app.options.transfer_time)
            .max_buf_size(64 << 10);
        let mut stopping = stop.subscribe();
        tokio::spawn(async move {
            let mut connection = pin!(builder.serve_connection(TokioIo::new(socket), service));
            let mut stopped = pin!(stopping.wait_for(|stop| *stop > Stop::Running));
            let mut told = false;
            // Errors are the client's: nobody is left to be told.
            let _ = poll_fn(|context| {
                if !told && stopped.as_mut().poll(context).is_ready() {
                    told = true;
                    connection.as_mut().graceful_shutdown();
                }
                connection.as_mut().poll(context)
            })
            .await;
            drop(permit);
        });
    }
    drop(listener);
    app.scheduler.close();
    let gone = free.acquire_many(all);
    let mut stopping = stop.subscribe();
    let now = stopping.wait_for(|stop| *stop == Stop::Now);
    let finished = timeout(app.options.grace, unless(gone, now)).await;
    if !matches!(finished, Ok(Some(_))) {
        app.scheduler.stop();
        let _ = timeout(LAST_WORDS, free.acquire_many(all)).await;
    }
    Ok(())
}

/// What the first future gives, unless the second ends before.
async fn unless<T>(wanted: impl Future<Output = T>, end: impl Future) -> Option<T> {
    let (mut wanted, mut end) = (pin!(wanted), pin!(end));
    poll_fn(|context| match end.as_mut().poll(context) {
        Poll::Ready(_) => Poll::Ready(None),
        Poll::Pending => wanted.as_mut().poll(context).map(Some),
    })
    .await
}

/// A socket whose writes fail when the other side has not read for a while, so that nobody can occupy a connection
/// by not listening.
struct PatientSocket {
    stream: TcpStream,
    patience: Duration,
    /// Runs while a write waits.
    waiting: Pin<Box<Sleep>>,
    waits: bool,
}

impl PatientSocket {
    fn new(stream: TcpStream, patience: Duration) -> PatientSocket {
        PatientSocket { stream, patience, waiting: Box::pin(sleep(patience)), waits: false }
    }

    /// Turns a wait that is too long into an error.
    fn limit<T>(&mut self, context: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.waits = false;
            return written;
        }
        if !self.waits {
            self.waits = true;
            // As far ahead as the clock goes, if need be.
            let deadline = Instant::now().checked_add(self.patience);
            self.waiting
                .as_mut()
                .reset(deadline.unwrap_or_else(|| Instant::now() + Duration::from_secs(1 << 30)));
        }
        ready!(self.waiting.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for PatientSocket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for PatientSocket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.limit(context, written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        self.limit(context, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
