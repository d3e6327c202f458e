//! A GGUF model split into parts `PREFIX-00001-of-0000N.gguf`, opened through its first part. It must
//! not parse headers itself.
//!
//! The first part holds the metadata; each part says its number (`split.no`, counted from 0), the number
//! of parts (`split.count`), and how many tensors all of them hold (`split.tensors.count`). Names count
//! from 1.

use super::gguf::parse;
use super::{explain_absence, Access, Metadata, Source, Tensor};
use crate::{Error, Result};
use std::collections::btree_map::Entry;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const SPLIT_NUMBER: &str = "split.no";
const SPLIT_COUNT: &str = "split.count";
const SPLIT_TENSORS: &str = "split.tensors.count";

/// Opens a GGUF file, or a split set through its first part.
pub(super) fn open(source: Source, access: Access) -> Result<(Metadata, BTreeMap<String, Tensor>)> {
    let (metadata, mut tensors) = parse(&Arc::new(source))?;
    let Some(set) = SplitSet::of(&metadata)? else {
        return Ok((metadata, tensors));
    };
    for number in 1..set.count {
        let path = set.part(number);
        let part = Arc::new(set.open_part(&path, number, access)?);
        let (part_metadata, part_tensors) = parse(&part)?;
        set.check_part(&part_metadata, number)?;
        for (name, tensor) in part_tensors {
            match tensors.entry(name) {
                Entry::Vacant(entry) => entry.insert(tensor),
                Entry::Occupied(entry) => {
                    return Err(Error::Tensor {
                        path,
                        tensor: entry.key().clone(),
                        what: format!(
                            "it is in {} too; the parts do not belong together",
                            entry.get().path().display()
                        ),
                    })
                }
            };
        }
    }
    if let Some(expected) = metadata.unsigned(SPLIT_TENSORS)? {
        if expected != tensors.len() as u64 {
            return Err(metadata.error(
                SPLIT_TENSORS,
                format!(
                    "the set should hold {expected} tensors but its {} parts hold {}; \
                     the parts do not belong together",
                    set.count,
                    tensors.len()
                ),
            ));
        }
    }
    Ok((metadata, tensors))
}

/// A set of files `PREFIX-00001-of-0000N.gguf` that make up one model. The first holds the metadata.
struct SplitSet {
    first: PathBuf,
    prefix: String,
    count: u64,
}

impl SplitSet {
    /// The set whose first part has this metadata; `None` if the file stands alone.
    fn of(metadata: &Metadata) -> Result<Option<SplitSet>> {
        let count = metadata.unsigned(SPLIT_COUNT)?.unwrap_or(0);
        if count < 2 {
            return Ok(None);
        }
        let path = metadata.path();
        let name = path.file_name().and_then(|name| name.to_str());
        let Some((prefix, number, name_count)) = name.and_then(split_file_name) else {
            return Err(metadata.error(
                SPLIT_COUNT,
                format!(
                    "this is one of {count} parts, so its name has to end in \
                     -00001-of-{count:05}.gguf for the others to be found; it was renamed"
                ),
            ));
        };
        let set = SplitSet { first: path.to_path_buf(), prefix: prefix.to_string(), count };
        if name_count != count {
            return Err(metadata.error(
                SPLIT_COUNT,
                format!("the set has {count} parts, but the file's name says {name_count}"),
            ));
        }
        let stored = metadata.unsigned(SPLIT_NUMBER)?.unwrap_or(0);
        if number.checked_sub(1) != Some(stored) {
            return Err(metadata.error(SPLIT_NUMBER, misplaced(stored, number, count)));
        }
        if stored != 0 {
            return Err(Error::Unsupported {
                path: path.to_path_buf(),
                what: format!(
                    "this is part {number} of {count}; open the first part, {}",
                    set.part(0).display()
                ),
            });
        }
        Ok(Some(set))
    }

    /// The path of part `number`, counted from 0 as `split.no` does; names count from 1.
    fn part(&self, number: u64) -> PathBuf {
        self.first.with_file_name(format!("{}-{:05}-of-{:05}.gguf", self.prefix, number + 1, self.count))
    }

    fn open_part(&self, path: &Path, number: u64, access: Access) -> Result<Source> {
        Source::open(path, access).map_err(|error| {
            let number = number + 1;
            let what =
                format!("part {number} of {} is missing; all parts have to lie in one folder", self.count);
            explain_absence(error, what)
        })
    }

    fn check_part(&self, metadata: &Metadata, number: u64) -> Result<()> {
        let count = metadata.unsigned(SPLIT_COUNT)?;
        if count != Some(self.count) {
            let found = match count {
                Some(count) => format!("it says that it belongs to a set of {count}"),
                None => "it does not say that it belongs to a set".into(),
            };
            return Err(metadata
                .error(SPLIT_COUNT, format!("expected a part of a set of {}, but {found}", self.count)));
        }
        match metadata.unsigned(SPLIT_NUMBER)? {
            Some(stored) if stored == number => Ok(()),
            Some(stored) => Err(metadata.error(SPLIT_NUMBER, misplaced(stored, number + 1, self.count))),
            None => Err(metadata.error(SPLIT_NUMBER, "the key is missing")),
        }
    }
}

/// Says that part `stored` (counted from 0) lies under the name of part `number` (counted from 1).
fn misplaced(stored: u64, number: u64, count: u64) -> String {
    format!(
        "the file's name says part {number} of {count}, but it holds part {}; \
         the parts were renamed or mixed up",
        u128::from(stored) + 1
    )
}

/// Which part of how many a file of this name is, counted from 1; `None` if the name is no part's.
#[cfg(feature = "hub")]
pub(super) fn part_of(name: &str) -> Option<(u64, u64)> {
    let (_, number, count) = split_file_name(name)?;
    (number >= 1 && number <= count).then_some((number, count))
}

/// The names of all parts of the set that a part of this name belongs to.
#[cfg(feature = "hub")]
pub(super) fn part_names(name: &str) -> Option<Vec<String>> {
    let (_, count) = part_of(name)?;
    let (prefix, _, _) = split_file_name(name)?;
    Some((1..=count).map(|number| format!("{prefix}-{number:05}-of-{count:05}.gguf")).collect())
}

/// `PREFIX-00002-of-00003.gguf` as prefix, number and count.
fn split_file_name(name: &str) -> Option<(&str, u64, u64)> {
    let stem = name.strip_suffix(".gguf")?;
    let (rest, count) = stem.rsplit_once("-of-")?;
    let (prefix, number) = rest.rsplit_once('-')?;
    let digits = |text: &str| {
        let decimal = text.len() == 5 && text.bytes().all(|byte| byte.is_ascii_digit());
        decimal.then(|| text.parse::<u64>().ok()).flatten()
    };
    Some((prefix, digits(number)?, digits(count)?))
}
