//! Fetches models from the Hugging Face hub into its cache, where other programs find them too: `hf:OWNER/REPO` or
//! `hf:OWNER/REPO:FILE`. The crate `hf-hub` knows the protocol and the layout of the cache; what it does not do is
//! done here: names are checked before they become paths, files are compared with the hash that the hub gives, and
//! `HF_TOKEN` and `HF_HUB_OFFLINE` count. Nothing here opens a model.

use super::gguf_split::{part_names, part_of};
use crate::{Error, Result};
use hf_hub::api::sync::{Api, ApiBuilder, ApiError, ApiRepo};
use hf_hub::{Cache, Repo, RepoType};
use sha2::{Digest, Sha256};
use std::fs;
use std::io::{self, ErrorKind, Read};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::path::{Path, PathBuf};

/// What names on the hub begin with.
pub const PREFIX: &str = "hf:";

const BRANCH: &str = "main";
const PUBLIC_ENDPOINT: &str = "https://huggingface.co";

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
}

impl HubOptions {
    /// As the environment says, in the variables of Hugging Face's own tools: `HF_ENDPOINT`; `HF_HUB_CACHE`, or
    /// `HF_HOME`, or else `~/.cache/huggingface`; `HF_TOKEN`, or else the token that `hf auth login` leaves there;
    /// `HF_HUB_OFFLINE`.
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
    let cache = Cache::new(options.cache.clone());
    if options.offline {
        return wanted.in_cache(&cache);
    }
    let hub = Hub { wanted: &wanted, cache, api: connect(&wanted, options)? };
    let (commit, names) = hub.list()?;
    let chosen = choose(&names, wanted.file.as_deref()).map_err(|what| wanted.unsupported(what))?;
    for file in &chosen.files {
        hub.file(&commit, file, progress)?;
    }
    // Offline, the branch is all that is known.
    let branch = hub.cache.repo(wanted.repository(BRANCH));
    branch.create_ref(&commit).map_err(|source| Error::Io { path: options.cache.clone(), source })?;
    let snapshot = branch.pointer_path(&commit);
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

    fn repository(&self, revision: &str) -> Repo {
        Repo::with_revision(self.repository.clone(), RepoType::Model, revision.into())
    }

    fn unsupported(&self, what: String) -> Error {
        Error::Unsupported { path: self.name.clone().into(), what }
    }

    fn failed(&self, kind: ErrorKind, what: String) -> Error {
        Error::Io { path: self.name.clone().into(), source: io::Error::new(kind, what) }
    }

    /// The path to open, if the model was fetched before.
    fn in_cache(&self, cache: &Cache) -> Result<PathBuf> {
        let absent = |what: &str| {
            let what = format!("{what}, and HF_HUB_OFFLINE forbids to fetch it; fetch it once without");
            self.failed(ErrorKind::NotFound, what)
        };
        let branch = cache.repo(self.repository(BRANCH));
        let reference = cache.path().join(self.repository(BRANCH).folder_name()).join("refs").join(BRANCH);
        let commit = fs::read_to_string(reference).map_err(|_| absent("it is not in the cache"))?;
        if !is_hexadecimal(commit.trim(), 40) {
            return Err(absent("the cache does not know its version"));
        }
        let snapshot = branch.pointer_path(commit.trim());
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

fn connect(wanted: &Wanted, options: &HubOptions) -> Result<Api> {
    let builder = ApiBuilder::from_cache(Cache::new(options.cache.clone()))
        .with_endpoint(options.endpoint.clone())
        .with_token(options.token.clone())
        .with_progress(false)
        // The crate's own way of going on after a failure may write the beginning twice.
        .with_retries(0)
        .with_user_agent("moesaic", env!("CARGO_PKG_VERSION"));
    guarded(|| builder.build()).map_err(|failure| explain(wanted, None, failure))
}

/// Why the crate did not do what it should.
enum Failure {
    Api(Box<ApiError>),
    /// It panicked: at an answer that no hub gives.
    Panic,
}

/// Calls into the crate, which panics at answers that it should refuse.
fn guarded<T>(call: impl FnOnce() -> std::result::Result<T, ApiError>) -> std::result::Result<T, Failure> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(answer) => answer.map_err(|error| Failure::Api(Box::new(error))),
        Err(_) => Err(Failure::Panic),
    }
}

