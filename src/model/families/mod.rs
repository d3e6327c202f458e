//! The model families: each file here reduces one family's metadata to the normalised `Config` and
//! says where its tensor names differ from the usual ones. No family has code of its own past that.
//!
//! To add one: write its file, and name it in `FAMILIES`.

mod deepseek2;
mod glm4moe;
mod gpt_oss;
mod granitemoe;
mod llama;
mod mixtral;
mod olmoe;
mod qwen2;
mod qwen2moe;
mod qwen3;
mod qwen3moe;
mod seed_oss;

use super::config::Config;
use super::fields::Fields;
use crate::storage::{Archive, Description};
use crate::{Error, Result};

static FAMILIES: &[&Family] = &[
    &deepseek2::FAMILY,
    &glm4moe::FAMILY,
    &granitemoe::FAMILY,
    &gpt_oss::FAMILY,
    &llama::FAMILY,
    &mixtral::FAMILY,
    &olmoe::FAMILY,
    &qwen2::FAMILY,
    &qwen2moe::FAMILY,
    &qwen3::FAMILY,
    &qwen3moe::FAMILY,
    &seed_oss::FAMILY,
];

/// A model family.
pub(crate) struct Family {
    /// `general.architecture` of its GGUF files.
    pub architectures: &'static [&'static str],
    /// `model_type` of its `config.json`.
    pub model_types: &'static [&'static str],
    /// Metadata to description.
    pub describe: fn(&Fields) -> Result<Config>,
    /// Where its tensor names differ from the usual ones. Names that begin with `model.` are those of
    /// Hugging Face folders, the others GGUF's.
    pub names: &'static [(Role, &'static str)],
}

impl Family {
    /// The name of a role's tensor in files of this family, GGUF's or folders', with places for layer and expert.
    pub fn template(&self, role: Role, gguf: bool) -> &'static str {
        let usual = if gguf { role.gguf_name() } else { role.hugging_face_name() };
        let of_this_kind = |name: &str| name.starts_with("model.") != gguf;
        let own = self.names.iter().find(|(named, name)| *named == role && of_this_kind(name));
        own.map_or(usual, |(_, name)| name)
    }

    /// `general.architecture` of the GGUF file that a folder of this family becomes.
    pub fn architecture(&self) -> &'static str {
        // Mixtral has none of its own.
        self.architectures.first().copied().unwrap_or("llama")
    }
}

/// The family whose GGUF files are of this architecture.
pub(crate) fn of_architecture(architecture: &str) -> Option<&'static Family> {
    FAMILIES.iter().find(|family| family.architectures.contains(&architecture)).copied()
}

/// Finds the family of a file and has it described.
pub(crate) fn describe(archive: &Archive) -> Result<(&'static Family, Config)> {
    let (kind, family) = match &archive.description {
        Description::Gguf(metadata) => {
            let key = "general.architecture";
            let Some(name) = metadata.string(key)? else {
                return Err(metadata.error(key, "is missing; without it the model's family is unknown"));
            };
            (name, FAMILIES.iter().find(|family| family.architectures.contains(&name)))
        }
        Description::HuggingFace(config) => {
            let Some(name) = config.get("model_type").and_then(|value| value.as_str()) else {
                return Err(Error::Metadata {
                    path: archive.path.join("config.json"),
                    key: "model_type".into(),
                    what: "is missing; without it the model's family is unknown".into(),
                });
            };
            (name, FAMILIES.iter().find(|family| family.model_types.contains(&name)))
        }
    };
    let Some(family) = family else {
        let mut known: Vec<&str> = FAMILIES
            .iter()
            .flat_map(|family| match &archive.description {
                Description::Gguf(_) => family.architectures,
                Description::HuggingFace(_) => family.model_types,
            })
            .copied()
            .collect();
        known.sort_unstable();
        return Err(Error::Unsupported {
            path: archive.path.clone(),
            what: format!("the family {kind:?} is not supported; {} are", known.join(", ")),
        });
    };
    let config = (family.describe)(&Fields::new(archive, kind))?;
    Ok((family, config))
}

