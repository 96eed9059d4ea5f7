"""The model in the page reads and runs as the package does: ids and rows the same, every stage and the predictions to
1e-5."""

from __future__ import annotations

import json
from typing import Any

import pytest
from torch import Tensor

from attnviz import Trace
from attnviz.client.models import packed_model
from attnviz.client.rows import row_of
from attnviz.models import load_model
from attnviz.models.trained import TextModel
from attnviz.training.words.grammar import held_out_sentences, training_sentences
from attnviz.training.words.induction import drawn_block
from tests.explorer.in_page import FLOAT32, Asked, Ran, Told, assert_near, in_page
from tests.support.trained import trained_with

LONG = 40  # of a text of more tokens, two heads are compared, and not all
ODD = [
    "The CAT, who didn't “see” the dog... sat!",
    "cat",
    "[MASK]",
    "the [mask] sat on [Mask] mat",
    "🙂 the cat 👩‍👩‍👧 sat 🇮🇱 on 👍🏽",
    "قطة جلست على the cat قطة",
    "1 קט and a cat, קט",
    "🇮🇱 שלום",
    "؟ cat",
    "  double   spaces \t\n here  ",
    "don't can’t mother-in-law mother‐in‐law o‘clock",
    "the 'cat' -dog- the cat's mother‐in‐law",
    "3 cats 4.5 m² ½ ⅷ",
    "the ﬁsh ſat on my K mat ß",
    "caſe The ſtar Cats STAR",
    "日本語 テキスト ไทย हिन्दी 한국어",
    "e\u0301te\u0301 été e\u0301",
    "\u200d cat \u00ad \u202edog \ufeff x",
    "[CLS] [SEP] the [UNK] cat [PAD]",
    "[MASK]] [MA SK] [maſk]",
    "a\u0301\u0302\u0303\u0304\u0305\u0306 b \u0301",
    "!!!???…",
    "'tis the dogs' day",
    "a\u2011b\u2011c a\u2011b\u2011c",
    "averyveryverylongwordindeed averyveryverylongwordindeed",
    "x_y 12,000 e.g. U.S.A.",
    "\x00\x01cat\x7f dog\x85the",
    "half \ud800 a pair",
    "<b>cat</b> & $x$",
    "cat\r\ndog\rthe",
    "the cat sat on the mat , " * 30,
    "😀 " * 600,
    "cat " * 5_100,
]


def texts_of_grammar() -> list[str]:
    """200 texts and more: sentences of the task, some with capitals and a word hidden, and odd ones."""
    drawn = [*training_sentences(100, seed=5), *held_out_sentences(70, seed=5, attractors=2)]
    plain = [" ".join(sentence.words) for sentence in drawn]
    changed = [
        text.capitalize().replace(" the ", " [MASK] ", 1) if i % 3 == 0 else text for i, text in enumerate(plain)
    ]
    return [*changed, *ODD]


TEXTS = {
    "grammar": texts_of_grammar(),
    "induction": [*(drawn_block(seed) for seed in range(8)), "cat", "the black cat [MASK] zebra"],
    "random": ["The cat, which was black, sat on the mat", "cat", "didn't ♥ קט mother-in-law"],
}
DESIGNS: dict[str, dict[str, Any]] = {
    "post-norm, sinusoidal": {"norm": "post", "positions": "sinusoidal", "tied": False},
    "pre-norm, learned, causal": {"positions": "learned", "causal": True, "longest": 24},
    "no positions, attention only": {"positions": "none", "d_ff": 0, "layers": 3},
    "post-norm, attention only, one head": {"norm": "post", "d_ff": 0, "heads": 1, "causal": True},
    "one layer, wide": {"layers": 1, "heads": 8, "d_model": 48, "d_ff": 20, "positions": "sinusoidal"},
    "six layers": {"layers": 6, "heads": 2, "d_model": 12, "positions": "rotary", "norm": "post"},
}


@pytest.fixture(scope="module")
def models() -> dict[str, Any]:
    made = {name: trained_with(seed, **design) for seed, (name, design) in enumerate(DESIGNS.items())}
    known = {name: load_model(name, device="cpu") for name in TEXTS}
    options = {"heads": 3, "d_model": 24, "causal": True, "scaling": False, "temperature": 0.7, "positions": False}
    return known | made | {"random, otherwise": load_model("random", device="cpu", seed=7, **options)}


def texts_of(name: str) -> list[str]:
    return TEXTS.get(name, [TEXTS["grammar"][0], "the cat sat", "A dog that the girls saw barks now ."])


@pytest.fixture(scope="module")
def told(models: dict[str, Any], node: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Told]]:
    """By model, what the page told of it; a model that is known on one text alone is packed with each."""
    asked, names = [], []
    for name, model in models.items():
        texts = texts_of(name)
        for group in [texts] if isinstance(model, TextModel) else [[text] for text in texts]:
            packed = packed_model(model, model.request(group[0]))
            asked.append(Asked(packed, group, [run_of(model, text) for text in group]))
            names.append(name)
    told: dict[str, list[Told]] = {name: [] for name in models}
    for name, one in zip(names, in_page(node, tmp_path_factory.mktemp("page"), asked), strict=True):
        told[name].append(one)
    return told


