"""The examination after training: figures on held-out data, larger and stricter than the measures on the way.

Heads are chosen on one half of the data and measured on the other: the best of eight heads looks better than it is on
the data by which it was found to be the best.
"""

from __future__ import annotations

from dataclasses import replace

import torch

from attnviz.training.agreement import GrammarTask, Questions
from attnviz.training.induction import InductionTask
from attnviz.training.lexicon import NOUNS
from attnviz.training.sentences import Clause, Sentence
from attnviz.training.tasks import Task
from attnviz.training.vocabulary import START
from attnviz.transformer import Head, Transformer

HALF = 400  # sentences in each half
_A_SUBJECT_HEAD = 0.5  # the share of verbs whose strongest key is their subject, from which a head is called one
EXAMPLE = Sentence(
    ("the", "cat", ",", "which", "was", "black", ",", "sat", "on", "the", "mat"), Clause(NOUNS[0], False, 1, 7)
)


def evaluate(task: Task, model: Transformer) -> dict[str, float]:
    """Every figure by its name, in the order in which it is read."""
    if isinstance(task, GrammarTask):
        return _grammar(task, model)
    if isinstance(task, InductionTask):
        return _induction(task, model)
    raise TypeError(f"no examination for {task.name}")


def subject_heads(task: GrammarTask, model: Transformer, questions: Questions) -> tuple[Head, frozenset[Head]]:
    """The best subject head, and all of its layer that look from most verbs most at the subject."""
    measures = task.measure(model, questions=questions)
    best = measures.best_head("top")
    layer = best[0]
    alike = {(layer, head) for head, share in enumerate(measures.heads["top"][layer]) if share >= _A_SUBJECT_HEAD}
    return best, frozenset(alike | {best})


def _grammar(task: GrammarTask, model: Transformer) -> dict[str, float]:
    asked = task.questions(2 * HALF, 1)
    chosen_on, measured_on = asked.part(slice(None, HALF)), asked.part(slice(HALF, None))
    (layer, head), subject = subject_heads(task, model, chosen_on)
    others = frozenset((layer, h) for h in range(model.config.heads)) - subject
    whole = task.measure(model, questions=measured_on)
    hidden = task.measure(model, questions=replace(measured_on, ids=measured_on.hidden()))
    without = task.measure(model, subject, measured_on).figures
    alone = task.measure(model, others, measured_on).figures
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
        off = frozenset({(layer, other)})
        figures[f"head {other} of that layer off: number"] = task.measure(model, off, measured_on).figures["number"]
    for attractors, name in (
        (0, "no attractor, new adjective"),
        (2, "two nested attractors"),
        (3, "three nested attractors"),
    ):
        found = task.measure(model, questions=task.questions(HALF, attractors, seed=1)).figures
        figures |= {f"{name}: number": found["number"], f"{name}: number and class": found["agreement"]}
    return figures | _example(task, model, (layer, head))


@torch.no_grad()
def _example(task: GrammarTask, model: Transformer, head: Head) -> dict[str, float]:
    """The sentence that the page opens with."""
    ids = torch.tensor([[START, *task.vocabulary.ids(EXAMPLE.words)]])
    row = model(ids).blocks[head[0]].attention.weights[0, head[1], EXAMPLE.main.verb + 1]
    return {
        "“The cat, which was black, sat on the mat”: sat → cat": float(row[EXAMPLE.main.subject + 1]),
        "“The cat, which was black, sat on the mat”: sat → black": float(row[6]),
    }


def _induction(task: InductionTask, model: Transformer) -> dict[str, float]:
    chosen_on, measured_on = task.questions(1), task.questions(2)
    first = task.measure(model, questions=chosen_on)
    before, induction = first.best_head("previous"), first.best_head("induction")
    whole = task.measure(model, questions=measured_on)
    figures = {
        "next word in the repetition": whole.figures["agreement"],
        "previous-token head: layer": float(before[0]),
        "previous-token head: head": float(before[1]),
        "weight on the previous token": whole.heads["previous"][before[0]][before[1]],
        "induction head: layer": float(induction[0]),
        "induction head: head": float(induction[1]),
        "weight on what came after this word before": whole.heads["induction"][induction[0]][induction[1]],
    }
    for name, head in (("previous-token head", before), ("induction head", induction)):
        off = frozenset({head})
        figures[f"{name} off: next word"] = task.measure(model, off, measured_on).figures["agreement"]
    layer = frozenset((induction[0], h) for h in range(model.config.heads))
    figures["all heads of the induction head's layer off: next word"] = task.measure(model, layer, measured_on).figures[
        "agreement"
    ]
    return figures
