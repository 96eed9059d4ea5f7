"""Train from the command line: python -m attnviz.training grammar. See --help."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import torch

from attnviz.errors import AttnvizError
from attnviz.training.checkpoint import ENDING, Moment, checkpoint_from, saved
from attnviz.training.loop import Snapshot, TrainingOptions, train
from attnviz.training.registry import TASKS
from attnviz.training.snapshots import chosen_snapshots
from attnviz.training.tables import Figures, cells, columns, with_column

_BAR = 30
_SHAPE = ("layers", "heads", "d_model", "steps", "dropout", "decay")  # what a run can be given beside its task and seed


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, show progress, examine, save. Returns the exit status."""
    parser = _parser()
    given = parser.parse_args(arguments)
    if given.five_seeds and (given.out or given.seed is not None):
        parser.error("--five-seeds trains seeds 0 to 4 and keeps no checkpoint: leave --seed and --out away")
    torch.set_num_threads(given.threads)
    try:
        if given.table:
            columns(_document(given.table), given.task)  # what cannot be written is said before the training
        if given.five_seeds:
            return _five_seeds(given)
        options = _options(given, given.seed or 0)
        path = _target(given.out or f"{options.task}{ENDING}")
        snapshots = _train(options)
        figures = examined(options, snapshots[-1])
        _show(figures)
        curve = [Moment(s.step, s.loss, s.measures.figures) for s in snapshots]
        kept = chosen_snapshots(snapshots)
        _write(path, saved(checkpoint_from(options, kept, curve, figures)))
        if given.table:
            _into_table(given, figures)
        print(f"\n{path}: {path.stat().st_size / 1e6:.2f} MB, {len(kept)} snapshots")
    except AttnvizError as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nstopped; nothing was written", file=sys.stderr)
        return 130
    return 0


def _target(name: str) -> Path:
    """Where to write; checked before the training, which would else be lost."""
    path = Path(name)
    if path.suffix != ENDING:
        raise AttnvizError(f"“{name}” must end in {ENDING}: by that, a checkpoint is known.")
    if not path.parent.is_dir() or path.is_dir() or not os.access(path.parent, os.W_OK):
        raise AttnvizError(
            f"“{name}” cannot be written: there is no folder “{path.parent}” to write to, or it is closed."
        )
    return path


def _write(path: Path, content: bytes) -> None:
    """All at once: an earlier file is not lost when writing is interrupted."""
    new = path.with_suffix(".new")
    new.write_bytes(content)
    new.replace(path)


def _document(name: str) -> str:
    try:
        return Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise AttnvizError(f"“{name}” cannot be read as a document with a table: {error}.") from error


def _into_table(given: argparse.Namespace, figures: Figures, every: Sequence[Figures] = ()) -> None:
    """The figures into the document, in the column of this command."""
    default = TrainingOptions()
    seeds = "--five-seeds" if given.five_seeds else f"--seed {given.seed or 0}"
    own = _options(given, 0)
    others = (name for name in _SHAPE if getattr(own, name) != getattr(default, name))
    column = " ".join([seeds, *(f"--{name.replace('_', '-')} {getattr(own, name)}" for name in others)])
    written = with_column(_document(given.table), given.task, column, cells(figures, every))
    _write(Path(given.table), written.encode())


def examined(options: TrainingOptions, snapshot: Snapshot) -> dict[str, float]:
    """The evaluation of a snapshot, in the half precision in which it is kept."""
    network = options.model().requires_grad_(False)
    network.load_state_dict({name: value.half().float() for name, value in snapshot.weights.items()})
    return TASKS[options.task].examine(network)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m attnviz.training",
        description="Train a small transformer, examine it on held-out data, and write a checkpoint (safetensors).",
    )
    default = TrainingOptions()
    parser.add_argument("task", choices=list(TASKS), help="; ".join(task.title for task in TASKS.values()))
    parser.add_argument("--out", metavar="FILE", help="file to write, ….safetensors (default: TASK.safetensors)")
    parser.add_argument("--seed", type=int, metavar="N", help="(default: 0)")
    for name in _SHAPE[:-2]:
        usual = f"(default: as the task is learned, mostly {getattr(default, name):,})"
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, metavar="N", help=usual)
    for name, what in (("dropout", "of attention weights"), ("decay", "of all weights, by AdamW")):
        parser.add_argument(f"--{name}", type=float, metavar="P", help=f"{what} (default: as the task is learned)")
    parser.add_argument(
        "--threads", type=int, choices=range(1, 65), default=1, metavar="N", help="(default: 1, enough)"
    )
    parser.add_argument("--five-seeds", action="store_true", help="train seeds 0 to 4, print means, keep no checkpoint")
    parser.add_argument(
        "--table", metavar="FILE", help="write the figures into the task's table in FILE (docs/training.md)"
    )
    return parser


def _options(given: argparse.Namespace, seed: int) -> TrainingOptions:
    own = {name: value for name in _SHAPE if (value := getattr(given, name)) is not None}
    return TrainingOptions.of(given.task, seed=seed, **own)


def _train(options: TrainingOptions) -> list[Snapshot]:
    start = time.perf_counter()
    snapshots: list[Snapshot] = []
    for progress in train(options):
        if progress.snapshot is None:
            continue
        snapshots.append(progress.snapshot)
        done = round(_BAR * progress.step / options.steps)
        figures = " ".join(f"{name} {value:.2f}" for name, value in progress.snapshot.measures.figures.items())
        took = time.perf_counter() - start
        bar = "#" * done + "." * (_BAR - done)
        line = f"[{bar}] step {progress.step} {took:.0f} s loss {progress.snapshot.loss:.3f} {figures}"
        print(f"\r{line}", end="", flush=True)
    print()
    return snapshots


def _five_seeds(given: argparse.Namespace) -> int:
    every = []
    for seed in range(5):
        options = _options(given, seed)
        every.append(examined(options, _train(options)[-1]))
    names = [name for name in every[0] if all(name in figures for figures in every)]
    means = {name: sum(figures[name] for figures in every) / len(every) for name in names}
    _show(means, every)
    if given.table:
        _into_table(given, means, every)
    return 0


def _show(figures: dict[str, float], every: Sequence[dict[str, float]] = ()) -> None:
    """A table; with several runs, their least and largest as well."""
    print()
    for name, value in figures.items():
        if name.endswith((": layer", ": head")) and every:
            continue
        spread = f"  ({min(f[name] for f in every):.3f} to {max(f[name] for f in every):.3f})" if every else ""
        print(f"{name:<60} {value:.3f}{spread}")


if __name__ == "__main__":
    sys.exit(main())