def run_of(model: Any, text: str) -> dict[str, Any]:
    tokens = len(model.trace(text))
    last = [len(model.trace(text).layers) - 1, model.trace(text).layers[0].heads - 1]
    heads = {} if tokens <= LONG else {"heads": [[0, 0], last]}
    return {
        "text": text,
        **heads,
        "hidden": [] if model.predicts is None else sorted({1, tokens - 1} & {*range(tokens)}),
    }


def every(told: dict[str, list[Told]], models: dict[str, Any]) -> list[tuple[Any, str, dict[str, Any], Ran]]:
    """Model, text, what was read of it, and its run."""
    return [
        (models[name], text, read, run)
        for name, pages in told.items()
        for text, read, run in zip(
            texts_of(name),
            [read for page in pages for read in page.texts],
            [run for page in pages for run in page.runs],
            strict=True,
        )
    ]


def test_there_are_200_texts():
    assert len(set(TEXTS["grammar"])) >= 200


def test_the_page_reads_a_text_as_the_package_does(told: dict[str, list[Told]], models: dict[str, Any]):
    for model, text, read, _ in every(told, models):
        tokens = model.trace(text).tokens
        assert read["ids"] == [token.id for token in tokens], text
        assert read["row"] == json.loads(json.dumps(row_of(tokens))), text
        assert read["cut"] == tokens.cut, text


def test_every_stage_of_a_run_is_the_package_s(told: dict[str, list[Told]], models: dict[str, Any]):
    for model, text, _, run in every(told, models):
        trace = model.trace(text)
        wanted = heads_of(trace) | (stages_of(trace) if trace.stages else {"0.output": trace.output})
        assert run.names <= wanted.keys() | {f"probabilities.{at}" for at in range(len(trace))} | OWN, text
        compared = wanted.keys() & run.names
        assert {"0.0.weights", "0.output"} <= compared
        for name in compared:
            assert_near(run[name], wanted[name], f"{model.name}, {text[:60]!r}, {name}")


OWN = {f"{layer}.{head}.projected{x}" for layer in range(6) for head in range(8) for x in "QK"}
OWN |= {f"0.{name}" for name in ("before", "input")} | {"embedded", "placed"}  # of the random model: see below


def stages_of(trace: Trace) -> dict[str, Tensor]:
    """The stages of the whole way, by the page's names."""
    stages = trace.stages
    assert stages is not None
    found = {name: getattr(stages, name) for name in ("embedded", "placed", "final", "logits")}
    before = stages.placed
    for i, block in enumerate(stages.blocks):
        named = {
            "before": before,
            "input": block.attention_input,
            "concatenated": block.concatenated,
            "output": block.attention_output,
            "attended": block.attended,
            "after": block.output,
        }
        if block.hidden.shape[-1]:
            named |= {"feedForwardInput": block.feed_forward_input, "hidden": block.hidden}
            named |= {"feedForward": block.feed_forward}
        found |= {f"{i}.{name}": value for name, value in named.items()}
        before = block.output
    return found


def heads_of(trace: Trace) -> dict[str, Tensor]:
    """Every head's way, by the page's names, and the heads side by side."""
    found = {}
    for i, layer in enumerate(trace.layers):
        steps = layer.attention()
        for head in range(layer.heads):
            for name in ("q", "k", "v", "scores", "scaled", "masked", "weights", "context"):
                found[f"{i}.{head}.{name}"] = getattr(steps, name)[head]
        found[f"{i}.concatenated"] = steps.context.transpose(0, 1).flatten(1)
    return found


def test_what_is_predicted_is_what_the_package_predicts(told: dict[str, list[Told]], models: dict[str, Any]):
    seen = 0
    for model, text, _, run in every(told, models):
        places = [int(name.split(".")[1]) for name in sorted(run.names, key=len) if name.startswith("probabilities")]
        for at, guesses in zip(sorted(places), run.guesses, strict=True):
            probabilities = model.probabilities(text, at)
            assert_near(run[f"probabilities.{at}"], probabilities, f"{model.name}, {text[:60]!r}, {at}")
            most = [float(probabilities[model.words.index(word)]) for word in guesses]
            assert most == pytest.approx(probabilities.topk(5).values.tolist(), abs=FLOAT32)
            seen += 1
    assert seen > 400


def test_q_and_k_before_they_are_turned_are_x_times_their_matrices(told: dict[str, list[Told]], models: dict[str, Any]):
    model, run = models["grammar"], told["grammar"][0].runs[0]
    for layer, attention in enumerate(model.network.attentions()):
        for head in range(4):
            columns = slice(8 * head, 8 * head + 8)
            for name, matrix in (("Q", attention.w_q), ("K", attention.w_k)):
                wanted = run[f"{layer}.input"] @ matrix[:, columns].double()
                assert_near(run[f"{layer}.{head}.projected{name}"], wanted, f"{layer}.{head}.{name}", 1e-12)


def test_the_random_model_s_words_and_places_are_the_package_s(told: dict[str, list[Told]], models: dict[str, Any]):
    for name in ("random", "random, otherwise"):
        model = models[name]
        for text, page in zip(texts_of(name), told[name], strict=True):
            ids = [token.id for token in model.trace(text).tokens]
            for stage in ("placed", "0.before", "0.input"):
                assert_near(page.runs[0][stage], model.inputs(ids), f"{name}, {text}, {stage}", 1e-6)
