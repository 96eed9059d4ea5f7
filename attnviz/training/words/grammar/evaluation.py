"""The grammar's examination after training: figures on held-out data, larger and stricter than the measures on the way.

Heads are chosen on one half of the data and measured on the other: the best of eight heads looks better than it is on
the data by which it was found to be the best.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

import torch

from attnviz.heads import LayerHead
from attnviz.request import HeadOff
from attnviz.training.vocabulary import START
from attnviz.training.words.grammar.lexicon import NOUNS
from attnviz.training.words.grammar.sentences import Clause, Sentence
from attnviz.transformer import Transformer

if TYPE_CHECKING:
    from attnviz.training.words.grammar.task import GrammarTask, Questions

HALF = 400  # sentences in each half
_A_SUBJECT_HEAD = 0.5  # the share of verbs whose strongest key is their subject, from which a head is called one
EXAMPLE = Sentence(
    ("the", "cat", ",", "which", "was", "black", ",", "sat", "on", "the", "mat"), Clause(NOUNS[0], False, 1, 7)
)


def subject_heads(
    task: GrammarTask, model: Transformer, questions: Questions
) -> tuple[LayerHead, frozenset[LayerHead]]:
    """The best subject head, and all of its layer that look from most verbs most at the subject."""
    measures = task.measure(model, questions=questions)
    best = measures.best_head("top")
    layer = best[0]
    alike = {(layer, head) for head, share in enumerate(measures.heads["top"][layer]) if share >= _A_SUBJECT_HEAD}
    return best, frozenset(alike | {best})


def examined(task: GrammarTask, model: Transformer) -> dict[str, float]:
    """Every figure by its name, in the order in which it is read."""
    asked = task.questions(2 * HALF, 1)
    chosen_on, measured_on = asked.part(slice(None, HALF)), asked.part(slice(HALF, None))
    (layer, head), subject = subject_heads(task, model, chosen_on)
    others = frozenset((layer, h) for h in range(model.config.heads)) - subject
    whole = task.measure(model, questions=measured_on)
    hidden = task.measure(model, questions=replace(measured_on, ids=measured_on.hidden()))
    without = task.measure(model, _off(subject), measured_on).figures
    alone = task.measure(model, _off(others), measured_on).figures
    figures = {
        "one attractor: number": whole.figures["number"],
        "one attractor: number and class": whole.figures["agreement"],
        "subject head: layer": float(layer),
        "subject head: head": float(head),
        "subject heads in that layer": float(len(subject)),
        "top key is the subject": whole.heads["top"][layer][head],
        "weight on the subject": whole.heads["weight"][layer][head],
        "weight on attractors": whole.heads["attractor"][layer][head],
        "top key is the subject, verb hidden": hidden.heads["top"][layer][head],
        "weight on the subject, verb hidden": hidden.heads["weight"][layer][head],
        "subject head(s) off: number": without["number"],
        "subject head(s) off: number and class": without["agreement"],
        "all others of that layer off: number": alone["number"],
        "all others of that layer off: number and class": alone["agreement"],
    }
    for other in range(model.config.heads):
        without = task.measure(model, _off([(layer, other)]), measured_on).figures
        figures[f"head {other} of that layer off: number"] = without["number"]
    for attractors, name in (
        (0, "no attractor, new adjective"),
        (2, "two nested attractors"),
        (3, "three nested attractors"),
    ):
        found = task.measure(model, questions=task.questions(HALF, attractors, seed=1)).figures
        figures |= {f"{name}: number": found["number"], f"{name}: number and class": found["agreement"]}
    return figures | _example(task, model, (layer, head))


def _off(heads: Iterable[LayerHead]) -> list[HeadOff]:
    return [*map(HeadOff, heads)]


@torch.no_grad()
def _example(task: GrammarTask, model: Transformer, head: LayerHead) -> dict[str, float]:
    """The sentence that the page opens with."""
    ids = torch.tensor([[START, *task.vocabulary.ids(EXAMPLE.words)]])
    row = model(ids).blocks[head[0]].attention.weights[0, head[1], EXAMPLE.main.verb + 1]
    return {
        "“The cat, which was black, sat on the mat”: sat → cat": float(row[EXAMPLE.main.subject + 1]),
        "“The cat, which was black, sat on the mat”: sat → black": float(row[6]),
    }
