"""How a picture can be asked about: which words of a question a model reads, and what is said of another question."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from attnviz.errors import AttnvizError
from attnviz.texts import word_tokens
from attnviz.tokens import TextToken
from attnviz.training.scenes import DIGITS
from attnviz.training.vocabulary import START, Vocabulary

_NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
OTHERWISE = {"color": "colour", "number": "digit", **dict(zip(_NUMBERS, DIGITS, strict=True))}  # the same in its words
BESIDE = frozenset({"which", "what", "is", "the", "of", "a", "has", "?", "."})  # words that change nothing


@dataclass(frozen=True)
class Wording:
    """What can be asked, in two words that are read."""

    asked: Mapping[str, Collection[str]]  # the first word, and those that it may be asked of
    refused: str  # what it asks for, after “it asks for”
    invited: str  # how to ask, a sentence
    otherwise: Mapping[str, str]  # what is said for a word that is read
    beside: Collection[str]  # words that change nothing

    def words(self, question: str, vocabulary: Vocabulary) -> tuple[TextToken, ...]:
        """The words of a question that are read. They stand in the question where they were typed.

        Raises:
            AttnvizError: another question.
        """
        known = {*self.asked, *(word for words in self.asked.values() for word in words)}
        found: list[TextToken] = []
        for token in word_tokens(question)[0]:
            piece = self.otherwise.get(token.piece, token.piece)
            if token.piece in self.beside:
                continue
            if piece not in known:
                raise AttnvizError(self._not_known(question, f"it does not know the word “{token.label[:30]}”"))
            found.append(replace(token, id=vocabulary.id(piece), piece=piece, word=len(found)))
        if len(found) != 2 or found[1].piece not in self.asked.get(found[0].piece, ()):
            raise AttnvizError(self._not_known(question, f"it asks for {self.refused}"))
        return tuple(found)

    def _not_known(self, question: str, why: str) -> str:
        return f"The model cannot be asked “{question[:60]}”: {why}. {self.invited}"


def start(question: str) -> tuple[TextToken, ...]:
    """What is read where nothing is asked: [CLS].

    Raises:
        AttnvizError: a question.
    """
    if question.strip():
        raise AttnvizError(f"The model cannot be asked “{question[:60]}”: it is asked nothing. Leave the question out.")
    return (TextToken("[CLS]", START, 0, 0, piece="[CLS]", special=True),)
