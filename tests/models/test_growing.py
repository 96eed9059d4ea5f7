"""Reading on: a text that grows, read a few tokens at a time, against the same text read at once."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from attnviz import Trace, load_model, wrap
from attnviz.attention import attend, causal_mask
from attnviz.errors import AttnvizError
from attnviz.generation import Sampling, drawn, generate
from attnviz.layer import LayerTrace
from attnviz.models.checking import check
from attnviz.models.pretrained.inside.recording import Call
from attnviz.models.pretrained.texts import growing
from attnviz.models.pretrained.texts.growing import Read
from attnviz.models.pretrained.texts.model import PretrainedModel
from attnviz.pooling import PICTURE, max_pooled
from attnviz.request import Change, HeadOff, Masked, Normalized, RowSet, Scaled, Unseen
from attnviz.rule import Rule
from attnviz.tokens import TextToken, Tokens
from tests.support.tiny import save_tiny, save_tokenizer, tiny_config

FAMILIES = ("gpt2", "llama", "mistral", "gemma3", "gpt_neox", "opt")
# A word, a few, another end, a shorter text, another second word.
TEXTS = (
    *("the cat", "the cat sat", "the cat sat on", "the cat sat on the mat . a dog was on the mat"),
    *("the cat sat on the mat . a dog sat", "the cat sat", "the dog sat on a mat", "the cat sat"),
)


def loaded(folder: Path, family: str) -> PretrainedModel:
    model = load_model(str(save_tiny(folder, family, with_head=True, has_mask=False)), device="cpu")
    assert isinstance(model, PretrainedModel)
    return model


@pytest.fixture(scope="module", params=FAMILIES)
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> PretrainedModel:
    return loaded(tmp_path_factory.mktemp(request.param), request.param)


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> PretrainedModel:
    return loaded(tmp_path_factory.mktemp("llama"), "llama")


def read_in_turn(model: PretrainedModel, *changes: Change) -> Iterator[tuple[str, Read]]:
    """The texts, each read on from those before."""
    reads: list[Read] = []
    for text in TEXTS:
        read = model.read_on(model.request(text, changes=changes), reads)
        assert read is not None
        reads.append(read)
        yield text, read


def furthest(one: Trace, other: Trace) -> float:
    """How far the numbers of two traces are from each other, at most, of all that they hold; of numbers above 1 as a
    share of the largest (without a softmax they grow)."""
    pairs = [(one.output, other.output)]
    for a, b in zip(one.layers, other.layers, strict=True):
        pairs += [(getattr(a, name), getattr(b, name)) for name in ("q", "k", "v", "weights", "context")]
        pairs.append((a.picture(), b.picture()))
        assert (a.scale, a.temperature, a.normalizer) == (b.scale, b.temperature, b.normalizer)
        assert same(a.mask, b.mask)
    assert all(a.shape == b.shape for a, b in pairs)
    return max(float((a - b).abs().max() / b.abs().max().clamp(min=1.0)) for a, b in pairs)


def same(a: Tensor | None, b: Tensor | None) -> bool:
    return a is b is None or (a is not None and b is not None and torch.equal(a, b))


def test_what_is_read_on_is_what_is_read_at_once(model: PretrainedModel):
    assert model.reads_on
    for text, read in read_in_turn(model):
        whole = model.trace(text)
        assert read.trace.tokens == whole.tokens
        assert read.trace.request == whole.request
        assert furthest(read.trace, whole) < 1e-5
        (ours, place), (theirs, wanted) = model.following(model.request(text), read), model.following(whole.request)
        assert place == wanted
        assert (ours - theirs).abs().max() < 1e-5
        assert check(model, read.trace).agrees, "with the weights of the library's own attention, of the whole text"


@pytest.mark.parametrize(
    "changes",
    [
        (HeadOff((0, 1)), HeadOff((1, 3))),
        (Scaled(temperature=2.0),),
        (Scaled(temperature=0.5), HeadOff((1, 0))),
        (Normalized("relu"),),
        (Normalized("polynomial"), Scaled(2.0)),
        (Normalized("hard"),),
    ],
)
def test_what_is_changed_for_every_row_is_changed_in_the_new_ones(model: PretrainedModel, changes: tuple[Change, ...]):
    plain = model.trace(TEXTS[3])
    for text, read in read_in_turn(model, *changes):
        whole = model.trace(text, changes=changes)
        assert furthest(read.trace, whole) < 1e-5
        if text == TEXTS[3]:
            assert not torch.allclose(whole.output, plain.output, atol=1e-3), "the change does something"


def test_so_are_scores_that_are_not_scaled(llama: PretrainedModel):
    for text, read in read_in_turn(llama, Scaled(root=False)):
        assert {layer.scale for layer in read.trace.layers} == {1.0}
        assert furthest(read.trace, llama.trace(text, changes=[Scaled(root=False)])) < 1e-5


@pytest.mark.parametrize(
    "change", [Masked("window", 2), Masked("bidirectional"), Unseen(key=1), RowSet(0, 0, 1, [0.5, 0.5, 0, 0])]
)
def test_with_what_is_changed_of_one_text_or_its_masks_each_text_is_read_anew(llama: PretrainedModel, change: Change):
    text = "the cat"  # with what frames it four tokens
    before = llama.read_on(llama.request("the"))
    assert before is not None
    assert llama.read_on(llama.request(text, changes=[change]), [before]) is None
    if not isinstance(change, RowSet):  # which is of a text of that length
        for told in generate(llama, text, limit=3, changes=[change]):
            own = llama.probabilities(told.before, told.place, changes=[change])
            torch.testing.assert_close(told.probabilities, own, rtol=0.0, atol=1e-6)


def starts(model: PretrainedModel, monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Notes of each run how many tokens it is given of how many."""
    found: list[tuple[int, int]] = []
    run = model.run

    def noted(network: Any, tokens: Any, start: int = 0, **options: Any) -> Any:
        found.append((len(tokens) - start, len(tokens)))
        return run(network, tokens, start, **options)

    monkeypatch.setattr(model, "run", noted)
    return found


