"""What a trained model can read: its own sentences at random, who is who in them, and what it has not learned."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from html import escape, unescape

import streamlit as st

from attnviz.models.trained import TrainedModel
from attnviz.tokens import TextToken
from attnviz.training.agreement import GrammarTask
from attnviz.training.grammar import held_out_sentences
from attnviz.training.induction import InductionTask, drawn_block
from attnviz.training.lexicon import CATEGORIES, SPECIALS
from attnviz.ui import controls, words
from attnviz.ui.state import cached
from attnviz.ui.state.reading import Reading

_TRY = {InductionTask.name: "Try a row said twice", GrammarTask.name: "Try a sentence of its grammar"}
_BUILT = (  # sentences of the grammar, one of each kind
    "The cat near the dogs sits.",
    "When my birds chirped, the girl who saw the dog smiled.",
    "The cars, which are old, stall today.",
    "The lamp the boys found shone on the table.",
)


def of(read: Reading) -> dict[int, str]:
    """Word index to role, where the model has learned such roles and can read the sentence; nothing else."""
    model = cached.model_for(read.key)
    if not isinstance(model, TrainedModel):
        return {}
    tokens = read.trace.tokens[1:]  # after [CLS]
    named = model.task.roles(_words(model, tokens))
    return {word: role for place, role in named.items() if (word := tokens[place].word) is not None}


def _words(model: TrainedModel, tokens: Sequence[TextToken]) -> list[str]:
    """What the model reads, [MASK] and [UNK] among it."""
    return [model.words[token.id] for token in tokens]


def offers(read: Reading) -> None:
    """For a trained model: what it can read, and a sentence at random."""
    model = cached.model_for(read.key)
    if not isinstance(model, TrainedModel):
        return
    st.button(
        "Random sentence",
        icon=":material/casino:",
        on_click=_take_random,
        args=(model.task.name,),
        key="random_sentence",
        help="One that this kind of model can read, with its subject, verb and attractors named.",
    )
    with st.popover("What it can read", icon=":material/menu_book:"):
        _vocabulary(model)


def beyond_it(read: Reading) -> str:
    """What in the sentence a model has not learned to read, as HTML; nothing if it can read all."""
    model = cached.model_for(read.key)
    if not isinstance(model, TrainedModel):
        return words.unknown_in_words(read.trace)
    said = []
    if unknown := words.unknown_in_words(read.trace, len(model.words) - len(SPECIALS)):
        said.append(unknown)
    if len(read.trace) > 2 * model.task.longest:
        said.append(
            f"It learned from at most {model.task.longest} words at a time, and here are {len(read.trace) - 1}."
        )
    if unlike := model.task.unlike(_words(model, read.trace.tokens[1:])):
        said.append(unlike)
    if not said:
        return ""
    return f"{' '.join(said)} What it makes of the sentence may mean little."


def beyond_in_text(read: Reading) -> str:
    """`beyond_it` without marks."""
    return unescape(re.sub("<[^>]*>", "", beyond_it(read)))


def say_beyond(read: Reading, *, side: str = "", others: bool = True) -> None:
    """`beyond_it` on the page; and, unless another sentence is asked for elsewhere, a way to one that it can read."""
    said = beyond_it(read)
    if not said:
        return
    with st.container(horizontal=True, vertical_alignment="center", key=f"beyond{side[:1]}"):
        st.html(f"<p class='unknown'>{side}{said}</p>", width="content")
        model = cached.model_for(read.key)
        if others and isinstance(model, TrainedModel):
            st.button(_TRY[model.task.name], on_click=_take_random, args=(model.task.name,), key=f"try{side[:1]}")


def _take_random(task: str) -> None:
    seed = random.randrange(2**31)
    controls.forget_words()
    if task == InductionTask.name:
        st.session_state.text = drawn_block(seed)
        st.session_state.query = len(drawn_block(seed).split()) - 2  # in the second round
        return
    (sentence,) = held_out_sentences(1, seed, attractors=1 + seed % 2)
    st.session_state.text = sentence.text
    st.session_state.query = sentence.main.verb + 1  # [CLS] stands before the words


def _vocabulary(model: TrainedModel) -> None:
    """The words by category, and how to use them."""
    known = set(model.words)
    if model.task.name == InductionTask.name:
        how = "Any row of these words, said twice: in the second round it knows what comes next."
        listed = f"<p>{escape(' '.join(model.words[len(SPECIALS) :]))}</p>"
    else:
        built = " ".join(f"“{one}”" for one in _BUILT)
        how = (
            f"Sentences of these words, of up to {model.task.longest} each, built as {built} "
            "Write <b>[MASK]</b> for a word that it should guess. "
            "What a verb has to do with its subject is what it has learned."
        )
        listed = "".join(
            f"<p><b>{name}{'s' * (name != 'other')}</b> {escape(' '.join(word for word in group if word in known))}</p>"
            for name, group in CATEGORIES.items()
            if name != "special"
        )
    st.html(f"<div class='vocabulary'><p>{how} Any other word is read as [UNK].</p>{listed}</div>")