/// What is said of a server that is none.
const NO_ANSWER: &str = "none that a hub gives; is HF_ENDPOINT right?";

/// The error of a request, and what to do about it.
fn explain(wanted: &Wanted, file: Option<&str>, failure: Failure) -> Error {
    let what =
        file.map_or(format!("the repository {}", wanted.repository), |file| format!("the file {file}"));
    let error = match failure {
        Failure::Panic => {
            return wanted.failed(ErrorKind::InvalidData, format!("the hub's answer is {NO_ANSWER}"));
        }
        Failure::Api(error) => *error,
    };
    let request = match &error {
        ApiError::RequestError(request) => Some(request),
        ApiError::TooManyRetries(last) => match &**last {
            ApiError::RequestError(request) => Some(request),
            _ => None,
        },
        _ => None,
    };
    let (kind, what) = match (request.map(|request| &**request), &error) {
        (Some(ureq::Error::StatusCode(status @ (401 | 403))), _) => {
            let what = format!(
                "the hub refuses {what} (status {status}): it is private, or its terms have to be accepted on its \
                 page, or it does not exist; set HF_TOKEN to a token that may read it"
            );
            (ErrorKind::PermissionDenied, what)
        }
        (Some(ureq::Error::StatusCode(404)), _) => {
            let advice = "check the spelling, upper and lower case count";
            (ErrorKind::NotFound, format!("the hub does not know {what}; {advice}"))
        }
        (Some(ureq::Error::StatusCode(status)), _) => {
            (ErrorKind::Other, format!("the hub answers with status {status} for {what}; try again later"))
        }
        (None, ApiError::LockAcquisition(path)) => {
            let lock = path.display();
            (ErrorKind::WouldBlock, format!("another program fetches {what} ({lock} is locked); wait for it"))
        }
        (None, ApiError::IoError(source)) if source.kind() == ErrorKind::StorageFull => {
            (ErrorKind::StorageFull, format!("no room for {what}: {source}"))
        }
        (None, ApiError::MissingHeader(_) | ApiError::InvalidHeader(_) | ApiError::ParseIntError(_)) => {
            let what = format!("the hub's answer for {what} is {NO_ANSWER} ({error})");
            (ErrorKind::InvalidData, what)
        }
        _ => {
            let what = format!(
                "fetching {what} failed: {error}; try again, which goes on where this stopped, or set \
                 HF_HUB_OFFLINE=1 to use what was fetched before"
            );
            (ErrorKind::NotConnected, what)
        }
    };
    wanted.failed(kind, crate::storage::printable(&what))
}

/// A repository on the hub.
struct Hub<'a> {
    wanted: &'a Wanted,
    cache: Cache,
    api: Api,
}