def test_only_what_is_new_is_run(llama: PretrainedModel, monkeypatch: pytest.MonkeyPatch):
    found = starts(llama, monkeypatch)
    list(read_in_turn(llama))
    # Each new word, and the [SEP] that frames a text; of a text that was read already, its last word; and all of one of
    # which less than half is known.
    assert found == [(4, 4), (2, 5), (2, 6), (15, 15), (2, 12), (2, 5), (8, 8), (2, 5)]


def test_a_word_that_is_written_is_a_run_of_one_token_and_what_frames_a_text(llama: PretrainedModel, monkeypatch):
    found = starts(llama, monkeypatch)
    assert len(list(generate(llama, "the cat sat", limit=4))) == 4
    assert found == [(5, 5), (2, 6), (2, 7), (2, 8)]


@pytest.mark.parametrize("sampling", [Sampling(temperature=0), Sampling(temperature=1.5, seed=4)])
def test_it_writes_what_it_writes_reading_each_text_anew(model: PretrainedModel, sampling: Sampling):
    text: str | None = "the cat sat"
    for told in generate(model, "the cat sat", sampling, limit=6):
        assert text is not None
        anew = drawn(model, text, *model.following(model.request(text)), sampling)
        assert (told.before, told.text, told.word) == (text, anew.text, anew.word)
        assert (told.probabilities - anew.probabilities).abs().max() < 1e-5
        text = told.text


def test_it_is_what_the_librarys_own_cache_gives(llama: PretrainedModel):
    """Under its own eager attention, its own cache, one token after another."""
    from attnviz.models.pretrained.twins import with_attention

    eager = with_attention(llama.with_words, "eager")
    read = next(read for text, read in read_in_turn(llama) if text == TEXTS[3])
    cache = None
    for i, token in enumerate(read.trace.tokens[: read.place + 1]):
        ids = torch.tensor([[token.id]])
        with torch.no_grad():
            found = eager(input_ids=ids, past_key_values=cache, use_cache=True, output_attentions=True)
        cache = found.past_key_values
        for layer, theirs in zip(read.trace.layers, found.attentions, strict=True):
            assert (layer.weights[:, i, : i + 1] - theirs[0, :, 0]).abs().max() < 1e-5
    assert (read.logits - found.logits[0, -1]).abs().max() < 1e-5


def test_what_was_read_stays_as_it_was(llama: PretrainedModel):
    first = llama.read_on(llama.request("the cat sat"))
    assert first is not None
    kept = [x.clone() for layer in first.trace.layers for x in layer.tensors()]
    for text in ("the cat sat on", "the dog", "the cat sat on the mat"):
        llama.read_on(llama.request(text), [first])
    assert all(
        torch.equal(a, b) for a, b in zip(kept, (x for y in first.trace.layers for x in y.tensors()), strict=True)
    )
    assert all(layer.keys.shape[-2] == len(first.trace) for layer in first.cache)


def test_layers_go_on_sharing_their_mask(llama: PretrainedModel):
    *_, (_, read) = read_in_turn(llama)
    masks = [layer.mask for layer in read.trace.layers]
    assert all(mask is not None and torch.equal(mask[0], causal_mask(len(read.trace))) for mask in masks)
    assert len({mask.data_ptr() for mask in masks if mask is not None}) == 1


