"""The model that was trained here to translate: what it reads, what it writes, and which words its rows are."""

from __future__ import annotations

import base64
import re
from itertools import pairwise

import pytest
import torch

import attnviz
from attnviz import AttnvizError, HeadOff, Masked, NumberSet, Scaled, Unplaced, Unseen, analysis, load_model
from attnviz.client.packing import unpacked
from attnviz.models import ModelError, check
from attnviz.models.names import MINILM, Shipped
from attnviz.models.names.choosing import chosen_for
from attnviz.models.trained import Translator
from attnviz.request import Request, Text, Translation
from attnviz.training.vocabulary import START, UNKNOWN

SOURCE = "The black cat does not see the small dogs on the mat."
TARGET = "Le chat noir ne voit pas les petits chiens sur le tapis."


@pytest.fixture(scope="module")
def french() -> Translator:
    model = load_model("french", device="cpu")
    assert isinstance(model, Translator)
    return model


def written(model: Translator, source: str, **options: object) -> str:
    return [*model.generate(source, **options)][-1]  # type: ignore[arg-type]


# What it reads


def test_it_reads_a_text_and_a_translation_and_each_has_its_parts(french: Translator):
    assert french.reads == {Text, Translation}
    alone = french.trace(SOURCE)
    assert (list(alone.parts), alone.part, len(alone.tokens)) == (["encoder"], "encoder", 14)
    both = french.trace(SOURCE, target=TARGET)
    assert list(both.parts) == ["encoder", "decoder", "cross"]
    assert list(both.inputs) == ["source", "target", "written"]
    assert torch.equal(alone.layers[0].weights, both.parts["encoder"][0].weights)
    assert both.shape.opening == "cross"
    assert (french.predicting(alone.request.input), french.predicting(both.request.input)) == (None, "next")
    assert french.parameter_count == sum(p.numel() for p in french.network.parameters())


def test_the_way_in_from_the_package_takes_a_target():
    trace = attnviz.trace(SOURCE, target=TARGET, model="french", changes=[HeadOff("cross.0.1")])
    assert trace.model == "french"
    assert trace.only("cross").heads_off(0) == {1}
    assert trace.only("decoder").heads_off(0) == set()
    assert "french" in repr(trace)
    first = attnviz.trace(SOURCE, target=TARGET, model="french", step=0).parts["cross"][0].weights
    assert float(first.max()) < 0.9 < float(trace.parts["cross"][0].weights.max())


@pytest.mark.parametrize(
    "changes",
    [
        [],
        [HeadOff("cross.0.1"), HeadOff("encoder.0.0")],
        [Unseen(key=2, part="cross")],
        [Unseen(0, 1, 3, 2, "cross"), Unseen(key=1, part="decoder")],
        [Masked("window", width=2), Scaled(temperature=0.5)],
        [Scaled(root=False, part="cross")],
        [Unplaced()],
    ],
    ids=lambda changes: " ".join(type(one).__name__ for one in changes) or "as it is",
)
def test_every_part_has_the_weights_of_torch_s_attention(french: Translator, changes: list):
    trace = french.trace(SOURCE, target=TARGET, changes=changes)
    checked = check(french, trace)
    assert checked.difference <= 2e-6  # a few roundings: which ones, goes by the processor
    assert checked.reference == "torch's scaled_dot_product_attention"


def test_the_check_is_of_the_encoder_alone_where_there_is_no_target(french: Translator):
    trace = french.trace("My hens often follow her")
    assert list(french.reference_weights(trace)) == ["encoder"]
    assert check(french, trace).difference <= 1e-6
    with pytest.raises(ModelError, match="knows the softmax alone"):
        check(french, french.trace(SOURCE, target=TARGET, changes=[attnviz.Normalized("relu")]))


