//! A text that goes on from run to run: restores the session, continues it, and saves it again.
//!
//!     cargo run --release --example resume -- model.gguf story.session "Once upon a time"
//!     cargo run --release --example resume -- model.gguf story.session

use moesaic::{GenerateOptions, Model};
use std::error::Error;
use std::io::Write;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(model), Some(file)) = (arguments.next(), arguments.next()) else {
        return Err("usage: resume MODEL SESSION [PROMPT]".into());
    };
    let prompt = arguments.next().unwrap_or_default();
    let model = Model::open(model)?;
    let mut session = match Path::new(&file).exists() {
        true => model.restore_session(&file, Default::default())?,
        false => model.session(Default::default())?,
    };
    // The random numbers go on where they were left.
    let mut options = GenerateOptions::default().with_max_tokens(50);
    options.sampling.seed = session.next_seed();
    for piece in session.generate(&prompt, &options)? {
        print!("{}", piece?);
        std::io::stdout().flush()?;
    }
    println!();
    session.save(&file)?;
    Ok(())
}
