"""What a trained model can read: its own sentences at random, who is who in them, and the words it does not know."""

from __future__ import annotations

import random
from html import escape

import streamlit as st

from attnviz.models.trained import TrainedModel
from attnviz.training.evaluation import EXAMPLE
from attnviz.training.grammar import held_out_sentences
from attnviz.training.induction import InductionTask, drawn_block
from attnviz.training.lexicon import CATEGORIES, SPECIALS
from attnviz.training.sentences import Sentence
from attnviz.ui import cached, controls, words
from attnviz.ui.reading import Reading

_REMEMBERED = 1000  # drawn sentences


def of(text: str) -> dict[int, str]:
    """Word index to role, for a sentence that the grammar wrote on this server; nothing for any other."""
    sentence = EXAMPLE if text == EXAMPLE.text else _drawn().get(text)
    if sentence is None:
        return {}
    main = sentence.main
    named = [(main.subject, "subject"), (main.verb, "verb"), *((place, "attractor") for place in main.attractors)]
    if sentence.pronoun is not None and sentence.antecedent is not None:
        named += [(sentence.pronoun, "pronoun"), (sentence.antecedent, "antecedent")]
    roles: dict[int, str] = {}
    for place, role in named:
        roles[place] = f"{roles[place]}, {role}" if place in roles else role
    return roles


@st.cache_resource(show_spinner=False)
def _drawn() -> dict[str, Sentence]:
    """The sentences that were drawn here, by their text: a reload or a link still knows who is who."""
    return {}


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


def beyond_it(read: Reading, side: str = "") -> str:
    """What in the sentence a model has not learned to read, as HTML; nothing if it can read all. `side` is
    which of two this is."""
    model = cached.model_for(read.key)
    if not isinstance(model, TrainedModel):
        unknown = words.unknown_in_words(read.trace)
        return f"<p class='unknown'>{side}{unknown}</p>" if unknown else ""
    said = []
    if unknown := words.unknown_in_words(read.trace, len(model.words) - len(SPECIALS)):
        said.append(unknown)
    if len(read.trace) > 2 * model.task.longest:
        said.append(
            f"It learned from at most {model.task.longest} words at a time, and here are {len(read.trace) - 1}."
        )
    if not said:
        return ""
    return f"<p class='unknown'>{side}{' '.join(said)} What it makes of the sentence may mean little.</p>"


def _take_random(task: str) -> None:
    seed = random.randrange(2**31)
    controls.forget_words()
    if task == InductionTask.name:
        st.session_state.text = drawn_block(seed)
        return
    (sentence,) = held_out_sentences(1, seed, attractors=1 + seed % 2)
    drawn = _drawn()
    if len(drawn) >= _REMEMBERED:
        drawn.clear()
    drawn[sentence.text] = sentence
    st.session_state.text = sentence.text
    st.session_state.query = sentence.main.verb + 1  # [CLS] stands before the words


def _vocabulary(model: TrainedModel) -> None:
    """The words by category, and how to use them."""
    known = set(model.words)
    if model.task.name == InductionTask.name:
        how = "Any row of these words, said twice: in the second round it knows what comes next."
        listed = f"<p>{escape(' '.join(model.words[len(SPECIALS) :]))}</p>"
    else:
        how = (
            f"Plain sentences of these words; it learned from sentences of up to {model.task.longest}. "
            "Write <b>[MASK]</b> for a word that it should guess. "
            "What a verb has to do with its subject is what it has learned."
        )
        listed = "".join(
            f"<p><b>{name}{'s' * (name != 'other')}</b> {escape(' '.join(word for word in group if word in known))}</p>"
            for name, group in CATEGORIES.items()
            if name != "special"
        )
    st.html(f"<div class='vocabulary'><p>{how} Any other word is read as [UNK].</p>{listed}</div>")
