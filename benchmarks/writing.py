"""A word that is written: one cached eager step of transformers, the package's next word with the trace that grew by
it, and on the page from the press to the word drawn in the explorer. In turn, so that all meet the same load."""

from __future__ import annotations

import gc
import statistics
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle, islice, pairwise, product
from pathlib import Path
from time import perf_counter
from typing import Any, ParamSpec, TypeVar

import torch
from playwright.sync_api import Page
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import DynamicCache, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from attnviz import load_model
from attnviz.generation import GREEDY, drawn
from attnviz.models.pretrained.texts.growing import Read
from attnviz.models.pretrained.texts.model import PretrainedModel
from attnviz.models.pretrained.twins import with_attention
from benchmarks.driven import Driven, chromium
from tests.browser.serving import served_app

P = ParamSpec("P")
R = TypeVar("R")
MUST = 1.5
TEXT = "the cat sat on a mat and the dog was black"
_KNOWN = [*dict.fromkeys(TEXT.split())]
SIZES: dict[str, dict[str, Any]] = {
    "tiny (2 layers × 4 heads)": {
        "vocab_size": 500,
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
    },
    "135 M parameters (30 layers × 9 heads)": {
        "vocab_size": 49152,
        "hidden_size": 576,
        "intermediate_size": 1536,
        "num_hidden_layers": 30,
        "num_attention_heads": 9,
        "num_key_value_heads": 3,
    },
}
# From the click to the end of the frame in which the explorer has the next text.
_PRESSED = """() => { globalThis.pressed = new Promise(done => {
    const before = bench.explorer().trace.header.id;
    addEventListener('click', async ({ timeStamp }) => {
        while (bench.explorer()?.trace?.header.id === before) await new Promise(requestAnimationFrame);
        done(await bench.painted() - timeStamp);
    }, { once: true, capture: true });
}); }"""
# The moments at which a next text was painted.
_WATCHED = """() => {
    const words = globalThis.words = [];
    let last = bench.explorer().trace.header.id;
    const look = async () => {
        const { id } = bench.explorer().trace.header;
        if (id !== last) { last = id; words.push(await bench.painted()); }
        requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
}"""


def writing_rows(words: int = 30, presses: int = 12) -> list[str]:
    """The table's rows, of random Llamas: their speed is not the weights'."""
    rows: list[str] = []
    for size, config in SIZES.items():
        with tempfile.TemporaryDirectory() as folder:
            save(Path(folder), config)
            loaded = load_model(folder, device="cpu")
            assert isinstance(loaded, PretrainedModel)
            rows += _in_package(loaded, size, words)
            rows += _on_page(loaded, folder, size, presses)
            del loaded
            gc.collect()
    return rows


@dataclass
class _Eager:
    """transformers' own model with its own attention and its own cache, a token at a time."""

    network: Any
    cache: Any

    @classmethod
    def after(cls, model: PretrainedModel, read: Read) -> _Eager:
        network = with_attention(model.with_words, "eager")
        one = cls(network, DynamicCache(config=network.config))
        one.read([token.id for token in read.trace.tokens.of_text])
        return one

    @torch.no_grad()
    def read(self, ids: list[int]) -> int:
        mask = torch.ones(1, self.cache.get_seq_length() + len(ids), dtype=torch.long)
        given = {"past_key_values": self.cache, "use_cache": True, "attention_mask": mask}
        return int(self.network(input_ids=torch.tensor([ids]), **given).logits[0, -1].argmax())


