"""Rules on the order in which a reader meets words and symbols: explained at or before its first use.

A lesson's terms are the rows of its last table. A term is explained where it stands in bold; a lesson may
also use the terms of the lessons it needs.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from metagan_course.course.course_map import LESSONS

from .lesson import FENCE, MATH, Lesson

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
COURSE_SYMBOLS = {r"\phi", r"\theta", r"\psi", r"\alpha", r"\beta", r"\sigma", *"KSQTzcGD"}
JARGON = (  # words that a lesson may not use unless its table, or that of a lesson it needs, has them
    "discriminator|logit|energy distance|support set|query set|task code|encoder|meta-gradient|Hessian"
    "|Jacobian|finite differences|KID|FID|coverage|recall|saturating|minimax|hinge|Wasserstein|least squares"
    "|relativistic"
    "|ELBO|first-order|inner loop|outer loop|inner rate|outer rate|bootstrap|confidence interval|held-out"
    "|mode collapse|energy|FOMAML|MAML|Reptile|vmap"
).split("|")
MACRO = re.compile(r"\\(?:text|mathrm|operatorname|mathbb|mathcal|mathbf)\s*(?:\{([^}]*)\}|\w)")


class Term(NamedTuple):
    """One thing to explain: its words, its symbols, whether it is a name in code."""

    words: str
    symbols: frozenset[str]
    is_code: bool


def terms(lesson: Lesson) -> list[Term]:
    """The rows of the last table: `inner rate $\\alpha$, outer rate $\\beta$` are two terms."""
    last = lesson.markdown[-1].source if lesson.markdown else ""
    rows = re.split(r"^\|[ :|-]+\|$", last, flags=re.MULTILINE)[-1].splitlines()
    cells = [row.split("|")[1] for row in rows if row.startswith("|")]
    return [term(piece) for cell in cells for piece in pieces(cell) if piece.strip()]


def pieces(cell: str) -> list[str]:
    """What commas outside formulas separate."""
    parts: list[str] = []
    for part in cell.split(","):
        if parts and parts[-1].count("$") % 2:
            parts[-1] += "," + part
        else:
            parts.append(part)
    return parts


def term(piece: str) -> Term:
    words = re.sub(r"[`*]", "", MATH.sub("", piece)).strip()
    return Term(words, symbols_in(piece), "`" in piece)


def symbols_in(text: str) -> frozenset[str]:
    """The single letters and Greek letters in the formulas of a text."""
    formulas = " ".join(found.group(0) for found in MATH.finditer(text))
    plain = MACRO.sub(" ", re.sub(r"\^\{?(T|\\top)\}?", " ", formulas))
    return frozenset(re.findall(r"\\[A-Za-z]+|(?<![A-Za-z\\])[A-Za-z](?![A-Za-z])", plain))


def paragraphs(lesson: Lesson) -> Iterator[tuple[str, str, str]]:
    """(cell id, kind, text) in reading order: prose by paragraph, code by cell; no terms table."""
    for cell in lesson.cells:
        if cell.cell_type == "code":
            yield cell.id, "code", cell.source
        elif cell is not lesson.markdown[-1]:
            plain = re.sub(r"^#+ .*$|\]\([^)]*\)", "", FENCE.sub("", cell.source), flags=re.MULTILINE)
            for text in re.split(r"\n\s*\n(?! *\d\. )", re.sub(r"<[^>]+>", " ", plain)):
                yield cell.id, "prose", text


def pattern(words: str) -> re.Pattern:
    """The words as a reader meets them: any case, one or many, with a hyphen or without."""
    loose = r"[\s-]+".join(re.escape(word) for word in re.split(r"[\s-]+", words))
    return re.compile(rf"(?<![\w-]){loose}(?:e?s)?(?![\w])", 0 if words.isupper() else re.IGNORECASE)


def in_bold(words: str, text: str) -> bool:
    bold = re.findall(r"\*\*(.+?)\*\*", text.replace("`", ""), re.DOTALL)
    return any(pattern(words).search(piece) for piece in bold)


def strings_of(source: str) -> str:
    """What a code cell says in words: its strings (labels, titles, prints), not its comments or names."""
    return " ".join(re.findall(r"\"[^\"\n]*\"|'[^'\n]*'", source))


def uses(one: Term, kind: str, text: str) -> bool:
    if kind == "code":
        said = text if one.is_code else strings_of(text)
        return bool(pattern(one.words).search(said))
    return bool(pattern(one.words).search(text.replace("`", ""))) or bool(one.symbols & symbols_in(text))


@cache
def known_from(number: str) -> tuple[Term, ...]:
    """The terms of a lesson that another may count on, with those it counted on itself."""
    paths = sorted(NOTEBOOKS.glob(f"{number}*_*.ipynb"))
    own = [one for path in paths for one in terms(Lesson.read(path))]
    return (*own, *(one for needed in needs(number) for one in known_from(needed)))


def needs(number: str) -> tuple[str, ...]:
    return LESSONS[number].needs if number in LESSONS else ()


def before(lesson: Lesson) -> list[Term]:
    """What earlier lessons explained; the second notebook of a lesson (04b) may count on the first (04a)."""
    number, part = lesson.name[:2], lesson.name[2:3]
    first = sorted(NOTEBOOKS.glob(f"{number}a_*.ipynb")) if part == "b" else []
    own = [one for path in first for one in terms(Lesson.read(path))]
    return [*own, *(one for needed in needs(number) for one in known_from(needed))]


def explained_before_use(lesson: Lesson) -> list[str]:
    """Every term of the table at the end stands in bold at its first use, and its symbols not before that."""
    known = {one.words.lower() for one in before(lesson)}
    old = frozenset().union(*(one.symbols for one in before(lesson)))
    complaints = []
    for one in terms(lesson):
        new = Term(one.words, one.symbols - old, one.is_code)
        if one.words.lower() in known:
            continue
        first = next(((id, text) for id, kind, text in paragraphs(lesson) if uses(new, kind, text)), None)
        if first is None:
            complaints.append(f"{one.words!r} is in the table of terms and nowhere else")
        elif not in_bold(one.words, first[1]):
            complaints.append(f"{one.words!r} is used in cell {first[0]} before it is explained (in bold)")
    return complaints


def used_is_listed(lesson: Lesson) -> list[str]:
    """Every course symbol and technical word that is used stands in the table, or in a needed lesson's."""
    listed = [*terms(lesson), *before(lesson)]
    symbols = frozenset().union(*(one.symbols for one in listed))
    complaints, seen = [], set()
    for id, kind, text in paragraphs(lesson):
        said = strings_of(text) if kind == "code" else text.replace("`", "")
        missing = (symbols_in(text) & COURSE_SYMBOLS) - symbols if kind == "prose" else set()
        words = {
            w
            for w in JARGON
            if pattern(w).search(said) and not any(pattern(w).search(t.words) for t in listed)
        }
        complaints += [
            f"cell {id} uses {one!r}, which no table of terms has" for one in sorted((missing | words) - seen)
        ]
        seen |= missing | words
    return complaints


RULES = (explained_before_use, used_is_listed)
