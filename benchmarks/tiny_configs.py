"""Make a transformers configuration tiny: the same architecture, two layers or one of each kind, four heads, 32 words.

The rules go by the names of fields, which transformers' families share for the most part; `_OWN` holds what single
families need beside them.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Any

from transformers import PreTrainedConfig

WORDS = 32
_PER_LAYER = ("layer_types", "mlp_layer_types", "layers_block_type", "indexer_types")  # a kind for each layer
_MOST_LAYERS = 6

# (tiny value, names of fields as regular expressions); the first that matches counts.
_RULES: tuple[tuple[int, str], ...] = (
    (WORDS, r"(\w+_)?vocab_size(_per_layer_input)?|num_embeddings"),
    (3, r"decoder_layers|num_decoder_layers|decoder_num_hidden_layers"),
    (2, r"(num_)?(hidden_|encoder_|attention_|self_attention_)?layers?|n_layers?|depth|num_blocks|[lrx]_layers"),
    (2, r"speech_encoder_layers|num_encoder_layers|t2u_\w+_layers|num_layers_per_stack"),
    (2, r"(num|n)_(key_value|kv)_heads|\w*_num_key_value_heads|kv_n_heads|num_query_groups|linear_num_key_heads"),
    (2, r"num_experts_per_tok(en)?|moe_topk|moe_top_k|moe_k|top_k_experts|topk_experts"),
    (2, r"n_group|num_expert_group|\w*n_groups|num_hash"),
    (1, r"topk_group|n_shared_experts|num_shared_experts|moe_num_shared_experts|first_k_dense_replace"),
    (1, r"num_dense_layers|num_nextn_predict_layers"),
    (4, r"(num|n)_(\w+_)?experts|moe_num_experts|zero_expert_num"),
    (
        4,
        r"sliding_window(_size)?|local_attention|attention_chunk_size|local_attention_window_len|attention_window(_size)?",
    ),
    (
        4,
        r"(\w+_)?(num_)?(attention_|self_attention_)?heads?|n_heads?|window_size|keep_window_size|index_topk(_blocks)?",
    ),
    (4, r"qk_rope_head_dim|index_block_size|block_size|num_landmarks|\w+_attn_chunk_length|num_global_tokens"),
    (6, r"v_head_dim"),
    (8, r"head_dim|d_kv|kv_channels|\w*_head_dim|d_head|attention_head_dim|attention_head_size|kv_lora_rank"),
    (8, r"qk_nope_head_dim|mamba_d_state|state_size|ssm_state_size|d_state|dim_head|\w*chunk_size|index_head_dim"),
    (8, r"laurel_rank|intra_bottleneck_size|\w*dt_rank|gated_norm_rank|adapter_rank|hc_lowrank|lambda_rank"),
    (8, r"segment_means_seq_len|time_step_rank|prompt_length"),
    (12, r"qk_head_dim"),
    (16, r"q_lora_rank|query_pre_attn_scalar|embedding_size|o_lora_rank|hidden_size_per_layer_input|embedding_rank"),
    (
        32,
        r"(\w+_)?hidden_size(_global)?|d_model|n_embd|dim|embed_dim|embedding_dim|emb_dim|hidden_dim|\w*ffn_dim|\w*ffn_hidden_size",
    ),
    (32, r"\w*intermediate_(size|dim)|intermediate_size_mlp|d_ff|dff|n_inner|d_inner|dim_ff|feed_forward_size"),
    (32, r"word_embed_proj_dim|lru_width|projection_dim|mlp_dim|share_expert_dim|entity_emb_size|\w+_embed_dim"),
    (
        32,
        r"adapter_(in|out)_dim|adapter_input_size|prediction_head_size|\w+_embedding_size|prompt_mid_dim|conv_channels|input_feat_per_channel",
    ),
    (64, r"(\w+_)?max_(\w+_)?position_embeddings|n_positions|n_ctx|max_(source|target)_positions|max_seq_len"),
    (64, r"max_sequence_length|context_length|position_embedding_size|num_hash_buckets|xpath_unit_hidden_size"),
)
_TOKENS = {"pad": 0, "unk": 1, "bos": 2, "cls": 2, "decoder_start": 2, "sep": 3, "eos": 3, "forced_eos": 3, "mask": 4}
_ALWAYS = ("num_key_value_heads", "vocab_size", "n_inner", "q_lora_rank")
_NO_EXTRA = {"hidden_size_per_layer_input": 0, "vocab_size_per_layer_input": 0}
_NEEDED: dict[str, dict[str, Any]] = {  # without these there is no configuration at all
    "gemma4_assistant": {"text_config": {"model_type": "gemma4_text", **_NO_EXTRA}},
}
_ROPE = {"rope_type": "default", "rope_theta": 10000.0}
_HALF_TURNED = {**_ROPE, "partial_rotary_factor": 0.5}
_HYBRID = ["linear_attention", "hybrid", "linear_attention", "hybrid"]
# What the rules by name do not say, by model type: dimensions that have to fit each other, patterns of layers.
_OWN: dict[str, dict[str, Any]] = {
    "bamba": {"mamba_d_head": 16, "mamba_n_heads": 4, "attn_layer_indices": [1]},
    "blt": {"encoder_hash_byte_group_vocab": 64},
    "codegen": {"rotary_dim": 4},
    "cohere_compass_text": {"rope_parameters": {"full_attention": {**_ROPE, "mrope_section": [2, 1, 1]}}},
    "dbrx": {"attn_config": {"kv_n_heads": 2, "rope_theta": 10000.0, "clip_qkv": 2.0}},
    "deepseek_v2": {"num_experts_per_tok": 2},
    "dots1": {"n_routed_experts": 4, "n_shared_experts": 1, "num_experts_per_tok": 2},
    "dots3_note_text": {
        **dict.fromkeys(("swa_num_attention_heads", "swa_num_key_value_heads", "num_key_value_heads"), 4),
        **dict.fromkeys(("swa_q_lora_rank", "swa_kv_lora_rank", "swa_qk_nope_head_dim"), 8),
        "swa_head_dim": 12,
        "head_dim": 12,
        "swa_v_head_dim": 6,
        "shared_experts_intermediate_size": 32,
    },
    "emu3": {"vocabulary_map": {"<image>": 31, "<|extra_200|>": 30, "<|visual token 000000|>": 29}},
    "esm": {"vocab_size": WORDS, "mask_token_id": 4, "pad_token_id": 0},
    "esmc": {"num_key_value_heads": 4},
    "falcon_h1": {"mamba_d_ssm": 64, "mamba_d_head": 16, "mamba_n_heads": 4},
    "gemma3n_text": {
        "num_kv_shared_layers": 2,
        "num_hidden_layers": 4,
        "layer_types": ["sliding_attention", "full_attention"] * 2,
        "intermediate_size": [32] * 4,
        "activation_sparsity_pattern": [0.95, 0.0, 0.0, 0.0],
    },
    "glm5_next_text": {"index_kpool": 2},
    "gpt_neo": {"attention_types": [[["global", "local"], 1]]},
    "gptj": {"rotary_dim": 4},
    "granitemoehybrid": {"mamba_d_head": 16, "mamba_n_heads": 4, "layer_types": ["mamba", "attention"]},
    "hunyuan_v1_dense": {"head_dim": 8},
    "hunyuan_v1_moe": {"head_dim": 8},
    "hunyuan_vl_text": {"head_dim": 8},
    "jamba": {"attn_layer_period": 2, "attn_layer_offset": 1, "expert_layer_period": 2, "num_hidden_layers": 4},
    "layoutlmv3": {"coordinate_size": 4, "shape_size": 8, "max_2d_position_embeddings": 64},
    "lfm2_moe": {"layer_types": ["conv", "full_attention"], "num_hidden_layers": 2},
    "lilt": {"hidden_size": 48},
    "mamba2": {"num_heads": 4, "head_dim": 16},
    "minimax_m3_vl_text": {
        "index_topk_blocks": 1,
        "index_local_blocks": 1,
        "layer_types": ["full_attention", "minimax_m3_sparse"],
    },
    "ministral": {"head_dim": 8},
    "mobilebert": {"embedding_size": 32, "intra_bottleneck_size": 32, "hidden_size": 64},
    "nemotron": {"head_dim": 8, "num_key_value_heads": 2},
    "neomme": {"rope_parameters": dict.fromkeys(("full_attention", "sliding_attention"), _HALF_TURNED)},
    "nystromformer": {"segment_means_seq_len": 64, "num_landmarks": 64},
    "perceiver": {
        **dict.fromkeys(("d_latents", "d_model", "qk_channels", "v_channels"), 32),
        "num_latents": 8,
        "num_self_attends_per_block": 2,
        "num_blocks": 1,
        "num_cross_attention_heads": 4,
    },
    "qwen2_5_omni_thinker": {"vision_start_token_id": WORDS - 1},
    "qwen3_omni_moe_thinker": {"vision_start_token_id": WORDS - 1},
    "qwen4_exp_text": {
        "indexer_n_heads": 2,
        "indexer_kv_heads": 1,
        "indexer_head_dim": 8,
        "indexer_budget": 4,
        "indexer_compress_ratio": 2,
        "ngram_vocab_size_base": 64,
    },
    "recurrent_gemma": {"num_hidden_layers": 3},
    "reformer": {
        "axial_pos_embds_dim": (16, 16),
        "axial_pos_shape": (4, 16),
        "attn_layers": ("local", "lsh"),
        "num_buckets": 4,
    },
    "shieldgemma2": {"yes_token_index": 5, "no_token_index": 6},
    "squeezebert": {"embedding_size": 32},
    "xlnet": {"d_head": 8},
    "xmod": {"default_language": "en_XX"},
    "zamba": {"layers_block_type": _HYBRID, "num_hidden_layers": 4},
    "zamba2": {"layers_block_type": _HYBRID, "num_hidden_layers": 4, "mamba_headdim": 16, "n_mamba_heads": 4},
}


def tiny_value(name: str, value: object) -> object:
    """What a field of that name becomes; the value itself where no rule names it.

    >>> tiny_value("hidden_size", 4096), tiny_value("num_hidden_layers", 40), tiny_value("rms_norm_eps", 1e-6)
    (32, 2, 1e-06)
    """
    if name.endswith("_token_id") and isinstance(value, int | list):
        own = _TOKENS.get(name.removesuffix("_token_id"))
        return value if isinstance(value, int) and value < WORDS and own is None else WORDS - 1 if own is None else own
    if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
        return value
    tiny = next((tiny for tiny, pattern in _RULES if re.fullmatch(pattern, name)), value)
    return min(value, tiny)


def tiny_config(config_class: Any, **more: object) -> Any:
    """A tiny configuration of that class; `more` is set last."""
    own = {**_OWN.get(config_class.model_type, {}), **more}
    return config_class(**{**tiny_fields(config_class(**_NEEDED.get(config_class.model_type, {}))), **own})


def tiny_fields(config: Any) -> dict[str, Any]:
    """What to give to the class of a configuration so that it becomes tiny."""
    given = dict(vars(config))
    defaults = {field.name: field.default for field in dataclasses.fields(type(config))}
    fields: dict[str, Any] = {}
    for name, value in given.items():
        if isinstance(value, PreTrainedConfig):
            fields[name] = {**tiny_fields(value), **_OWN.get(value.model_type, {}), "model_type": value.model_type}
        elif name in defaults and (defaults[name] is not None or name in _ALWAYS):  # else it follows from other fields
            fields[name] = tiny_value(name, value)
    layers = [name for name in _PER_LAYER if isinstance(given.get(name), list | tuple)]
    if layers:
        count = len(given[layers[0]])
        chosen = _one_of_each(list(zip(*(given[name] for name in layers), strict=False)))
        for name, value in given.items():
            if isinstance(value, list | tuple) and len(value) == count and not name.endswith("_id"):
                fields[name] = [tiny_value(name, value[i]) for i in chosen]
        fields |= {name: len(chosen) for name in ("num_hidden_layers", "num_layers", "n_layer") if name in given}
    if given.get("kv_lora_rank"):  # latent attention: as many keys as queries, and rotary dimensions of their own
        fields |= {"num_key_value_heads": 4} | ({"head_dim": 4} if isinstance(given.get("head_dim"), int) else {})
    if isinstance(given.get("rope_parameters"), dict):
        head = fields.get("head_dim")
        sections = "mrope_section" in (getattr(config, "ignore_keys_at_rope_validation", None) or ())
        fields["rope_parameters"] = tiny_rope(given["rope_parameters"], head if isinstance(head, int) else 8, sections)
    return {name: value for name, value in fields.items() if isinstance(value, dict) or value != defaults.get(name)}


def tiny_rope(parameters: Mapping[str, Any], head_dim: int, sections: bool) -> dict[str, Any]:
    """Rotary parameters whose sections fit the smaller heads; of layers of several kinds, one by one."""
    tiny = dict(parameters)
    for name, value in parameters.items():
        if isinstance(value, dict):
            tiny[name] = tiny_rope(value, head_dim, sections)
    if sections and "rope_theta" in tiny:
        half = int(head_dim * (tiny.get("partial_rotary_factor") or 1)) // 2
        tiny["mrope_section"] = [half - 2 * (half // 3), half // 3, half // 3]
    return tiny


def _one_of_each(kinds: list[tuple[object, ...]]) -> list[int]:
    """Indices of the first layer of each kind, in order; at least two layers.

    >>> _one_of_each([("local",), ("local",), ("global",), ("local",)])
    [0, 2]
    """
    chosen = sorted({kind: i for i, kind in reversed(list(enumerate(kinds)))}.values())[:_MOST_LAYERS]
    return chosen if len(chosen) > 1 else [0, min(1, len(kinds) - 1)]
