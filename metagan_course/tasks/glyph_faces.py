"""Characters as clean grey pictures, rendered from the fonts inside matplotlib. No warps, no caches here."""

import hashlib
import json
import math
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from .cache import DataError

CANVAS, INK_BOX, LARGEST_ZOOM = 64, 40, 2.2  # a box of 44 would let one drawing in 200 touch the edge
FACES = (
    "DejaVuSans",
    "DejaVuSans-Bold",
    "DejaVuSansMono",
    "DejaVuSerif",
    "DejaVuSerif-Italic",
    "STIXGeneral",
)
FIRM = 0.6
BINOMIAL = [math.comb(8, k) / 2**8 for k in range(9)]


def class_list() -> list[tuple[str, str]]:
    """The (script, character) pairs, in their fixed order; `glyph_select.py` made the file."""
    scripts = json.loads((Path(__file__).parent / "glyph_classes.json").read_text("utf-8"))
    return [(script, character) for script, characters in scripts.items() for character in characters]


def class_hash(classes: list[tuple[str, str]]) -> str:
    return hashlib.sha256("\n".join(s + c for s, c in classes).encode()).hexdigest()[:16]


def open_fonts(names=FACES) -> list[tuple]:
    """(font, the code points it has) of each name."""
    import matplotlib
    from matplotlib.ft2font import FT2Font

    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    fonts = []
    for name in names:
        path = folder / f"{name}.ttf"
        if not path.exists():
            raise DataError(f"The font {path} is missing. Reinstall matplotlib, which brings it.")
        font = FT2Font(str(path))
        font.set_size(40, 72)
        fonts.append((font, frozenset(font.get_charmap())))
    return fonts


def faces_of(character: str, fonts: list) -> list[Tensor]:
    """The character in every font that has it, each on a canvas of its own: (CANVAS, CANVAS) in [0, 1]."""
    drawn = (draw(character, font) for font, codes in fonts if ord(character) in codes)
    return [face for face in drawn if face is not None]


def draw(character: str, font) -> Tensor | None:
    """One character, its ink box scaled to INK_BOX (but never more than LARGEST_ZOOM) and centred."""
    font.set_text(character, 0, flags=unhinted())
    font.draw_glyphs_to_bitmap()
    ink = torch.tensor(font.get_image(), dtype=torch.float32) / 255  # (h, w)
    if ink.numel() == 0 or ink.sum() < 1:
        return None
    zoom = min(INK_BOX / max(ink.shape), LARGEST_ZOOM)
    size = [max(1, round(side * zoom)) for side in ink.shape]
    ink = F.interpolate(ink[None, None], size=size, mode="bilinear", antialias=True)[0, 0]
    top, left = ((CANVAS - side) // 2 for side in size)
    canvas = torch.zeros(CANVAS, CANVAS)
    canvas[top : top + size[0], left : left + size[1]] = ink
    return canvas


def unhinted():
    """Hinting snaps strokes to the pixel grid; matplotlib renamed the flag in 3.10."""
    from matplotlib import ft2font

    return ft2font.LoadFlags.NO_HINTING if hasattr(ft2font, "LoadFlags") else ft2font.LOAD_NO_HINTING


def blur(pictures: Tensor) -> Tensor:
    """A binomial blur of nine taps, down and across, each a matrix product: (N, 64, 64) -> (N, 64, 64)."""
    smear = sum(tap * torch.eye(CANVAS).roll(shift, 0) for shift, tap in enumerate(BINOMIAL, start=-4))
    return smear @ pictures @ smear.T


def soften(faces: Tensor) -> Tensor:
    """Blurred faces, hairlines raised to FIRM: the pen's level must cut every stroke, not erase it."""
    soft = blur(faces)
    on_ink = (soft * faces).sum((1, 2)) / faces.sum((1, 2))  # (F,): how dark a face's own ink still is
    return soft * (FIRM / on_ink).clamp_min(1)[:, None, None]


def likeness(pictures: Tensor) -> Tensor:
    """What two characters are compared by: blurred, halved, unit length. (N, 64, 64) -> (N, 1024)."""
    small = F.avg_pool2d(blur(pictures)[:, None], 2).flatten(1)
    return F.normalize(small, dim=1)