/// What a tensor is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    TokenEmbedding,
    OutputNorm,
    Output,
    RopeFactors,
    AttentionNorm,
    Query,
    Key,
    Value,
    QueryKeyValue,
    AttentionOutput,
    QueryNorm,
    KeyNorm,
    Sinks,
    QueryDown,
    QueryDownNorm,
    QueryUp,
    LatentDown,
    LatentNorm,
    LatentUp,
    KeyUp,
    ValueUp,
    FeedForwardNorm,
    Gate,
    Up,
    Down,
    Router,
    SelectionBias,
    ExpertGate,
    ExpertUp,
    ExpertDown,
    ExpertGateUp,
    /// Gate and up of all experts, output by output in turn, and with a row for each input if they are floats.
    ExpertGateUpByInput,
    /// As it, for the way down.
    ExpertDownByInput,
    SharedGate,
    SharedUp,
    SharedDown,
    SharedGateUp,
    SharedExpertGate,
}

impl Role {
    /// The usual name in GGUF files. `{l}` stands for the layer; empty where those files have no such tensor.
    pub fn gguf_name(self) -> &'static str {
        match self {
            Role::TokenEmbedding => "token_embd.weight",
            Role::OutputNorm => "output_norm.weight",
            Role::Output => "output.weight",
            Role::RopeFactors => "rope_freqs.weight",
            Role::AttentionNorm => "blk.{l}.attn_norm.weight",
            Role::Query => "blk.{l}.attn_q.weight",
            Role::Key => "blk.{l}.attn_k.weight",
            Role::Value => "blk.{l}.attn_v.weight",
            Role::QueryKeyValue => "blk.{l}.attn_qkv.weight",
            Role::AttentionOutput => "blk.{l}.attn_output.weight",
            Role::QueryNorm => "blk.{l}.attn_q_norm.weight",
            Role::KeyNorm => "blk.{l}.attn_k_norm.weight",
            Role::Sinks => "blk.{l}.attn_sinks.weight",
            Role::QueryDown => "blk.{l}.attn_q_a.weight",
            Role::QueryDownNorm => "blk.{l}.attn_q_a_norm.weight",
            Role::QueryUp => "blk.{l}.attn_q_b.weight",
            Role::LatentDown => "blk.{l}.attn_kv_a_mqa.weight",
            Role::LatentNorm => "blk.{l}.attn_kv_a_norm.weight",
            Role::LatentUp => "blk.{l}.attn_kv_b.weight",
            Role::KeyUp => "blk.{l}.attn_k_b.weight",
            Role::ValueUp => "blk.{l}.attn_v_b.weight",
            Role::FeedForwardNorm => "blk.{l}.ffn_norm.weight",
            Role::Gate => "blk.{l}.ffn_gate.weight",
            Role::Up => "blk.{l}.ffn_up.weight",
            Role::Down => "blk.{l}.ffn_down.weight",
            Role::Router => "blk.{l}.ffn_gate_inp.weight",
            Role::SelectionBias => "blk.{l}.exp_probs_b.bias",
            Role::ExpertGate => "blk.{l}.ffn_gate_exps.weight",
            Role::ExpertUp => "blk.{l}.ffn_up_exps.weight",
            Role::ExpertDown => "blk.{l}.ffn_down_exps.weight",
            Role::ExpertGateUp => "blk.{l}.ffn_gate_up_exps.weight",
            Role::ExpertGateUpByInput | Role::ExpertDownByInput => "",
            Role::SharedGate => "blk.{l}.ffn_gate_shexp.weight",
            Role::SharedUp => "blk.{l}.ffn_up_shexp.weight",
            Role::SharedDown => "blk.{l}.ffn_down_shexp.weight",
            Role::SharedGateUp => "",
            Role::SharedExpertGate => "blk.{l}.ffn_gate_inp_shexp.weight",
        }
    }

    /// The name of one expert's own tensor: in the oldest Mixtral GGUF files, and in all Hugging Face
    /// folders but the latest. `{e}` stands for the expert.
    pub fn gguf_expert_name(self) -> &'static str {
        match self {
            Role::ExpertGate => "blk.{l}.ffn_gate.{e}.weight",
            Role::ExpertUp => "blk.{l}.ffn_up.{e}.weight",
            Role::ExpertDown => "blk.{l}.ffn_down.{e}.weight",
            other => other.gguf_name(),
        }
    }

    /// The usual name in Hugging Face folders. `{l}` stands for the layer, `{e}` for the expert; empty
    /// where those folders have no such tensor.
    pub fn hugging_face_name(self) -> &'static str {
        match self {
            Role::TokenEmbedding => "model.embed_tokens.weight",
            Role::OutputNorm => "model.norm.weight",
            Role::Output => "lm_head.weight",
            Role::RopeFactors => "",
            Role::AttentionNorm => "model.layers.{l}.input_layernorm.weight",
            Role::Query => "model.layers.{l}.self_attn.q_proj.weight",
            Role::Key => "model.layers.{l}.self_attn.k_proj.weight",
            Role::Value => "model.layers.{l}.self_attn.v_proj.weight",
            Role::QueryKeyValue => "model.layers.{l}.self_attn.qkv_proj.weight",
            Role::AttentionOutput => "model.layers.{l}.self_attn.o_proj.weight",
            Role::QueryNorm => "model.layers.{l}.self_attn.q_norm.weight",
            Role::KeyNorm => "model.layers.{l}.self_attn.k_norm.weight",
            Role::Sinks => "model.layers.{l}.self_attn.sinks",
            Role::QueryDown => "model.layers.{l}.self_attn.q_a_proj.weight",
            Role::QueryDownNorm => "model.layers.{l}.self_attn.q_a_layernorm.weight",
            Role::QueryUp => "model.layers.{l}.self_attn.q_b_proj.weight",
            Role::LatentDown => "model.layers.{l}.self_attn.kv_a_proj_with_mqa.weight",
            Role::LatentNorm => "model.layers.{l}.self_attn.kv_a_layernorm.weight",
            Role::LatentUp => "model.layers.{l}.self_attn.kv_b_proj.weight",
            Role::KeyUp | Role::ValueUp => "",
            Role::FeedForwardNorm => "model.layers.{l}.post_attention_layernorm.weight",
            Role::Gate => "model.layers.{l}.mlp.gate_proj.weight",
            Role::Up => "model.layers.{l}.mlp.up_proj.weight",
            Role::Down => "model.layers.{l}.mlp.down_proj.weight",
            Role::Router => "model.layers.{l}.mlp.gate.weight",
            Role::SelectionBias => "model.layers.{l}.mlp.gate.e_score_correction_bias",
            Role::ExpertGate => "model.layers.{l}.mlp.experts.{e}.gate_proj.weight",
            Role::ExpertUp => "model.layers.{l}.mlp.experts.{e}.up_proj.weight",
            Role::ExpertDown => "model.layers.{l}.mlp.experts.{e}.down_proj.weight",
            Role::ExpertGateUp => "model.layers.{l}.mlp.experts.gate_up_proj",
            Role::ExpertGateUpByInput | Role::ExpertDownByInput => "",
            Role::SharedGate => "model.layers.{l}.mlp.shared_experts.gate_proj.weight",
            Role::SharedUp => "model.layers.{l}.mlp.shared_experts.up_proj.weight",
            Role::SharedDown => "model.layers.{l}.mlp.shared_experts.down_proj.weight",
            Role::SharedGateUp => "",
            Role::SharedExpertGate => "model.layers.{l}.mlp.shared_expert_gate.weight",
        }
    }

    /// The name of all experts' tensors in one, in folders written by transformers 5.
    pub fn hugging_face_stacked_name(self) -> &'static str {
        match self {
            Role::ExpertDown => "model.layers.{l}.mlp.experts.down_proj",
            Role::ExpertGateUp => self.hugging_face_name(),
            _ => "",
        }
    }
}
