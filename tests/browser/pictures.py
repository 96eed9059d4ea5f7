"""What is painted, compared."""

from __future__ import annotations

import base64
import io
import re

import numpy as np
from PIL import Image


def look_alike(some: dict[str, str], others: dict[str, str]) -> bool:
    """Whether the same is painted, to one step of a colour: what the page computes and what the package sends it may
    differ by their last digit, and a colour is rounded between them."""
    return some.keys() == others.keys() and all(_differ_by(some[name], others[name]) <= 1 for name in some)


def _differ_by(some: str, others: str) -> int:
    """The largest difference between the colours of two views' canvases."""
    pairs = [(_pixels(one), _pixels(other)) for one, other in zip(_urls(some), _urls(others), strict=True)]
    return max((int(np.abs(a - b).max(initial=0)) if a.shape == b.shape else 255 for a, b in pairs), default=0)


def _urls(joined: str) -> list[str]:
    return re.findall(r"base64,([^,]+)", joined)


def _pixels(encoded: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(encoded))).convert("RGBA")).astype(int)
