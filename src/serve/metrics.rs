//! Counters in Prometheus's text format.

use crate::generate::SchedulerStatistics;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// What the server counts itself; the rest the scheduler does.
#[derive(Debug, Default)]
pub struct Metrics {
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    /// Answers by route and status.
    answers: BTreeMap<(&'static str, u16), u64>,
    first_token: Histogram,
    answer: Histogram,
}

/// Bounds of the buckets in seconds.
const BOUNDS: [f64; 12] = [0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0];

#[derive(Debug, Default)]
struct Histogram {
    buckets: [u64; BOUNDS.len()],
    count: u64,
    sum: f64,
}

impl Histogram {
    fn observe(&mut self, time: Duration) {
        let seconds = time.as_secs_f64();
        self.count += 1;
        self.sum += seconds;
        for (bucket, bound) in self.buckets.iter_mut().zip(BOUNDS) {
            *bucket += u64::from(seconds <= bound);
        }
    }

    fn write(&self, name: &str, help: &str, text: &mut String) {
        let mut line = |line: std::fmt::Arguments<'_>| text.write_fmt(line).unwrap_or(());
        line(format_args!("# HELP {name} {help}\n# TYPE {name} histogram\n"));
        for (bucket, bound) in self.buckets.iter().zip(BOUNDS) {
            line(format_args!("{name}_bucket{{le=\"{bound}\"}} {bucket}\n"));
        }
        line(format_args!("{name}_bucket{{le=\"+Inf\"}} {}\n", self.count));
        line(format_args!("{name}_sum {}\n{name}_count {}\n", self.sum, self.count));
    }
}

impl Metrics {
    fn change(&self, change: impl FnOnce(&mut Counts)) {
        change(&mut self.counts.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// A request was answered, or began to be.
    pub fn answered(&self, route: &'static str, status: u16) {
        self.change(|counts| *counts.answers.entry((route, status)).or_default() += 1);
    }

    /// How long the first token of an answer took.
    pub fn first_token(&self, time: Duration) {
        self.change(|counts| counts.first_token.observe(time));
    }

    /// How long an answer took.
    pub fn answer(&self, time: Duration) {
        self.change(|counts| counts.answer.observe(time));
    }

    /// All of it as text.
    pub fn text(&self, scheduler: &SchedulerStatistics) -> String {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let mut text = String::new();
        let name = "moesaic_http_responses_total";
        let _ = writeln!(text, "# HELP {name} Answers to requests.\n# TYPE {name} counter");
        for ((route, status), count) in &counts.answers {
            let _ = writeln!(text, "{name}{{route=\"{route}\",status=\"{status}\"}} {count}");
        }
        counts.first_token.write(
            "moesaic_first_token_seconds",
            "From the request to its first token.",
            &mut text,
        );
        counts.answer.write(
            "moesaic_answer_seconds",
            "From the request to the end of its answer.",
            &mut text,
        );
        let gauges = [
            ("texts_running", "Texts that are being written.", scheduler.running as f64),
            ("texts_waiting", "Texts that wait for a place.", scheduler.waiting as f64),
        ];
        let counters = [
            ("texts_accepted_total", "Texts that were taken.", scheduler.accepted as f64),
            (
                "texts_refused_total",
                "Texts that were refused because too many waited.",
                scheduler.refused as f64,
            ),
            ("texts_finished_total", "Texts that ended.", scheduler.finished as f64),
            ("texts_cancelled_total", "Texts that were cancelled.", scheduler.cancelled as f64),
            ("texts_failed_total", "Texts that an error ended.", scheduler.failed as f64),
            ("prompt_tokens_total", "Prompt tokens that ran.", scheduler.prompt_tokens as f64),
            ("kept_tokens_total", "Prompt tokens that a cache held.", scheduler.kept_tokens as f64),
            ("generated_tokens_total", "Tokens that were generated.", scheduler.generated_tokens as f64),
            ("passes_total", "Passes through the model.", scheduler.passes as f64),
            ("busy_seconds_total", "Time in passes.", scheduler.busy.as_secs_f64()),
        ];
        let gauges = gauges.iter().map(|metric| (metric, "gauge"));
        for ((name, help, value), kind) in gauges.chain(counters.iter().map(|metric| (metric, "counter"))) {
            let _ = writeln!(text, "# HELP moesaic_{name} {help}\n# TYPE moesaic_{name} {kind}");
            let _ = writeln!(text, "moesaic_{name} {value}");
        }
        text
    }
}
