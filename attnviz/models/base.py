"""What any model can be asked, wherever its weights come from: a trace of what it reads, and a check of that."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from torch import Tensor

from attnviz._index import as_index
from attnviz._trace import Trace
from attnviz.heads import Head, LayerHead, Shape
from attnviz.models.errors import ModelError
from attnviz.models.inputs.asking import cleaned, input_of, refusal
from attnviz.models.parameters import Parameters
from attnviz.models.reading_out import ReadOut
from attnviz.models.takes import ANY, check_takes
from attnviz.request import (
    Change,
    HeadOff,
    Input,
    Pair,
    Picture,
    Request,
    Sound,
    Text,
    Translation,
    Unseen,
    Weights,
    settled,
)
from attnviz.tokens import TOKEN_LIMIT
from attnviz.training.tasks import Task

if TYPE_CHECKING:
    from attnviz.models.pretrained.texts.growing import Read


class Model(ABC):
    """What reads a text, a picture or a sound and leaves a `Trace`. Its weights do not change: threads may share it."""

    weights: Weights  # which ones these are
    reference: str  # the implementation that `reference_weights` comes from, in words
    writes_at_once: bool = False  # a target where none is given: it is so small that nobody waits for it

    @property
    def name(self) -> str:
        """The name that `attnviz.trace` and the URL know it by."""
        return self.weights.name

    @property
    @abstractmethod
    def predicts(self) -> str | None:
        """What its output tells: "masked" (a word that is hidden), "next" (the word that follows), "answer" (to a
        question about a picture), None: no words."""

    def __repr__(self) -> str:
        shape = self.shape(Translation("", "") if Translation in self.reads else Text(""))
        return f"<Model {self.name}: {shape.counts}>"

    def predicting(self, asked: Input) -> str | None:
        """The same where that is read: an encoder–decoder tells the next word of a target, and nothing of a text."""
        return self.predicts

    @property
    def compares(self) -> bool:
        """Whether it reads a text beside a picture, and tells how alike the two are (`Trace.similarity`)."""
        return False

    @property
    def first_look(self) -> Head:
        """The head to show first."""
        return Head(0, 0)

    @property
    def question(self) -> str:
        """An example of what it is asked about a picture; "" of a model that is asked nothing."""
        return ""

    @property
    def task(self) -> Task | None:
        """What it has learned here, with its words, its roles and its figures; None of a model from elsewhere."""
        return None

    def measures(self, changes: Collection[Change] = ()) -> Mapping[str, float] | None:
        """What it can do on held-out examples of its task, with these changes in the run; None of a model without one,
        and where a change is of the words of one text."""
        return None

    @property
    def takes(self) -> frozenset[type[Change]]:
        """Which kinds of change a run of it can take."""
        return ANY

    @property
    def reads(self) -> frozenset[type[Input]]:
        """What it can be asked to read."""
        return frozenset({Text})

    @property
    def takes_pairs(self) -> bool:
        """Whether it reads two sentences as a pair."""
        return Pair in self.reads

    @abstractmethod
    def shape(self, asked: Input) -> Shape:
        """Which heads it has, where that is read."""

    @property
    def limit(self) -> int:
        """The most tokens that are read of a text, special ones included; the model may take fewer."""
        return TOKEN_LIMIT

    def trace(
        self,
        text: object,
        *,
        second: str | None = None,
        target: str | None = None,
        changes: Collection[Change] = (),
        special_tokens: bool | None = None,
        off: Collection[Head | LayerHead] = (),
        cuts: Collection[Unseen] = (),
        question: str | None = None,
        rate: int | None = None,
    ) -> Trace:
        """Read a text, or a picture that is asked about, or hear a sound.

        Args:
            text: what to read, or with a question a picture: a file's path, a PIL image, or an array [row, column,
                channel] of 0 to 255; or a whole request, beside which nothing else is said.
            second: a second sentence, for a model that takes pairs; a blank one is none.
            target: what an encoder–decoder is to have written of the text.
            changes: what to do otherwise in this run: heads off, weights unseen, masks, temperature, another
                normalizer, rows by hand; in from-scratch models also no positions, numbers of matrices by hand.
            special_tokens: whether special tokens that stand in the text ([MASK], [SEP], an entity marker) are read as
                what the model learned for them (True) or as plain text (False). None: the mask token and those
                that were added to the vocabulary or frame no text are read, a [SEP] or [CLS] is not.
            off, cuts: heads off as (layer, head), and weights unseen, as they were given before `changes`.
            question: what is asked about a picture ("which digit is red?"; None: the model's own example); for a model
                that compares a picture with a text (CLIP), that text ("a photo of a cat").
            rate: samples a second, where `text` is a sound as an array; a model that hears also takes a WAV file, as a
                Path or bytes (a string is a text, which a page's visitor may have typed). Of a sound, the target is
                what the model is to have written of it; None: what it writes.

        Raises:
            AttnvizError: text that holds no token, a pair or a target for a model that takes none, a change that it
                cannot take or with which its numbers are no longer finite, a head or token that is not there.
        """
        request = self.request(text, second, target, changes, special_tokens, off, cuts, question, rate)
        trace = self._read(request)
        self._check_finite(trace)
        return trace

    def _check_finite(self, trace: Trace) -> None:
        """Raise `ModelError` where changes made numbers of a run that are none."""
        if trace.changes and not all(bool(output.isfinite().all()) for output in trace.outputs.values()):
            raise ModelError(
                "With these changes the numbers of this run grow beyond what can be computed. Choose smaller ones."
            )

    def probabilities(
        self,
        text: object,
        at: int | Sequence[int],
        *,
        second: str | None = None,
        target: str | None = None,
        changes: Collection[Change] = (),
        special_tokens: bool | None = None,
        off: Collection[Head | LayerHead] = (),
        cuts: Collection[Unseen] = (),
        question: str | None = None,
        rate: int | None = None,
    ) -> Tensor:
        """[word]: how probable each word of its vocabulary is at token `at`, which is hidden from a model that
        predicts masked words, or after it. Of several tokens, each for itself: [token, word]. The other arguments are
        `trace`'s.

        Raises:
            ModelError: a model that predicts no words, or a token that is not there.
        """
        request = self.request(text, second, target, changes, special_tokens, off, cuts, question, rate)
        return self._predicted(request, [at])[0] if isinstance(at, int) else self._predicted(request, list(at))

    def request(
        self,
        text: object,
        second: str | None = None,
        target: str | None = None,
        changes: Collection[Change] = (),
        special_tokens: bool | None = None,
        off: Collection[Head | LayerHead] = (),
        cuts: Collection[Unseen] = (),
        question: str | None = None,
        rate: int | None = None,
    ) -> Request:
        """What is asked for, checked: texts cleaned, heads of changes with the names of their parts. The arguments are
        `trace`'s.

        Raises:
            AttnvizError: as `trace`'s, of what can be told without a run.
        """
        if isinstance(text, Request):
            asked, changes = text.input, text.changes
        else:
            kinds = {"hears": Sound in self.reads, "sees": Picture in self.reads}
            asked = input_of(text, second, target, special_tokens, question, rate, **kinds, usual=self.question)
            if not isinstance(changes, Iterable) or isinstance(changes, str):
                raise ModelError(f'Changes are a list, such as [attnviz.HeadOff("{Head(0, 1)}")], not {changes!r}.')
            changes = (*changes, *map(HeadOff, off), *cuts)
        asked = self._accepted(asked)
        check_takes(changes, self.takes, self.name)
        return Request(asked, self.weights, settled(changes, self.shape(asked)))

    @abstractmethod
    def _read(self, request: Request) -> Trace:
        """The trace of a request that was checked."""

    def _predicted(self, request: Request, at: list[int]) -> Tensor:
        """`probabilities` of a request that was checked, [token, word]."""
        raise ModelError(f"The {self.name} model predicts no words.")

    def generate(
        self,
        source: Any,  # a text; of a model that hears, a sound
        *,
        target: str = "",
        special_tokens: bool | None = None,
        changes: Collection[Change] = (),
        limit: int | None = None,
    ) -> Iterator[str]:
        """The target as it grows, written "greedily": the most probable token after another, after the target that
        there is, until the model ends it, or `limit` more tokens.

        Raises:
            ModelError: a model that writes no target; a limit below 0.
        """
        if limit is not None:
            limit = as_index(limit, "The limit of tokens")
        yield from self._grown(self.request(source, None, target, changes, special_tokens), limit)

    def _grown(self, request: Request, limit: int | None) -> Iterator[str]:
        """`generate` of a request that was checked."""
        raise ModelError(f"The model {self.name} writes no translation of a text.")

    @property
    def read_out(self) -> ReadOut | None:
        """How its last vectors become words; None of a model that is not ours from end to end, or whose norms stand
        after what they are of (post-norm), so that no part of the sum reaches the end by itself."""
        return None

    @property
    def continues(self) -> bool:
        """Whether it says what comes after a text, so that it can write on."""
        return self.predicts == "next" and Text in self.reads

    def read_on(self, request: Request, before: Iterable[Read] = ()) -> Read | None:
        """A text, read so that it can be read on from: where one of those read `before` begins alike, only what is new
        is run. None of a model, or with changes, where a longer text has to be read anew: `trace` and `following` do.

        Raises:
            AttnvizError: as `trace`'s, of a request that was checked (`request`).
        """
        return None

    def following(self, request: Request, read: Read | None = None) -> tuple[Tensor, int]:
        """[word]: how probable each word of its vocabulary is after the last token of a text; and which token that is.
        `read`: what `read_on` gave for that request, so that the text need not be read again.

        Raises:
            ModelError: a model that does not say what comes next, or a text as long as it can read.
        """
        raise ModelError(f"The {self.name} model does not say which word comes next.")

    def continued(self, text: str, index: int) -> str | None:
        """The text with that word of its vocabulary after it, as a person writes it; None of what is no word: what
        ends the text, a special token, a part of a character.

        Raises:
            ModelError: a model that does not say what comes next.
        """
        raise ModelError(f"The {self.name} model does not say which word comes next.")

    def ends(self, index: int) -> bool:
        """Whether that word of its vocabulary ends a text."""
        return False

    def word(self, index: int) -> str:
        """The word of the vocabulary that has that index.

        Raises:
            ModelError: a model without a list of words.
        """
        raise ModelError(f"The {self.name} model has no list of words.")

    @property
    def parameter_count(self) -> int | None:
        """How many numbers its weights are; None where that is not known."""
        return None

    @property
    def embedding(self) -> Tensor | None:
        """[word, d_model]: the vector of each word of its vocabulary, by `word`'s index; None where it has no list of
        words, or pieces of words in it."""
        return None

    @abstractmethod
    def untrained(self) -> Model | None:
        """The same architecture with the weights of before training; None if it has these already."""

    @abstractmethod
    def reference_weights(self, trace: Trace) -> Mapping[str, Sequence[Tensor]]:
        """By part, for each layer [head, query, key], computed by code that is not ours."""

    @abstractmethod
    def parameters(self, request: Request | None = None, *, part: str = "", layer: int = 0) -> Parameters:
        """What it computes with, as far as it is known.

        Args:
            request: what is read, for a model that is known on one text alone (random, pretrained), checked.
            part, layer: which layer of a pretrained model.

        Raises:
            AttnvizError: no text for such a model, or a part or layer that is not there.
        """

    def _accepted(self, asked: Input) -> Input:
        """The input, cleaned, after a check that this model takes one of its kind."""
        if not isinstance(asked.special_tokens, bool | None):
            raise ModelError(f"special_tokens is True, False or None, not {asked.special_tokens!r}.")
        if type(asked) not in self.reads:
            raise ModelError(refusal(asked, self))
        return cleaned(asked)
