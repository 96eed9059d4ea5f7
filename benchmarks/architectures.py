"""Every text architecture of transformers, tiny, against its eager self, into `docs/architectures.md`:
python -m benchmarks.architectures; some alone: --only BertModel t5; every outcome as a line of JSON: --json FILE.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import re
import signal
import sys
import tempfile
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

os.environ |= {"HF_HUB_OFFLINE": "1", "TQDM_DISABLE": "1"}  # before transformers reads them

import torch
import transformers
from transformers import CONFIG_MAPPING
from transformers.models.auto import modeling_auto

from benchmarks.architecture_check import TOLERANCE, Architecture, NotMadeError, Outcome, compare, make
from benchmarks.architecture_list import architectures, no_text

TABLE = Path(__file__).parent.parent / "docs" / "architectures.md"
_SECONDS = 60  # for one architecture


class TooLongError(BaseException):
    """The time for one architecture is over. Not an Exception: nothing on the way may take it for its own."""


def outcome_of(architecture: Architecture) -> Outcome:
    """Make it, save it, show it, compare it."""
    try:
        with tempfile.TemporaryDirectory(prefix="tiny-") as folder, _at_most(_SECONDS):
            model_class, config_class = classes_of(architecture)
            make(architecture, model_class, config_class, Path(folder))
            return compare(model_class, Path(folder))
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
    def stop(*_: object) -> None:
        raise TooLongError

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def main(asked: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="classes or model types")
    parser.add_argument("--json", type=Path, help="also write each outcome as a line of JSON")
    options = parser.parse_args(asked)
    _be_quiet()
    tried = [*architectures(), *no_text()]
    if options.only:
        tried = [x for x in tried if x.name in options.only or x.model_type in options.only]
    found = []
    lines = options.json.open("w", encoding="utf-8") if options.json else None
    for i, architecture in enumerate(tried):
        outcome = outcome_of(architecture)
        found.append((architecture, outcome))
        if lines:
            print(json.dumps(as_row(architecture, outcome)), file=lines, flush=True)
        if outcome.kind in ("wrong", "raw") or options.only:
            print(f"{i + 1}/{len(tried)} {label(architecture)}: {outcome.kind} {outcome.sentence} {outcome.eager}")
            sys.stdout.flush()
    print(Counter(outcome.kind for _, outcome in found))


def as_row(architecture: Architecture, outcome: Outcome) -> dict[str, Any]:
    return {"name": architecture.name, "what": architecture.what, "model_type": architecture.model_type, **vars(outcome)}


def label(architecture: Architecture) -> str:
    """The class, and in what this one differs."""
    return f"{architecture.name} ({architecture.what})" if architecture.what else architecture.name


def _be_quiet() -> None:
    torch.set_num_threads(1)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)


if __name__ == "__main__":
    main()