def test_the_layers_are_the_network_s_own(french: Translator):
    trace = french.trace(SOURCE, target=TARGET)
    source, target = (torch.tensor([[t.id for t in trace.inputs[name]]]) for name in ("source", "target"))
    record = french.network(target, source=source)
    layers = {"encoder": record.encoder[0].attention, "decoder": record.decoder[0].attention}
    layers["cross"] = record.decoder[0].cross
    for part, attention in layers.items():
        layer = trace.parts[part][0]
        torch.testing.assert_close(layer.weights, attention.weights[0], atol=1e-6, rtol=0)
        output = layer.context.transpose(0, 1).flatten(1) @ layer.w_o
        torch.testing.assert_close(output, attention.output[0], atol=1e-5, rtol=0)
    assert torch.equal(trace.outputs["source"], record.memory[0])
    assert torch.equal(trace.outputs["target"], record.final[0])
    assert torch.equal(trace.outputs["written"], record.final[0])
    steps = {part: layer.projection.q for part, (layer,) in trace.parts.items() if layer.projection}
    turned = ("linear", "rotary")
    assert steps == {"encoder": turned, "decoder": turned, "cross": ("linear",)}


# Its rows


def test_rows_of_cross_attention_are_named_by_the_word_that_is_written_there(french: Translator):
    trace = french.trace(SOURCE, target=TARGET)
    cross, decoder = trace.parts["cross"][0], trace.parts["decoder"][0]
    said = ["Le", "chat", "noir", "ne", "voit", "pas", "les", "petits", "chiens", "sur", "le", "tapis", "."]
    assert [token.label for token in cross.queries] == [*said, "end"]
    assert [token.label for token in decoder.queries] == ["[CLS]", *said]
    assert cross.queries.name == "written"
    assert cross.queries[-1].special
    assert [token.label for token in cross.keys] == ["[CLS]", "The", *SOURCE[4:-1].split(), "."]


def test_a_word_is_looked_for_where_it_is_written(french: Translator):
    """*chat* stands before *noir*, *cat* after *black*: so it is no matter of places."""
    trace = french.trace(SOURCE, target=TARGET).only("cross")
    layer, head = trace.layers[0], french.first_look
    assert (head.part, head.layer) == ("cross", 0)
    pairs = {"noir": "black", "chat": "cat", "voit": "see", "pas": "not", "petits": "small", "chiens": "dogs"}
    pairs |= {"sur": "on", "tapis": "mat"}
    for word, source in pairs.items():
        row = layer.weights[head.head, layer.queries.find(word)]
        assert int(row.argmax()) == layer.keys.find(source), word
        assert float(row.max()) > 0.8


def test_pronouns_and_what_denies_are_looked_for_over_the_verb(french: Translator):
    trace = french.trace("These young queens never follow her", target="Ces jeunes reines ne la suivent jamais")
    layer, head = trace.parts["cross"][0], french.first_look.head
    for word, source in (("la", "her"), ("suivent", "follow"), ("jamais", "never")):
        assert int(layer.weights[head, layer.queries.find(word)].argmax()) == layer.keys.find(source)


# What it writes


@pytest.mark.parametrize(
    ("source", "target"),
    [
        (SOURCE, TARGET),
        ("My hens often follow her", "Mes poules la suivent souvent"),
        ("These young queens never watch the green table", "Ces jeunes reines ne regardent jamais la table verte"),
        (
            "the dog sleeps and our pretty girls want a white flower .",
            "Le chien dort et nos jolies filles veulent une fleur blanche.",
        ),
        ("Two big cows sing in the garden", "Deux grandes vaches chantent dans le jardin"),
        (
            "Our red train and this boy run now behind the house",
            "Notre train rouge et ce garçon courent maintenant derrière la maison",
        ),
        ("The boy takes two white books", "Le garçon prend deux livres blancs"),
        ("A king finds them.", "Un roi les trouve."),
    ],
)
def test_it_writes_the_right_french(french: Translator, source: str, target: str):
    assert written(french, source) == target


