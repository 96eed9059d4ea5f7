"""Every number of a walk once more: in numpy and float64, from the matrices that the walk has shown before it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.explorer.walking import Walked

Matrices = dict[str, np.ndarray]
HeadOf = Callable[[int], np.ndarray]  # a head: what it hands on, of the walk that is of it
LayerOf = Callable[[int], np.ndarray]  # a layer: what it gives, of the walk that is of it

# What is learned, or drawn, is where numbers begin.
PARAMETERS = {"E", "U", "b", "γ", "β", "W_1", "b_1", "W_2", "b_2"}
PARAMETERS |= {f"{kind}_{letter}" for kind in "Wb" for letter in "QKVO"}


def normed(x: np.ndarray, scale: np.ndarray, shift: np.ndarray) -> np.ndarray:
    mean, variance = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
    return (x - mean) / np.sqrt(variance + 1e-5) * scale + shift


def turned(x: np.ndarray, angles: np.ndarray) -> np.ndarray:
    a, b = np.split(x, 2, axis=-1)
    return np.concatenate([a * np.cos(angles) - b * np.sin(angles), a * np.sin(angles) + b * np.cos(angles)], axis=-1)


def sinusoidal(n: int, d: int) -> np.ndarray:
    angles = np.arange(n)[:, None] / 10000.0 ** (np.arange(0, d, 2) / d)
    waves = np.empty((n, d))
    waves[:, 0::2], waves[:, 1::2] = np.sin(angles), np.cos(angles)[:, : d // 2]
    return waves


def weights_of(masked: np.ndarray, kind: str) -> np.ndarray:
    """Rows of masked scores, over the temperature, as weights."""
    seen = np.isfinite(masked)
    count = seen.sum(-1, keepdims=True)
    if kind == "softmax":
        powers = np.exp(masked - masked.max(-1, keepdims=True))
        return np.asarray(powers / powers.sum(-1, keepdims=True))
    if kind == "relu":
        return np.where(seen, np.maximum(masked, 0.0), 0.0) / count
    if kind == "polynomial":
        return np.where(seen, masked, 0.0) ** 3 / np.sqrt(count)
    return np.eye(masked.shape[-1])[masked.argmax(-1)]


def allowed(n: int, causal: bool, mask: dict[str, Any] | None) -> np.ndarray:
    """[query, key]: whether it may look."""
    apart = np.arange(n)[:, None] - np.arange(n)
    kind = mask["kind"] if mask else ""
    may = apart >= 0 if kind == "causal" or (causal and kind != "bidirectional") else np.full((n, n), True)
    if kind in ("window", "dilated"):
        every = mask.get("step", 2) if mask["kind"] == "dilated" else 1
        may = may & (np.abs(apart) <= mask["width"]) & (apart % every == 0)
    return may


def temperature_of(walk: Walked) -> float:
    return float(walk.config["temperature"] * walk.asked.get("changes", {}).get("temperature", 1.0))


def scale_of(walk: Walked) -> float:
    return float(walk.config["scale"]) if walk.asked.get("changes", {}).get("root", True) else 1.0


def shift_of(logits: np.ndarray) -> float:
    """What is taken away from a row of scores before e is raised to their power."""
    most = float(logits.max())
    return most if most > 9 or most < -1 else 0.0


def recomputed(walk: Walked, head_of: HeadOf, layer_of: LayerOf) -> dict[str, Matrices]:
    """By step and name, what each matrix must be. Left out are those where numbers begin: what was learned or drawn,
    the input of a layer whose walk begins there, queries, keys and values that are known as they ran alone."""
    parts = (_vectors, _projections, _scores, _weights, lambda one: _heads(one, head_of), _block)
    found: dict[str, Matrices] = {step: {} for step in walk.steps}
    for part in parts:
        for step, matrices in part(walk).items():
            found[step] |= matrices
    if "layers" in walk.steps:
        found["layers"] = {f"layer {layer}": layer_of(layer) for layer in range(len(walk["layers"].shown))}
    if "probabilities" in walk.steps:
        found["probabilities"] = _prediction(walk)
    return found


def _vectors(walk: Walked) -> dict[str, Matrices]:
    found: dict[str, Matrices] = {"ids": {"id": np.array([walk.told["ids"]])}}
    if "embeddings" not in walk.steps:
        return found
    ids, embeddings, positions = walk.told["ids"], walk["embeddings"], walk["positions"]
    x = embeddings["X"]
    found |= {"embeddings": {}, "positions": {}}
    if "E" in embeddings:
        found["embeddings"]["X"] = embeddings["E"][ids]
    if "P" in positions and walk.config["positions"] == "sinusoidal":
        found["positions"]["P"] = sinusoidal(*x.shape)
    if "θ" in positions:
        half = walk.config["d_head"] // 2
        found["positions"]["θ"] = np.arange(len(x))[:, None] * walk.config["rotary_base"] ** -(np.arange(half) / half)
    found["positions"]["X"] = x + positions["P"] if "P" in positions else x
    return found


def _projections(walk: Walked) -> dict[str, Matrices]:
    shown = walk["projections"]
    found: Matrices = {}
    given = walk["positions"]["X"] if walk.asked["layer"] == 0 and "positions" in walk.steps else None
    if given is not None:
        found["x" if "x" in shown else "X"] = given
    if "x" in shown:
        found["X"] = normed(shown["x"], shown["γ"], shown["β"])
    for letter in "QKV":
        if f"W_{letter}" not in shown:
            continue
        bias = shown.get(f"b_{letter}", 0.0)
        made = shown["X"] @ shown[f"W_{letter}"] + bias
        if f"X·W_{letter}" in shown:
            found[f"X·W_{letter}"] = made
            made = turned(shown[f"X·W_{letter}"], walk["positions"]["θ"])
        found[letter] = made
    return {"projections": found}


def _scores(walk: Walked) -> dict[str, Matrices]:
    query, key, names = walk.asked["query"], walk.asked["key"], walk.told["names"]
    q, k = walk["projections"]["Q"], walk["projections"]["K"]
    of_query, of_key = f"q of {names[query]}", f"k of {names[key]}"
    scaled = walk["scores"]["S"] * scale_of(walk)
    if "b" in walk["scaled"]:
        scaled = scaled + walk["scaled"]["b"]
    may = allowed(len(q), walk.config["causal"], walk.asked.get("changes", {}).get("mask"))
    return {
        "score": {
            of_query: q[[query]],
            of_key: k[[key]],
            "q · k": walk["score"][of_query] * walk["score"][of_key],
        },
        "row": {"s": q[[query]] @ k.T},
        "scores": {"S": q @ k.T},
        "scaled": {"Ŝ": scaled},
        "masked": {"M": np.where(may, walk["scaled"]["Ŝ"], -np.inf)},
    }


def _weights(walk: Walked) -> dict[str, Matrices]:
    query = walk.asked["query"]
    shown, masked, v = walk["softmax"], walk["masked"]["M"], walk["projections"]["V"]
    kind = walk.asked.get("changes", {}).get("normalizer", "softmax")
    logits = shown["m/T"] if "m/T" in shown else shown["m"]
    shift = shift_of(logits)
    found = {"m": masked[[query]], "A": weights_of(masked / temperature_of(walk), kind)}
    if "m/T" in shown:
        found["m/T"] = shown["m"] / temperature_of(walk)
    if kind == "softmax":
        powers = np.exp(logits - shift)
        name = "e^(m−max)" if shift else "e^m"
        found |= {name: powers, "a": shown[name] / shown[name].sum()}
    else:
        found["a"] = weights_of(logits, kind)
    context = walk["context"]
    return {
        "softmax": found,
        "context": {
            "a": shown["a"],
            "V": v,
            "a · v": context["a"].T * context["V"],
            "c": context["a · v"].sum(0, keepdims=True),
        },
    }


def _heads(walk: Walked, head_of: HeadOf) -> dict[str, Matrices]:
    own = walk["softmax"]["A"] @ walk["projections"]["V"]
    chosen = f"head {walk.asked['head']}"
    found = {"heads": {name: own if name == chosen else head_of(int(name[5:])) for name in walk["heads"].shown}}
    if "concatenated" in walk.steps:
        found["concatenated"] = {"C": np.concatenate([head_of(h) for h in range(walk.config["heads"])], axis=1)}
    if "output" in walk.steps:
        shown = walk["output"]
        found["output"] = {"O": concatenated(walk) @ shown["W_O"] + shown.get("b_O", 0.0)}
    return found


def concatenated(walk: Walked) -> np.ndarray:
    return walk["concatenated"]["C"] if "concatenated" in walk.steps else walk["heads"]["head 0"]


def _block(walk: Walked) -> dict[str, Matrices]:
    if "residual" not in walk.steps:
        return {}
    projections, residual = walk["projections"], walk["residual"]
    given = projections["x"] if "x" in projections else projections["X"]
    found = {"residual": {"x": given, "O": walk["output"]["O"], "x + O": residual["x"] + residual["O"]}}
    if "norm(x + O)" in residual:
        found["residual"]["norm(x + O)"] = normed(residual["x + O"], residual["γ"], residual["β"])
    if "feed_forward" not in walk.steps:
        return found
    inner, last = walk["feed_forward"], walk["second_residual"]
    is_post = walk.config["norm"] == "post"
    found["feed_forward"] = {
        "x": residual["norm(x + O)"],
        "inside": np.maximum(0.0, inner["x"] @ inner["W_1"] + inner["b_1"]),
        "F": inner["inside"] @ inner["W_2"] + inner["b_2"],
    }
    x = residual["norm(x + O)" if is_post else "x + O"]
    found["second_residual"] = {"x": x, "F": inner["F"], "x + F": last["x"] + last["F"]}
    if is_post:
        found["second_residual"]["norm(x + F)"] = normed(last["x + F"], last["γ"], last["β"])
    return found


def given_by(walk: Walked) -> np.ndarray:
    """What the layer of a walk gives, as its last step shows it."""
    last = walk["second_residual"] if "second_residual" in walk.steps else walk["residual"]
    found = [last[name] for name in ("norm(x + F)", "x + F", "norm(x + O)", "x + O") if name in last]
    return found[0]


def _prediction(walk: Walked) -> Matrices:
    shown, query = walk["probabilities"], walk.asked["query"]
    found = {
        "x": walk["layers"][f"layer {len(walk['layers'].shown) - 1}"] if "layers" in walk.steps else given_by(walk)
    }
    final = shown["x"]
    if "norm(x)" in shown:
        found["norm(x)"] = normed(shown["x"], shown["γ"], shown["β"])
        final = shown["norm(x)"]
    table = shown["E"] if "E" in shown else shown["U"]
    found["z"] = final[[query]] @ table.T + shown["b"]
    return found | {"p": weights_of(shown["z"], "softmax")}
