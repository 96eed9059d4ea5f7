"""What a trained model can read: its own sentences at random, who is who in them, and what it has not learned."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from html import escape, unescape

import streamlit as st

from attnviz.models.names import BY_ITSELF, FIRST, MINILM, Packaged, Shipped, at_step
from attnviz.models.names.choosing import chosen_for, in_short
from attnviz.models.packages.registry import PACKAGED
from attnviz.request import Text
from attnviz.service import loading
from attnviz.tokens import TextToken, Tokens
from attnviz.training.registry import TASKS
from attnviz.training.tasks import Task
from attnviz.training.vocabulary import SPECIALS
from attnviz.ui import words
from attnviz.ui.reading.reading import Reading
from attnviz.ui.state import address
from attnviz.ui.state.session import choose, session


def of(read: Reading) -> dict[int, str]:
    """Word index to role, where the model has learned such roles and can read the sentence; nothing else."""
    task = _task(read)
    if task is None or not _source(read).is_text:
        return {}
    tokens = _source(read).of_text[1:]  # after [CLS]
    named = task.roles(_words(task, tokens))
    return {word: role for place, role in named.items() if (word := tokens[place].word) is not None}


def _task(read: Reading) -> Task | None:
    return loading.model_for(read.weights).task


def _source(read: Reading) -> Tokens:
    """What was read: the text; of a translation, what it is of."""
    return next(iter(read.whole.inputs.values()))


def _known(task: Task) -> int:
    """How many words its models know."""
    return sum(len(words) - len(SPECIALS) for words in (task.vocabulary, task.target_vocabulary) if words is not None)


def _words(task: Task, tokens: Sequence[TextToken]) -> list[str]:
    """What the model reads, [MASK] and [UNK] among it."""
    return [task.vocabulary.words[token.id] for token in tokens]


def offers(read: Reading) -> None:
    """For a trained model: what it can read, and a sentence at random."""
    task = _task(read)
    if task is None or not _source(read).is_text:
        return
    st.button(
        "Random sentence",
        icon=":material/casino:",
        on_click=_take_random,
        args=(task, read.weights.name),
        key="random_sentence",
        help="One that this kind of model can read, with its subject, its verb and the other nouns between them named.",
    )
    with st.popover("What it can read", icon=":material/menu_book:"):
        _vocabulary(task)


def other_reader(read: Reading) -> None:
    """Where the page has chosen the model: the way to the other one; where a person has, the way back."""
    if read.view.model in {weights.name for weights in (*map(Shipped, TASKS), *map(Packaged, PACKAGED))}:
        st.button("Let the page choose", on_click=_take_model, args=(BY_ITSELF.name,), key="itself")
    if read.view.model != BY_ITSELF.name or read.asked.pair:
        return
    other = FIRST if read.weights == MINILM else MINILM
    st.button(f"Use {_called(other)}", on_click=_take_model, args=(other.name,), key="other")


def _called(weights: Shipped | Packaged) -> str:
    """The other model, on a button."""
    return in_short(weights) if isinstance(weights, Packaged) else "the small model"


def _take_model(name: str) -> None:
    address.another_model()
    session().head_chosen = False
    choose(model=name)


def beyond_it(read: Reading) -> str:
    """What in the sentence a model has not learned to read, as HTML; nothing if it can read all."""
    task = _task(read)
    if task is None:
        return words.unknown_in_words(read.trace, any_model=read.view.model == BY_ITSELF.name)
    said = []
    if unknown := words.unknown_in_words(read.trace, _known(task)):
        said.append(unknown)
    source = _source(read)
    if not source.is_text:
        return ""
    if len(source) > 2 * task.longest:
        said.append(f"It learned from at most {task.longest} words at a time, and here are {len(source) - 1:,}.")
    if unlike := task.unlike(_words(task, source.of_text[1:])):
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
        task = _task(read)
        if others and task is not None:
            able = chosen_for(Text(read.asked.text, read.asked.special_tokens)).weights
            if able != at_step(read.weights, None) and side[:1] != "B":
                said = f"Use {_called(able)}"
                st.button(said, on_click=_take_model, args=(BY_ITSELF.name,), key=f"able{side[:1]}")
            st.button(task.invitation, on_click=_take_random, args=(task, read.weights.name), key=f"try{side[:1]}")


def _take_random(task: Task, model: str) -> None:
    address.forget_words()
    text, query = task.example(random.randrange(2**31))
    session().about = text, model, query
    session().head_chosen = False
    choose(text=text)


def _vocabulary(task: Task) -> None:
    """The words by category, and how to use them."""
    how = escape(task.readable).replace("[MASK]", "<b>[MASK]</b>")
    listed = "".join(
        f"<p>{f'<b>{name}</b> ' * bool(name)}{escape(' '.join(group))}</p>" for name, group in task.categories.items()
    )
    st.html(f"<div class='vocabulary'><p>{how} Any other word is read as [UNK].</p>{listed}</div>")
