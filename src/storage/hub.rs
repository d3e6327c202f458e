//! Fetches models from the Hugging Face hub into its cache, where other programs find them too: `hf:OWNER/REPO` or
//! `hf:OWNER/REPO:FILE`. What the hub says is a stranger's: names are checked before they become paths, files are compared
//! with the hash that the hub gives, and silence has an end. Nothing here opens a model.
//!
//! A repository's folder in the cache holds `blobs` (files by their hash), `snapshots` (of each version a folder of links to
//! them) and `refs` (which version a branch is at).

use super::gguf_split::{part_names, part_of};
use super::Partial;
use crate::{Error, Result};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;
use ureq::http::{header, HeaderMap, Response, StatusCode, Uri};
use ureq::{Agent, Body};

/// What names on the hub begin with.
pub const PREFIX: &str = "hf:";

const BRANCH: &str = "main";
const PUBLIC_ENDPOINT: &str = "https://huggingface.co";

/// How long the hub may be silent where nobody says otherwise.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often another program that fetches the same file is waited for, a second each time.
const WAITS: usize = 5;

/// The most redirections of a request.
const REDIRECTIONS: usize = 10;

/// The longest list of files, in bytes; the longest so far takes some hundred thousand.
const LONGEST_LIST: u64 = 1 << 26;

/// Where models come from and where they go.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct HubOptions {
    /// The hub's address.
    pub endpoint: String,
    /// The folder of the cache, in the layout that Hugging Face's own tools have too.
    pub cache: PathBuf,
    /// What proves who asks: for private models, and for those whose terms one has to accept.
    pub token: Option<String>,
    /// Use what is in the cache and no network.
    pub offline: bool,
    /// How long the hub may be silent: before it takes a connection, before it answers, and between the bytes of an
    /// answer.
    pub patience: Duration,
}

impl HubOptions {
    /// As the environment says, in the variables of Hugging Face's own tools: `HF_ENDPOINT`; `HF_HUB_CACHE`, or
    /// `HF_HOME`, or else `~/.cache/huggingface`; `HF_TOKEN`, or else the token that `hf auth login` leaves there;
    /// `HF_HUB_OFFLINE`; `HF_HUB_DOWNLOAD_TIMEOUT`, in seconds, or else 30.
    ///
    /// # Errors
    /// If there is no home folder, and no variable names another.
    pub fn from_environment() -> Result<HubOptions> {
        let text = |name: &str| std::env::var(name).ok().filter(|text| !text.trim().is_empty());
        let path = |name: &str| std::env::var_os(name).filter(|path| !path.is_empty()).map(PathBuf::from);
        let home = path("HF_HOME")
            .or_else(|| path("XDG_CACHE_HOME").map(|cache| cache.join("huggingface")))
            .or_else(|| std::env::home_dir().map(|home| home.join(".cache/huggingface")));
        let no_home = || {
            Error::input(
                "there is no home folder to keep models in; set HF_HOME to the folder to keep them in",
            )
        };
        let cache = match path("HF_HUB_CACHE") {
            Some(cache) => cache,
            None => home.clone().ok_or_else(no_home)?.join("hub"),
        };
        let kept = || {
            let file = path("HF_TOKEN_PATH").or_else(|| Some(home?.join("token")))?;
            fs::read_to_string(file).ok()
        };
        let token = text("HF_TOKEN").or_else(kept).map(|token| token.trim().to_string());
        let offline = text("HF_HUB_OFFLINE").is_some_and(|flag| {
            ["1", "on", "yes", "true"].contains(&flag.trim().to_ascii_lowercase().as_str())
        });
        Ok(HubOptions {
            endpoint: text("HF_ENDPOINT")
                .unwrap_or_else(|| PUBLIC_ENDPOINT.into())
                .trim_end_matches('/')
                .into(),
            cache,
            token: token.filter(|token| !token.is_empty()),
            offline,
            patience: text("HF_HUB_DOWNLOAD_TIMEOUT")
                .and_then(|seconds| seconds.trim().parse().ok())
                .filter(|seconds| *seconds > 0)
                .map_or(PATIENCE, Duration::from_secs),
        })
    }
}

