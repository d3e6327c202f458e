//! The server that speaks OpenAI's language: chat and completions over HTTP, from one model.
//!
//! ```text
//! connection -> routes -> request (what is asked) -> Scheduler -> answer (what is said) -> connection
//! ```
//!
//! Texts are written by [`Scheduler`]; this module only translates. Requests come from
//! strangers: each is bounded in size, time and number, and every refusal has the shape of OpenAI's errors.

mod answer;
mod connection;
mod embeddings;
mod failure;
mod metrics;
mod request;
mod routes;

use crate::generate::{Scheduler, SchedulerOptions};
use crate::model::{Model, Pooling};
use crate::text::{ChatTemplate, Dialect, Guard};
use crate::{Error, Result, SamplingOptions, Speculation};
use metrics::Metrics;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::watch;

/// What a server offers and what it refuses.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ServerOptions {
    /// How many texts are written at once, how long they may be, and how many may wait.
    pub scheduler: SchedulerOptions,
    /// How tokens are chosen where a request does not say.
    pub sampling: SamplingOptions,
    /// How tokens are guessed. `None`: they are not.
    pub speculation: Option<Speculation>,
    /// What requests call the model.
    pub model_name: String,
    /// What requests must carry as `Authorization: Bearer KEY`. `None`: anybody may ask.
    pub api_key: Option<String>,
    /// How many tokens a model may think where a request does not say; `None`: as many as it likes.
    pub reasoning_budget: Option<usize>,
    /// How texts become vectors. `None`: as the model's file says ([`Model::pooling`]), and if that says nothing, requests for
    /// vectors are refused.
    pub pooling: Option<Pooling>,
    /// The most bytes of a request's body. Default 8 MiB.
    pub body_limit: usize,
    /// The most texts of one request: `n` times the number of prompts. Default 16.
    pub choices_limit: usize,
    /// The most connections at once; more wait until one ends. Default 512.
    pub connections: usize,
    /// How long a request's head may take, an idle connection's too, and then again its body, and how long a reader
    /// may not read. Default 30 s.
    pub transfer_time: Duration,
    /// How long an answer may take. Default one hour.
    pub answer_time: Duration,
    /// How long answers may go on after [`Stopper::stop`]. Default 30 s.
    pub grace: Duration,
}

impl Default for ServerOptions {
    fn default() -> ServerOptions {
        ServerOptions {
            scheduler: SchedulerOptions::default(),
            sampling: SamplingOptions::default(),
            speculation: None,
            model_name: "moesaic".into(),
            api_key: None,
            reasoning_budget: None,
            pooling: None,
            body_limit: 8 << 20,
            choices_limit: 16,
            connections: 512,
            transfer_time: Duration::from_secs(30),
            answer_time: Duration::from_secs(3600),
            grace: Duration::from_secs(30),
        }
    }
}

/// A server that is bound to its address and not running yet.
///
/// ```no_run
/// # fn main() -> moesaic::Result<()> {
/// let model = moesaic::Model::open("model.gguf")?;
/// let server = moesaic::serve::Server::bind("127.0.0.1:8080", &model, Default::default())?;
/// println!("http://{}", server.address());
/// server.run()?; // until `server.stopper().stop()` is called from elsewhere
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Server {
    app: Arc<App>,
    listener: TcpListener,
    address: SocketAddr,
    stop: Arc<watch::Sender<Stop>>,
}

/// How far the end has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stop {
    Running,
    /// No more requests.
    Closed,
    /// No more answers.
    Now,
}

/// Stops a server, from any thread.
#[derive(Clone, Debug)]
pub struct Stopper(Arc<watch::Sender<Stop>>);

impl Stopper {
    /// No more requests are taken; answers that have begun go on for as long as
    /// [`ServerOptions::grace`] says.
    pub fn stop(&self) {
        self.0.send_if_modified(|stop| std::mem::replace(stop, (*stop).max(Stop::Closed)) < Stop::Closed);
    }

    /// Ends everything.
    pub fn stop_now(&self) {
        self.0.send_replace(Stop::Now);
    }
}

/// What all requests share.
#[derive(Debug)]
struct App {
    scheduler: Scheduler,
    options: ServerOptions,
    /// Why there is none, if there is none.
    template: Result<ChatTemplate, String>,
    dialect: Dialect,
    guard: Guard,
    grammars: crate::generate::Grammars,
    embeddings: embeddings::Turns,
    metrics: Metrics,
    /// Seconds since 1970.
    started: u64,
    /// Whether only programs of this machine can connect.
    loopback: bool,
}

impl Server {
    /// Takes an address, such as `127.0.0.1:8080`; port 0 takes any free one. Makes the caches.
    ///
    /// # Errors
    /// Those of [`Scheduler::start`], [`Error::Input`] for an address that is none, and [`Error::Io`] if it cannot be had.
    pub fn bind(address: impl ToSocketAddrs, model: &Model, options: ServerOptions) -> Result<Server> {
        options.sampling.validate()?;
        let failed = |source| Error::Io { path: "the server's address".into(), source };
        let listener = TcpListener::bind(address).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let template = model.chat_template();
        let dialect = match &template {
            // One for conversations with tools may say more than the usual one.
            Ok(template) => {
                let sources: Vec<&str> =
                    template.names().filter_map(|name| template.source(Some(name))).collect();
                Dialect::of_template(&sources.join("\n"))
            }
            Err(_) => Dialect::PLAIN,
        };
        let app = App {
            scheduler: Scheduler::start(model, options.scheduler.clone())?,
            template: template.map_err(|error| error.to_string()),
            dialect,
            guard: Guard::new(model.tokenizer()?)?,
            grammars: crate::generate::Grammars::new(model),
            embeddings: embeddings::Turns::new(options.scheduler.queue),
            metrics: Metrics::default(),
            started: now(),
            loopback: address.ip().is_loopback(),
            options,
        };
        let stop = Arc::new(watch::Sender::new(Stop::Running));
        Ok(Server { app: Arc::new(app), listener, address, stop })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What stops it.
    pub fn stopper(&self) -> Stopper {
        Stopper(self.stop.clone())
    }

    /// Answers requests until it is stopped.
    ///
    /// # Errors
    /// [`Error::Io`] if the operating system grants no threads or sockets.
    pub fn run(self) -> Result<()> {
        let Server { app, listener, stop, .. } = self;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            // The cores are the model's; translating takes little.
            .worker_threads(1)
            // Templates and grammars, which may take long.
            .max_blocking_threads(4)
            .thread_name("moesaic server")
            .enable_all()
            .build()
            .map_err(|source| Error::Io { path: "the server's threads".into(), source })?;
        let outcome = runtime.block_on(connection::run(app, listener, &stop));
        // A template that still runs need not be waited for: its fuel ends it.
        runtime.shutdown_background();
        outcome
    }
}

impl App {
    /// How texts become vectors; `None`: not at all.
    fn pooling(&self) -> Option<Pooling> {
        self.options.pooling.or(self.scheduler.model().pooling())
    }
}

/// Seconds since 1970.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
}
