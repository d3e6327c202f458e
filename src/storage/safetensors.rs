//! safetensors: one file, or shards named by `model.safetensors.index.json`.
