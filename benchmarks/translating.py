"""Does cross-attention point at the word that is translated? Counted on words that change places on the way.

Each sentence has a noun and its adjective, which stand the other way round in Portuguese. Of each content word that is
written, the source word with the most weight is held against the one that it translates, in the last layer of the
decoder, over the mean of its heads; and so is a guess that knows nothing but places: the word as far along in its row.
Which word translates which was written down by hand, of what the model writes of the sentence.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from attnviz._trace import Trace
from attnviz.models import load_model
from attnviz.tokens import Tokens

# The source, what the model writes of it, and its content words, each with the one that it translates.
SENTENCES = (
    ("The black cat sleeps on the white sofa.", "O gato preto dorme no sofá branco.",
     "gato cat, preto black, dorme sleeps, sofá sofa, branco white"),
    ("My brother bought a red car.", "Meu irmão comprou um carro vermelho.",
     "irmão brother, comprou bought, carro car, vermelho red"),
    ("She wears a green dress and black shoes.", "Ela usa um vestido verde e sapatos pretos.",
     "usa wears, vestido dress, verde green, sapatos shoes, pretos black"),
    ("The small dog drinks cold water.", "O pequeno cão bebe água fria.",
     "pequeno small, cão dog, bebe drinks, água water, fria cold"),
    ("We live in a yellow house near a quiet river.", "Vivemos em uma casa amarela perto de um rio tranquilo.",
     "Vivemos live, casa house, amarela yellow, perto near, rio river, tranquilo quiet"),
    ("The young woman sings a sad song.", "A jovem canta uma canção triste.",
     "jovem young, canta sings, canção song, triste sad"),
    ("He opened the heavy door with a rusty key.", "Ele abriu a porta pesada com uma chave enferrujada.",
     "abriu opened, porta door, pesada heavy, chave key, enferrujada rusty"),
    ("The rich king lost his golden crown.", "O rico rei perdeu a sua coroa de ouro.",
     "rico rich, rei king, perdeu lost, coroa crown, ouro golden"),
    ("The children ate fresh bread and ripe fruit.", "As crianças comeram pão fresco e fruta madura.",
     "crianças children, comeram ate, pão bread, fresco fresh, fruta fruit, madura ripe"),
    ("A strong wind broke the old window.", "Um vento forte quebrou a janela antiga.",
     "vento wind, forte strong, quebrou broke, janela window, antiga old"),
    ("The teacher told a funny story to the happy children.",
     "O professor contou uma história engraçada para as crianças felizes.",
     "professor teacher, contou told, história story, engraçada funny, crianças children, felizes happy"),
    ("The tired soldier crossed the dark forest.", "O soldado cansado atravessou a floresta escura.",
     "soldado soldier, cansado tired, atravessou crossed, floresta forest, escura dark"),
    ("They drink hot coffee in a small kitchen.", "Eles bebem café quente em uma pequena cozinha.",
     "bebem drink, café coffee, quente hot, pequena small, cozinha kitchen"),
    ("The blue bird sat on a dry branch.", "O pássaro azul sentou-se em um ramo seco.",
     "pássaro bird, azul blue, ramo branch, seco dry"),
    ("The poor farmer sold his brown horse.", "O pobre fazendeiro vendeu seu cavalo marrom.",
     "pobre poor, fazendeiro farmer, vendeu sold, cavalo horse, marrom brown"),
    ("the red house", "a casa vermelha", "casa house, vermelha red"),
)  # fmt: skip


@dataclass(frozen=True)
class Found:
    """Of how many content words the right source word has the most weight, and how far the guess by places comes."""

    words: int
    right: int
    by_place: int
    misses: tuple[tuple[str, str, str], ...]  # what is written, what it translates, and where the weight is


def looked_at(trace: Trace) -> dict[str, str]:
    """Of each word that is written, the source word with the most weight: in the last layer, the mean of the heads,
    pieces of a word taken together (their weights summed to it, and averaged from it)."""
    cross = trace.only("cross")
    weights = cross.layers[-1].weights.mean(0)  # [written, source]
    rows, columns = _words(cross.rows), _words(cross.columns)
    found = {}
    for word, row in rows.items():
        to = {name: float(weights[row][:, column].sum(-1).mean()) for name, column in columns.items()}
        found[word] = max(to, key=to.__getitem__)
    return found


def _words(row: Tokens) -> dict[str, list[int]]:
    """The places of each word; what ends a row is none."""
    places = [group for group in row.words() if not row[group[0]].special]
    return {row.text[row.of_text[group[0]].start : row.of_text[group[-1]].end]: group for group in places}


def aligned_words() -> Found:
    """The count over all sentences."""
    model = load_model("portuguese")
    words = right = by_place = 0
    misses = []
    for source, written, told in SENTENCES:
        trace = model.trace(source, target=written)
        found = looked_at(trace)
        ours, theirs = list(found), list(_words(trace.only("cross").columns))
        for pair in told.split(", "):
            word, meant = pair.split(" ")
            words += 1
            right += found[word] == meant
            at = round(ours.index(word) * (len(theirs) - 1) / (len(ours) - 1))
            by_place += theirs[at] == meant
            if found[word] != meant:
                misses.append((word, meant, found[word]))
    return Found(words, right, by_place, tuple(misses))


def translating_rows() -> list[str]:
    """The table's rows."""
    found = aligned_words()
    share, guess = (100 * count / found.words for count in (found.right, found.by_place))
    what = "`portuguese`: content words whose weight is on the word that they translate (a guess by places)"
    return [f"| {what} | ≥ 90 % | {share:.0f} % of {found.words} ({guess:.0f} %) | |"]


if __name__ == "__main__":
    torch.set_num_threads(1)
    print(aligned_words())
