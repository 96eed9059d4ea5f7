"""The transformer that is asked about a picture: its patches, its places, questions that do not disturb another."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch

from attnviz import AttnvizError
from attnviz.networks.picture_transformer import PictureConfig, patches_of
from attnviz.positions import grid_angles, rotated
from attnviz.request import Unplaced

SMALL = PictureConfig(12, layers=2, heads=2, d_model=16, d_ff=16, side=6, patch=2, spread=0.5)


def pictures(count: int = 1, side: int = 6) -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randint(256, (count, side, side, 3), dtype=torch.uint8, generator=generator)


def test_patches_go_row_by_row_from_the_top_left_and_so_do_their_pixels():
    rows, columns = torch.meshgrid(torch.arange(4), torch.arange(4), indexing="ij")
    picture = torch.stack([rows, columns, torch.full_like(rows, 9)], dim=-1)
    cut = patches_of(picture, 2).view(4, 4, 3)  # [patch, pixel, channel]
    assert cut[1].tolist() == [[0, 2, 9], [0, 3, 9], [1, 2, 9], [1, 3, 9]], "the second patch is right of the first"
    assert cut[2, 0].tolist() == [2, 0, 9], "the third begins the second row"


def test_two_patches_meet_by_how_many_rows_and_columns_they_are_apart_wherever_they_stand():
    q, k = torch.randn(2, 16, generator=torch.Generator().manual_seed(0))
    angles = grid_angles(5, 5, 16)

    def score(query: tuple[int, int], key: tuple[int, int]) -> float:
        turned = [rotated(x[None], angles[5 * row + column][None]) for x, (row, column) in ((q, query), (k, key))]
        return float(turned[0] @ turned[1].T)

    assert score((0, 0), (1, 2)) == pytest.approx(score((3, 2), (4, 4)), abs=1e-5)
    assert score((0, 0), (1, 2)) != pytest.approx(score((0, 0), (2, 1)), abs=1e-3), "a row is no column"


@torch.no_grad()
def test_eight_questions_in_one_pass_are_answered_as_each_alone():
    network = SMALL.network()
    ids = torch.randint(4, 12, (1, 16), generator=torch.Generator().manual_seed(2))
    together = network(ids, pictures=pictures())
    for i in range(0, 16, 2):
        alone = network(ids[:, i : i + 2], pictures=pictures())
        torch.testing.assert_close(together.logits[:, i : i + 2], alone.logits[:, :2])
        torch.testing.assert_close(together.logits[:, 16:], alone.logits[:, 2:])


def test_a_patch_sees_patches_and_a_word_its_own_question_and_all_patches():
    mask = SMALL.network().mask(4 + 9)  # two questions
    seen = mask == 0
    assert set(mask.unique().tolist()) == {-math.inf, 0.0}
    assert seen[:, 4:].all()
    assert not seen[4:, :4].any()
    assert seen[:4, :4].tolist() == [[i // 2 == j // 2 for j in range(4)] for i in range(4)]


def test_a_model_that_looks_around_hides_what_is_farther_and_all_patches_from_words_but_not_in_its_last_layer():
    network = replace(SMALL, layers=3, around=1).network()
    first, second, last = (mask == 0 for mask in network.masks(2 + 9))
    assert torch.equal(first, second)
    assert torch.equal(last, SMALL.network().mask(2 + 9) == 0)
    assert not first[:2, 2:].any()
    assert first[:2, :2].all()
    patches = first[2:, 2:]
    assert patches[4].nonzero()[:, 0].tolist() == [1, 3, 4, 5, 7], "the middle: up, left, itself, right, down"
    assert patches[2].nonzero()[:, 0].tolist() == [1, 2, 5], "a row ends at the edge"
    assert torch.equal(patches, patches.T)


@torch.no_grad()
def test_a_question_stands_still_and_patches_turn():
    angles = SMALL.network().angles(2 + 9)
    assert not angles[:2].any()
    assert torch.equal(angles[2:], grid_angles(3, 3, 8))
    assert SMALL.network().angles(11, [Unplaced()]) is None


@torch.no_grad()
def test_without_positions_it_does_not_matter_where_a_patch_stands():
    network, ids = SMALL.network(), torch.tensor([[5, 7]])
    picture = pictures()
    turned = picture.flip(1)  # upside down, and so are the pixels in each patch
    turned = turned.view(1, 3, 2, 6, 3).flip(2).reshape(1, 6, 6, 3)  # … upright again: only patches have moved
    answers = [network(ids, pictures=one, changes=[Unplaced()]).logits[0, 1] for one in (picture, turned)]
    torch.testing.assert_close(*answers)
    answers = [network(ids, pictures=one).logits[0, 1] for one in (picture, turned)]
    assert float((answers[0] - answers[1]).abs().max()) > 1e-3


def test_impossible_shapes_are_refused_in_a_sentence():
    with pytest.raises(AttnvizError, match="Patches of 4 pixels do not fill a side of 6"):
        PictureConfig(12, side=6, patch=4)
    with pytest.raises(AttnvizError, match="d_head 2 is no multiple of 4"):
        PictureConfig(12, heads=4, d_model=8)
    with pytest.raises(AttnvizError, match="looks both ways"):
        PictureConfig(12, causal=True)
    with pytest.raises(AttnvizError, match=r"A picture is 6 × 6 × 3 numbers, .* here are 8 × 8 × 3"):
        SMALL.network()(torch.tensor([[5, 7]]), pictures=pictures(side=8))
