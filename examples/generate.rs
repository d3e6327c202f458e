//! Continues a text, and stops early when the user has seen enough.
//!
//!     cargo run --release --example generate -- model.gguf "Once upon a time"

use moesaic::{GenerateOptions, Model};
use std::error::Error;
use std::io::Write;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(path), Some(prompt)) = (arguments.next(), arguments.next()) else {
        return Err("usage: generate MODEL PROMPT".into());
    };
    let model = Model::open(path)?;
    let mut session = model.session(Default::default())?;

    let mut options = GenerateOptions::default();
    options.max_tokens = Some(256);
    options.stop = vec!["\n\n".into()];
    options.sampling.temperature = 0.7;
    // Return ends the text: any thread may hold a clone of the flag.
    let cancel = options.cancel.clone();
    std::thread::spawn(move || {
        if std::io::stdin().read_line(&mut String::new()).is_ok_and(|bytes| bytes > 0) {
            cancel.cancel();
        }
    });

    let mut generation = session.generate(&prompt, &options)?;
    for piece in &mut generation {
        print!("{}", piece?);
        std::io::stdout().flush()?;
    }
    println!("\n[{:?}, {:?}]", generation.finish_reason(), generation.statistics());
    Ok(())
}