/// Whether a model's path is a name on the hub: no file or folder is called so.
pub fn is_name(path: &Path) -> bool {
    path.to_str().is_some_and(|name| name.starts_with(PREFIX)) && !path.exists()
}

/// Fetches what is missing of a model, and answers with the path to open: the folder of a repository with
/// `config.json` and safetensors, or a GGUF file (the first of a split set, whose parts are fetched too).
///
/// `name` is `hf:OWNER/REPO`, or `hf:OWNER/REPO:FILE` where a repository has several GGUF files. A download that was
/// interrupted goes on where it stopped. `progress` is told a file's name, how many bytes of it are there, and how
/// many it has.
///
/// # Errors
/// If the name is none, the hub cannot be reached or refuses, there is no such repository or file, or several could be
/// meant; if what arrived is not what the hub says the file is; when offline, if the model is not in the cache.
pub fn fetch(name: &str, options: &HubOptions, progress: &mut dyn FnMut(&str, u64, u64)) -> Result<PathBuf> {
    let wanted = Wanted::parse(name)?;
    if options.offline {
        return wanted.in_cache(&options.cache);
    }
    let hub = Hub::new(&wanted, options)?;
    let (commit, names) = hub.list()?;
    let chosen = choose(&names, wanted.file.as_deref()).map_err(|what| wanted.unsupported(what))?;
    for file in &chosen.files {
        hub.file(&commit, file, progress)?;
    }
    // Offline, the branch is all that is known.
    let reference = hub.folder.join("refs").join(BRANCH);
    write_whole(&reference, commit.as_bytes()).map_err(|source| Error::Io { path: reference, source })?;
    let snapshot = hub.snapshot(&commit);
    Ok(chosen.open.map_or(snapshot.clone(), |file| snapshot.join(file)))
}

/// A name, taken apart.
struct Wanted {
    name: String,
    /// `OWNER/REPO`.
    repository: String,
    file: Option<String>,
}

impl Wanted {
    fn parse(name: &str) -> Result<Wanted> {
        let wrong = || {
            Error::input(format!(
                "{name:?} is no name of a model on the hub; one looks like hf:OWNER/REPO or hf:OWNER/REPO:FILE.gguf"
            ))
        };
        let rest = name.strip_prefix(PREFIX).ok_or_else(wrong)?;
        let (repository, file) = match rest.split_once(':') {
            Some((repository, file)) => (repository, Some(file)),
            None => (rest, None),
        };
        let plain = |part: &str| {
            let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
            !part.is_empty()
                && part.len() < 100
                && part.chars().all(allowed)
                && !part.starts_with('.')
                && !part.contains("..")
        };
        let parts: Vec<&str> = repository.split('/').collect();
        let is_repository = parts.len() == 2 && parts.iter().all(|part| plain(part));
        if !is_repository || file.is_some_and(|file| !is_inside(file)) {
            return Err(wrong());
        }
        let file = file.map(str::to_string);
        Ok(Wanted { name: name.into(), repository: repository.into(), file })
    }

    /// The repository's folder in a cache.
    fn folder(&self, cache: &Path) -> PathBuf {
        cache.join(format!("models--{}", self.repository.replace('/', "--")))
    }

    fn unsupported(&self, what: String) -> Error {
        Error::Unsupported { path: self.name.clone().into(), what }
    }

    fn failed(&self, kind: ErrorKind, what: String) -> Error {
        Error::Io { path: self.name.clone().into(), source: io::Error::new(kind, what) }
    }

    /// The path to open, if the model was fetched before.
    fn in_cache(&self, cache: &Path) -> Result<PathBuf> {
        let absent = |what: &str| {
            let what = format!("{what}, and HF_HUB_OFFLINE forbids to fetch it; fetch it once without");
            self.failed(ErrorKind::NotFound, what)
        };
        let folder = self.folder(cache);
        let reference = folder.join("refs").join(BRANCH);
        let commit = fs::read_to_string(reference).map_err(|_| absent("it is not in the cache"))?;
        if !is_hexadecimal(commit.trim(), 40) {
            return Err(absent("the cache does not know its version"));
        }
        let snapshot = folder.join("snapshots").join(commit.trim());
        let names: Vec<String> = files_in(&snapshot);
        let chosen = choose(&names, self.file.as_deref())
            .map_err(|what| absent(&format!("the cache holds only a part of it: {what}")))?;
        Ok(chosen.open.map_or(snapshot.clone(), |file| snapshot.join(file)))
    }
}

