"""Pictures as people have them: made what the model reads, and said; what cannot be read is a clear sentence."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

import attnviz
from attnviz.models import ModelError, load_model
from attnviz.models.inputs.image import fitted, picture_of
from attnviz.training.scenes import scenes

ASKED = "which digit is red?"


def read(given: object) -> tuple[np.ndarray, tuple[str, ...]]:
    """The pixels as the model reads them, and what is said of it."""
    trace = load_model("picture").trace(given, question=ASKED)
    return trace.tokens.content.array, trace.notices


def plain(color: tuple[int, ...] | int, mode: str = "RGB", size: tuple[int, int] = (40, 40)) -> Image.Image:
    return Image.new(mode, size, color)


@pytest.mark.parametrize("ending", ["png", "webp"])
def test_a_file_is_read_pixel_by_pixel(tmp_path, ending):
    scene = scenes(1).picture(0)
    path = tmp_path / f"scene.{ending}"
    Image.fromarray(scene).save(path, lossless=True)
    for given in (path, str(path), path.read_bytes(), scene, Image.fromarray(scene)):
        pixels, notices = read(given)
        assert (pixels == scene).all()
        assert notices == ()


def test_a_jpeg_is_read_and_lies_as_its_camera_says(tmp_path):
    image = plain((0, 0, 0), size=(40, 80))
    image.paste((255, 255, 255), (0, 0, 40, 20))  # the top is white
    turned = Image.Exif()
    turned[0x0112] = 3  # upside down
    image.save(tmp_path / "a.jpg", exif=turned)
    pixels = picture_of(tmp_path / "a.jpg", ASKED).pixels.array
    assert pixels.shape == (80, 40, 3)
    assert pixels[5].max() < 30
    assert pixels[75].min() > 225


def test_a_larger_picture_is_made_smaller_by_means_and_that_is_said():
    large = np.zeros((80, 80, 3), np.uint8)
    large[:2, 2:4] = 200  # four pixels become one, in the first row and second column
    large[0, 0] = 100  # one of four
    pixels, notices = read(large)
    assert pixels[0, 1].tolist() == [200] * 3
    assert pixels[0, 0].tolist() == [25] * 3
    assert notices == ("The picture has 80 × 80 pixels: made smaller, 40 × 40, as the model reads it.",)


def test_of_a_picture_that_is_not_square_the_middle_is_read():
    wide = np.zeros((40, 60, 3), np.uint8)
    wide[:, 10] = 255
    pixels, notices = read(wide)
    assert (pixels[:, 0] == 255).all()
    assert not pixels[:, 1:].any()
    assert notices == (
        "The picture has 60 × 40 pixels: its middle square was taken and made smaller, 40 × 40, as the model reads it.",
    )


def test_transparent_places_lie_on_white_and_that_is_said(tmp_path):
    image = plain((255, 0, 0, 0), "RGBA")
    image.paste((0, 0, 255, 255), (0, 0, 40, 20))
    image.save(tmp_path / "a.png")
    pixels, notices = read(tmp_path / "a.png")
    assert pixels[0, 0].tolist() == [0, 0, 255]
    assert pixels[30, 0].tolist() == [255, 255, 255]
    assert notices == ("The picture is transparent in places: it was laid on white.",)
    assert read(plain((9, 8, 7, 255), "RGBA"))[1] == ()


def test_of_an_animated_picture_the_first_frame_is_read_and_that_is_said(tmp_path):
    frames = [plain((255, 0, 0)), plain((0, 255, 0))]
    frames[0].save(tmp_path / "a.png", save_all=True, append_images=frames[1:], format="PNG")
    pixels, notices = read(tmp_path / "a.png")
    assert pixels[0, 0].tolist() == [255, 0, 0]
    assert notices == ("The picture is animated: its first frame is read.",)


def test_other_colours_are_made_red_green_and_blue(tmp_path):
    assert read(plain((0, 255, 255, 0), "CMYK"))[0][0, 0].tolist() == [255, 0, 0]
    assert "CMYK" in read(plain((0, 255, 255, 0), "CMYK"))[1][0]
    deep = Image.fromarray(np.full((40, 40), 0x8040, np.uint16))
    deep.save(tmp_path / "deep.png")
    pixels, notices = read(tmp_path / "deep.png")
    assert pixels[0, 0].tolist() == [0x80] * 3
    assert notices == ("The picture has 16 bits a colour: the upper 8 are read.",)
    few = plain((10, 200, 30)).convert("P", palette=Image.Palette.ADAPTIVE)
    assert np.abs(read(few)[0][0, 0].astype(int) - [10, 200, 30]).max() <= 2
    assert read(plain(77, "L"))[0][0, 0].tolist() == [77] * 3
    assert read(np.full((40, 40), 5, np.uint8))[0][0, 0].tolist() == [5] * 3


def test_a_picture_that_is_too_small_is_refused():
    for size in ((1, 1), (39, 400)):
        with pytest.raises(
            ModelError, match=f"has {size[0]} × {size[1]} pixels, which is too small: this model reads 40"
        ):
            read(plain((0, 0, 0), size=size))


@pytest.mark.parametrize("side", [5_000, 12_000, 20_000])
def test_a_picture_that_is_too_large_is_refused_by_its_header_alone(tmp_path, side):
    """The file has no pixels at all: who decoded it would say that it is damaged."""
    kind = b"IHDR" + struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    header = struct.pack(">I", 13) + kind + struct.pack(">I", zlib.crc32(kind))
    (tmp_path / "bomb.png").write_bytes(b"\x89PNG\r\n\x1a\n" + header + struct.pack(">I", 9) + b"IDAT")
    with pytest.raises(ModelError, match=r"too large\. Make it smaller: up to 24 million pixels are read"):
        read(tmp_path / "bomb.png")


def test_what_is_no_picture_is_said(tmp_path):
    (tmp_path / "note.png").write_text("no picture")
    with pytest.raises(ModelError, match=r"note\.png” is no picture that can be read\. Give a PNG, JPEG or WebP"):
        read(tmp_path / "note.png")
    with pytest.raises(ModelError, match=r"There is no file “.*none\.png” here"):
        read(tmp_path / "none.png")
    for no_path in (tmp_path, "a\0b.png", "x" * 5000 + ".png", ""):
        with pytest.raises(ModelError, match=r"There is no file “.*” here\. Give the path of a PNG"):
            read(no_path)
    written = io.BytesIO()
    Image.fromarray(scenes(1).picture(0)).save(written, "PNG")
    (tmp_path / "half.png").write_bytes(written.getvalue()[:900])
    with pytest.raises(ModelError, match=r"half\.png” is damaged or incomplete"):
        read(tmp_path / "half.png")
    plain((0, 0, 0)).save(tmp_path / "a.gif")
    with pytest.raises(ModelError, match="Give a PNG, JPEG or WebP"):
        read(tmp_path / "a.gif")


@pytest.mark.parametrize(
    "given",
    [np.zeros((40, 40, 3)), np.zeros((40, 40, 2), np.uint8), np.zeros((0, 40, 3), np.uint8), np.zeros(40, np.uint8)],
)
def test_an_array_of_another_kind_is_refused(given):
    with pytest.raises(ModelError, match=r"give numbers from 0 to 255 \(uint8\)"):
        read(given)


def test_what_is_nothing_of_this_is_refused():
    with pytest.raises(ModelError, match="a PIL image or a numpy array, not list"):
        read([[1, 2], [3, 4]])
    with pytest.raises(ModelError, match="numbers of 32 bits"):
        read(plain(3, "I"))
    with pytest.raises(ModelError, match="The question must be a string, not int"):
        attnviz.trace(scenes(1).picture(0), model="picture", question=3)


def test_a_picture_of_the_right_size_stays_the_very_same():
    picture = picture_of(scenes(1).picture(0), ASKED)
    assert fitted(picture, 40) is picture
