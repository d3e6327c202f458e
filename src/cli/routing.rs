//! `moesaic routing`: which experts a text uses.

use super::options::{ComputeOptions, ModelPath};
use super::output::{print, print_json, progress, read_text, Failure};
use crate::generate::{LayerRouting, Routing};
use crate::kernel::Arithmetic;
use crate::{CancelToken, Error};
use clap::Args;
use std::fmt::Write;
use std::path::PathBuf;

/// Count which experts a text uses
///
/// A line for each layer: how evenly its experts are used (1 is all alike), how many of them at all, and the busiest
/// ones with their shares.
#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    model: ModelPath,

    /// The text
    #[arg(short, long, value_name = "FILE")]
    file: PathBuf,

    /// Print the counts of all experts
    #[arg(long)]
    json: bool,

    /// Draw a heat map, layers down and experts across, to this file
    #[arg(long, value_name = "OUT.svg")]
    svg: Option<PathBuf>,

    #[command(flatten)]
    compute: ComputeOptions,
}

pub fn run(arguments: Arguments) -> Result<(), Failure> {
    let text = read_text(&arguments.file)?;
    let model = arguments.compute.open(&arguments.model, Arithmetic::Int8)?;
    let tokens = model.tokenizer()?.encode(&text, true, false)?;
    let bar = progress(tokens.len(), "tokens");
    let found = model.routing(&tokens, &CancelToken::new(), |done| bar.set_position(done as u64));
    bar.finish_and_clear();
    let found = found?;
    if let Some(path) = &arguments.svg {
        std::fs::write(path, drawing(&found)).map_err(|source| Error::Io { path: path.clone(), source })?;
    }
    if arguments.json {
        let layers = found.layers.iter().map(|layer| {
            serde_json::json!({
                "layer": layer.layer,
                "counts": layer.counts,
                "evenness": layer.evenness(),
                "coverage": layer.coverage(),
            })
        });
        return print_json(
            &serde_json::json!({ "tokens": found.tokens, "layers": layers.collect::<Vec<_>>() }),
        );
    }
    print(&table(&found))
}

/// How many of the busiest experts a line names.
const BUSIEST: usize = 4;

fn table(found: &Routing) -> String {
    let mut lines = format!("{} tokens\nlayer  evenness  used of all  busiest\n", found.tokens);
    for layer in &found.layers {
        let shares = layer.shares();
        let mut order: Vec<usize> = (0..shares.len()).collect();
        order.sort_by(|a, b| shares[*b].total_cmp(&shares[*a]).then(a.cmp(b)));
        let busiest: Vec<String> = order
            .iter()
            .take(BUSIEST)
            .map(|expert| format!("{expert}: {:.1}%", 100.0 * shares[*expert]))
            .collect();
        // Writing to a string cannot fail.
        let _ = writeln!(
            lines,
            "{:>5}  {:>8.3}  {:>4} of {:<4}  {}",
            layer.layer,
            layer.evenness(),
            layer.used(),
            layer.counts.len(),
            busiest.join(", ")
        );
    }
    lines
}

/// A heat map: the darker a field, the more often the expert was chosen; a share three times the equal one is black.
fn drawing(found: &Routing) -> String {
    let columns = found.layers.iter().map(|layer| layer.counts.len()).max().unwrap_or(1);
    let (left, top, height) = (56.0, 40.0, 14.0);
    let width = (960.0 / columns as f64).clamp(4.0, 28.0);
    let (right, bottom) = (left + width * columns as f64, top + height * found.layers.len() as f64);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{:.0}\" height=\"{:.0}\" font-family=\"sans-serif\" font-size=\"10\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n\
         <text x=\"{left}\" y=\"16\" font-size=\"12\">Share of each expert in {} tokens (an equal share is gray, three times as much black)</text>\n\
         <text x=\"{left}\" y=\"34\">expert</text>\n<text x=\"8\" y=\"34\">layer</text>\n",
        right + 24.0,
        bottom + 24.0,
        found.tokens
    );
    for (row, layer) in found.layers.iter().enumerate() {
        let y = top + height * row as f64;
        let _ = writeln!(
            svg,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>",
            left - 8.0,
            y + 11.0,
            layer.layer
        );
        fields(&mut svg, layer, left, y, width, height);
    }
    let step = columns.div_ceil(16).next_power_of_two();
    for expert in (0..columns).step_by(step) {
        let x = left + width * (expert as f64 + 0.5);
        let _ = writeln!(
            svg,
            "<text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{expert}</text>",
            bottom + 13.0
        );
    }
    svg + "</svg>\n"
}

/// One layer's row of the heat map.
fn fields(svg: &mut String, layer: &LayerRouting, left: f64, y: f64, width: f64, height: f64) {
    let equal = 1.0 / layer.counts.len() as f64;
    for (expert, share) in layer.shares().into_iter().enumerate() {
        let darkness = (share / (3.0 * equal)).min(1.0);
        let level = (255.0 * (1.0 - darkness)).round();
        let _ = writeln!(
            svg,
            "<rect x=\"{:.1}\" y=\"{y}\" width=\"{:.1}\" height=\"{}\" fill=\"rgb({level},{level},{level})\">\
             <title>layer {}, expert {expert}: {:.2} %</title></rect>",
            left + width * expert as f64,
            width - 0.5,
            height - 1.0,
            layer.layer,
            100.0 * share
        );
    }
}
