"""The models whose weights come in Python packages. Another one is a module of its own, and a name here: what a name
means, the page's menu, the cache and the documents all read this list."""

from __future__ import annotations

from attnviz.models.packages.dinov2 import DINOV2
from attnviz.models.packages.minilm import MINILM
from attnviz.models.packages.packaged import PackagedModel
from attnviz.models.packages.portuguese import PORTUGUESE, PORTUGUESE_ENGLISH
from attnviz.models.packages.smollm2 import SMOLLM2
from attnviz.models.packages.whisper import WHISPER

_ALL = (MINILM, SMOLLM2, DINOV2, WHISPER, PORTUGUESE, PORTUGUESE_ENGLISH)
PACKAGED: dict[str, PackagedModel] = {model.name: model for model in _ALL}
