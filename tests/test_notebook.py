"""In a notebook: short representations, nothing printed beside them, and a trace that shows itself."""

from __future__ import annotations

import logging
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
import torch

import attnviz
from attnviz.models.machine.quiet import quiet
from tests.support.tiny import SENTENCE, save_tiny
from tests.support.traces import layer_of, tokens_of, trace_of

ROOT = Path(__file__).parent.parent


def crossed() -> attnviz.Trace:
    """Two target tokens that look at three source tokens."""
    layer = layer_of(
        *(torch.randn(1, n, 2, generator=torch.Generator().manual_seed(n)) for n in (2, 3)),
        queries=tokens_of("ab", name="target"),
        keys=tokens_of("cde", name="source"),
        part="cross",
    )
    return trace_of(layer)


def test_every_record_has_a_short_representation():
    model = attnviz.load_model("grammar")
    trace = model.trace(SENTENCE)
    layer = trace.layers[0]
    linked = attnviz.analysis.link_tables(trace)
    records = [trace, trace.tokens, layer, layer.rule, layer.attention(), trace.stages, trace.stages.blocks[0]]
    records += [linked, attnviz.analysis.compare(trace, (0, 0), trace, (0, 1)), trace.request, model.checkpoint]
    for record in records:
        told = repr(record)
        assert len(told) < 700, told[:200]
        assert "tensor(" not in told
        assert told.count("\n") <= 1
    assert repr(trace.tokens) == f"<Text of 12 tokens: '{SENTENCE}'>"


def test_a_model_says_its_name_and_heads(tmp_path: Path):
    assert repr(attnviz.load_model("random", heads=2)) == "<Model random: 1 layer × 2 heads>"
    both = attnviz.load_model(save_tiny(tmp_path / "bart", "bart", with_head=True, has_mask=True))
    assert repr(both).endswith(
        "bart: encoder 2 layers × 4 heads, decoder 2 layers × 4 heads, cross 2 layers × 4 heads>"
    )
    trace = both.trace("the cat sat", target="a dog")
    assert repr(attnviz.show(trace, query="dog", key="cat")).endswith("head cross.0.0, “dog” looks at “cat”>")
    assert repr(attnviz.show(trace, part="encoder", query="sat")).endswith("head encoder.0.0, “sat” looks>")
    shown = trace._repr_html_()
    assert shown is not None
    assert "the cat sat" in shown


def test_a_token_is_found_by_its_number_and_by_its_word():
    tokens = attnviz.trace("The cat did; it didn't see the Cat", model="minilm").tokens
    found = [tokens.find(word) for word in (3, "did", "didn't", "cat", "Cat", " SEE ")]
    assert [tokens[i].label for i in found] == ["did", "did", "didn", "cat", "Cat", "see"]
    assert found[1] < found[2]


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("dog", "There is no word “dog” in the text. Its words are: the, cat, saw, The, cat."),
        ("cat", "“cat” is 2 times in the text. Say which: token 1, 4."),
        ("THE", "“THE” is 2 times in the text. Say which: token 0, 3."),
        (5, "There is no token 5: the text has tokens 0 to 4."),
        (True, "A token's index is a whole number, not True."),
    ],
)
def test_a_token_that_is_not_there_once_gets_a_sentence(word: int | str, said: str):
    tokens = attnviz.trace("the cat saw The cat", model="random").tokens
    with pytest.raises(attnviz.AttnvizError) as error:
        tokens.find(word)
    assert str(error.value) == said


def test_show_is_at_the_head_and_the_words():
    trace = attnviz.trace(SENTENCE, model="grammar")
    shown = attnviz.show(trace, head="1.2", query="sat", key="cat")
    assert repr(shown) == "<grammar in the explorer: head 1.2, “sat” looks at “cat”>"
    assert repr(attnviz.show(trace)) == "<grammar in the explorer: head 0.0, “The” looks>", "no special token at first"


def test_show_takes_a_part_and_its_own_rows():
    shown = attnviz.show(crossed(), head="cross.0.0", query="b", key="e")
    assert (shown.query, shown.key, str(shown.head)) == (1, 2, "cross.0.0")
    with pytest.raises(attnviz.AttnvizError, match=r"Head cross\.0\.0 is of the cross, not of the encoder"):
        attnviz.show(crossed(), head="cross.0.0", part="encoder")
    with pytest.raises(attnviz.AttnvizError, match="There is no word “c” in the target"):
        attnviz.show(crossed(), query="c")


def test_show_says_which_head_is_not_there():
    with pytest.raises(attnviz.AttnvizError, match="There is no head 9: layer 0 of random has heads 0 to 3"):
        attnviz.show(attnviz.trace("The cat sat", model="random"), head="0.9")


def test_a_trace_shows_itself_in_a_frame_of_its_own():
    shown = attnviz.trace('A "cat" & <b>dog</b>', model="random")._repr_html_()
    assert shown is not None
    assert shown.startswith("<iframe ")
    assert shown.endswith("></iframe>")
    assert shown.count("<") == 2, "all of it stands in an attribute"


def test_nothing_is_printed_beside_a_model_and_a_clear_error(tmp_path: Path):
    lines = f"""
import attnviz
from attnviz.models import check
model = attnviz.load_model({str(save_tiny(tmp_path / "tiny", "bert"))!r})
assert check(model, model.trace("The cat sat. " * 200)).agrees
try:
    attnviz.load_model({str(tmp_path / "broken")!r})
except attnviz.AttnvizError as error:
    print(error)
"""
    broken = save_tiny(tmp_path / "broken", "bert")
    (broken / "model.safetensors").write_bytes(b"no weights")
    done = subprocess.run([sys.executable, "-c", lines], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stderr == ""
    assert done.stdout.count("\n") == 1
    assert "is damaged or incomplete" in done.stdout


def test_what_somebody_has_set_for_the_libraries_holds_afterwards():
    import transformers
    from huggingface_hub.utils import are_progress_bars_disabled  # type: ignore[attr-defined]

    attnviz.load_model("minilm")
    logger = logging.getLogger("transformers")
    before = logger.level
    hook = transformers.utils.logging.set_tqdm_hook(None)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with quiet(), quiet():
            assert not logger.isEnabledFor(logging.ERROR)
            assert are_progress_bars_disabled()
        assert not are_progress_bars_disabled()
    assert logger.level == before
    assert transformers.utils.logging.set_tqdm_hook(hook) is None
