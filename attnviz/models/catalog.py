"""The way from a name to a model, and what is remembered on it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import fields
from functools import lru_cache
from os import PathLike
from pathlib import Path
from threading import Lock
from typing import Any

from attnviz._trace import Trace
from attnviz.models import names
from attnviz.models.base import Model
from attnviz.models.errors import ModelError
from attnviz.models.inputs.asking import cleaned, input_of, sensed
from attnviz.models.machine.quiet import settle_bars
from attnviz.models.machine.temporary import settle_temporary_folder
from attnviz.models.names import (
    BY_ITSELF,
    FIRST,
    ByItself,
    Folder,
    Hub,
    Learned,
    Packaged,
    Random,
    Run,
    Shipped,
    Weights,
    at_step,
    stamped,
)
from attnviz.models.names.choosing import chosen_for
from attnviz.models.names.places import expanded, file_stamp, folder_stamp
from attnviz.models.options import ScratchOptions
from attnviz.models.packages.registry import PACKAGED
from attnviz.models.scratch import ScratchModel
from attnviz.models.trained import trained_model
from attnviz.request import Change, Picture, Sound
from attnviz.training.checkpoint import Checkpoint, load, shipped


def load_model(
    name: str | PathLike[str], *, device: str | None = None, stamp: str | None = None, **options: object
) -> Model:
    """The model of that name: "grammar", "induction", "stories", "french", "picture", "digit", "beside", "voice" or
    "tones" (trained here; `step` chooses a moment of the training), "random" (with options), "minilm", "smollm2",
    "dinov2", "whisper", "portuguese" or "portuguese-english" (pretrained, from Python packages), a checkpoint
    (….safetensors), a folder, or a hub model id.

    What is on disk now is what is loaded: a folder or file that was written again since is read again. Who goes on with
    what was read before gives the `stamp` (`stamp_of`) of then.

    Raises:
        ModelError: a model that cannot be had, options it does not take, or a stamp of what is no longer there.
    """
    weights = names.parsed(name)
    if isinstance(weights, ByItself):
        raise ModelError(f"“{weights.name}” is chosen by the text: attnviz.trace(text) does so. Here, name a model.")
    if isinstance(weights, Random):
        known = [f.name for f in fields(ScratchOptions)]
        for option in options:
            if option not in known:
                raise ModelError(f"The random model has no option “{option}”. It has: {', '.join(known)}.")
        weights = Random(ScratchOptions(**options))  # type: ignore[arg-type]  # checked by itself
    elif isinstance(weights, Learned):
        weights = at_step(weights, options.pop("step", None))
    if options and not isinstance(weights, Random):
        raise ModelError(f"“{weights.name}” does not take these options: {', '.join(options)}.")
    return loaded(weights if stamp is None else stamped(weights, stamp), device=device)


def loaded(weights: Weights, *, device: str | None = None) -> Model:
    """The model with these weights. Who asks with a stamp gets what lay there then, or a sentence; without one, what
    lies there now.

    Raises:
        ModelError: a model that cannot be had, or what is no longer there.
    """
    if isinstance(weights, Random):
        return _scratch(weights.options, device)
    if isinstance(weights, Run):
        raise ModelError(
            f"“{weights.name}” is a training run of the page. Keep its file on the Train page, and load that: "
            f"“{weights.place}”."
        )
    if isinstance(weights, names.Checkpoint | Folder | Hub) and not weights.stamp:
        weights = settled(weights)
    with _LOADING[weights.name]:  # two that ask for one model at once wait for one load
        if isinstance(weights, Packaged | Folder | Hub):
            return _pretrained(weights, device)
        return _trained(weights, device)


def settled(weights: Weights) -> Weights:
    """The same as they lie there now."""
    return stamped(weights, stamp_of(weights))


def checkpoint_of(weights: Shipped | names.Checkpoint) -> Checkpoint:
    """The training run behind them.

    Raises:
        CheckpointError: the file is damaged, foreign or not there.
    """
    return (
        shipped(weights.task)
        if isinstance(weights, Shipped)
        else _file(weights.path, weights.stamp or file_stamp(weights.path))
    )


def wrap(model: Any, tokenizer: Any) -> Model:
    """A transformers model that is loaded already (fine-tuned, with an adapter merged, with quantisation undone), with
    its fast tokenizer. What is shown is a copy: the model itself stays as it is.

    Raises:
        ModelError: why it cannot be shown, and what to do.
    """
    settle_bars()
    from attnviz.models.pretrained import wrapping

    return wrapping.wrap(model, tokenizer)


def trace(
    text: object,
    model: str | PathLike[str] = BY_ITSELF.name,
    *,
    second: str | None = None,
    target: str | None = None,
    changes: Collection[Change] = (),
    special_tokens: bool | None = None,
    device: str | None = None,
    question: str | None = None,
    rate: int | None = None,
    **options: Any,
) -> Trace:
    """Read a text, ask about a picture or hear a sound, with a model, and return what its attention computed.

    Args:
        text: any text; at most 512 tokens of it are read, by a causal model 4,096 (`trace.cut` says where it was cut).
            For a model that looks, a picture: a file's path (PNG, JPEG, WebP) or bytes, a PIL image, or an array [row,
            column, channel] of 0 to 255. For a model that hears, a sound: a WAV file's path or bytes, or an array
            [sample] with its rate.
        model: "auto": a model trained here, if it has learned to read such a text, else MiniLM (`trace.model` says
            which), and what looks or hears for a picture or a sound (a string is a text, a `Path` a file);
            "grammar", "induction", "stories", "french", "picture", "digit", "beside", "voice" or "tones" (trained
            here; option `step`: a moment of the training), "minilm", "smollm2", "dinov2", "whisper", "portuguese" or
            "portuguese-english" (pretrained, from Python packages), "random" (from scratch; options `seed`, `heads`,
            `d_model`, `positions`, `causal`, `scaling`, `temperature`), a checkpoint's path, a folder, or a model id of
            the Hugging Face hub.
        second: the second sentence of a pair, for models that take pairs (BERT and its kin).
        target: what an encoder–decoder (BART, T5, MarianMT) is to have written of the text. Of a sound None is what the
            model writes by itself.
        changes: what to do otherwise in this run: `HeadOff("5.11")`, `Unseen(key=2)`, `Masked("causal")`,
            `Scaled(temperature=2.0)`, `Normalized("relu")`, `RowSet(5, 11, 8, weights)`; in from-scratch models also
            `Unplaced()` and `NumberSet(1, "w_q", 2, 3, 0.5)`.
        special_tokens: whether special tokens in the text ([MASK], [SEP], an entity marker) are read as what the model
            learned for them; None: the mask token and those that were added to its vocabulary, as `Model.trace` says.
        device: "cpu", "cuda", "mps"; the fastest there is if None.
        question: what is asked about a picture, by model="picture": "which digit is red?", "which colour is the 7?"; by
            model="beside": "which digit is left of the red one?" (None: these first ones); or the text that CLIP
            compares it with: "a photo of a cat".
        rate: samples a second, of a sound that is an array.

    Raises:
        AttnvizError: text with nothing to read, or a model that cannot be had; the message says why.
    """
    if isinstance(names.parsed(model), ByItself):
        # Who gives options means the first model: only what is trained here has steps.
        kind = sensed(text)
        asked = cleaned(
            input_of(text, second, target, special_tokens, question, rate, hears=kind is Sound, sees=kind is Picture)
        )
        model = (FIRST if options else chosen_for(asked).weights).name
    reader = load_model(model, device=device, **options)
    if isinstance(text, str) and reader.reads & {Picture, Sound}:
        text = Path(text)
    return reader.trace(
        text,
        second=second,
        target=target,
        changes=changes,
        special_tokens=special_tokens,
        question=question,
        rate=rate,
    )


_LOADING: defaultdict[str, Lock] = defaultdict(Lock)


def stamp_of(weights: Weights) -> str:
    """What changes when something else lies under the name: of a file or folder as `places` says, of a hub's model
    where this computer keeps the revision that it fetched; "" of what never changes."""
    if isinstance(weights, names.Checkpoint):
        return file_stamp(weights.path)
    if isinstance(weights, Folder):
        return folder_stamp(weights.path)
    if not isinstance(weights, Hub) or "/" not in weights.id:
        return ""
    settle_bars()
    from attnviz.models.pretrained.files.sources import revision_of  # the hub's library takes a while to import

    return revision_of(weights.id)


def _check_stamp(weights: names.Checkpoint | Folder | Hub) -> None:
    """Raise `ModelError` if something else lies under the name than when that stamp was taken."""
    if weights.stamp != stamp_of(weights):
        raise ModelError(
            f"“{weights.name}” was saved again since this text was read. Read the text again to see the new one."
        )


@lru_cache(maxsize=4)
def _file(path: str, stamp: str) -> Checkpoint:
    """A checkpoint's file; with another stamp it is another one."""
    return load(expanded(path))


@lru_cache(maxsize=32)
def _trained(weights: Shipped | names.Checkpoint, device: str | None) -> Model:
    """A shipped checkpoint, or a file that somebody trained; with another stamp it is another file."""
    if isinstance(weights, names.Checkpoint):
        _check_stamp(weights)
    return trained_model(checkpoint_of(weights), weights, device=device)


@lru_cache(maxsize=16)
def _scratch(options: ScratchOptions, device: str | None) -> Model:
    return ScratchModel(options, device=device)


@lru_cache(maxsize=3)
def _pretrained(weights: Packaged | Folder | Hub, device: str | None) -> Model:
    """The last few are kept: a notebook's second line, and a page's next click, find them loaded. With another stamp
    it is another model."""
    if not isinstance(weights, Packaged):
        _check_stamp(weights)
    elif PACKAGED[weights.model].kind == "marian":
        from attnviz.models.marian.model import load_marian  # nobody else needs its tokenizer

        return load_marian(weights, device=device)
    settle_temporary_folder()
    settle_bars()
    # transformers takes a second to import, and the first heatmap is drawn without it.
    from attnviz.models.pretrained.loading import load

    return load(weights, device=device)
