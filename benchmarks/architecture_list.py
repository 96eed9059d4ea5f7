"""Which architectures are tried: all of transformers' text classes, ways to save them, and what is no text model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from transformers.models.auto import modeling_auto

from benchmarks.architecture_check import Architecture

# The mappings of text models, the most common first: a class is named by the first that has it.
_TEXT = (
    "MODEL_FOR_CAUSAL_LM",
    "MODEL_FOR_MASKED_LM",
    "MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM",
    "MODEL_FOR_TEXT_ENCODING",
    "MODEL_FOR_SEQUENCE_CLASSIFICATION",
    "MODEL_FOR_TOKEN_CLASSIFICATION",
    "MODEL_FOR_QUESTION_ANSWERING",
    "MODEL_FOR_MULTIPLE_CHOICE",
    "MODEL_FOR_NEXT_SENTENCE_PREDICTION",
)
_ALSO = ("MODEL", "MODEL_FOR_PRETRAINING")  # of the same model types
_NO_TEXT = (
    "MODEL_FOR_IMAGE_CLASSIFICATION",
    "MODEL_FOR_AUDIO_CLASSIFICATION",
    "MODEL_FOR_SPEECH_SEQ_2_SEQ",
    "MODEL_FOR_CTC",
    "MODEL_FOR_IMAGE_TEXT_TO_TEXT",
    "MODEL_FOR_MULTIMODAL_LM",
    "MODEL_FOR_ZERO_SHOT_IMAGE_CLASSIFICATION",
    "MODEL_FOR_OBJECT_DETECTION",
    "MODEL_FOR_VISUAL_QUESTION_ANSWERING",
    "MODEL",
)
# Classes that people save and no mapping has.
_UNMAPPED = (
    ("DPRContextEncoder", "dpr"),
    ("DPRQuestionEncoder", "dpr"),
    ("DPRReader", "dpr"),
    ("BertLMHeadModel", "bert"),
    ("GPT2DoubleHeadsModel", "gpt2"),
    ("OpenAIGPTDoubleHeadsModel", "openai-gpt"),
    ("CLIPTextModel", "clip_text_model"),
    ("CLIPTextModelWithProjection", "clip_text_model"),
    ("SiglipTextModel", "siglip_text_model"),
    ("Siglip2TextModel", "siglip2_text_model"),
    ("ClapTextModel", "clap_text_model"),
    ("BlipTextModel", "blip_text_model"),
    ("ChineseCLIPTextModel", "chinese_clip_text_model"),
    ("XLMForQuestionAnswering", "xlm"),
    ("XLNetForQuestionAnswering", "xlnet"),
    ("LukeForEntityClassification", "luke"),
    ("ProphetNetEncoder", "prophetnet"),
    ("FunnelForPreTraining", "funnel"),
)
# What a class needs to be made at all.
_CONFIG: dict[str, dict[str, Any]] = {
    "ReformerModelWithLMHead": {"is_decoder": True},
    "T5GemmaEncoderModel": {"is_encoder_decoder": False},
}
_ROPE = {"rope_theta": 10000.0, "factor": 4.0, "original_max_position_embeddings": 8}
_SCALED = {"low_freq_factor": 1.0, "high_freq_factor": 4.0}
_FACTORS = {"short_factor": [1.0, 1.5, 2.0, 2.5], "long_factor": [2.0, 3.0, 4.0, 5.0]}
# Ways in which the same class is configured and saved.
_VARIANTS: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("BertModel", "bert", "a decoder", {"is_decoder": True}),
    ("BertForMaskedLM", "bert", "untied", {"tie_word_embeddings": False}),
    ("GPT2LMHeadModel", "gpt2", "unscaled", {"scale_attn_weights": False}),
    ("GPT2LMHeadModel", "gpt2", "scaled by layer", {"scale_attn_by_inverse_layer_idx": True}),
    ("GPT2LMHeadModel", "gpt2", "reordered", {"reorder_and_upcast_attn": True}),
    ("GPT2LMHeadModel", "gpt2", "untied", {"tie_word_embeddings": False}),
    ("GPTBigCodeForCausalLM", "gpt_bigcode", "all heads", {"multi_query": False}),
    ("LlamaForCausalLM", "llama", "biases", {"attention_bias": True, "mlp_bias": True}),
    ("LlamaForCausalLM", "llama", "linear", {"rope_parameters": {"rope_type": "linear", **_ROPE}}),
    ("LlamaForCausalLM", "llama", "dynamic", {"rope_parameters": {"rope_type": "dynamic", **_ROPE}}),
    ("LlamaForCausalLM", "llama", "yarn", {"rope_parameters": {"rope_type": "yarn", **_ROPE}}),
    ("LlamaForCausalLM", "llama", "llama3", {"rope_parameters": {"rope_type": "llama3", **_ROPE, **_SCALED}}),
    ("Phi3ForCausalLM", "phi3", "longrope", {"rope_parameters": {"rope_type": "longrope", **_ROPE, **_FACTORS}}),
    ("LlamaForCausalLM", "llama", "tied", {"tie_word_embeddings": True}),
    ("MistralForCausalLM", "mistral", "no window", {"sliding_window": None}),
    ("Qwen2ForCausalLM", "qwen2", "window", {"use_sliding_window": True, "max_window_layers": 1}),
    ("Qwen3ForCausalLM", "qwen3", "window", {"use_sliding_window": True, "max_window_layers": 1}),
    ("FalconForCausalLM", "falcon", "alibi", {"alibi": True}),
    ("FalconForCausalLM", "falcon", "new", {"new_decoder_architecture": True, "num_kv_heads": 2}),
    ("PhiForCausalLM", "phi", "norms", {"qk_layernorm": True}),
    ("StableLmForCausalLM", "stablelm", "norms", {"qk_layernorm": True, "use_parallel_residual": True}),
    ("OlmoForCausalLM", "olmo", "clipped", {"clip_qkv": 0.5}),
    ("CohereForCausalLM", "cohere", "norms", {"use_qk_norm": True}),
    ("Gemma2ForCausalLM", "gemma2", "no cap", {"attn_logit_softcapping": None}),
    ("Gemma3ForCausalLM", "gemma3_text", "both ways", {"use_bidirectional_attention": True}),
    ("GPTNeoXForCausalLM", "gpt_neox", "in series", {"use_parallel_residual": False}),
    ("T5ForConditionalGeneration", "t5", "gated", {"feed_forward_proj": "gated-gelu"}),
    ("BartForConditionalGeneration", "bart", "deeper encoder", {"encoder_layers": 4, "decoder_layers": 2}),
    ("BartForCausalLM", "bart", "deeper encoder", {"encoder_layers": 4, "decoder_layers": 2}),
    ("MarianForCausalLM", "marian", "deeper encoder", {"encoder_layers": 4, "decoder_layers": 2}),
    ("XmodModel", "xmod", "no default language", {"default_language": None}),
    ("DeepseekV3ForCausalLM", "deepseek_v3", "no low-rank queries", {"q_lora_rank": None}),
    ("OPTForCausalLM", "opt", "norm behind", {"do_layer_norm_before": False}),
    ("DistilBertModel", "distilbert", "sinusoids", {"sinusoidal_pos_embds": True}),
    ("DebertaV2Model", "deberta-v2", "relative", {"relative_attention": True, "pos_att_type": ["p2c", "c2p"]}),
    ("GptOssForCausalLM", "gpt_oss", "no window", {"layer_types": ["full_attention"] * 2}),
)
_HALVES = (
    ("BertForMaskedLM", "bert"),
    ("LlamaForCausalLM", "llama"),
    ("GPT2LMHeadModel", "gpt2"),
    ("T5ForConditionalGeneration", "t5"),
)


def architectures() -> Iterator[Architecture]:
    """All of them, text models first, each class once and then its variants."""
    text = {kind: _mapping(kind) for kind in _TEXT}
    types = {model_type for mapping in text.values() for model_type in mapping}
    types |= {model_type for model_type in _mapping("MODEL") if model_type.endswith(("_text", "_text_model"))}
    classes: dict[str, str] = {}
    for mapping in text.values():
        for model_type, names in mapping.items():
            classes |= {name: classes.get(name, model_type) for name in names}
    for kind in _ALSO:
        for model_type, names in _mapping(kind).items():
            if model_type in types:
                classes |= {name: classes.get(name, model_type) for name in names}
    classes |= {name: classes.get(name, model_type) for name, model_type in _UNMAPPED}
    for name, model_type in sorted(classes.items(), key=lambda item: (item[1], item[0])):
        yield Architecture(name, model_type, config=_CONFIG.get(name, {}))
    for name, model_type, what, config in _VARIANTS:
        yield Architecture(name, model_type, what, config)
    for name, model_type in _HALVES:
        yield Architecture(name, model_type, "float16", dtype=torch.float16)
        yield Architecture(name, model_type, "bfloat16", dtype=torch.bfloat16)
        yield Architecture(name, model_type, "in several files", shard="20KB")


def no_text() -> Iterator[Architecture]:
    """Classes of images, speech and both: to be refused in true words."""
    seen = {architecture.name for architecture in architectures()}
    for kind in _NO_TEXT:
        for model_type, names in sorted(_mapping(kind).items()):
            for name in names:
                if name not in seen:
                    seen.add(name)
                    yield Architecture(name, model_type)


def _mapping(kind: str) -> dict[str, tuple[str, ...]]:
    """Model type → names of classes."""
    found = getattr(modeling_auto, f"{kind}_MAPPING_NAMES")
    return {key: (names,) if isinstance(names, str) else tuple(names) for key, names in found.items()}
