"""The numbers in the formulas of a walk: read out of their TeX, and written once more from the matrices."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from tests.explorer.recomputed import concatenated, scale_of, shift_of, temperature_of
from tests.explorer.walking import Walked

_NUMBER = re.compile(r"(-?\d+\.\d+)\\cdot 10\^\{(\d+)\}|(-?)\\infty|-?\d+(?:\.(\d+))?")
_PLACE = re.compile(r"_\{\d+\}")


def without_words(tex: str) -> str:
    r"""TeX without its words, and the places that tell them apart.

    >>> without_words(r"s_{\text{a{\\}}_{9},\text{b}} = 0.1")
    's_{,} = 0.1'
    """
    kept, at = "", 0
    while (start := tex.find(r"\text{", at)) >= 0:
        kept += tex[at:start]
        depth, at = 1, start + len(r"\text{")
        while depth:
            step = 2 if tex[at] == "\\" else 1
            depth += {"{": 1, "}": -1}.get(tex[at], 0)
            at += step
        place = _PLACE.match(tex, at)
        at = place.end() if place else at
    return kept + tex[at:]


def numbers_in(tex: str) -> list[tuple[float, float]]:
    r"""Each number, and by how much it may be off: half of its last digit.

    >>> numbers_in(r"-\infty + (-0.250) \cdot 3 = 4.50\cdot 10^{8}")
    [(-inf, 0.0), (-0.25, 0.0005), (3.0, 0.0), (450000000.0, 500000.0)]
    """
    found = []
    for match in _NUMBER.finditer(without_words(tex)):
        mantissa, power, sign, decimals = match.groups()
        if mantissa:
            found.append((float(mantissa) * 10 ** int(power), 0.5 * 10 ** (int(power) - 2)))
        elif sign is not None:
            found.append((-np.inf if sign else np.inf, 0.0))
        else:
            found.append((float(match[0]), 0.5 * 10 ** -len(decimals) if decimals else 0.0))
    return found


def some(numbers: Iterable[Any], most: int = 8) -> list[Any]:
    """All where they are few, else the first three and the last."""
    all_of_them = list(numbers)
    return all_of_them if len(all_of_them) <= most else [*all_of_them[:3], all_of_them[-1]]


def products(a: Sequence[float] | np.ndarray, b: Sequence[float] | np.ndarray) -> list[float]:
    """The factors that are written, in their order."""
    return [float(one) for pair in some(zip(a, b, strict=True)) for one in pair]


def norm_numbers(x: np.ndarray, scale: np.ndarray, shift: np.ndarray) -> list[float]:
    """Of the first number of a row."""
    scale, shift = scale.ravel(), shift.ravel()
    mean, variance = x.mean(), x.var()
    return [
        x[0],
        mean,
        variance,
        10,
        -5,
        scale[0],
        shift[0],
        (x[0] - mean) / (variance + 1e-5) ** 0.5 * scale[0] + shift[0],
    ]


def lines_of(walk: Walked) -> dict[str, list[list[float]]]:
    """By step, the numbers of each line."""
    written = {
        "words": [[len(walk.told["ids"]), walk.asked["query"]]],
        "ids": [[walk.told["ids"][walk.asked["query"]]]],
    }
    for part in (_of_vectors, _of_projections, _of_scores, _of_softmax, _of_values, _of_block, _of_prediction):
        written |= part(walk)
    return {step: written[step] for step in walk.steps}


def _of_vectors(walk: Walked) -> dict[str, list[list[float]]]:
    if "embeddings" not in walk.steps:
        return {}
    query, positions = walk.asked["query"], walk["positions"]
    x = walk["embeddings"]["X"][query]
    address = [walk.told["ids"][query]] if "E" in walk["embeddings"] else []
    places: list[list[float]] = []
    if "θ" in positions:
        places = [[query, 1000, walk.config["d_head"], *positions["θ"][query][:4]]]
    if "P" in positions:
        p = positions["P"][query][0]
        sine = [[query, 0, query, np.sin(query)]] if walk.config["positions"] == "sinusoidal" else []
        places = [*sine, [x[0], p, x[0] + p]]
    return {"embeddings": [[*address, *x[:4]]], "positions": places}


def _of_projections(walk: Walked) -> dict[str, list[list[float]]]:
    query, shown = walk.asked["query"], walk["projections"]
    q = shown["Q"][query]
    if "W_Q" not in shown:
        return {"projections": [list(q[:4])]}
    row, column = shown["X"][query], shown["W_Q"][:, 0]
    bias = [shown["b_Q"][0, 0]] if "b_Q" in shown else []
    made = row @ column + sum(bias)
    lines = [[*products(row, column), *bias, made]]
    if "x" in shown:
        lines.insert(0, norm_numbers(shown["x"][query], shown["γ"], shown["β"]))
    if "X·W_Q" in shown:
        first, second = shown["X·W_Q"][query][[0, len(q) // 2]]
        lines.append([first, query, second, query, first * np.cos(query) - second * np.sin(query)])
    return {"projections": [*lines, list(q[:4])]}


def _of_scores(walk: Walked) -> dict[str, list[list[float]]]:
    query, key = walk.asked["query"], walk.asked["key"]
    q, k = walk["projections"]["Q"], walk["projections"]["K"]
    n, d = q.shape
    score, scale = q[query] @ k[key], scale_of(walk)
    row = list(k @ q[query])
    bias = [walk["scaled"]["b"][query, key]] if "b" in walk["scaled"] else []
    is_root = abs(scale * d**0.5 - 1) < 1e-6
    before = [score, d] if is_root else [score] if scale == 1 else [scale, score]
    return {
        "score": [[*products(q[query], k[key]), score]],
        "row": [row if n <= 6 else row[:5]],
        "scores": [[n, d, d, n, n, n, n * n]],
        "scaled": [[*before, *bias, score * scale + sum(bias)]],
        "masked": [some(walk["masked"]["M"][query])],
    }


def _of_softmax(walk: Walked) -> dict[str, list[list[float]]]:
    query, key, temperature = walk.asked["query"], walk.asked["key"], temperature_of(walk)
    masked = walk["masked"]["M"][query]
    logits = masked / temperature
    seen = np.isfinite(logits).sum()
    kind = walk.asked.get("changes", {}).get("normalizer", "softmax")
    lines: list[list[float]] = [[masked[key], temperature, logits[key]]] if temperature != 1 else []
    if kind == "softmax":
        shift = shift_of(logits)
        powers = np.exp(logits - shift)
        minus = [logits[key], shift] if shift else [logits[key]]
        total = powers.sum()
        return {"softmax": [*lines, [*minus, powers[key], total], [powers[key], total, powers[key] / total]]}
    if not np.isfinite(logits[key]):
        return {"softmax": [*lines, [-np.inf, 0]]}
    best = float(key == logits.argmax())
    written = {
        "relu": [0, logits[key], seen, max(0.0, logits[key]) / seen],
        "polynomial": [logits[key], 3, seen, logits[key] ** 3 / seen**0.5],
        "hard": [logits.max(), logits[key], best],
    }
    return {"softmax": [*lines, written[kind]]}


def _of_values(walk: Walked) -> dict[str, list[list[float]]]:
    query, key, config = walk.asked["query"], walk.asked.get("upTo"), walk.config
    v, weights = walk["projections"]["V"], walk["softmax"]["A"][query].copy()
    if key is not None:
        weights[key + 1 :] = 0.0
    poured = len(weights) if key is None else key + 1
    largest = sorted(range(len(weights)), key=lambda j: (-abs(weights[j]), j))[: min(4, poured)]
    heads, d_value = config["heads"], config["d_value"]
    first = [float(one) for j in largest for one in (weights[j], v[j, 0])]
    found = {
        "context": [[weights[j] for j in largest], [*first, weights @ v[:, 0]]],
        "heads": [[heads, d_value, heads * d_value] if heads > 1 else [d_value]],
        "concatenated": [[heads, d_value, heads * d_value]],
    }
    if "output" in walk.steps:
        shown = walk["output"]
        row, column = concatenated(walk)[query], shown["W_O"][:, 0]
        bias = [shown["b_O"][0, 0]] if "b_O" in shown else []
        found["output"] = [[*products(row, column), *bias, row @ column + sum(bias)]]
    return found


def _of_block(walk: Walked) -> dict[str, list[list[float]]]:
    if "residual" not in walk.steps:
        return {}
    query, residual, heads = walk.asked["query"], walk["residual"], walk.config["heads"]
    layers = len(walk["layers"].shown) if "layers" in walk.steps else 1
    x, o = residual["x"][query], residual["O"][query]
    lines = [[x[0], o[0], x[0] + o[0]]]
    if "γ" in residual:
        lines.append(norm_numbers(x + o, residual["γ"], residual["β"]))
    found = {"residual": lines, "layers": [[layers, heads, layers * heads]]}
    if "feed_forward" not in walk.steps:
        return found
    inner, last = walk["feed_forward"], walk["second_residual"]
    row, inside = inner["x"][query], inner["inside"][query]
    above = np.flatnonzero(inside > 0)
    at = above[0] if len(above) else 0
    wide, column = row @ inner["W_1"][:, at] + inner["b_1"][0, at], inner["W_2"][:, 0]
    bias = inner["b_2"][0, 0]
    found["feed_forward"] = [
        [0, *products(row, inner["W_1"][:, at]), inner["b_1"][0, at], max(0.0, wide)],
        [*products(inside[above], column[above]), bias, inside @ column + bias],
    ]
    x, f = last["x"][query], last["F"][query]
    found["second_residual"] = [[x[0], f[0], x[0] + f[0]]]
    if "γ" in last:
        found["second_residual"].append(norm_numbers(x + f, last["γ"], last["β"]))
    return found


def _of_prediction(walk: Walked) -> dict[str, list[list[float]]]:
    if "probabilities" not in walk.steps:
        return {}
    query, shown = walk.asked["query"], walk["probabilities"]
    final = shown["norm(x)"][query] if "norm(x)" in shown else shown["x"][query]
    table, bias = shown["E"] if "E" in shown else shown["U"], shown["b"][0]
    logits = table @ final + bias
    best = int(logits.argmax())
    powers = np.exp(logits - logits.max())
    lines = [norm_numbers(shown["x"][query], shown["γ"], shown["β"])] if "γ" in shown else []
    return {
        "probabilities": [
            *lines,
            [*products(final, table[best]), bias[best], logits[best]],
            [logits[best], logits.max(), powers[best], powers.sum(), powers[best] / powers.sum()],
        ]
    }