def test_what_another_network_read_or_with_other_changes_is_not_read_on(llama: PretrainedModel, monkeypatch):
    other = llama.untrained()
    assert other is not None
    read = llama.read_on(llama.request("the cat sat"))
    assert read is not None
    off = llama.request("the cat sat on", changes=[HeadOff((0, 0))])
    for model, request in ((other, other.request("the cat sat on")), (llama, off)):
        found = starts(model, monkeypatch)
        anew = model.read_on(request, [read])
        assert anew is not None
        assert found == [(6, 6)]
        assert furthest(anew.trace, model.trace(request)) < 1e-5


def test_the_longest_beginning_is_taken(llama: PretrainedModel, monkeypatch):
    reads = [llama.read_on(llama.request(text)) for text in ("the", "the cat sat on", "the cat", "a dog")]
    found = starts(llama, monkeypatch)
    llama.read_on(llama.request("the cat sat on a mat"), [read for read in reads if read])
    assert found == [(3, 8)]


def test_a_model_that_reads_both_ways_reads_each_text_anew(tmp_path: Path):
    """BERT with a head for the next word, and no mask: a further word changes all rows, so its numbers are of whole
    runs."""
    bert = loaded(tmp_path, "bert")
    assert bert.continues
    assert not bert.reads_on
    assert bert.read_on(bert.request("the cat")) is None
    for told in generate(bert, "the cat", limit=3):
        torch.testing.assert_close(told.probabilities, bert.probabilities(told.before, told.place), rtol=0.0, atol=1e-6)


@pytest.mark.parametrize(
    ("rope", "reads_on"),
    [
        ({"rope_type": "default"}, True),
        ({"rope_type": "dynamic", "factor": 2.0}, False),
        ({"rope_type": "longrope", "factor": 2.0, "short_factor": [1.0] * 2, "long_factor": [2.0] * 2}, False),
    ],
)
def test_a_model_whose_positions_turn_otherwise_in_longer_texts_reads_each_anew(
    tmp_path: Path, rope: dict[str, Any], reads_on: bool
):
    """Seven tokens, of which `agrees` is told, would not show it."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    config = tiny_config("llama")
    config.rope_parameters = {"rope_theta": 1e4, "original_max_position_embeddings": 20, **rope}
    save_tokenizer(tmp_path, has_mask=False)
    model = wrap(AutoModelForCausalLM.from_config(config), AutoTokenizer.from_pretrained(tmp_path))
    assert model.continues
    assert model.reads_on is reads_on


def test_a_text_that_is_as_long_as_the_model_reads_is_read_and_not_continued(llama: PretrainedModel):
    text = " ".join(["cat"] * 37)
    read = llama.read_on(llama.request(text))
    for _ in range(2):
        text += " sat"
        read = llama.read_on(llama.request(text), [read] if read else [])
    assert read is not None
    assert furthest(read.trace, llama.trace(text)) < 1e-5
    assert read.trace.cut is not None
    with pytest.raises(AttnvizError, match="as long as this model can read: 40 tokens"):
        llama.following(read.trace.request, read)


def test_models_trained_here_read_each_text_anew():
    stories = load_model("stories")
    assert stories.read_on(stories.request("One day a boy")) is None
    for one, other in itertools.pairwise(generate(stories, "One day a boy", limit=3)):
        assert one.text == other.before


@pytest.mark.parametrize(
    ("before", "start", "n"), [(10, 10, 11), (30, 28, 33), (50, 50, 57), (80, 80, 81), (60, 58, 61)]
)
def test_small_pictures_grow_with_the_text(before: int, start: int, n: int):
    q, k, v = (torch.randn(heads, n, 8) for heads in (4, 2, 2))
    words = Tokens("text", tuple(TextToken("a", 1, 2 * i, 2 * i + 1) for i in range(before)), "a " * before)
    old = LayerTrace(*(x[:, :before] for x in (q, k, v)), Rule(0.3, causal_mask(before)[None]), words, words)
    mask = causal_mask(n)[None, start:]
    weights, _ = attend(q[:, start:], k, v, mask=mask, scale=0.3)
    call = Call(torch.nn.Identity(), q[:, start:], k, v, Rule(0.3, mask), max_pooled(weights, PICTURE))
    grown = growing._grown_picture(old, call, start)
    if before == 80 or start == 58:  # other cells, or one of which a row was taken back
        assert grown is None
    else:
        assert grown is not None
        whole, _ = attend(q, k, v, mask=causal_mask(n)[None], scale=0.3)
        assert torch.allclose(grown, max_pooled(whole, PICTURE), atol=1e-6)
