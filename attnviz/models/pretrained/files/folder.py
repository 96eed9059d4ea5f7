"""What a model's folder holds, looked at before anything is loaded from it, and the sentence for what it lacks."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from safetensors import safe_open

from attnviz.models.errors import ModelError
from attnviz.models.names.places import CONFIGURATION, PICTURE_KINDS
from attnviz.models.pretrained.files.weighing import Amount

WEIGHTS, INDEX = "model.safetensors", "model.safetensors.index.json"
ADAPTER = "adapter_config.json"
_POINTER = b"version https://git-lfs"
# Files that hold a vocabulary, of all the tokenizers of the transformers library; the rest of a tokenizer is settings.
_VOCABULARIES = (
    *("tokenizer.json", "vocab*", "*.model", "*.spm", "*.tiktoken", "tekken.json", "bpe.codes", "dict.txt"),
    "*.tokenizer",
)
_BYTES = ("ByT5Tokenizer", "CanineTokenizer", "PerceiverTokenizer")  # which need no vocabulary
_NARROW = {"F16": "float16", "BF16": "bfloat16", "F8_E4M3": "float8", "F8_E5M2": "float8"}


def check_folder(folder: Path, name: str) -> None:
    """Raise `ModelError`, which says what is missing, unless the folder holds a configuration, all weights as
    safetensors, a tokenizer, and no adapter that would be left out."""
    if not (folder / CONFIGURATION).is_file():
        alone = "only an adapter" if (folder / ADAPTER).is_file() else "no model"
        raise ModelError(f"The folder {name} holds {alone}: there is no config.json in it.{_merging(alone)}")
    check_files(folder, name)
    if not settings(folder, CONFIGURATION):
        raise ModelError(f"The config.json of {name} is damaged: it cannot be read as a text model's. Fetch it again.")
    if settings(folder, CONFIGURATION).get("model_type") not in PICTURE_KINDS:  # they read no words
        check_vocabulary(folder, name)


def check_files(folder: Path, name: str) -> None:
    """Raise `ModelError` for weights that are not all there, or not all that there is."""
    _check_adapter(folder, name)
    _check_weights(folder, name)


def check_vocabulary(folder: Path, name: str) -> None:
    """Raise `ModelError` if the folder holds no tokenizer's vocabulary. (Its settings alone would make an empty one,
    which reads every word as unknown.)"""
    reads_bytes = settings(folder, "tokenizer_config.json").get("tokenizer_class") in _BYTES
    if not reads_bytes and not any(found.is_file() for pattern in _VOCABULARIES for found in folder.glob(pattern)):
        raise ModelError(no_tokenizer(name))


def no_tokenizer(name: str) -> str:
    """There is none, and how to save one."""
    return (
        f"The model {name} comes without a tokenizer, so a text cannot be turned into its tokens. Save the one that it "
        "was trained with into the same folder: AutoTokenizer.from_pretrained(…).save_pretrained(folder)."
    )


def quantised(name: str) -> str:
    """Its weights are no plain numbers, and what to do."""
    return (
        f"The weights of {name} are quantised, so attnviz cannot read them as numbers. Undo it (model.dequantize()) "
        "and save the model again, or hand it to attnviz.wrap(model, tokenizer)."
    )


def is_sentencepiece_alone(folder: Path) -> bool:
    """Whether the vocabulary is a sentencepiece model only, which not every tokenizer can be made of."""
    return not (folder / "tokenizer.json").is_file() and bool([*folder.glob("*.model"), *folder.glob("*.spm")])


def narrow_numbers(folder: Path, name: str) -> str:
    """In which numbers of fewer than 32 bits the weights are saved, "" if in none: "bfloat16".

    Raises:
        ModelError: weights that are whole numbers, which stand for others.
    """
    found = set()
    for path in _weight_files(folder):
        with safe_open(path, framework="pt") as file:
            kinds = {key: file.get_slice(key).get_dtype() for key in file.keys()}  # noqa: SIM118  # not a dictionary
        if any(kind in ("I8", "U8") and key.endswith("weight") for key, kind in kinds.items()):
            raise ModelError(quantised(name))
        found |= set(kinds.values())
    return " and ".join(sorted({_NARROW[kind] for kind in found if kind in _NARROW}))


def amount_held(folder: Path) -> Amount | None:
    """How much the files of the weights hold, as they say at their beginning; None where there are none (yet)."""
    shapes = []
    for path in _weight_files(folder):
        if not path.is_file():
            return None
        with safe_open(path, framework="pt") as file:
            shapes += [file.get_slice(key).get_shape() for key in file.keys()]  # noqa: SIM118  # not a dictionary
    return Amount(sum(map(math.prod, shapes)), len(shapes)) if shapes else None


def settings(folder: Path, file: str) -> dict[str, Any]:
    """A file of settings as it stands there; empty if there is none that can be read."""
    try:
        found = json.loads((folder / file).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _weight_files(folder: Path) -> list[Path]:
    """The file of the weights, or its parts as the index lists them."""
    if (folder / WEIGHTS).is_file():
        return [folder / WEIGHTS]
    listed = settings(folder, INDEX).get("weight_map")
    shards = {shard for shard in listed.values() if isinstance(shard, str)} if isinstance(listed, dict) else set()
    return [folder / shard for shard in sorted(shards)]


def _merging(alone: str) -> str:
    if alone == "no model":
        return ""
    return " Merge it into its model first: model.merge_and_unload().save_pretrained(folder)."


def _check_adapter(folder: Path, name: str) -> None:
    if (folder / ADAPTER).is_file():
        raise ModelError(
            f"Beside the model in {name} lies an adapter ({ADAPTER}), which would be left out: the numbers were not "
            "those that were trained. Merge it first (model.merge_and_unload().save_pretrained(folder)), or hand the "
            "merged model to attnviz.wrap(model, tokenizer)."
        )


def _check_weights(folder: Path, name: str) -> None:
    files = sorted(folder.glob("*.safetensors"))
    if not files:
        raise ModelError(
            f"The folder {name} has no safetensors weights; attnviz loads no other kind. Save the model again with "
            "model.save_pretrained(folder)."
        )
    if not _weight_files(folder):
        raise ModelError(
            f"The folder {name} has no file {WEIGHTS} (but {files[0].name}), and no index that lists its parts. Save "
            "the model again with model.save_pretrained(folder)."
        )
    for path in _weight_files(folder):
        if not path.is_file():
            raise ModelError(f"The folder {name} lacks {path.name}, a part of the weights. Fetch it again.")
    for path in sorted(found for found in folder.iterdir() if found.is_file()):
        with path.open("rb") as file:
            if file.read(len(_POINTER)) == _POINTER:
                raise ModelError(
                    f"In {name}, {path.name} is a Git LFS pointer, not the file itself. Fetch them with git lfs pull."
                )
