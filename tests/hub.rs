//! Fetching models from a hub: a small server in this process has the routes of Hugging Face's, and may be told to
//! misbehave.

#![cfg(feature = "hub")]

use moesaic::storage::hub::{fetch, HubOptions};
use moesaic::{Error, Model, Result};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long a hub may be silent in tests of that.
const PATIENCE: Duration = Duration::from_millis(400);

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// What the server has and how it behaves.
#[derive(Default)]
struct State {
    files: BTreeMap<String, Vec<u8>>,
    /// Instead of the right one.
    etag: Option<String>,
    commit: Option<String>,
    token: Option<String>,
    /// The next answer with a file breaks off after this many bytes.
    cut: Option<usize>,
    /// What comes after that is status 503.
    then_down: bool,
    /// It does not break off but falls silent.
    then_silent: bool,
    /// Large files have another host's name.
    elsewhere: bool,
    /// What proved who asked for large files.
    shown: Vec<Option<String>>,
    down: bool,
    ignores_ranges: bool,
    /// Requests: path, and first byte asked for.
    log: Vec<(String, usize)>,
}

struct Server {
    address: String,
    state: Arc<Mutex<State>>,
    cache: TempDir,
}

impl Server {
    fn new(files: &[(&str, Vec<u8>)]) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let files = files.iter().map(|(name, bytes)| (name.to_string(), bytes.clone())).collect();
        let state = Arc::new(Mutex::new(State { files, ..State::default() }));
        let (for_thread, own) = (Arc::clone(&state), address.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                // One after the other: the tests ask for one thing at a time.
                let _ = answer(stream.unwrap(), &for_thread, &own);
            }
        });
        Server { address, state, cache: tempfile::tempdir().unwrap() }
    }

    fn set(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().unwrap());
    }

    fn options(&self) -> HubOptions {
        let mut options = HubOptions::from_environment().unwrap();
        options.endpoint = self.address.clone();
        options.cache = self.cache.path().join("hub");
        options.token = None;
        options.offline = false;
        options
    }

    fn fetch(&self, name: &str) -> Result<PathBuf> {
        fetch(name, &self.options(), &mut |_, _, _| ())
    }

    fn refused(&self, name: &str) -> String {
        self.fetch(name).unwrap_err().to_string()
    }

    /// How often bytes of files were asked for, and from where on.
    fn downloads(&self) -> Vec<usize> {
        let log = &self.state.lock().unwrap().log;
        log.iter().filter(|(path, _)| path.starts_with("/cdn/")).map(|(_, first)| *first).collect()
    }

    fn blobs(&self) -> Vec<String> {
        let folder = self.cache.path().join("hub/models--some--model/blobs");
        let names = fs::read_dir(folder).into_iter().flatten();
        names
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| !name.ends_with(".lock"))
            .collect()
    }
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// One request and its answer. Large files are elsewhere, as they are on the real hub: a redirection with the hash.
fn answer(mut stream: TcpStream, state: &Mutex<State>, address: &str) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let request = lines.next().unwrap_or(Ok(String::new()))?;
    let path = request.split(' ').nth(1).unwrap_or("").to_string();
    let (mut range, mut authorization) = (None, None);
    for line in lines {
        let line = line?;
        let Some((name, value)) = line.split_once(": ") else { break };
        match name.to_ascii_lowercase().as_str() {
            "range" => range = value.strip_prefix("bytes=").map(str::to_string),
            "authorization" => authorization = Some(value.to_string()),
            _ => {}
        }
    }
    let mut state = state.lock().unwrap();
    let first = range.as_ref().and_then(|range| range.split('-').next()?.parse().ok()).unwrap_or(0);
    // The question for one byte is about the file.
    let last: Option<usize> = range.as_ref().and_then(|range| range.split('-').nth(1)?.parse().ok());
    if last.is_none() {
        state.log.push((path.clone(), first));
    }
    let commit = state.commit.clone().unwrap_or(COMMIT.into());
    let status = |stream: &mut TcpStream, status: &str| {
        write!(stream, "HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    };
    if state.token.as_ref().is_some_and(|token| authorization != Some(format!("Bearer {token}")))
        && !path.starts_with("/cdn/")
    {
        return status(&mut stream, "401 Unauthorized");
    }
    if state.down {
        return status(&mut stream, "503 Service Unavailable");
    }
    if path == "/api/models/some/model/revision/main" {
        let siblings: Vec<_> =
            state.files.keys().map(|name| serde_json::json!({ "rfilename": name })).collect();
        let body = serde_json::json!({ "sha": commit, "siblings": siblings, "id": "some/model" }).to_string();
        return write!(
            stream,
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
    }
    let resolve = format!("/some/model/resolve/{COMMIT}/");
    let (name, elsewhere) = match (path.strip_prefix(&resolve), path.strip_prefix("/cdn/")) {
        (Some(name), _) => (name, false),
        (_, Some(name)) => (name, true),
        _ => return status(&mut stream, "404 Not Found"),
    };
    let Some(bytes) = state.files.get(name).cloned() else { return status(&mut stream, "404 Not Found") };
    let is_large = name.ends_with(".gguf") || name.ends_with(".safetensors");
    let digest = sha256(&bytes);
    let etag = state.etag.clone().unwrap_or(if is_large { digest } else { digest[..40].into() });
    let about = format!("ETag: \"{etag}\"\r\nX-Repo-Commit: {commit}\r\nConnection: close\r\n");
    if elsewhere {
        state.shown.push(authorization);
    }
    if is_large && !elsewhere {
        let address =
            if state.elsewhere { address.replace("127.0.0.1", "localhost") } else { address.into() };
        return write!(
            stream,
            "HTTP/1.1 302 Found\r\nLocation: {address}/cdn/{name}\r\nX-Linked-Etag: \"{etag}\"\r\n{about}Content-Length: 0\r\n\r\n"
        );
    }
    let ignores = state.ignores_ranges && last.is_none();
    let first = if ignores { 0 } else { first.min(bytes.len()) };
    let end = last.map_or(bytes.len(), |last| bytes.len().min(last + 1));
    let body = &bytes[first..end];
    let kind = if ignores { "200 OK" } else { "206 Partial Content" };
    write!(
        stream,
        "HTTP/1.1 {kind}\r\nContent-Range: bytes {first}-{}/{}\r\nContent-Length: {}\r\n{about}\r\n",
        end.saturating_sub(1),
        bytes.len(),
        body.len()
    )?;
    match (last, state.cut.take()) {
        (None, Some(cut)) => {
            state.down = state.then_down;
            stream.write_all(&body[..cut])?;
            if state.then_silent {
                drop(state);
                std::thread::sleep(3 * PATIENCE);
            }
            Ok(())
        }
        (_, cut) => {
            state.cut = cut;
            stream.write_all(body)
        }
    }
}

fn fixture(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/models").join(name)).unwrap()
}

fn model() -> Vec<u8> {
    fixture("llama3/f32.gguf")
}

#[test]
fn a_file_is_fetched_once() {
    let server = Server::new(&[("README.md", b"text".to_vec()), ("model.gguf", model())]);
    let mut told = Vec::new();
    let path = fetch("hf:some/model", &server.options(), &mut |file, done, total| {
        told.push((file.to_string(), done, total));
    })
    .unwrap();
    assert_eq!(fs::read(&path).unwrap(), model());
    assert!(
        path.ends_with(format!("hub/models--some--model/snapshots/{COMMIT}/model.gguf")),
        "{}",
        path.display()
    );
    let size = model().len() as u64;
    assert_eq!(told.last().unwrap(), &("model.gguf".to_string(), size, size));
    assert!(told.iter().all(|(_, done, total)| done <= total));
    Model::open(&path).unwrap();

    assert_eq!(server.fetch("hf:some/model:model.gguf").unwrap(), path);
    assert_eq!(server.downloads(), [0]);
    let mut options = server.options();
    (options.offline, options.endpoint) = (true, "http://127.0.0.1:9".into());
    assert_eq!(fetch("hf:some/model", &options, &mut |_, _, _| ()).unwrap(), path);
    let error = fetch("hf:some/model:other.gguf", &options, &mut |_, _, _| ()).unwrap_err().to_string();
    assert!(error.contains("HF_HUB_OFFLINE") && error.contains("other.gguf"), "{error}");
    let error = fetch("hf:some/other", &options, &mut |_, _, _| ()).unwrap_err().to_string();
    assert!(error.starts_with("hf:some/other: it is not in the cache, and HF_HUB_OFFLINE"), "{error}");
}

#[test]
fn a_new_version_with_the_same_file_costs_no_download() {
    let server = Server::new(&[("model.gguf", model())]);
    server.fetch("hf:some/model").unwrap();
    // The route of another version.
    let other = COMMIT.replace('0', "f");
    let snapshots = server.cache.path().join("hub/models--some--model/snapshots");
    fs::rename(snapshots.join(COMMIT), snapshots.join(other)).unwrap();
    let path = server.fetch("hf:some/model").unwrap();
    assert_eq!(fs::read(path).unwrap(), model());
    assert_eq!(server.downloads(), [0]);
}

#[test]
fn an_interrupted_download_goes_on() {
    let server = Server::new(&[("model.gguf", model())]);
    server.set(|state| (state.cut, state.then_down) = (Some(1000), true));
    let error = server.refused("hf:some/model");
    assert!(error.contains("status 503") && error.contains("model.gguf"), "{error}");
    assert_eq!(server.blobs(), [format!("{}.part", sha256(&model()))]);
    server.set(|state| state.down = false);
    let path = server.fetch("hf:some/model").unwrap();
    assert_eq!(fs::read(path).unwrap(), model());
    assert_eq!(server.downloads().last(), Some(&1000));
    assert_eq!(server.blobs(), [sha256(&model())]);
}

#[test]
fn a_connection_that_breaks_is_made_again() {
    let server = Server::new(&[("model.gguf", model())]);
    server.set(|state| state.cut = Some(2000));
    assert_eq!(fs::read(server.fetch("hf:some/model").unwrap()).unwrap(), model());
    assert_eq!(server.downloads(), [0, 2000]);
}

#[test]
fn a_server_that_begins_anew_does_not_spoil_the_file() {
    let server = Server::new(&[("model.gguf", model())]);
    server.set(|state| (state.cut, state.ignores_ranges) = (Some(2000), true));
    assert_eq!(fs::read(server.fetch("hf:some/model").unwrap()).unwrap(), model());
    assert_eq!(server.downloads(), [0, 2000]);
    assert_eq!(server.blobs(), [sha256(&model())]);
}

#[test]
fn a_silent_hub_is_not_waited_for_for_ever() {
    // It takes connections, or the system does for it, and says nothing.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = Server::new(&[("model.gguf", model())]);
    let mut options = server.options();
    options.patience = PATIENCE;
    options.endpoint = format!("http://{}", listener.local_addr().unwrap());
    let begin = Instant::now();
    let error = fetch("hf:some/model", &options, &mut |_, _, _| ()).unwrap_err();
    assert!(begin.elapsed() >= PATIENCE && begin.elapsed() < 30 * PATIENCE, "{:?}", begin.elapsed());
    let is_timeout =
        matches!(&error, Error::Io { source, .. } if source.kind() == std::io::ErrorKind::TimedOut);
    let text = error.to_string();
    assert!(is_timeout && text.contains("for 0.4 seconds; try again"), "{text}");
    assert!(text.contains("HF_HUB_OFFLINE=1") && text.contains("HF_HUB_DOWNLOAD_TIMEOUT"), "{text}");

    // It falls silent amid a file; what came is kept.
    options.endpoint = server.address.clone();
    server.set(|state| (state.cut, state.then_silent) = (Some(3000), true));
    let error = fetch("hf:some/model", &options, &mut |_, _, _| ()).unwrap_err().to_string();
    assert!(error.contains("the file model.gguf failed: nothing came for 0.4 seconds"), "{error}");
    assert_eq!(server.blobs(), [format!("{}.part", sha256(&model()))]);
    std::thread::sleep(4 * PATIENCE);
    let path = fetch("hf:some/model", &options, &mut |_, _, _| ()).unwrap();
    assert_eq!(fs::read(path).unwrap(), model());
    assert_eq!((server.downloads()[0], server.downloads().last()), (0, Some(&3000)));
}

#[test]
fn only_the_hub_sees_the_token() {
    for elsewhere in [false, true] {
        let server = Server::new(&[("model.gguf", model())]);
        server.set(|state| (state.token, state.elsewhere) = (Some("secret".into()), elsewhere));
        let mut options = server.options();
        options.token = Some("secret".into());
        fetch("hf:some/model", &options, &mut |_, _, _| ()).unwrap();
        let shown = server.state.lock().unwrap().shown.clone();
        let expected = (!elsewhere).then(|| "Bearer secret".to_string());
        assert!(!shown.is_empty() && shown.iter().all(|shown| *shown == expected), "{shown:?}");
    }
}

#[test]
fn a_file_that_another_program_fetches_is_left_alone() {
    let server = Server::new(&[("model.gguf", model())]);
    let blobs = server.cache.path().join("hub/models--some--model/blobs");
    fs::create_dir_all(&blobs).unwrap();
    let lock = fs::File::create(blobs.join(format!("{}.lock", sha256(&model())))).unwrap();
    lock.lock().unwrap();
    let error = server.refused("hf:some/model");
    assert!(error.contains("another program fetches the file model.gguf"), "{error}");
    drop(lock);
    server.fetch("hf:some/model").unwrap();
}

#[test]
fn a_wrong_hash_is_refused() {
    let server = Server::new(&[("model.gguf", model())]);
    let wrong = sha256(b"other");
    server.set(|state| state.etag = Some(wrong.clone()));
    let error = server.refused("hf:some/model");
    let right = sha256(&model());
    assert!(
        error.contains(&format!("SHA-256 {right} instead of {wrong}")) && error.contains("deleted"),
        "{error}"
    );
    assert!(server.blobs().is_empty());
    assert!(!server.cache.path().join("hub/models--some--model/refs/main").exists());
}

#[test]
fn refusals_say_what_to_do() {
    let server = Server::new(&[("model.gguf", model())]);
    server.set(|state| state.token = Some("secret".into()));
    let error = server.refused("hf:some/model");
    assert!(error.contains("status 401") && error.contains("HF_TOKEN"), "{error}");
    assert!(matches!(server.fetch("hf:some/model"), Err(Error::Io { .. })));
    let mut options = server.options();
    options.token = Some("secret".into());
    fetch("hf:some/model", &options, &mut |_, _, _| ()).unwrap();

    server.set(|state| state.token = None);
    let error = server.refused("hf:some/absent");
    assert!(error.contains("does not know the repository some/absent; check the spelling"), "{error}");
    let error = server.refused("hf:some/model:absent.gguf");
    assert!(error.contains("there is no file absent.gguf; it has model.gguf"), "{error}");
    assert!(server.refused("hf:model").contains("is no name of a model on the hub"));

    options.endpoint = "http://127.0.0.1:9".into();
    let error = fetch("hf:some/model", &options, &mut |_, _, _| ()).unwrap_err().to_string();
    assert!(error.contains("HF_HUB_OFFLINE=1") && !error.contains('\n'), "{error}");
}

#[test]
fn a_folder_is_fetched_whole() {
    let names = [
        "config.json",
        "generation_config.json",
        "model.safetensors",
        "tokenizer.json",
        "tokenizer_config.json",
    ];
    let mut files: Vec<(&str, Vec<u8>)> =
        names.iter().map(|name| (*name, fixture(&format!("qwen2-text/{name}")))).collect();
    files.push(("pytorch_model.bin", vec![0; 100]));
    files.push(("qwen2-text.gguf", model()));
    let server = Server::new(&files);
    let path = server.fetch("hf:some/model").unwrap();
    let model = Model::open(&path).unwrap();
    assert_eq!(model.tokenizer().unwrap().encode("<|im_end|>", false, true).unwrap().len(), 1);
    assert!(model.chat_template().is_ok());
    let mut found: Vec<String> =
        fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    found.sort();
    assert_eq!(found, names);
    // A file of it can be had too.
    assert!(server.fetch("hf:some/model:qwen2-text.gguf").unwrap().ends_with("qwen2-text.gguf"));
}

#[test]
fn of_several_models_one_must_be_named() {
    let part = |number: usize| fixture(&format!("qwen2-yarn/split-0000{number}-of-00003.gguf"));
    let server = Server::new(&[
        ("split/split-00001-of-00003.gguf", part(1)),
        ("split/split-00002-of-00003.gguf", part(2)),
        ("split/split-00003-of-00003.gguf", part(3)),
        ("whole.gguf", model()),
    ]);
    let error = server.refused("hf:some/model");
    assert!(
        error.contains("hf:OWNER/REPO:FILE; it has split/split-00001-of-00003.gguf, whole.gguf"),
        "{error}"
    );
    let path = server.fetch("hf:some/model:split/split-00001-of-00003.gguf").unwrap();
    Model::open(&path).unwrap();
    assert_eq!(server.downloads().len(), 3);
}

#[test]
fn a_hostile_hub_writes_nothing_outside_the_cache() {
    let before = |server: &Server| {
        let mut names: Vec<_> =
            fs::read_dir(server.cache.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    for etag in ["../../../../evil", "..", "", "a/b", "a.part"] {
        let server = Server::new(&[("model.gguf", model())]);
        server.set(|state| state.etag = Some(etag.into()));
        let error = server.refused("hf:some/model");
        assert!(error.contains("none that a hub gives"), "{etag}: {error}");
        assert!(server.blobs().is_empty());
        assert!(before(&server).iter().all(|name| name == "hub"));
    }
    for commit in ["../../../evil", "main", ""] {
        let server = Server::new(&[("model.gguf", model())]);
        server.set(|state| state.commit = Some(commit.into()));
        assert!(server.refused("hf:some/model").contains("none that a hub gives"), "{commit}");
    }
    let server =
        Server::new(&[("../../evil.gguf", model()), ("/evil.gguf", model()), ("a\\b.gguf", model())]);
    assert!(server.refused("hf:some/model").contains("it holds no model"));
}

#[cfg(feature = "cli")]
#[test]
fn the_tool_takes_names_and_the_environment() {
    let server = Server::new(&[("model.gguf", fixture("qwen2-text/f32.gguf"))]);
    server.set(|state| state.token = Some("secret".into()));
    let tool = |more: &[(&str, &str)]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_moesaic"));
        command.args(["tokenize", "-m", "hf:some/model", "--json", "the"]);
        command.env_remove("HF_HUB_CACHE").env_remove("HF_TOKEN").env_remove("HF_HUB_OFFLINE");
        command.env("HF_HOME", server.cache.path().join("home")).env("HF_ENDPOINT", &server.address);
        command.envs(more.iter().copied()).output().unwrap()
    };
    let refused = tool(&[]);
    let message = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(message.contains("HF_TOKEN") && message.lines().count() == 1, "{message}");
    let fetched = tool(&[("HF_TOKEN", "secret")]);
    assert!(fetched.status.success(), "{}", String::from_utf8_lossy(&fetched.stderr));
    assert!(server.cache.path().join("home/hub/models--some--model").exists());
    // The token that a login left.
    fs::write(server.cache.path().join("home/token"), "secret\n").unwrap();
    assert_eq!(tool(&[]).stdout, fetched.stdout);
    server.set(|state| state.down = true);
    assert_eq!(tool(&[("HF_HUB_OFFLINE", "1")]).stdout, fetched.stdout);
    assert!(!tool(&[]).status.success());
}
