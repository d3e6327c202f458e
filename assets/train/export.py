"""Writes a trained model as a GGUF file in 32-bit floats, and as a Hugging Face folder if one is named.

    python export.py model.pt tokenizer.json OUT.gguf [--folder FOLDER]

`moesaic quantize` makes the small file of it.
"""

import argparse
import json
import pathlib

import gguf
import numpy as np
import torch
from safetensors.torch import save_file

from corpus import BEGIN, END, SPECIAL
from model import Config

# Messages of other roles than the user's and the assistant's are not told to the model: it was never shown any.
CHAT_TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}"
    "{% if message['role'] == 'user' %}{{ '<|user|>' + message['content'] }}"
    "{% elif message['role'] == 'assistant' %}{{ '<|assistant|>' + message['content'] + eos_token }}{% endif %}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)

# Names of the parts in model.py, in GGUF and in transformers.
LAYER_TENSORS = [
    ("attention_norm.weight", "attn_norm.weight", "input_layernorm.weight"),
    ("attention.q_a.weight", "attn_q_a.weight", "self_attn.q_a_proj.weight"),
    ("attention.q_a_norm.weight", "attn_q_a_norm.weight", "self_attn.q_a_layernorm.weight"),
    ("attention.q_b.weight", "attn_q_b.weight", "self_attn.q_b_proj.weight"),
    ("attention.kv_a.weight", "attn_kv_a_mqa.weight", "self_attn.kv_a_proj_with_mqa.weight"),
    ("attention.kv_a_norm.weight", "attn_kv_a_norm.weight", "self_attn.kv_a_layernorm.weight"),
    ("attention.kv_b.weight", None, "self_attn.kv_b_proj.weight"),
    ("attention.output.weight", "attn_output.weight", "self_attn.o_proj.weight"),
    ("feed_forward_norm.weight", "ffn_norm.weight", "post_attention_layernorm.weight"),
    ("feed_forward.gate.weight", "ffn_gate.weight", "mlp.gate_proj.weight"),
    ("feed_forward.up.weight", "ffn_up.weight", "mlp.up_proj.weight"),
    ("feed_forward.down.weight", "ffn_down.weight", "mlp.down_proj.weight"),
    ("feed_forward.router.weight", "ffn_gate_inp.weight", "mlp.gate.weight"),
    ("feed_forward.selection_bias", "exp_probs_b.bias", "mlp.gate.e_score_correction_bias"),
    ("feed_forward.gate", "ffn_gate_exps.weight", "mlp.experts.{}.gate_proj.weight"),
    ("feed_forward.up", "ffn_up_exps.weight", "mlp.experts.{}.up_proj.weight"),
    ("feed_forward.down", "ffn_down_exps.weight", "mlp.experts.{}.down_proj.weight"),
    ("feed_forward.shared.gate.weight", "ffn_gate_shexp.weight", "mlp.shared_experts.gate_proj.weight"),
    ("feed_forward.shared.up.weight", "ffn_up_shexp.weight", "mlp.shared_experts.up_proj.weight"),
    ("feed_forward.shared.down.weight", "ffn_down_shexp.weight", "mlp.shared_experts.down_proj.weight"),
]