/// The names of the files in a snapshot, with those in its folders.
fn files_in(snapshot: &Path) -> Vec<String> {
    let mut names = Vec::new();
    let mut folders = vec![(snapshot.to_path_buf(), String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let Ok(name) = entry.file_name().into_string() else { continue };
            let name = format!("{prefix}{name}");
            // A link may lead to nothing.
            match fs::metadata(entry.path()) {
                // Nobody nests models deeper, and links could go round.
                Ok(metadata) if metadata.is_dir() && prefix.matches('/').count() < 4 => {
                    folders.push((entry.path(), format!("{name}/")));
                }
                Ok(metadata) if metadata.is_file() => names.push(name),
                _ => {}
            }
        }
    }
    names.sort();
    names
}

/// What to fetch, and what of it to open.
#[derive(Debug, PartialEq)]
struct Chosen {
    files: Vec<String>,
    /// `None`: the folder.
    open: Option<String>,
}

/// Chooses among the files of a repository; an error says what there is.
fn choose(names: &[String], wanted: Option<&str>) -> std::result::Result<Chosen, String> {
    let has = |name: &str| names.iter().any(|other| other == name);
    if let Some(file) = wanted {
        if !file.ends_with(".gguf") {
            return Err(format!("{file} is no GGUF file; leave it out to open the repository as a folder"));
        }
        return match has(file) {
            true => gguf(names, file),
            false => Err(format!("there is no file {file}; {}", listed(names))),
        };
    }
    let sharded = has("model.safetensors.index.json");
    if has("config.json") && (has("model.safetensors") || sharded) {
        let single = has("model.safetensors");
        let needed = |name: &&String| match name.as_str() {
            "config.json"
            | "generation_config.json"
            | "tokenizer.json"
            | "tokenizer_config.json"
            | "chat_template.jinja"
            | "model.safetensors" => true,
            "model.safetensors.index.json" => !single,
            name if name.contains('/') => {
                name.starts_with("additional_chat_templates/") && name.ends_with(".jinja")
            }
            name => !single && name.ends_with(".safetensors"),
        };
        return Ok(Chosen { files: names.iter().filter(needed).cloned().collect(), open: None });
    }
    // Of a split set, the first part stands for all.
    let mut files = names.iter().filter(|name| name.ends_with(".gguf") && is_first_part(name));
    match (files.next(), files.next()) {
        (Some(only), None) => gguf(names, only),
        (Some(_), Some(_)) => Err(format!(
            "it has several models, so say which one, as in {PREFIX}OWNER/REPO:FILE; {}",
            listed(names)
        )),
        (None, _) => Err("it holds no model: neither config.json with safetensors nor a GGUF file".into()),
    }
}

/// A GGUF file, with the other parts if it is the first of a set.
fn gguf(names: &[String], file: &str) -> std::result::Result<Chosen, String> {
    let files = part_names(file).unwrap_or_else(|| vec![file.to_string()]);
    if !is_first_part(file) {
        return Err(format!("{file} is a part of several; the first one is {}", files[0]));
    }
    if let Some(missing) = files.iter().find(|part| !names.contains(part)) {
        return Err(format!("{missing} is missing, a part of {file}"));
    }
    Ok(Chosen { open: Some(file.to_string()), files })
}

fn is_first_part(name: &str) -> bool {
    part_of(name).is_none_or(|(number, _)| number == 1)
}

/// The models of a repository, for an error message.
fn listed(names: &[String]) -> String {
    let files: Vec<&str> = names
        .iter()
        .map(String::as_str)
        .filter(|name| name.ends_with(".gguf") && is_first_part(name))
        .collect();
    match files.is_empty() {
        true => "it has no GGUF files".into(),
        false => format!("it has {}", files.join(", ")),
    }
}

