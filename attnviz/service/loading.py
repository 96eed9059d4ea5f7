"""From weights to models, as one process serves them: shipped, in a file, trained on this server, or pretrained."""

from __future__ import annotations

import logging
import threading

from attnviz.models import Model, ModelError, catalog, loaded, names
from attnviz.models.names import Weights
from attnviz.models.options import ScratchOptions
from attnviz.models.packages.cache import is_waited_for
from attnviz.models.packages.registry import PACKAGED
from attnviz.models.trained import trained_model
from attnviz.service import process, runs
from attnviz.service.named import in_its_name
from attnviz.service.remembering import remembered
from attnviz.training.checkpoint import Checkpoint

log = logging.getLogger(__name__)


def checkpoint_of(weights: Weights) -> Checkpoint | None:
    """The training run behind them: shipped, in a file, or trained on this server; None if there is none.

    Raises:
        CheckpointError: the file is damaged, foreign or not there.
    """
    if isinstance(weights, names.Run):
        run = runs.find(weights.name)
        return None if run is None else run.checkpoint()
    if not isinstance(weights, names.Learned):
        return None
    with in_its_name(weights):
        return catalog.checkpoint_of(weights)


def settled(weights: Weights, options: ScratchOptions, step: int | None = None) -> Weights:
    """The weights that are meant now, of the random model with these options, of a trained one at (the snapshot nearest
    to) a step: a run moves on under its name, and a file may change.

    Raises:
        AttnvizError: a file that is damaged, foreign or not there.
    """
    weights = names.Random(options) if isinstance(weights, names.Random) else catalog.settled(weights)
    checkpoint = checkpoint_of(weights)
    return weights if checkpoint is None else names.at_step(weights, checkpoint.snapshot(step).step)


def waiting(named: names.Meant) -> str:
    """What somebody who asks for these weights waits for beside the run itself, in words; "" for nothing."""
    packaged = PACKAGED[named.model] if isinstance(named, names.Packaged) else None
    if packaged is None or not is_waited_for(packaged):
        return ""
    return f"{packaged.short} is unpacked, once; that takes about {packaged.seconds} seconds …"


def model_for(weights: Weights) -> Model:
    """The model. Raises `AttnvizError` with a sentence for the page."""
    if isinstance(weights, names.Run):
        return _run_model(weights)
    with in_its_name(weights):
        model = loaded(weights)
    process.settle_memory(weights.name)
    return model


@remembered(16)
def _run_model(weights: names.Run) -> Model:
    """A run at exactly that step: what is remembered of these weights must not be another's."""
    run = runs.find(weights.name)
    checkpoint = None if run is None or weights.step is None else run.moment(weights.step)
    if checkpoint is None:
        waits = run is not None and not run.snapshots
        raise ModelError(
            f"“{weights.name}” has not begun to train yet: wait a moment, or choose another model."
            if waits
            else f"“{weights.name}” is not trained here, or no longer remembered. Train it on the Train page: the same "
            "settings give the same model."
        )
    return trained_model(checkpoint, weights)


@remembered(1)
def preload() -> None:
    """Once for the process: load MiniLM in the background, so that choosing it is instant."""

    def load() -> None:
        try:
            model_for(names.MINILM)
        except Exception:  # whoever chooses the model gets the sentence; here nobody is waiting
            log.warning("MiniLM could not be loaded ahead", exc_info=True)

    threading.Thread(target=load, name="preload", daemon=True).start()