def test_what_it_writes_grows_word_by_word_and_is_what_its_probabilities_say(french: Translator):
    grown = list(french.generate(SOURCE))
    assert len(grown) == 13
    assert all(later.startswith(earlier) for earlier, later in pairwise(grown))
    told = french.probabilities(SOURCE, range(14), target=TARGET)
    assert told.shape == (14, len(french.words))
    torch.testing.assert_close(told.sum(-1), torch.ones(14), atol=1e-5, rtol=0)
    best = [french.word(i) for i in told.argmax(-1).tolist()]
    assert best == ["le", *TARGET[3:-1].split(), ".", "[CLS]"]
    assert torch.equal(french.probabilities(SOURCE, 2, target=TARGET), told[2])


def test_a_target_that_has_begun_goes_on_as_it_was_typed(french: Translator):
    whole = list(french.generate("The black cat sees her"))
    assert list(french.generate("The black cat sees her", target="le chat"))[-1] == whole[-1] == "Le chat noir la voit"
    assert list(french.generate("The black cat sees her", limit=2)) == whole[:2]
    assert list(french.generate("The black cat sees her", limit=0)) == []
    with pytest.raises(AttnvizError, match="The limit of tokens is a whole number from 0, not -1"):
        list(french.generate("The black cat sees her", limit=-1))
    comma = written(french, "The black cat sees her", target="Le chat noir, ")
    assert comma.startswith("Le chat noir, ")
    assert list(french.generate("The black cat sees her", target=whole[-1])) == [], "it has ended"


def test_a_special_token_that_was_typed_as_text_stays_text_while_it_is_written_on(french: Translator):
    """What comes next is the same whether it is written or read again."""
    begun = "le [CLS] chat"
    grown = written(french, "The cat sleeps", target=begun, limit=1)
    index = int(french.probabilities("The cat sleeps", 5, target=begun).argmax())
    assert grown == f"Le [CLS] chat {french.word(index)}"
    two = list(french.generate("The cat sleeps", target=begun, limit=2))
    assert two[1:] == list(french.generate("The cat sleeps", target=two[0], limit=1))


def test_it_stops_at_the_longest_that_it_takes(french: Translator):
    longest = french.network.config.target.longest
    nearly = "chat " * (longest - 2)
    found = list(french.generate("The cat sees the dog", target=nearly))
    assert len(found) <= 1
    assert list(french.generate("The cat sees the dog", target=nearly + "chat")) == []
    trace = french.trace("dog " * 600, target="chien " * 600)
    assert (len(trace.inputs["source"]), len(trace.inputs["target"])) == (longest, longest)
    assert trace.inputs["source"].cut is not None
    assert trace.inputs["target"].cut is not None


def test_with_a_word_unseen_another_is_written_and_without_cross_attention_no_translation(french: Translator):
    source = "The black cat sleeps."
    assert written(french, source) == "Le chat noir dort."
    cut = written(french, source, changes=[Unseen(key=3, part="cross")])
    assert "chat" not in cut
    off = [HeadOff(f"cross.0.{head}") for head in range(4)]
    blind = {" ".join(french.generate(text, changes=off)) for text in (source, "My hens often follow her")}
    assert len(blind) == 1, "it says the same of every source"


def test_one_weight_of_the_cross_attention_is_measured(french: Translator):
    trace = french.trace(SOURCE, target=TARGET).only("cross")
    layer = trace.layers[0]
    at = {"query": layer.queries.find("noir"), "key": layer.keys.find("black")}
    found = analysis.meaning(french, trace, layer=0, head=french.first_look.head, **at)
    assert found.weight == pytest.approx(float(layer.weights[french.first_look.head, at["query"], at["key"]]))
    assert found.position is None
    assert found.norm is not None


def test_before_training_it_is_the_same_shape_and_knows_no_french(french: Translator):
    before = french.untrained()
    assert isinstance(before, Translator)
    assert before.step == 0
    assert before.untrained() is None
    assert french.untrained() is before
    assert list(before.generate(SOURCE, limit=20))[-1:] != [TARGET]
    trace = before.trace(SOURCE, target=TARGET)
    assert check(before, trace).agrees
    assert trace.shape.parts == french.trace(SOURCE, target=TARGET).shape.parts
    assert french.measures()["agreement"] > 0.99 > 0.1 > before.measures()["agreement"]