/// Whether a name from a stranger names a file inside a folder, on every system.
fn is_inside(name: &str) -> bool {
    let strange =
        |c: char| c.is_control() || matches!(c, '\\' | ':' | '?' | '#' | '%' | '"' | '*' | '<' | '>' | '|');
    !name.contains(strange)
        && name.len() < 1000
        && name.split('/').all(|part| !part.is_empty() && part != "." && part != "..")
}

fn is_hexadecimal(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Why a request did not give what it should.
enum Failure {
    Status(u16),
    /// Nothing came for as long as one waits.
    Silence,
    /// No hub answers like this: what is wrong with it.
    NoHub(String),
    Network(String),
    /// Another program fetches the same file.
    Locked(PathBuf),
    Disk(PathBuf, io::Error),
}

impl From<ureq::Error> for Failure {
    fn from(error: ureq::Error) -> Failure {
        match error {
            ureq::Error::StatusCode(status) => Failure::Status(status),
            ureq::Error::Timeout(_) => Failure::Silence,
            ureq::Error::BodyExceedsLimit(bytes) => Failure::NoHub(format!("longer than {bytes} bytes")),
            ureq::Error::Io(error) => Failure::from_network(error),
            error => Failure::Network(error.to_string()),
        }
    }
}

impl Failure {
    /// Of an error while an answer is read.
    fn from_network(error: io::Error) -> Failure {
        let timed_out = |inner: &ureq::Error| matches!(inner, ureq::Error::Timeout(_));
        let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
        match error.kind() == ErrorKind::TimedOut || inner.is_some_and(timed_out) {
            true => Failure::Silence,
            false => Failure::Network(error.to_string()),
        }
    }
}

type Asked<T> = std::result::Result<T, Failure>;

/// The last answer to a request.
struct Answer {
    response: Response<Body>,
    /// What the hub itself has said: large files are elsewhere.
    of_hub: HeaderMap,
}

/// What the hub says of a file.
struct About {
    /// Its hash, which becomes the name of a file: letters, digits and hyphens.
    etag: String,
    size: u64,
}

/// A header's text.
fn text(headers: &HeaderMap, name: impl header::AsHeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// The first position and the length of the whole of `bytes FIRST-LAST/LENGTH`.
fn content_range(headers: &HeaderMap) -> Option<(u64, u64)> {
    let (range, length) = text(headers, header::CONTENT_RANGE)?.strip_prefix("bytes ")?.split_once('/')?;
    let (first, _) = range.split_once('-')?;
    Some((first.trim().parse().ok()?, length.trim().parse().ok()?))
}

/// A repository on the hub.
struct Hub<'a> {
    wanted: &'a Wanted,
    options: &'a HubOptions,
    endpoint: Uri,
    agent: Agent,
    /// Of the repository, in the cache.
    folder: PathBuf,
}

impl<'a> Hub<'a> {
    fn new(wanted: &'a Wanted, options: &'a HubOptions) -> Result<Hub<'a>> {
        let patience = Some(options.patience);
        let config = Agent::config_builder()
            // Followed here: only the hub may see the token, and what it says must not be lost.
            .max_redirects(0)
            .timeout_resolve(patience)
            .timeout_connect(patience)
            .timeout_send_request(patience)
            .timeout_recv_response(patience)
            .timeout_per_read(patience)
            .timeout_per_write(patience)
            .user_agent(concat!("moesaic/", env!("CARGO_PKG_VERSION")));
        let is_address =
            |uri: &Uri| matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some();
        let endpoint = options.endpoint.parse().ok().filter(is_address).ok_or_else(|| {
            let what = format!("HF_ENDPOINT is {:?}, which is no address of a hub", options.endpoint);
            wanted.failed(ErrorKind::InvalidInput, what)
        })?;
        let folder = wanted.folder(&options.cache);
        Ok(Hub { wanted, options, endpoint, agent: config.build().into(), folder })
    }

    fn snapshot(&self, commit: &str) -> PathBuf {
        self.folder.join("snapshots").join(commit)
    }

    /// The error of a request, and what to do about it.
    fn explain(&self, file: Option<&str>, failure: Failure) -> Error {
        let what = file
            .map_or(format!("the repository {}", self.wanted.repository), |file| format!("the file {file}"));
        let again = "try again, which goes on where this stopped, or set HF_HUB_OFFLINE=1 to use what was fetched before";
        let (kind, what) = match failure {
            Failure::Status(status @ (401 | 403)) => {
                let what = format!(
                    "the hub refuses {what} (status {status}): it is private, or its terms have to be accepted on its \
                     page, or it does not exist; set HF_TOKEN to a token that may read it"
                );
                (ErrorKind::PermissionDenied, what)
            }
            Failure::Status(404) => {
                let advice = "check the spelling, upper and lower case count";
                (ErrorKind::NotFound, format!("the hub does not know {what}; {advice}"))
            }
            Failure::Status(status) => (
                ErrorKind::Other,
                format!("the hub answers with status {status} for {what}; try again later"),
            ),
            Failure::Silence => {
                let seconds = self.options.patience.as_secs_f64();
                let what = format!(
                    "fetching {what} failed: nothing came for {seconds} seconds; {again}, or HF_HUB_DOWNLOAD_TIMEOUT to \
                     the seconds to wait"
                );
                (ErrorKind::TimedOut, what)
            }
            Failure::NoHub(wrong) => {
                let what = format!(
                    "the hub's answer for {what} is none that a hub gives ({wrong}); is HF_ENDPOINT right?"
                );
                (ErrorKind::InvalidData, what)
            }
            Failure::Network(error) => {
                (ErrorKind::NotConnected, format!("fetching {what} failed: {error}; {again}"))
            }
            Failure::Locked(lock) => {
                let lock = lock.display();
                let what = format!("another program fetches {what} ({lock} is locked); wait for it");
                (ErrorKind::WouldBlock, what)
            }
            Failure::Disk(_, source) if source.kind() == ErrorKind::StorageFull => {
                (ErrorKind::StorageFull, format!("no room for {what}: {source}"))
            }
            Failure::Disk(path, source) => return Error::Io { path, source },
        };
        self.wanted.failed(kind, crate::storage::printable(&what))
    }

    /// Asks for an address on the hub, or for some bytes of what is there, and follows redirections.
    fn get(&self, path: &str, range: Option<&str>) -> Asked<Answer> {
        let no_hub = |what: &str| Failure::NoHub(what.into());
        let mut uri: Uri = format!("{}/{path}", self.options.endpoint)
            .parse()
            .map_err(|_| no_hub("its files have names that are no addresses"))?;
        let (mut is_hub, mut of_hub) = (true, HeaderMap::new());
        for _ in 0..=REDIRECTIONS {
            let mut request = self.agent.get(uri.clone());
            if let Some(range) = range {
                request = request.header(header::RANGE, range);
            }
            let is_home =
                (uri.scheme(), uri.authority()) == (self.endpoint.scheme(), self.endpoint.authority());
            if let Some(token) = self.options.token.as_ref().filter(|_| is_home) {
                request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
            }
            let response = request.call()?;
            if is_hub {
                of_hub = response.headers().clone();
            }
            if !response.status().is_redirection() {
                return Ok(Answer { response, of_hub });
            }
            let target = text(response.headers(), header::LOCATION);
            let target = target.ok_or_else(|| no_hub("a redirection to nowhere"))?;
            let is_relative = target.starts_with('/') && !target.starts_with("//");
            let next = match (is_relative, uri.scheme_str(), uri.authority()) {
                (true, Some(scheme), Some(authority)) => format!("{scheme}://{authority}{target}"),
                _ => target.to_string(),
            };
            let next: Uri = next.parse().map_err(|_| no_hub("a redirection to no address"))?;
            match (uri.scheme_str(), next.scheme_str()) {
                (_, Some("https")) | (Some("http"), Some("http")) => {}
                _ => return Err(no_hub("a redirection from https to something else")),
            }
            is_hub &= is_relative;
            uri = next;
        }
        Err(no_hub("redirections without end"))
    }

    /// The newest version, and the names of its files.
    fn list(&self) -> Result<(String, Vec<String>)> {
        self.ask_for_list().map_err(|failure| self.explain(None, failure))
    }

    fn ask_for_list(&self) -> Asked<(String, Vec<String>)> {
        let path = format!("api/models/{}/revision/{BRANCH}", self.wanted.repository);
        let body = self.get(&path, None)?.response.into_body();
        let list = body.into_with_config().limit(LONGEST_LIST).read_to_string()?;
        let list: Value = serde_json::from_str(&list).map_err(|error| Failure::NoHub(error.to_string()))?;
        let commit = list["sha"].as_str().filter(|commit| is_hexadecimal(commit, 40));
        let commit = commit.ok_or_else(|| Failure::NoHub("it names no version".into()))?;
        let files = list["siblings"].as_array();
        let files = files.ok_or_else(|| Failure::NoHub("it lists no files".into()))?;
        // Other names are no models, or attacks.
        let names = files.iter().filter_map(|file| file["rfilename"].as_str()).filter(|name| is_inside(name));
        let mut names: Vec<String> = names.map(str::to_string).collect();
        names.sort();
        Ok((commit.to_string(), names))
    }

    /// Where a file of a version is.
    fn path(&self, commit: &str, file: &str) -> String {
        let encoded: String = (file.bytes())
            .map(|byte| match byte {
                b'/' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
                byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
                byte => format!("%{byte:02X}"),
            })
            .collect();
        format!("{}/resolve/{commit}/{encoded}", self.wanted.repository)
    }

    /// What the hub says of a file.
    fn about(&self, commit: &str, file: &str) -> Asked<About> {
        // One byte of it, since the whole size is told with a part.
        let Answer { response, of_hub } = self.get(&self.path(commit, file), Some("bytes=0-0"))?;
        if text(&of_hub, "x-repo-commit") != Some(commit) {
            return Err(Failure::NoHub("it is of another version".into()));
        }
        let etag = text(&of_hub, "x-linked-etag").or_else(|| text(&of_hub, header::ETAG)).unwrap_or("");
        let etag = etag.trim_start_matches("W/").trim_matches('"');
        let is_plain = |etag: &&str| {
            !etag.is_empty()
                && etag.len() <= 128
                && etag.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        let etag = Some(etag).filter(is_plain).ok_or_else(|| Failure::NoHub("its etag is no hash".into()))?;
        let (_, size) = content_range(response.headers())
            .ok_or_else(|| Failure::NoHub("it does not say how long the file is".into()))?;
        Ok(About { etag: etag.to_string(), size })
    }

    /// Fetches one file of this version, if it is not there.
    fn file(&self, commit: &str, file: &str, progress: &mut dyn FnMut(&str, u64, u64)) -> Result<()> {
        let pointer = self.snapshot(commit).join(file);
        if pointer.exists() {
            return Ok(());
        }
        let about = self.about(commit, file).map_err(|failure| self.explain(Some(file), failure))?;
        let blob = self.folder.join("blobs").join(&about.etag);
        self.blob(commit, file, (&blob, &about), progress)?;
        if !pointer.exists() {
            link(&blob, &pointer, file).map_err(|source| Error::Io { path: pointer.clone(), source })?;
        }
        Ok(())
    }

    /// Fetches what a file holds, unless it is there: the same file in another version.
    fn blob(
        &self,
        commit: &str,
        file: &str,
        (blob, about): (&Path, &About),
        progress: &mut dyn FnMut(&str, u64, u64),
    ) -> Result<()> {
        // Whole, or it would not have this name.
        let is_there = || length(blob) == Some(about.size);
        if is_there() {
            return Ok(());
        }
        let _lock = lock(blob).map_err(|failure| self.explain(Some(file), failure))?;
        if is_there() {
            return Ok(());
        }
        let partial = blob.with_extension("part");
        if length(&partial).is_some_and(|length| length > about.size) {
            // Not the beginning of this file.
            let _ = fs::remove_file(&partial);
        }
        if length(&partial) != Some(about.size) {
            let path = self.path(commit, file);
            self.download(&path, file, (&partial, about.size), progress)?;
        }
        let outcome = self.verify(file, &partial, &about.etag, about.size);
        match outcome {
            Ok(()) => fs::rename(&partial, blob).map_err(|source| Error::Io { path: partial, source }),
            // Nobody may take it for the file, or for its beginning.
            Err(error) => {
                let _ = fs::remove_file(&partial);
                Err(error)
            }
        }
    }

    /// Downloads a file, from where an earlier attempt stopped. A connection that breaks is made again, as long as each
    /// brings some bytes.
    fn download(
        &self,
        path: &str,
        file: &str,
        (partial, size): (&Path, u64),
        progress: &mut dyn FnMut(&str, u64, u64),
    ) -> Result<()> {
        loop {
            let before = length(partial).unwrap_or(0);
            let failure = match self.append(path, (partial, size), &mut |done| progress(file, done, size)) {
                Ok(()) => return Ok(()),
                Err(failure) => failure,
            };
            let is_broken = matches!(failure, Failure::Network(_) | Failure::Silence);
            if !is_broken || length(partial).unwrap_or(0) <= before {
                return Err(self.explain(Some(file), failure));
            }
        }
    }

    /// Appends to a partial file what it lacks, as far as it comes.
    fn append(&self, path: &str, (partial, size): (&Path, u64), told: &mut dyn FnMut(u64)) -> Asked<()> {
        let failed = |source| Failure::Disk(partial.to_path_buf(), source);
        let opened = File::options().create(true).truncate(false).write(true).open(partial);
        let mut file = opened.map_err(failed)?;
        let mut done = file.seek(SeekFrom::End(0)).map_err(failed)?;
        let response = self.get(path, Some(&format!("bytes={done}-")))?.response;
        match (response.status(), content_range(response.headers())) {
            (StatusCode::PARTIAL_CONTENT, Some((first, length))) if (first, length) == (done, size) => {}
            // A server that begins anew where it was asked to go on.
            (StatusCode::OK, _) => {
                file.set_len(0).map_err(failed)?;
                done = file.seek(SeekFrom::Start(0)).map_err(failed)?;
            }
            _ => return Err(Failure::NoHub("other bytes than it was asked for".into())),
        }
        told(done);
        let mut reader = response.into_body().into_reader();
        let mut buffer = vec![0; 1 << 16];
        loop {
            let count = match reader.read(&mut buffer) {
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(Failure::from_network(error)),
            };
            if count == 0 {
                break;
            }
            if count as u64 > size - done {
                let _ = file.set_len(0);
                return Err(Failure::NoHub("more bytes than the file has".into()));
            }
            file.write_all(&buffer[..count]).map_err(failed)?;
            done += count as u64;
            told(done);
        }
        match done == size {
            true => Ok(()),
            false => Err(Failure::Network("the connection broke off".into())),
        }
    }

    /// Compares a file with what the hub says: its size, and its SHA-256, which is the etag of large files.
    fn verify(&self, file: &str, partial: &Path, etag: &str, size: u64) -> Result<()> {
        let failed = |source| Error::Io { path: partial.to_path_buf(), source };
        let length = fs::metadata(partial).map_err(failed)?.len();
        let wrong = |what: String| {
            let what = format!("{file} arrived with {what}; it was deleted: fetch it again");
            Err(self.wanted.failed(ErrorKind::InvalidData, what))
        };
        if length != size {
            return wrong(format!("{length} bytes instead of {size}"));
        }
        if is_hexadecimal(etag, 64) {
            let found = hash(partial).map_err(failed)?;
            if !found.eq_ignore_ascii_case(etag) {
                return wrong(format!("the SHA-256 {found} instead of {etag}"));
            }
        }
        Ok(())
    }
}

fn length(path: &Path) -> Option<u64> {
    fs::metadata(path).map(|metadata| metadata.len()).ok()
}

/// Writes a small file, and its folder.
fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let partial = Partial::create(path)?;
    partial.file().write_all(bytes)?;
    partial.finish()
}

