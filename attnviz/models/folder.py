"""What a model's folder holds, looked at before anything is loaded from it, and the sentence for what it lacks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from safetensors import safe_open

from attnviz.models.base import ModelError
from attnviz.models.names import CONFIGURATION

WEIGHTS, INDEX = "model.safetensors", "model.safetensors.index.json"
ADAPTER = "adapter_config.json"
_POINTER = b"version https://git-lfs"
# Files that hold a vocabulary, of all the tokenizers of the transformers library; the rest of a tokenizer is settings.
_VOCABULARIES = ("tokenizer.json", "vocab*", "*.model", "*.spm", "*.tiktoken", "bpe.codes", "dict.txt", "*.tokenizer")
_NARROW = {"F16": "float16", "BF16": "bfloat16", "F8_E4M3": "float8", "F8_E5M2": "float8"}


def check_folder(folder: Path, name: str) -> None:
    """Raise `ModelError`, which says what is missing, unless the folder holds a configuration, all weights as
    safetensors, a tokenizer, and no adapter that would be left out."""
    if not (folder / CONFIGURATION).is_file():
        alone = "only an adapter" if (folder / ADAPTER).is_file() else "no model"
        raise ModelError(f"The folder {name} holds {alone}: there is no config.json in it.{_merging(alone)}")
    _check_adapter(folder, name)
    _check_weights(folder, name)
    check_vocabulary(folder, name)


def check_vocabulary(folder: Path, name: str) -> None:
    """Raise `ModelError` if the folder holds no tokenizer's vocabulary. (Its settings alone would make an empty one,
    which reads every word as unknown.)"""
    if not any(found.is_file() for pattern in _VOCABULARIES for found in folder.glob(pattern)):
        raise ModelError(no_tokenizer(name))


def no_tokenizer(name: str) -> str:
    """There is none, and how to save one."""
    return (
        f"The model {name} comes without a tokenizer, so a text cannot be turned into its tokens. Save the one that it "
        "was trained with into the same folder: AutoTokenizer.from_pretrained(…).save_pretrained(folder)."
    )


def is_sentencepiece_alone(folder: Path) -> bool:
    """Whether the vocabulary is a sentencepiece model only, which not every tokenizer can be made of."""
    return not (folder / "tokenizer.json").is_file() and bool([*folder.glob("*.model"), *folder.glob("*.spm")])


def narrow_numbers(folder: Path) -> str:
    """In which numbers of fewer than 32 bits the weights are saved, "" if in none: "bfloat16"."""
    found = set()
    for path in sorted(folder.glob("model*.safetensors")):
        with safe_open(path, framework="pt") as file:
            found |= {file.get_slice(key).get_dtype() for key in file.keys()}  # noqa: SIM118  # not a dictionary
    return " and ".join(sorted({_NARROW[kind] for kind in found if kind in _NARROW}))


def settings(folder: Path, file: str) -> dict[str, Any]:
    """A file of settings as it stands there; empty if there is none that can be read."""
    try:
        found = json.loads((folder / file).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


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
    if not (folder / WEIGHTS).is_file() and not (folder / INDEX).is_file():
        raise ModelError(f"The folder {name} has {files[0].name}, but no {WEIGHTS}, under which a model is saved.")
    needed = [folder / WEIGHTS]
    if not needed[0].is_file():
        needed = [folder / shard for shard in sorted(set(settings(folder, INDEX).get("weight_map", {}).values()))]
    for path in needed:
        if not path.is_file():
            raise ModelError(f"The folder {name} lacks {path.name}, a part of the weights. Fetch it again.")
        with path.open("rb") as file:
            if file.read(len(_POINTER)) == _POINTER:
                raise ModelError(
                    f"In {name}, {path.name} is a Git LFS pointer, not the weights themselves. Fetch them with git lfs "
                    "pull."
                )
