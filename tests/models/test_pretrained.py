"""Pretrained models run through our attention, and what is recorded is what they use."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from attnviz import AttnvizError, trace
from attnviz.models import ModelError, check, load_model
from tests.support.eager import eager_output
from tests.support.tiny import SENTENCE, save_tiny


def test_the_bundled_bert_gives_the_weights_and_output_of_the_eager_implementation(minilm):
    for text in (SENTENCE, "word", "word " * 600):
        result = minilm.trace(text)
        assert check(minilm, result).difference <= 1e-6
        assert (result.output - eager_output(minilm, result)).abs().max() <= 1e-5


def test_the_bundled_bert_looks_at_cat_from_sat(minilm):
    weights = minilm.trace(SENTENCE).layers[5].weights[11]  # figures measured with transformers alone
    assert weights[8, 2].item() == pytest.approx(0.645, abs=1e-3)
    assert weights[:, 2].mean().item() == pytest.approx(0.56, abs=5e-3)


def test_a_trace_of_the_bundled_bert_has_the_documented_shapes(minilm):
    result = minilm.trace(SENTENCE)
    assert len(result.layers) == 6
    assert [token.text for token in result.tokens[:4]] == ["[CLS]", "The", "cat", ","]
    assert [token.special for token in result.tokens] == [True, *[False] * 11, True]
    for layer in result.layers:
        assert layer.q.shape == layer.k.shape == layer.v.shape == layer.context.shape == (12, 13, 32)
        assert layer.scores.shape == layer.weights.shape == (12, 13, 13)
        assert layer.mask is None


def test_512_tokens_take_no_more_than_25_megabytes(minilm):
    result = minilm.trace("word " * 600)
    assert len(result) == 512
    assert result.nbytes <= 25e6
    assert result.cut == 510 * 5 - 1


@pytest.mark.parametrize("family", ["bert", "roberta", "distilbert", "gpt2", "llama", "t5", "bart"])
def test_tiny_models_of_many_families_agree_with_their_eager_attention(family, tmp_path):
    model = load_model(str(save_tiny(tmp_path, family)), device="cpu")
    result = model.trace("The cat, which was black, sat on the mat.")
    assert len(result.layers) == 2
    assert check(model, result).difference <= 1e-6
    assert (result.output - eager_output(model, result)).abs().max() <= 1e-5
    if family in ("gpt2", "llama"):
        later = torch.ones(len(result), len(result), dtype=torch.bool).triu(1)
        assert all((layer.weights[:, later] == 0).all() for layer in result.layers)
    if family == "llama":
        assert result.layers[0].k.shape[0] == 2
        assert result.layers[0].heads == 4
    if family == "t5":
        assert result.layers[0].bias is not None
        assert result.layers[0].scale == 1.0


@pytest.mark.parametrize(("family", "part"), [("t5", "encoder"), ("bart", "encoder"), ("bert", ""), ("llama", "")])
def test_a_trace_says_which_part_of_the_model_it_shows(family, part, tmp_path):
    assert load_model(str(save_tiny(tmp_path, family)), device="cpu").trace("the cat").part == part


@pytest.mark.parametrize("family", ["bert", "roberta", "gpt2", "llama"])
def test_a_long_text_is_cut_to_what_the_model_can_take(family, tmp_path):
    model = load_model(str(save_tiny(tmp_path, family)), device="cpu")
    result = model.trace("cat " * 100)
    assert len(result) == model.limit == (38 if family == "roberta" else 40)
    assert result.cut == (len(result) - 2) * 4 - 1


def test_a_model_that_does_not_call_our_attention_is_refused(tmp_path):
    with pytest.raises(ModelError, match="its code computes attention in a way of its own"):
        load_model(str(save_tiny(tmp_path, "deberta-v2")), device="cpu")


def test_a_model_with_a_term_that_we_do_not_compute_is_refused(tmp_path):
    with pytest.raises(ModelError, match=r"a term \(softcap\) that attnviz's attention does not compute"):
        load_model(str(save_tiny(tmp_path, "gemma2")), device="cpu")


def test_a_text_is_cut_at_its_end_whatever_the_tokenizer_says(tmp_path):
    folder = save_tiny(tmp_path, "bert")
    config = json.loads((folder / "tokenizer_config.json").read_text())
    (folder / "tokenizer_config.json").write_text(json.dumps(config | {"truncation_side": "left"}))
    result = load_model(str(folder), device="cpu").trace("dog " + "cat " * 100)
    assert result.tokens[1].text == "dog"
    assert result.cut == 38 * 4 - 1


def test_words_are_parted_by_spaces_even_where_the_tokenizer_sees_one_word(tmp_path):
    from tokenizers import Tokenizer, decoders, models, normalizers
    from transformers import PreTrainedTokenizerFast

    folder = save_tiny(tmp_path, "bert")
    pieces = ["[UNK]", "▁", "▁the", "▁ca", "t", "t", "h", "e", "c", "a"]
    vocabulary = {piece: i for i, piece in enumerate(dict.fromkeys(pieces))}
    merges = [("▁", "t"), ("▁t", "h"), ("▁th", "e"), ("▁", "c"), ("▁c", "a")]
    for pair in merges:
        vocabulary.setdefault("".join(pair), len(vocabulary))
    tokenizer = Tokenizer(models.BPE(vocabulary, merges, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.decoder = decoders.Replace("▁", " ")
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="[UNK]").save_pretrained(folder)
    tokens = load_model(str(folder), device="cpu").trace("the cat the").tokens
    assert [(token.text, token.word, token.continues) for token in tokens] == [
        ("the", 0, False),
        ("ca", 1, False),
        ("t", 1, True),
        ("the", 2, False),
    ]


def test_threads_that_share_a_model_never_mix_their_records(minilm):
    texts = [" ".join(["cat", "dog", "mat", "black"][i % 4] for i in range(n)) for n in range(3, 11)]
    alone = [minilm.trace(text) for text in texts]
    start = threading.Barrier(8)

    def runs(which: int) -> int:
        start.wait()
        wrong = 0
        for _ in range(40):
            result = minilm.trace(texts[which])
            same = all(
                torch.allclose(a.q, b.q, atol=1e-5) for a, b in zip(result.layers, alone[which].layers, strict=True)
            )
            wrong += not (same and len(result.layers) == 6 and result.tokens == alone[which].tokens)
        return wrong

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(runs, range(8))) == [0] * 8  # 320 runs


def test_tokens_are_named_by_the_text_not_by_the_vocabulary(minilm):
    tokens = minilm.trace("Ünaffable 🐈‍⬛ didn't").tokens
    assert [token.text for token in tokens[1:-1]] == ["Üna", "ffa", "ble", "🐈‍⬛", "didn", "'", "t"]
    assert [token.continues for token in tokens[1:4]] == [False, True, True]
    assert tokens[4].piece == "[UNK]"
    assert tokens[2].piece == "##ffa"


def test_a_word_that_a_sentence_has_twice_has_two_places(minilm):
    tokens = minilm.trace("the cat the cat").tokens[1:-1]
    assert [(token.start, token.end, token.word) for token in tokens] == [(0, 3, 0), (4, 7, 1), (8, 11, 2), (12, 15, 3)]


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "$x$ \\frac{1}{2}",
        "**b** `c`",
        "a\x00b\x1b",
        "\ud800 x",
        "e" + "\u0301" * 50,
        "ا ب \u202e x",
        "x\u200dy",
    ],
)
def test_awkward_text_is_read_like_any_other(minilm, text):
    result = minilm.trace(text)
    assert check(minilm, result).agrees
    assert all(token.text == result.text[token.start : token.end] for token in result.tokens if not token.special)


@pytest.mark.parametrize("text", ["", "  ", "\u200d", "\u0301"])
def test_text_without_a_token_is_refused(minilm, text):
    with pytest.raises(AttnvizError, match="Type a sentence"):
        minilm.trace(text)


def test_options_are_refused():
    with pytest.raises(ModelError, match="“minilm” does not take these options: heads"):
        trace(SENTENCE, "minilm", heads=3)


def test_a_device_that_is_not_there_is_named():
    with pytest.raises(AttnvizError, match="is not a device"):
        trace(SENTENCE, "random", device="abacus")
    if not torch.cuda.is_available():
        with pytest.raises(AttnvizError, match="There is no cuda here"):
            trace(SENTENCE, "random", device="cuda")


def test_the_trace_names_its_model_and_device(minilm):
    result = minilm.trace(SENTENCE)
    assert (result.model, result.device) == ("minilm", "cpu")


def silenced(family: str, model, layer: int, head: int) -> list:
    """transformers' own way: a hook that zeroes a head's part of what goes into the output projection."""
    d_head = model.network.config.hidden_size // 4

    def zero(module, arguments):
        x = arguments[0].clone()
        x[..., head * d_head : (head + 1) * d_head] = 0
        return (x, *arguments[1:])

    eager = model.eager
    projections = {
        "bert": lambda: eager.encoder.layer[layer].attention.output.dense,
        "gpt2": lambda: eager.h[layer].attn.c_proj,
        "llama": lambda: eager.layers[layer].self_attn.o_proj,
    }
    return [projections[family]().register_forward_pre_hook(zero)]


@pytest.mark.parametrize("family", ["bert", "gpt2", "llama"])
def test_a_head_that_is_off_is_zeros_before_the_output_projection(family, tmp_path):
    model = load_model(str(save_tiny(tmp_path, family)), device="cpu")
    whole, less = model.trace(SENTENCE), model.trace(SENTENCE, off={(0, 2)})
    hooks = silenced(family, model, 0, 2)
    expected = eager_output(model, whole)
    for hook in hooks:
        hook.remove()
    assert (less.output - expected).abs().max() <= 1e-5
    assert (less.output - whole.output).abs().max() > 1e-3
    assert torch.equal(less.layers[0].weights, whole.layers[0].weights)
    assert not torch.equal(less.layers[1].weights, whole.layers[1].weights)


def test_heads_that_are_not_there_cannot_be_switched_off(minilm):
    for off in ({(6, 0)}, {(0, 12)}):
        with pytest.raises(AttnvizError, match="There is no"):
            minilm.trace("the cat", off=off)


def test_the_bundled_bert_predicts_no_words(minilm):
    assert minilm.predicts is None
    with pytest.raises(ModelError, match="has no language-model head"):
        minilm.probabilities("the cat", 1)


@pytest.mark.parametrize(
    ("family", "predicts"), [("bert", "masked"), ("distilbert", "masked"), ("gpt2", "next"), ("llama", "next")]
)
def test_a_language_model_head_gives_the_words_that_transformers_gives(family, predicts, tmp_path):
    from transformers import AutoModelForCausalLM, AutoModelForMaskedLM

    folder = save_tiny(tmp_path, family, with_head=True, has_mask=predicts == "masked")
    model = load_model(str(folder), device="cpu")
    assert model.predicts == predicts
    result = model.trace(SENTENCE)
    assert check(model, result).difference <= 1e-6
    assert len(result.layers) == 2
    theirs = (AutoModelForMaskedLM if predicts == "masked" else AutoModelForCausalLM).from_pretrained(folder).eval()
    ids = torch.tensor([[token.id for token in result.tokens]])
    if predicts == "masked":
        ids[0, 2] = model.tokenizer.mask_token_id
    with torch.no_grad():
        expected = theirs(input_ids=ids, attention_mask=torch.ones_like(ids)).logits[0, 2].softmax(-1)
    ours = model.probabilities(SENTENCE, 2)
    assert (ours - expected).abs().max() <= 1e-6
    assert not torch.equal(ours, model.probabilities(SENTENCE, 2, off={(1, 0), (1, 1), (1, 2), (1, 3)}))
    assert model.word(7) == "cat"