def test_words_that_it_does_not_know_are_marked_on_both_sides(french: Translator):
    trace = french.trace("The robot sees the CAT", target="Le robot voit le chat")
    source, target = trace.inputs["source"], trace.inputs["target"]
    assert [token.label for token in source if token.unknown] == ["robot"]
    assert [token.label for token in target if token.unknown] == ["robot"]
    assert source[2].id == target[2].id == UNKNOWN
    assert source[5].piece == "cat", "upper and lower case are one word"
    assert trace.parts["cross"][0].queries[1].unknown, "where it is written as well"
    assert (source[0].id, target[0].id) == (START, START)
    assert trace.spelled == ()
    assert french.trace("a [CLS] cat", target="un [SEP] [PAD] chat").spelled == ("[CLS]", "[PAD]")


def test_who_does_not_say_which_model_gets_none_that_translates():
    for text in (SOURCE, "My hens often follow her", "The cat sees the dog", "Two big cows sing in the garden."):
        assert chosen_for(Text(text)).weights != Shipped("french")
    assert chosen_for(Translation(SOURCE, TARGET)).weights == MINILM


def test_an_explorer_is_made_of_it(french: Translator):
    trace = french.trace(SOURCE, target=TARGET)
    data = re.search(r'<script[^>]*id="trace"[^>]*>([^<]+)</script>', attnviz.explorer.html(trace))
    assert data is not None
    header, _ = unpacked(base64.b64decode(data[1]))
    assert [(part["name"], part["queries"], part["keys"]) for part in header["parts"]] == [
        ("encoder", "source", "source"),
        ("decoder", "target", "target"),
        ("cross", "written", "source"),
    ]
    assert header["first"]["part"] == "cross"
    shown = attnviz.show(trace, head="cross.0.0", query="noir", key="black")
    assert "<iframe" in shown._repr_html_()
    assert len(attnviz.export.npz_bytes(trace)) > 1000


def test_what_it_cannot_read_is_a_sentence(french: Translator):
    with pytest.raises(AttnvizError, match="reads one text, not a pair of sentences"):
        french.trace(SOURCE, second="It was black.")
    with pytest.raises(AttnvizError, match="A target is of one text, not of a pair"):
        french.trace(SOURCE, second="It was black.", target=TARGET)
    with pytest.raises(AttnvizError, match="There is a target, but no source"):
        french.trace(" ", target=TARGET)
    with pytest.raises(AttnvizError, match="There is no word in this text"):
        french.trace("")
    with pytest.raises(AttnvizError, match="There is no token 14: the target has tokens 0 to 13"):
        french.probabilities(SOURCE, 14, target=TARGET)
    with pytest.raises(AttnvizError, match="predicts the words of a target: give it one"):
        french.probabilities(SOURCE, 3)
    with pytest.raises(AttnvizError, match="does not say which word comes next"):
        french.following(Request(Text(SOURCE), french.weights))
    with pytest.raises(AttnvizError, match="opened on one row of words"):
        french.parameters(french.request(SOURCE, target=TARGET))


def test_the_attention_of_its_encoder_is_opened_on_a_text(french):
    known = french.parameters(french.request(SOURCE))
    assert known.recorded is not None
    assert known.recorded.part == "encoder"
    assert known.words == french.checkpoint.vocabulary.words


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (NumberSet(0, "w_q", 0, 0, 1.0), "the matrices of french stay as they are"),
        (HeadOff("0.1"), r"has several parts \(encoder, decoder, cross\). Say which"),
        (HeadOff("cross.1.0"), "There is no layer 1: cross of french has layers 0 to 0"),
        (Unseen(key=14, part="cross"), "There is no token 14"),
    ],
)
def test_a_change_that_it_cannot_take_is_a_sentence(french: Translator, change, sentence: str):
    with pytest.raises(AttnvizError, match=sentence):
        french.trace(SOURCE, target=TARGET, changes=[change])
