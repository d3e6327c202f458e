//! How probable a model finds each token of a text: the logits, used directly.
//!
//!     cargo run --release --example score -- model.gguf "The capital of France is Paris."

use moesaic::Model;
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(path), Some(text)) = (arguments.next(), arguments.next()) else {
        return Err("usage: score MODEL TEXT".into());
    };
    let model = Model::open(path)?;
    let tokenizer = model.tokenizer()?;
    let tokens = tokenizer.encode(&text, true, false)?;
    let logits = model.session(Default::default())?.forward(&tokens)?;
    // Row i rates every token as the one behind tokens[..=i].
    for (row, &token) in logits.chunks_exact(model.vocabulary_size()).zip(&tokens[1..]) {
        let highest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let sum: f32 = row.iter().map(|logit| (logit - highest).exp()).sum();
        let probability = (row[token as usize] - highest).exp() / sum;
        println!("{probability:8.5}  {:?}", tokenizer.decode(&[token], true)?);
    }
    Ok(())
}