def write_gguf(path: pathlib.Path, config: Config, weights: dict, tokenizer: dict) -> None:
    c = config
    writer = gguf.GGUFWriter(path, "deepseek2")
    writer.add_name("moesaic stories")
    writer.add_description("Tells short simple stories in English")
    writer.add_license("mit or apache-2.0")
    writer.add_size_label("8.7M-A3.8M")
    for add, value in [
        (writer.add_block_count, c.layers), (writer.add_context_length, c.context),
        (writer.add_embedding_length, c.width), (writer.add_feed_forward_length, c.dense_hidden),
        (writer.add_vocab_size, c.vocabulary), (writer.add_head_count, c.heads), (writer.add_head_count_kv, 1),
        (writer.add_layer_norm_rms_eps, c.norm_epsilon), (writer.add_rope_freq_base, c.rope_base),
        (writer.add_rope_dimension_count, c.rope_length), (writer.add_q_lora_rank, c.query_rank),
        (writer.add_kv_lora_rank, c.latent_length), (writer.add_key_length, c.latent_length + c.rope_length),
        (writer.add_value_length, c.latent_length), (writer.add_key_length_mla, c.plain_length + c.rope_length),
        (writer.add_value_length_mla, c.value_length), (writer.add_leading_dense_block_count, c.dense_layers),
        (writer.add_expert_count, c.experts), (writer.add_expert_used_count, c.experts_chosen),
        (writer.add_expert_shared_count, 1), (writer.add_expert_feed_forward_length, c.expert_hidden),
        (writer.add_expert_weights_scale, c.routed_scale), (writer.add_expert_weights_norm, True),
        (writer.add_expert_gating_func, gguf.ExpertGatingFuncType.SIGMOID),
    ]:
        add(value)

    by_number = {number: token for token, number in tokenizer["model"]["vocab"].items()}
    tokens = [by_number[number] for number in range(c.vocabulary)]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types([gguf.TokenType.CONTROL if token in SPECIAL else gguf.TokenType.NORMAL for token in tokens])
    writer.add_token_merges([" ".join(pair) for pair in tokenizer["model"]["merges"]])
    writer.add_bos_token_id(SPECIAL.index(BEGIN))
    writer.add_eos_token_id(SPECIAL.index(END))
    writer.add_add_bos_token(True)
    writer.add_chat_template(CHAT_TEMPLATE)

    def add(name: str, tensor: torch.Tensor) -> None:
        writer.add_tensor(name, np.ascontiguousarray(tensor.float().numpy()))

    add("token_embd.weight", weights["embedding.weight"])
    add("output_norm.weight", weights["norm.weight"])
    for layer in range(c.layers):
        for ours, theirs, _ in LAYER_TENSORS:
            tensor = weights.get(f"layers.{layer}.{ours}")
            if tensor is None:
                continue
            if theirs is not None:
                add(f"blk.{layer}.{theirs}", tensor)
                continue
            # Keys and values expand from the latent; the file has them apart, the keys' transposed.
            expanded = tensor.view(c.heads, c.plain_length + c.value_length, c.latent_length)
            key, value = expanded.split((c.plain_length, c.value_length), dim=1)
            add(f"blk.{layer}.attn_k_b.weight", key.transpose(1, 2))
            add(f"blk.{layer}.attn_v_b.weight", value)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def write_folder(folder: pathlib.Path, config: Config, weights: dict, tokenizer: dict) -> None:
    c = config
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(dict(
        architectures=["DeepseekV3ForCausalLM"], model_type="deepseek_v3", vocab_size=c.vocabulary,
        hidden_size=c.width, intermediate_size=c.dense_hidden, moe_intermediate_size=c.expert_hidden,
        num_hidden_layers=c.layers, num_attention_heads=c.heads, num_key_value_heads=c.heads, n_shared_experts=1,
        n_routed_experts=c.experts, routed_scaling_factor=c.routed_scale, kv_lora_rank=c.latent_length,
        q_lora_rank=c.query_rank, qk_rope_head_dim=c.rope_length, v_head_dim=c.value_length,
        qk_nope_head_dim=c.plain_length, n_group=1, topk_group=1, num_experts_per_tok=c.experts_chosen,
        first_k_dense_replace=c.dense_layers, norm_topk_prob=True, scoring_func="sigmoid", hidden_act="silu",
        max_position_embeddings=c.context, rms_norm_eps=c.norm_epsilon, rope_theta=c.rope_base,
        tie_word_embeddings=True, bos_token_id=0, eos_token_id=1, torch_dtype="float32"), indent=1) + "\n")
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
    tensors = {"model.embed_tokens.weight": weights["embedding.weight"], "model.norm.weight": weights["norm.weight"]}
    for layer in range(c.layers):
        for ours, _, theirs in LAYER_TENSORS:
            tensor = weights.get(f"layers.{layer}.{ours}")
            if tensor is None:
                continue
            name = f"model.layers.{layer}.{theirs}"
            if "{}" in name:
                tensors |= {name.format(expert): part.clone() for expert, part in enumerate(tensor)}
            else:
                tensors[name] = tensor
    save_file(tensors, folder / "model.safetensors")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("tokenizer", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--folder", type=pathlib.Path)
    arguments = parser.parse_args()
    saved = torch.load(arguments.model, weights_only=True, map_location="cpu")
    config, tokenizer = Config(**saved["config"]), json.loads(arguments.tokenizer.read_text())
    write_gguf(arguments.out, config, saved["model"], tokenizer)
    if arguments.folder is not None:
        write_folder(arguments.folder, config, saved["model"], tokenizer)


if __name__ == "__main__":
    main()
