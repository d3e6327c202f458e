//! `moesaic serve`: the server that speaks OpenAI's language.

use super::options::{positive, ComputeOptions, Guessing, ModelPath, Sampling};
use super::output::{note, Failure};
use crate::kernel::Arithmetic;
use crate::model::Pooling;
use crate::serve::{Server, ServerOptions, Stopper};
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use std::time::Duration;

/// Serve a model over HTTP, in OpenAI's language and with a page to talk
///
/// Ctrl-C lets answers that have begun come to their end; a second one ends everything.
#[derive(Args)]
pub struct Arguments {
    /// A .gguf file (or the first of a split set) or a Hugging Face folder; by default the model in the box
    #[arg(short, long, value_name = "MODEL")]
    model: Option<PathBuf>,

    /// Where to listen; other machines can connect only if this is not the loopback address
    #[arg(long, value_name = "HOST", default_value = "127.0.0.1")]
    host: String,

    /// The port; 0 takes any free one
    #[arg(short, long, value_name = "PORT", default_value_t = 8080)]
    port: u16,

    /// What requests must carry as `Authorization: Bearer KEY`; MOESAIC_API_KEY says it without others seeing it
    #[arg(long, value_name = "KEY")]
    api_key: Option<String>,

    /// What requests call the model; by default the name of its file or folder
    #[arg(long, value_name = "NAME")]
    name: Option<String>,

    /// How many conversations are answered at once; each has a cache
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = positive)]
    parallel: usize,

    /// How many requests may wait beyond those; more are told to come again later
    #[arg(long, value_name = "N", default_value_t = 64)]
    queue: usize,

    /// How many tokens each conversation holds; by default 4096, or less if the model was made for less
    #[arg(short, long, value_name = "CTX", value_parser = positive)]
    context: Option<usize>,

    /// How many tokens a model may think, where a request does not say
    #[arg(long, value_name = "N")]
    reasoning_budget: Option<usize>,

    /// How texts become vectors at /v1/embeddings, if the model's file does not say
    #[arg(long, value_name = "KIND")]
    pooling: Option<PoolingName>,

    /// How many seconds an answer may take
    #[arg(long, value_name = "SECONDS", default_value_t = 3600)]
    timeout: u64,

    #[command(flatten)]
    sampling: Sampling,

    #[command(flatten)]
    guessing: Guessing,

    #[command(flatten)]
    compute: ComputeOptions,
}

#[derive(Clone, Copy, ValueEnum)]
enum PoolingName {
    Mean,
    First,
    Last,
}

pub fn run(arguments: Arguments) -> Result<(), Failure> {
    let mut options = ServerOptions::default();
    options.sampling = arguments.sampling.options()?;
    options.scheduler.places = arguments.parallel;
    options.scheduler.queue = arguments.queue;
    options.scheduler.session.context = arguments.context;
    options.reasoning_budget = arguments.reasoning_budget;
    options.pooling = arguments.pooling.map(|name| match name {
        PoolingName::Mean => Pooling::Mean,
        PoolingName::First => Pooling::First,
        PoolingName::Last => Pooling::Last,
    });
    options.answer_time = Duration::from_secs(arguments.timeout);
    options.api_key = arguments.api_key.or_else(|| std::env::var("MOESAIC_API_KEY").ok());
    if options.api_key.as_deref().is_some_and(str::is_empty) {
        return Err(Failure::Usage("an empty API key would keep nobody out".into()));
    }
    let path = arguments.model.map_or_else(ModelPath::stories, ModelPath::new);
    options.model_name = arguments.name.unwrap_or_else(|| path.name());
    let model = arguments.compute.open(&path, Arithmetic::Int8)?;
    options.speculation = arguments.guessing.speculation(&arguments.compute)?;
    let caches = model.cache_bytes(arguments.context.unwrap_or_else(|| model.context_length().min(4096)));
    let keyless = options.api_key.is_none();
    let name = options.model_name.clone();
    let server = Server::bind((arguments.host.as_str(), arguments.port), &model, options)?;
    let address = server.address();
    note(&format!("{name}: http://{address}/ (OpenAI's API at http://{address}/v1)"));
    note(&format!(
        "{} conversations at once, up to {} MiB of cache each; Ctrl-C ends",
        arguments.parallel,
        caches.div_ceil(1 << 20)
    ));
    if keyless && !address.ip().is_loopback() {
        note("warning: anybody who reaches this address can use the model; --api-key asks for a key");
    }
    stop_on_signals(server.stopper())?;
    Ok(server.run()?)
}

/// The first signal to end stops the server, the second one at once.
fn stop_on_signals(stopper: Stopper) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::Failed(format!("cannot handle signals: {error}"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        runtime.block_on(async {
            let mut signals = match Signals::new() {
                Ok(signals) => signals,
                Err(error) => return drop(sender.send(Err(error))),
            };
            drop(sender.send(Ok(())));
            signals.next().await;
            note("no more requests are taken; answers that have begun go on (Ctrl-C ends them too)");
            stopper.stop();
            signals.next().await;
            stopper.stop_now();
        });
    });
    receiver.recv().unwrap_or(Ok(())).map_err(failed)
}

/// Ctrl-C, and what service managers send.
#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Signals> {
        use tokio::signal::unix::{signal, SignalKind};
        Ok(Signals {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        std::future::poll_fn(|context| {
            let interrupted = self.interrupt.poll_recv(context).is_ready();
            match interrupted || self.terminate.poll_recv(context).is_ready() {
                true => std::task::Poll::Ready(()),
                false => std::task::Poll::Pending,
            }
        })
        .await;
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> std::io::Result<Signals> {
        Ok(Signals)
    }

    async fn next(&mut self) {
        // Without a way to hear of Ctrl-C it would end everything: then it does.
        let _ = tokio::signal::ctrl_c().await;
    }
}
