"""Every text architecture of transformers, tiny, against its eager self, into `docs/architectures.md`:
python -m benchmarks.architectures; some alone: --only BertModel t5; every outcome as a line of JSON: --json FILE.
"""

from __future__ import annotations

import argparse
import json
import logging
import signal
import tempfile
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import CONFIG_MAPPING

from benchmarks.architecture_check import Architecture, NotMadeError, Outcome, compare, make
from benchmarks.architecture_list import architectures, no_text
from benchmarks.architecture_pictures import compare_seen, looks
from benchmarks.architecture_table import label, page

TABLE = Path(__file__).parent.parent / "docs" / "architectures.md"
_SECONDS = 60  # of the processor, for one architecture


class TooLongError(BaseException):
    """The time for one architecture is over. Not an Exception: nothing on the way may take it for its own."""


def outcome_of(architecture: Architecture, *, explain: bool = False) -> Outcome:
    """Make it, save it, show it, compare it; `explain`, what transformers gives where it is refused."""
    try:
        with tempfile.TemporaryDirectory(prefix="tiny-") as folder, _at_most(_SECONDS):
            model_class, config_class = classes_of(architecture)
            make(architecture, model_class, config_class, Path(folder))
            if looks(architecture):
                return compare_seen(model_class, Path(folder))
            return compare(model_class, Path(folder), explain=explain)
    except NotMadeError as error:
        return Outcome("not made", str(error))
    except TooLongError:
        return Outcome("raw", f"more than {_SECONDS} s")


def classes_of(architecture: Architecture) -> tuple[Any, Any]:
    """The model's class and its configuration's.

    Raises:
        NotMadeError: transformers does not have it.
    """
    config_class = CONFIG_MAPPING[architecture.model_type]
    model_class = getattr(transformers, architecture.name, None)
    if model_class is None:
        raise NotMadeError("transformers names the class, and does not have it")
    try:
        own = model_class.config_class
    except ImportError as error:  # a stand-in for a class whose packages are not installed
        raise NotMadeError(str(error).strip().splitlines()[0]) from error
    return model_class, config_class if own is None or issubclass(config_class, own) else own


@contextmanager
def _at_most(seconds: int) -> Iterator[None]:
    """Raise `TooLongError` in the block once it has had that much of the processor (on a busy machine the clock tells
    nothing)."""

    def stop(*_: object) -> None:
        raise TooLongError

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def main(asked: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="classes or model types")
    parser.add_argument("--json", type=Path, help="also write each outcome as a line of JSON")
    options = parser.parse_args(asked)
    _be_quiet()
    found = []
    lines = options.json.open("w", encoding="utf-8") if options.json else None
    for kind, tried in (("text", architectures()), ("other", no_text())):
        for architecture in tried:
            if not options.only or {architecture.name, architecture.model_type} & set(options.only):
                outcome = outcome_of(architecture, explain=bool(options.only))
                found.append((kind, architecture, outcome))
                _tell(architecture, outcome, everything=bool(options.only))
                if lines:
                    row = {"of": kind, **vars(architecture), "dtype": str(architecture.dtype), **vars(outcome)}
                    print(json.dumps(row), file=lines, flush=True)
    print(Counter(outcome.kind for _, _, outcome in found))
    if not options.only:
        text, other = ([(a, o) for kind, a, o in found if kind == half] for half in ("text", "other"))
        versions = {"transformers": transformers.__version__, "torch": torch.__version__.partition("+")[0]}
        TABLE.write_text(page(text, other, versions=versions), encoding="utf-8")


def _tell(architecture: Architecture, outcome: Outcome, *, everything: bool) -> None:
    if everything or outcome.kind in ("wrong", "raw"):
        print(f"{label(architecture)}: {outcome.kind}. {outcome.sentence} {outcome.eager}", flush=True)


def _be_quiet() -> None:
    torch.set_num_threads(1)
    transformers.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)


if __name__ == "__main__":
    main()