def _in_package(model: PretrainedModel, size: str, words: int) -> list[str]:
    """Read on, its trace built, what comes next known and drawn, against one step."""
    torch.set_num_threads(1)
    text = TEXT
    first = model.read_on(model.request(text))
    assert first is not None
    read, eager = first, _Eager.after(model, first)
    ours: list[float] = []
    theirs: list[float] = []
    anew: list[float] = []
    for word in islice(cycle(_KNOWN), words + 5):
        text = f"{text} {word}"
        token = model.trace(text).tokens.of_text[-1].id
        theirs.append(_milliseconds(eager.read, [token])[0])
        time, read = _milliseconds(_next_word, model, text, read)
        ours.append(time)
        anew.append(_milliseconds(_anew, model, text)[0])
    ratio = statistics.median(a / b for a, b in zip(ours[5:], theirs[5:], strict=True))
    eager_ms, own, whole = (statistics.median(x[5:]) for x in (theirs, ours, anew))
    return [
        f"| the package’s next word and grown trace ÷ a cached eager step, {size} | ≤ {MUST} | {ratio:.2f} "
        f"({own:.1f} ms ÷ {eager_ms:.1f} ms) | |",
        f"| the same with the text read anew, as before, {size} | | {whole:.1f} ms | |",
    ]


def _next_word(model: PretrainedModel, text: str, before: Read) -> Read:
    request = model.request(text)
    read = model.read_on(request, [before])
    assert read is not None
    drawn(model, text, *model.following(request, read), GREEDY)
    return read


def _anew(model: PretrainedModel, text: str) -> None:
    request = model.request(text)
    model.trace(request)
    drawn(model, text, *model.following(request), GREEDY)


def _on_page(model: PretrainedModel, folder: str, size: str, presses: int) -> list[str]:
    """From a press on “Next word” to the end of the frame that shows it; and from word to word while it writes on."""
    first = model.read_on(model.request(TEXT))
    assert first is not None
    eager = _Eager.after(model, first)
    with served_app(ATTNVIZ_MODELS=folder) as url, chromium() as browser:
        page = browser.new_page(viewport={"width": 1440, "height": 1000})
        driven = Driven(page, url)
        driven.open(TEXT, model=folder)
        waits, steps = [], []
        for number in range(presses + 3):
            waited = _press(page)
            driven.settle()
            step, _ = _milliseconds(eager.read, [5])
            if number > 2:  # the first ones warm up
                waits.append(waited)
                steps.append(step)
        page.evaluate(_WATCHED)
        page.get_by_role("button", name="Write on").click()
        page.wait_for_function("count => words.length > count", arg=presses, timeout=120_000)
        page.get_by_role("button", name="Stop").click()
        at: list[float] = page.evaluate("() => words")
    between = [later - before for before, later in pairwise(at[2:])]
    ratio = statistics.median(a / b for a, b in zip(waits, steps, strict=True))
    late = statistics.quantiles(waits, n=20)[-1]
    return [
        f"| “Next word” pressed to the word drawn ÷ a cached eager step, {size} | ≤ {MUST} | {ratio:.2f} "
        f"({statistics.median(waits):.0f} ms ÷ {statistics.median(steps):.0f} ms) | {late:.0f} ms |",
        f"| from word to word while it writes on, with the pause of 100 ms, {size} | | "
        f"{statistics.median(between):.0f} ms | {statistics.quantiles(between, n=20)[-1]:.0f} ms |",
    ]


def _press(page: Page) -> float:
    page.evaluate(_PRESSED)
    page.get_by_role("button", name="Next word").click()
    waited: float = page.evaluate("() => pressed")
    return waited


def _milliseconds(run: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> tuple[float, R]:
    start = perf_counter()
    found = run(*args, **kwargs)
    return 1000 * (perf_counter() - start), found


def save(folder: Path, config: dict[str, Any], *, places: int = 2048) -> None:
    """A random Llama, and a tokenizer whose vocabulary is words: as many as the model has."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = LlamaForCausalLM(LlamaConfig(**config, max_position_embeddings=places, tie_word_embeddings=True))
    model.save_pretrained(folder)
    syllables = [a + b for a, b in product("bcdfghjklmnprstvwz", "aeiou")]
    made = ("".join(parts) for count in (2, 3) for parts in product(syllables, repeat=count))
    words = ["<unk>", "<end>", *(f"Ġ{word}" for word in [*_KNOWN, *islice(made, config["vocab_size"] - 2)])]
    vocabulary = {word: i for i, word in enumerate(words[: config["vocab_size"]])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="Ġ", prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(replacement="Ġ", prepend_scheme="always")
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="<unk>", eos_token="<end>")  # type: ignore[no-untyped-call]
    fast.save_pretrained(folder)
