"""A trained model as a file: weights at several moments of its training, its words, its shape and its measures.

The format is safetensors: numbers only, no code. All but the numbers is JSON in its header, under "attnviz".
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from attnviz._brief import brief
from attnviz.errors import AttnvizError
from attnviz.networks import Config, Network, config_from
from attnviz.training.loop import Snapshot, TrainingOptions
from attnviz.training.measures import Measures
from attnviz.training.registry import TASKS
from attnviz.training.tasks import Task
from attnviz.training.vocabulary import Vocabulary

FOLDER = Path(__file__).parent / "checkpoints"
ENDING = ".safetensors"  # how the name of a checkpoint's file ends
FORMAT = 1
_LARGEST = 64 * 2**20  # bytes of a file that is opened at all


class CheckpointError(AttnvizError):
    """A file that is not a checkpoint of this project, or is damaged."""


@dataclass(frozen=True)
class Moment:
    """A point of the curves."""

    step: int
    loss: float
    figures: dict[str, float]

    __repr__ = brief


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """A training run, kept: the moments along its way, and models at some of them."""

    options: TrainingOptions
    config: Config
    vocabulary: Vocabulary
    snapshots: tuple[Snapshot, ...]  # the first untrained, the last as far as it came
    curve: tuple[Moment, ...]
    evaluation: dict[str, float] = field(default_factory=dict)  # on held-out data, as the command printed it

    __repr__ = brief

    @property
    def task(self) -> Task:
        """What was learned."""
        return TASKS[self.options.task]

    @property
    def steps(self) -> list[int]:
        """The steps of its snapshots, in their order."""
        return [snapshot.step for snapshot in self.snapshots]

    def snapshot(self, step: int | None = None) -> Snapshot:
        """The one nearest to a step; the last if None."""
        if step is None:
            return self.snapshots[-1]
        return min(self.snapshots, key=lambda snapshot: abs(snapshot.step - step))

    def network(self, step: int | None = None) -> Network:
        """The model at (the snapshot nearest to) a step, ready to read."""
        network = self.config.network()
        network.load_state_dict({name: value.float() for name, value in self.snapshot(step).weights.items()})
        return network.requires_grad_(False)


def checkpoint_from(
    options: TrainingOptions,
    snapshots: Sequence[Snapshot],
    curve: Sequence[Moment],
    evaluation: Mapping[str, float] | None = None,
) -> Checkpoint:
    """A run as a checkpoint."""
    return Checkpoint(
        options,
        options.config,
        TASKS[options.task].vocabulary,
        tuple(snapshots),
        tuple(curve),
        dict(evaluation or {}),
    )


def saved(checkpoint: Checkpoint) -> bytes:
    """The file's bytes. Weights are kept in half precision."""
    tensors = {
        f"{snapshot.step}.{name}": value.half().contiguous()
        for snapshot in checkpoint.snapshots
        for name, value in snapshot.weights.items()
    }
    header = {
        "format": FORMAT,
        "options": asdict(checkpoint.options),
        "config": asdict(checkpoint.config),
        "vocabulary": checkpoint.vocabulary.words,
        "target_vocabulary": _words(checkpoint.task.target_vocabulary),
        "snapshots": [
            {"step": s.step, "loss": s.loss, "figures": s.measures.figures, "heads": s.measures.heads}
            for s in checkpoint.snapshots
        ],
        "curve": [asdict(moment) for moment in checkpoint.curve],
        "evaluation": checkpoint.evaluation,
    }
    shortened = _rounded(header) | {name: header[name] for name in ("options", "config")}  # these are compared
    return save(tensors, {"attnviz": json.dumps(shortened, separators=(",", ":"))})


