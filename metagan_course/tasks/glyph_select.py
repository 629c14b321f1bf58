"""Chooses the characters of `glyph_classes.json`. The course only reads that file; this made it:

    python -m metagan_course.tasks.glyph_select

No two chosen characters of a side have a cosine of their blurred pictures above ALIKE, and none has one
with a character of another side in any quarter turn; cousins just below it remain. So Greek capitals that
are Latin letters are left out, and most of Lisu, whose letters are turned Latin ones. Training scripts come
first, and first come stay.
"""

import json
from pathlib import Path

import torch
from torch import Tensor

from .glyph_faces import draw, likeness, open_fonts
from .glyphs import side_of

ALIKE = 0.96

# code points, ends included; letters made of another and an accent are left out below
RANGES = {
    "Latin": ["A-Z", "a-z", "Þ-ß", "æ", "ð", "þ", "ƀ-ǃ", "ǝ", "Ƕ-Ƿ", "Ȝ-ȝ", "Ƞ-ȥ", "ȴ-ɏ"],
    "Digits": ["0-9"],
    "IPA": ["ɐ-ʯ", "ᴀ-ᴫ", "ᵫ-ᶚ"],
    "Cyrillic": ["Ѐ-ҁ", "Ҋ-ԯ"],
    "Arabic": ["ء-ي", "ٮ-ە"],
    "Syllabics": ["ᐁ-ᙶ"],
    "Old Italic": ["𐌀-𐌣"],
    "Coptic": ["Ϣ-ϯ"],
    "Mathematics": ["∀-⋿"],
    "Armenian": ["Ա-և"],
    "Georgian": ["Ⴀ-ჿ"],
    "Greek": ["Α-ω", "ϐ-ϡ"],
    "Hebrew": ["א-ת"],
    "NKo": ["߀-ߪ"],
    "Lao": ["ກ-ໞ"],
    "Tifinagh": ["ⴰ-ⵧ"],
    "Lisu": ["ꓐ-ꓷ"],
}


def candidates() -> list[tuple[str, str, Tensor]]:
    """(script, character, picture) of all that the first font has and that is no accented letter or mark."""
    import unicodedata

    ((font, codes),) = open_fonts(["DejaVuSans"])
    found = []
    for script, ranges in RANGES.items():
        for code in (c for r in ranges for c in range(ord(r[0]), ord(r[-1]) + 1)):
            character = chr(code)
            composed = script in ("Latin", "Cyrillic") and unicodedata.decomposition(character)
            if code not in codes or composed or unicodedata.category(character)[0] not in "LNS":
                continue
            if (picture := draw(character, font)) is not None:
                found.append((script, character, picture))
    return found


def resemblance(pictures: Tensor) -> tuple[Tensor, Tensor]:
    """Cosines (N, N) of upright pictures, and the largest over the four turns."""
    upright = likeness(pictures)
    turned = [likeness(pictures.rot90(quarter, dims=(1, 2))) @ upright.T for quarter in range(4)]
    return turned[0], torch.stack(turned).amax(0)


def clashes(scripts: list[str], pictures: Tensor) -> Tensor:
    """Pairs (N, N) that may not both stay: alike upright on one side, alike in any turn across two."""
    upright, turned = resemblance(pictures)
    side = torch.tensor([("train", "val", "test").index(side_of(script)) for script in scripts])
    return torch.where(side[:, None] == side, upright, turned) > ALIKE


def unlike(scripts: list[str], pictures: Tensor) -> list[int]:
    """The rows that stay."""
    alike = clashes(scripts, pictures)
    kept: list[int] = []
    for row in range(len(scripts)):
        if not alike[row, kept].any():
            kept.append(row)
    return kept


def main() -> None:
    found = candidates()
    kept = unlike([script for script, _, _ in found], torch.stack([picture for *_, picture in found]))
    chosen = {script: "".join(found[i][1] for i in kept if found[i][0] == script) for script in RANGES}
    path = Path(__file__).parent / "glyph_classes.json"
    path.write_text(json.dumps(chosen, ensure_ascii=False, indent=1) + "\n", "utf-8")
    print({script: len(characters) for script, characters in chosen.items()}, len(kept), "of", len(found))


if __name__ == "__main__":
    main()