/// Keeps other programs from fetching a file as long as what is returned lives.
fn lock(blob: &Path) -> Asked<File> {
    let path = blob.with_extension("lock");
    let failed = |source| Failure::Disk(path.clone(), source);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    let file = File::create(&path).map_err(failed)?;
    for wait in 0..=WAITS {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(source)) => return Err(failed(source)),
            Err(TryLockError::WouldBlock) if wait < WAITS => thread::sleep(Duration::from_secs(1)),
            Err(TryLockError::WouldBlock) => {}
        }
    }
    Err(Failure::Locked(path))
}

/// A file's SHA-256.
fn hash(path: &Path) -> io::Result<String> {
    let mut file = fs::File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            count => hasher.update(&buffer[..count]),
        }
    }
    Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Puts a file of the cache into a version: by a link, as Hugging Face's own tools do.
fn link(blob: &Path, pointer: &Path, file: &str) -> io::Result<()> {
    if let Some(folder) = pointer.parent() {
        fs::create_dir_all(folder)?;
    }
    // Out of the folders in the file's name, and of `snapshots/COMMIT`.
    let up = "../".repeat(file.matches('/').count() + 2);
    let name = blob.file_name().unwrap_or_default();
    let target = Path::new(&up).join("blobs").join(name);
    #[cfg(unix)]
    return std::os::unix::fs::symlink(target, pointer);
    #[cfg(not(unix))]
    return {
        let _ = target;
        fs::hard_link(blob, pointer)
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_apart() {
        let wanted = Wanted::parse("hf:some-owner/Model.v1_2").unwrap();
        assert_eq!((wanted.repository.as_str(), wanted.file), ("some-owner/Model.v1_2", None));
        let wanted = Wanted::parse("hf:a/b:folder/model.gguf").unwrap();
        assert_eq!(wanted.file.as_deref(), Some("folder/model.gguf"));
        for wrong in [
            "hf:",
            "hf:a",
            "hf:a/",
            "hf:/b",
            "hf:a/b/c",
            "hf:a/..",
            "hf:../b",
            "hf:a/b:",
            "hf:a/b:../c.gguf",
            "hf:a/b:/c.gguf",
            "hf:a/b:c\\d.gguf",
            "hf:a b/c",
            "hf:a/b:c:d",
            "a/b",
            "hf:a/.b",
        ] {
            assert!(Wanted::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn files_are_chosen() {
        let names = |names: &[&str]| names.iter().map(|name| name.to_string()).collect::<Vec<String>>();
        let folder = names(&[
            ".gitattributes",
            "config.json",
            "model-00001-of-00002.safetensors",
            "model-00002-of-00002.safetensors",
            "model.safetensors.index.json",
            "original/consolidated.safetensors",
            "pytorch_model.bin",
            "tokenizer.json",
        ]);
        let chosen = choose(&folder, None).unwrap();
        assert_eq!(chosen.open, None);
        let mut expected = folder[1..5].to_vec();
        expected.push("tokenizer.json".into());
        assert_eq!(chosen.files, expected);

        let one = names(&["README.md", "model.gguf"]);
        let expected = Chosen { files: names(&["model.gguf"]), open: Some("model.gguf".into()) };
        assert_eq!(choose(&one, None).unwrap(), expected);

        let several = names(&["q/m-00001-of-00002.gguf", "q/m-00002-of-00002.gguf", "m-Q8_0.gguf"]);
        let error = choose(&several, None).unwrap_err();
        assert!(
            error.contains("several models") && error.contains("q/m-00001-of-00002.gguf, m-Q8_0.gguf"),
            "{error}"
        );
        let chosen = choose(&several, Some("q/m-00001-of-00002.gguf")).unwrap();
        assert_eq!(chosen.files, several[..2]);
        assert!(choose(&several, Some("q/m-00002-of-00002.gguf")).unwrap_err().contains("the first one is"));
        assert!(choose(&several[..1], None).unwrap_err().contains("q/m-00002-of-00002.gguf is missing"));
        assert!(choose(&several, Some("x.gguf")).unwrap_err().contains("there is no file x.gguf; it has"));
        assert!(choose(&several, Some("x.bin")).unwrap_err().contains("no GGUF file"));
        assert!(choose(&names(&["README.md"]), None).unwrap_err().contains("no model"));
    }
}