def load(path: Path) -> Checkpoint:
    """Read a checkpoint.

    Raises:
        CheckpointError: no such file, a damaged one, or one of another program.
    """
    name = path.name
    try:
        size = path.stat().st_size if path.is_file() else None
    except OSError:  # a name that no file can have, or a folder that may not be read
        size = None
    if size is None:
        raise CheckpointError(f"There is no file “{name[:80]}” here.")
    if size > _LARGEST:
        raise CheckpointError(f"“{name}” is too large ({size / 2**20:.0f} MB) for a model that attnviz trained.")
    try:
        with safe_open(path, framework="pt") as file:
            described = (file.metadata() or {}).get("attnviz")
            if described is None:
                raise CheckpointError(f"“{name}” holds weights, but not of a model that attnviz trained.")
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118  # not a dictionary
        return _read(json.loads(described), tensors)
    except CheckpointError:
        raise
    except (SafetensorError, OSError) as error:
        raise CheckpointError(f"“{name}” is damaged or incomplete: its weights cannot be read.") from error
    except (ValueError, KeyError, TypeError, AttributeError, RuntimeError) as error:
        raise CheckpointError(
            f"“{name}” is not a checkpoint that this version of attnviz can read ({error})."
        ) from error


def _read(header: dict[str, Any], tensors: dict[str, Tensor]) -> Checkpoint:
    if header["format"] != FORMAT:
        raise CheckpointError(
            f"The checkpoint has format {header['format']}; this version of attnviz reads format {FORMAT}."
        )
    config, options = config_from(header["config"]), TrainingOptions(**header["options"])
    task = TASKS[options.task]
    words = (tuple(header["vocabulary"]), tuple(header.get("target_vocabulary", ())))
    if words != (task.vocabulary.words, _words(task.target_vocabulary)) or config != options.config:
        raise CheckpointError("The checkpoint's words or shape are not those that this version of attnviz trains.")
    steps = [kept["step"] for kept in header["snapshots"]]
    expected = {name: value.shape for name, value in config.network().state_dict().items()}
    in_order = steps == sorted(set(steps)) and all(isinstance(step, int) and step >= 0 for step in steps)
    if not steps or not in_order or {f"{step}.{name}" for step in steps for name in expected} != tensors.keys():
        raise CheckpointError("The checkpoint's parts do not belong together.")
    curve = tuple(_moment(moment, task) for moment in header["curve"])
    snapshots = []
    for kept in header["snapshots"]:
        weights = {name: tensors[f"{kept['step']}.{name}"] for name in expected}
        for name, value in weights.items():
            if value.shape != expected[name] or not bool(torch.isfinite(value).all()):
                raise CheckpointError(f"The checkpoint's weights at step {kept['step']} are damaged ({name}).")
        moment = _moment({key: kept[key] for key in ("step", "loss", "figures")}, task)
        tables = {str(key): [[float(x) for x in row] for row in table] for key, table in kept["heads"].items()}
        if task.learned not in tables or any(
            tuple(len(row) for row in table) != config.shape[task.part] for table in tables.values()
        ):
            raise CheckpointError("The checkpoint's measures are not those of its heads.")
        snapshots.append(Snapshot(moment.step, moment.loss, Measures(moment.figures, tables), weights))
    evaluation = {str(name): float(value) for name, value in header["evaluation"].items()}
    return Checkpoint(options, config, task.vocabulary, tuple(snapshots), curve, evaluation)


def _words(vocabulary: Vocabulary | None) -> tuple[str, ...]:
    return () if vocabulary is None else vocabulary.words


def _moment(described: dict[str, Any], task: Task) -> Moment:
    """A point of the curves, all of whose figures are numbers."""
    figures = {str(name): float(value) for name, value in described["figures"].items()}
    if not task.figures.keys() <= figures.keys():
        raise CheckpointError("The checkpoint's curves are not those of its task.")
    return Moment(int(described["step"]), float(described["loss"]), figures)


@cache
def shipped(task: str) -> Checkpoint:
    """The checkpoint that comes with attnviz.

    Raises:
        CheckpointError: none does.
    """
    if not is_shipped(task):
        raise CheckpointError(
            f"No model that has learned the task “{task}” comes with attnviz. Train one on the Train page, or with "
            f"python -m attnviz.training {task}."
        )
    return load(_shipped_file(task))


def is_shipped(task: str) -> bool:
    """Whether a model that learned the task comes with attnviz."""
    return _shipped_file(task).is_file()


def _shipped_file(task: str) -> Path:
    return FOLDER / f"{task}{ENDING}"


def _rounded(value: Any) -> Any:
    """Four digits are enough for a curve."""
    if isinstance(value, float):
        return round(value, 4) if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_rounded(inner) for inner in value]
    return value