impl Hub<'_> {
    /// The newest version, and the names of its files.
    fn list(&self) -> Result<(String, Vec<String>)> {
        let repository = self.api.repo(self.wanted.repository(BRANCH));
        let info = guarded(|| repository.info()).map_err(|failure| explain(self.wanted, None, failure))?;
        if !is_hexadecimal(&info.sha, 40) {
            return Err(explain(self.wanted, None, Failure::Panic));
        }
        // Other names are no models, or attacks.
        let names = info.siblings.into_iter().map(|sibling| sibling.rfilename);
        let mut names: Vec<String> = names.filter(|name| is_inside(name)).collect();
        names.sort();
        Ok((info.sha, names))
    }

    /// Fetches one file of this version, if it is not there.
    fn file(&self, commit: &str, file: &str, progress: &mut dyn FnMut(&str, u64, u64)) -> Result<()> {
        let in_cache = self.cache.repo(self.wanted.repository(commit));
        let pointer = in_cache.pointer_path(commit).join(file);
        if pointer.exists() {
            return Ok(());
        }
        let repository = self.api.repo(self.wanted.repository(commit));
        let explained = |failure| explain(self.wanted, Some(file), failure);
        let metadata = guarded(|| self.api.metadata(&repository.url(file))).map_err(explained)?;
        let etag = metadata.etag();
        // It becomes a file's name.
        let plain = !etag.is_empty()
            && etag.len() <= 128
            && etag.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if !plain || metadata.commit_hash() != commit {
            return Err(explained(Failure::Panic));
        }
        let (blob, size) = (in_cache.blob_path(etag), metadata.size() as u64);
        let length = |path: &Path| fs::metadata(path).map(|metadata| metadata.len()).ok();
        // The same file in another version: whole, or it would not have this name.
        if length(&blob) != Some(size) {
            let partial = blob.with_extension("part");
            if length(&partial).is_some_and(|length| length > size) {
                // Not the beginning of this file.
                let _ = fs::remove_file(&partial);
            }
            match length(&partial) == Some(size) {
                // Stopped at the very end.
                true => fs::rename(&partial, &blob)
                    .map_err(|source| Error::Io { path: partial.clone(), source })?,
                false => self.download(&repository, file, (&partial, size), progress)?,
            }
            if let Err(error) = self.verify(file, &blob, etag, size) {
                // Nobody may take it for the file.
                let _ = fs::remove_file(&pointer);
                let _ = fs::remove_file(&blob);
                return Err(error);
            }
        }
        if !pointer.exists() {
            link(&blob, &pointer, file).map_err(|source| Error::Io { path: pointer.clone(), source })?;
        }
        Ok(())
    }

    /// Downloads a file, from where an earlier attempt stopped. A connection that breaks is made again, as long as each
    /// brings some bytes.
    fn download(
        &self,
        repository: &ApiRepo,
        file: &str,
        (partial, size): (&Path, u64),
        progress: &mut dyn FnMut(&str, u64, u64),
    ) -> Result<()> {
        let length = || fs::metadata(partial).map_or(0, |metadata| metadata.len());
        loop {
            let before = length();
            let watch = Watch { progress, file, done: 0, size };
            let failure = match guarded(|| repository.download_with_progress(file, watch)) {
                Ok(_) => return Ok(()),
                Err(failure) => failure,
            };
            let after = length();
            if after > size {
                // A server that began anew where it was asked to go on.
                let _ = fs::remove_file(partial);
            }
            if after <= before || after >= size {
                return Err(explain(self.wanted, Some(file), failure));
            }
        }
    }

    /// Compares a file with what the hub says: its size, and its SHA-256, which is the etag of large files.
    fn verify(&self, file: &str, blob: &Path, etag: &str, size: u64) -> Result<()> {
        let failed = |source| Error::Io { path: blob.to_path_buf(), source };
        let length = fs::metadata(blob).map_err(failed)?.len();
        let wrong = |what: String| {
            let what = format!("{file} arrived with {what}; it was deleted: fetch it again");
            Err(self.wanted.failed(ErrorKind::InvalidData, what))
        };
        if length != size {
            return wrong(format!("{length} bytes instead of {size}"));
        }
        if is_hexadecimal(etag, 64) {
            let found = hash(blob).map_err(failed)?;
            if !found.eq_ignore_ascii_case(etag) {
                return wrong(format!("the SHA-256 {found} instead of {etag}"));
            }
        }
        Ok(())
    }
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

/// Tells the caller how far a file is.
struct Watch<'a> {
    progress: &'a mut dyn FnMut(&str, u64, u64),
    file: &'a str,
    done: u64,
    size: u64,
}

impl hf_hub::api::Progress for Watch<'_> {
    fn init(&mut self, _size: usize, _file: &str) {
        // Also called when a download goes on.
        self.done = 0;
        (self.progress)(self.file, 0, self.size);
    }

    fn update(&mut self, size: usize) {
        self.done = (self.done + size as u64).min(self.size);
        (self.progress)(self.file, self.done, self.size);
    }

    fn finish(&mut self) {
        (self.progress)(self.file, self.size, self.size);
    }
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
