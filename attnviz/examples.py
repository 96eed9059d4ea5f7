"""Examples that teach: a sentence, the head and the two words to look at, and what there is to see.

Each makes one claim (`CLAIMS` says which there are). `tests/test_examples.py` measures it with the model that is named,
so an example that stops being true fails there. No number is typed here: the page tells the weights beside the picture.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from attnviz.errors import AttnvizError
from attnviz.heads import Head
from attnviz.tokens import Tokens

Claim = Literal[
    "stands out",
    "subject",
    "again",
    "across",
    "previous",
    "next",
    "special",
    "after",
    "everybody",
    "untrained",
    "translated",
]
CLAIMS: Mapping[Claim, str] = MappingProxyType(
    {
        "stands out": "the weight is large, and other words give the key much less, as do words at the same distance",
        "subject": "that, from a verb to its subject, and the nouns between them get little",
        "again": "that, from a word to the same word at another place",
        "across": "that, from a word of one sentence to a word of the other",
        "previous": "most words look at the token before them",
        "next": "most words look at the token after them",
        "special": "most words look at a special token",
        "after": "where a word comes again, it looks at what came after it before",
        "everybody": "the weight is large, but the other words give the key nearly as much",
        "untrained": "the weight is large by chance: with other random numbers it goes elsewhere",
        "translated": "the weight is large, other words give the key much less, and the two words say the same",
    }
)


@dataclass(frozen=True)
class Word:
    """A token, as it is written: the word, or the piece of it that the model reads."""

    label: str
    nth: int = 1  # which of those that are written so, from 1; of a pair, counted through both sentences

    def at(self, tokens: Tokens) -> int:
        """Its index.

        Raises:
            AttnvizError: there are not so many.
        """
        places = [i for i, token in enumerate(tokens) if token.label == self.label]
        if not 1 <= self.nth <= len(places):
            raise AttnvizError(f"“{self.label}” is {len(places)} times in the {tokens.name}: there is no {self.nth}.")
        return places[self.nth - 1]


@dataclass(frozen=True)
class Example:
    """Where to look, and what there is to see."""

    title: str  # in a menu
    text: str
    model: str
    where: Head
    query: Word  # the word that looks
    key: Word  # the word that it looks at
    claim: Claim
    see: str  # for who has read one introduction to attention
    pair: str = ""  # a second sentence, for a model that reads two
    target: str = ""  # what a model writes of the text, for one that translates
    language: str = "English"

    @property
    def layer(self) -> int:
        """From 0."""
        return self.where.layer

    @property
    def head(self) -> int:
        """Of its layer, from 0."""
        return self.where.head


_REPETITION = "small bird sat on the tree small bird sat on the tree"
_FUNCTION = "def area(width, height): return width * height"

# In an order in which one can go through them: first what stands out, then what does not.
EXAMPLES: tuple[Example, ...] = (
    Example(
        "A verb finds its far subject",
        "The cat, which was black, sat on the mat",
        "grammar",
        Head(1, 0),
        Word("sat"),
        Word("cat"),
        "subject",
        "“sat” looks past the words between them and finds “cat”: it was the cat that sat. To guess hidden verbs, this "
        "small model had to learn which noun a verb belongs to.",
    ),
    Example(
        "Not fooled by a nearer noun",
        "The dogs near the old lamp bark",
        "grammar",
        Head(1, 0),
        Word("bark"),
        Word("dogs"),
        "subject",
        "“lamp” stands right before “bark”, but “bark” looks at “dogs”. Nearness is not what this head goes by.",
    ),
    Example(
        "Looks convincing, says little",
        "The cat, which was black, sat on the mat",
        "minilm",
        Head(5, 11),
        Word("sat"),
        Word("cat"),
        "everybody",
        "“sat” gives “cat” a large weight, but so do most other words. So this says that “cat” matters to the head, "
        "not that “sat” has found its subject.",
    ),
    Example(
        "The word before",
        "We walked through the old town on a rainy day",
        "minilm",
        Head(0, 2),
        Word("town"),
        Word("old"),
        "previous",
        "Every word looks at the one before it, whatever the two words are. Most of the weights make one slanted line.",
    ),
    Example(
        "The word after",
        "Good morning! How are you?",
        "minilm",
        Head(1, 8),
        Word("How"),
        Word("are"),
        "next",
        "Most words look at the one after them. This model reads the whole sentence at once, so it may look ahead.",
    ),
    Example(
        "A place to rest",
        "She put the book on the table",
        "minilm",
        Head(4, 5),
        Word("book"),
        Word("[CLS]"),
        "special",
        "Nearly all words look at “[CLS]”, a mark that the model puts before every text. A head has to give its weight "
        "to something; it is thought that it rests there when it finds nothing.",
    ),
    Example(
        "“the” finds its noun",
        "The dog chased the ball because it was fast",
        "minilm",
        Head(2, 8),
        Word("the"),
        Word("ball"),
        "stands out",
        "“the” looks at the noun that it belongs to, “ball”, which hardly any other word looks at.",
    ),
    Example(
        "“from” finds its verb",
        "The train comes from Paris",
        "minilm",
        Head(1, 11),
        Word("from"),
        Word("comes"),
        "stands out",
        "“from” looks back at “comes”, the verb that it completes. Most other words rest on “[CLS]”.",
    ),
    Example(
        "“in” finds its place",
        "Ich wohne in Berlin",
        "minilm",
        Head(1, 7),
        Word("in"),
        Word("Berlin"),
        "stands out",
        "“in” looks ahead at the place that belongs to it, “Berlin”. The model learned mostly from English, where both "
        "words are written the same.",
        language="German",
    ),
    Example(
        "“it” finds its noun",
        "Tom bought a car and washed it",
        "minilm",
        Head(3, 1),
        Word("it"),
        Word("car"),
        "stands out",
        "“it” looks back at “car”, the thing that it stands for, and not at “Tom”. This does not always go "
        "well: see the wrong noun.",
    ),
    Example(
        "“it” finds the wrong noun",
        "The trophy did not fit in the suitcase because it was too small",
        "minilm",
        Head(3, 1),
        Word("it"),
        Word("trophy"),
        "stands out",
        "What is too small is the “suitcase”, but “it” looks at “trophy”. A weight that stands out is no proof that "
        "the model has understood.",
    ),
    Example(
        "“It”, in the next sentence",
        "I read a book",
        "minilm",
        Head(3, 1),
        Word("It"),
        Word("book"),
        "across",
        "“It” looks back into the first sentence, at “book”, which it stands for. The model reads both sentences as "
        "one row of words.",
        pair="It was very good",
    ),
    Example(
        "Two alike in two sentences",
        "The boy eats an apple",
        "minilm",
        Head(0, 1),
        Word("boy"),
        Word("girl"),
        "across",
        "“boy” finds “girl”, which has the same role in the other sentence and a similar meaning. This is the first "
        "layer, which compares little more than the words themselves.",
        pair="The girl eats a pear",
    ),
    Example(
        "“music” finds “música”",
        "The man loves music",
        "minilm",
        Head(0, 1),
        Word("music"),
        Word("música"),
        "across",
        "“music” finds the Spanish word for it, “música”, in the other sentence. To this head the two are similar, "
        "though the model learned mostly from English.",
        pair="El hombre ama la música",
        language="Spanish",
    ),
    Example(
        "The same word again",
        "Der Mann liebt die Frau und die Frau liebt den Mann",
        "minilm",
        Head(2, 9),
        Word("Mann", 2),
        Word("Mann", 1),
        "again",
        "The second “Mann” looks back at the first one, over the whole sentence. For that the model need not know "
        "German.",
        language="German",
    ),
    Example(
        "The same word, in Italian",
        "La vita è bella, la vita è breve",
        "minilm",
        Head(2, 9),
        Word("vita", 2),
        Word("vita", 1),
        "again",
        "The second “vita” looks back at the first one. It is the head that does so in German too.",
        language="Italian",
    ),
    Example(
        "“la” finds its noun",
        "Le grand hôtel est dans la rue",
        "minilm",
        Head(2, 8),
        Word("la"),
        Word("rue"),
        "stands out",
        "“la” looks at its noun, “rue”. It is the head in which an English “the” finds its noun.",
        language="French",
    ),
    Example(
        "A word in two pieces",
        "Le chat noir dort sur la chaise",
        "minilm",
        Head(4, 9),
        Word("cha"),
        Word("ise"),
        "stands out",
        "The model does not know “chaise” and reads it in two pieces. The first piece looks at the second.",
        language="French",
    ),
    Example(
        "A line of poetry? No",
        "La vida es un sueño",
        "minilm",
        Head(5, 4),
        Word("vida"),
        Word("sue"),
        "everybody",
        "“vida” (life) looks at the first piece of “sueño” (dream), as if the model read the verse. But “La” and “es” "
        "look there nearly as much.",
        language="Spanish",
    ),
    Example(
        "Code: the same name",
        _FUNCTION,
        "minilm",
        Head(2, 9),
        Word("width", 2),
        Word("width", 1),
        "again",
        "Where “width” is used, it looks back at the place where it was named. It is the head that finds a word again "
        "in a sentence.",
        language="Python",
    ),
    Example(
        "Code: a bracket and its partner",
        _FUNCTION,
        "minilm",
        Head(1, 7),
        Word("("),
        Word(")"),
        "stands out",
        "The opening bracket looks ahead at the closing one, which hardly any other word looks at.",
        language="Python",
    ),
    Example(
        "What came next? First step",
        _REPETITION,
        "induction",
        Head(0, 2),
        Word("sat"),
        Word("bird"),
        "previous",
        "Each word looks at the one before it, so it can carry along which word that was. The second step builds on "
        "this.",
    ),
    Example(
        "What came next? Second step",
        _REPETITION,
        "induction",
        Head(1, 0),
        Word("bird", 2),
        Word("sat", 1),
        "after",
        "In the second round “bird” looks at “sat”, which came after “bird” in the first. That tells the model what "
        "comes next.",
    ),
    Example(
        "One word after another",
        "One day a girl named Mia found a red ball. She put the",
        "stories",
        Head(1, 0),
        Word("the"),
        Word("red"),
        "stands out",
        "To say which word comes next, it looks back from “the” at “red”: that is the colour to be said again. Let it "
        "write on.",
    ),
    Example(
        "From English to French",
        "The black cat sees the small dogs",
        "french",
        Head(0, 1, "cross"),
        Word("noir"),
        Word("black"),
        "translated",
        "To write “noir”, the model looks at “black”, though that stands elsewhere in the sentence. Each French word "
        "finds the English one that says the same.",
        target="Le chat noir voit les petits chiens",
    ),
    Example(
        "Nobody trained this one",
        "The old king loved his daughter",
        "random",
        Head(0, 2),
        Word("his"),
        Word("daughter"),
        "untrained",
        "“his” seems to find “daughter”, but this model is made of random numbers and has learned nothing. With other "
        "random numbers the pattern is another one.",
    ),
)
