//! The memory that a model needs, and the memory that there is. It must not reserve any.

use std::fs;
use std::path::{Path, PathBuf};

/// The memory that a model needs to run, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MemoryNeed {
    /// The weights. A mapped file's are pages of that file, which processes share and the system takes back when
    /// memory is short: with less, the model runs at the speed of the disk.
    pub weights: u64,
    /// The cache of one sequence, when it is full.
    pub cache: u64,
}

impl MemoryNeed {
    /// Both together.
    pub fn total(&self) -> u64 {
        self.weights.saturating_add(self.cache)
    }
}

/// The memory that this process may still take, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AvailableMemory {
    /// How much: what is free, and what the system can take back from caches of files.
    pub bytes: u64,
    /// Whether a control group (a container's limit) allows less than the machine has.
    pub is_limited: bool,
}

impl AvailableMemory {
    /// What the operating system says now; `None` where it is not asked yet (other systems than Linux).
    pub fn now() -> Option<AvailableMemory> {
        let machine = machine(&fs::read_to_string("/proc/meminfo").ok()?)?;
        let groups = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
        Some(match groups_limit(Path::new("/sys/fs/cgroup"), &groups) {
            Some(bytes) if bytes < machine => AvailableMemory { bytes, is_limited: true },
            _ => AvailableMemory { bytes: machine, is_limited: false },
        })
    }
}

/// `MemAvailable` of `/proc/meminfo`, in bytes.
fn machine(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

/// The names of a control group's files.
struct Names {
    limit: &'static str,
    usage: &'static str,
    /// Entries of `memory.stat`: caches of files, which can be taken back.
    caches: [&'static str; 2],
}

const FIRST_VERSION: Names = Names {
    limit: "memory.limit_in_bytes",
    usage: "memory.usage_in_bytes",
    caches: ["total_inactive_file", "total_active_file"],
};
const SECOND_VERSION: Names =
    Names { limit: "memory.max", usage: "memory.current", caches: ["inactive_file", "active_file"] };

/// What the control groups that `/proc/self/cgroup` names still allow, and all groups around them; `None` if
/// they set no limit. `root` is where they are mounted.
fn groups_limit(root: &Path, groups: &str) -> Option<u64> {
    let limits = groups.lines().filter_map(|line| {
        // Number, controllers, path; the second version has no controllers.
        let mut parts = line.splitn(3, ':').skip(1);
        let (controllers, path) = (parts.next()?, parts.next()?);
        let (folder, names) = match controllers {
            "" => (root.to_path_buf(), SECOND_VERSION),
            _ if controllers.split(',').any(|name| name == "memory") => (root.join("memory"), FIRST_VERSION),
            _ => return None,
        };
        // Inside a container the path may be one that is visible only outside: its groups are skipped then.
        let inner: PathBuf = folder.join(path.trim_start_matches('/'));
        let around = inner.ancestors().take_while(|group| group.starts_with(&folder));
        around.filter_map(|group| group_limit(group, &names)).min()
    });
    limits.min()
}

/// What one control group still allows.
fn group_limit(group: &Path, names: &Names) -> Option<u64> {
    let read = |name: &str| fs::read_to_string(group.join(name)).ok();
    // "max" is no number.
    let limit: u64 = read(names.limit)?.trim().parse().ok()?;
    let usage: u64 = read(names.usage)?.trim().parse().ok()?;
    let stat = read("memory.stat").unwrap_or_default();
    let entry = |name: &str| {
        let line = stat.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.and_then(|value| value.trim().parse::<u64>().ok()).unwrap_or(0)
    };
    let caches = names.caches.iter().fold(0_u64, |sum, name| sum.saturating_add(entry(name)));
    Some(limit.saturating_sub(usage.saturating_sub(caches)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(folder: &Path, files: &[(&str, &str)]) {
        fs::create_dir_all(folder).unwrap();
        for (name, text) in files {
            fs::write(folder.join(name), text).unwrap();
        }
    }

    #[test]
    fn the_machine_says_what_it_has() {
        assert_eq!(machine("MemTotal:  100 kB\nMemAvailable:      12 kB\n"), Some(12 * 1024));
        for wrong in ["", "MemAvailable: x kB", "MemAvailable: 12", "MemAvailable: 99999999999999999999 kB"] {
            assert_eq!(machine(wrong), None, "{wrong}");
        }
        if cfg!(target_os = "linux") {
            assert!(AvailableMemory::now().unwrap().bytes > 0);
        }
    }

    #[test]
    fn the_tightest_control_group_counts() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        assert_eq!(groups_limit(root, "0::/a/b\n"), None, "no such group");
        let second = |limit, usage| {
            [("memory.max", limit), ("memory.current", usage), ("memory.stat", "anon 9\nactive_file 30\n")]
        };
        write(root, &[("memory.max", "max"), ("memory.current", "7")]);
        write(&root.join("a"), &second("1000\n", "200\n"));
        write(&root.join("a/b"), &second("max\n", "100\n"));
        assert_eq!(groups_limit(root, "0::/a/b\n"), Some(830), "the group around it, less its caches");
        write(&root.join("a/b"), &second("500\n", "100\n"));
        assert_eq!(groups_limit(root, "0::/a/b\n"), Some(430));
        write(&root.join("a/b"), &second("50\n", "100\n"));
        assert_eq!(groups_limit(root, "0::/a/b\n"), Some(0), "more is used than allowed");
        assert_eq!(groups_limit(root, "0::/../../a/b\n4:cpu:/a\nnonsense\n\n"), None);

        // The first version: limits that are none are huge numbers there.
        let first = |limit, usage| {
            [
                ("memory.limit_in_bytes", limit),
                ("memory.usage_in_bytes", usage),
                ("memory.stat", "total_inactive_file 5"),
            ]
        };
        write(&root.join("memory"), &first("9223372036854771712", "60"));
        assert_eq!(groups_limit(root, "4:memory:/gone\n0::/\n"), Some(9223372036854771712 - 55));
        write(&root.join("memory/box"), &first("100", "60"));
        assert_eq!(groups_limit(root, "4:cpu,memory:/box\n0::/\n"), Some(45));
    }
}
