"""Colours. Each has one meaning, in every view; all scales keep their order for colour-blind eyes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Palette:
    """The colours of one theme."""

    text: str
    faint: str  # secondary text, borders
    grid: str  # lines that guide the eye
    blocked: str  # cells where a query may not look
    accent: str  # what is chosen
    roles: dict[str, str]  # q, k, v, output
    weights: list[tuple[float, str]]  # 0 to 1
    signed: list[tuple[float, str]]  # centred on 0


# Dark is far from 0 in light themes, and light is far from 0 in dark ones. The stops of the weights
# stand closer near 0 (at w², w = 0, ¼, ½, ¾, 1), since most weights are small: 0.06 can be told from 0.
_STOPS = (0.0, 0.0625, 0.25, 0.5625, 1.0)

LIGHT = Palette(
    text="#1f2430",
    faint="#6b7280",
    grid="#e3e4e8",
    blocked="#e3e4e8",
    accent="#e69f00",
    roles={"q": "#1d5fd1", "k": "#b45309", "v": "#15803d", "output": "#7c3aed"},
    weights=list(zip(_STOPS, ("#ffffff", "#cfdcf3", "#86a5de", "#3f62b5", "#14246b"), strict=True)),
    signed=[(0.0, "#0b3c8c"), (0.25, "#5b9bd5"), (0.5, "#ffffff"), (0.75, "#e8836b"), (1.0, "#9b1326")],
)
DARK = Palette(
    text="#e6e8ee",
    faint="#9aa1ae",
    grid="#2a2f3a",
    blocked="#3a3f4b",
    accent="#ffb92e",
    roles={"q": "#7fb0ff", "k": "#f5a35c", "v": "#5fce85", "output": "#b79cff"},
    weights=list(zip(_STOPS, ("#171b24", "#24365c", "#3c64b0", "#7ba6ee", "#eef5ff"), strict=True)),
    signed=[(0.0, "#a9d1ff"), (0.25, "#3f7fc4"), (0.5, "#171b24"), (0.75, "#c4573f"), (1.0, "#ffc2ae")],
)


def palette(dark: bool) -> Palette:
    """The colours for a dark or a light page."""
    return DARK if dark else LIGHT


def weight_color(weight: float, dark: bool) -> tuple[str, str]:
    """The colour of a weight on the scale 0 to 1, and a text colour that can be read on it."""
    return _color(palette(dark).weights, weight)


def signed_color(share: float, dark: bool) -> tuple[str, str]:
    """The same of a number on the scale from -1 to 1, centred on 0."""
    return _color(palette(dark).signed, 0.5 + share / 2)


def _color(stops: list[tuple[float, str]], place: float) -> tuple[str, str]:
    place = min(max(place, 0.0), 1.0)
    upper = next(i for i, (stop, _) in enumerate(stops) if stop >= place)
    (low, first), (high, second) = stops[max(upper - 1, 0)], stops[upper]
    share = (place - low) / (high - low) if high > low else 0.0
    rgb = [round(a + (b - a) * share) for a, b in zip(_rgb(first), _rgb(second), strict=True)]
    # Relative luminance (WCAG 2): black on light cells, white on dark ones, whichever stands out more.
    linear = [(c / 255 / 12.92) if c / 255 <= 0.04045 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in rgb]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#{:02x}{:02x}{:02x}".format(*rgb), "#000000" if luminance > 0.179 else "#ffffff"


def _rgb(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)
