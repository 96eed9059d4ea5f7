"""A small English in which a verb can be known only from its subject: its words, its sentences, and the task of finding
hidden ones."""

from __future__ import annotations

from attnviz.training.words.grammar.building import held_out_sentences, training_sentences

__all__ = ["held_out_sentences", "training_sentences"]
