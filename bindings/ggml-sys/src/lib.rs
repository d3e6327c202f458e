//! ggml through bindgen: the oracle of tests and benches.
