"""Rules on what a lesson says: one symbol for one thing, no question left open, one spelling.

The symbol table is the course's: phi generator, theta discriminator, psi encoder or learned rule, alpha inner
rate, beta outer rate, K inner steps, S support, Q query, T tasks, z noise, c task code.
"""

import re

from .lesson import MATH, Lesson, outside_folds, without_code, words

IN_MATH = {
    r"D_\{?\\(var)?phi": "D's weights are theta",
    r"G_\{?\\(var)?theta": "G's weights are phi",
    r"\\nabla_\{?\\theta'?\}? *(\\mathcal)?\{?L\}?_\{?G": "L_G is differentiated by phi",
    r"\\nabla_\{?\\phi'?\}? *(\\mathcal)?\{?L\}?_\{?D": "L_D is differentiated by theta",
    r"\\phi'? *(-|\\leftarrow.*-) *\\beta *\\nabla.*inner": "the inner rate is alpha",
    r"\\eta\b": "the inner rate is alpha, the outer rate beta",
    r"\\(epsilon|xi|zeta) *\\sim|G(_\{?\\phi\}?)?\(\\(epsilon|xi|zeta)\)": "noise is z",
    r"\\(var)?omega\b": "weights are phi, theta or psi",
}
SAID = {  # what the prose calls by name -> the only formula that may follow
    r"inner (?:learning )?rates?": r"\\alpha",
    r"outer (?:learning )?rates?": r"\\beta",
    r"inner steps": "K",
    r"(?:the )?noise(?: vector)?": "z",
    r"task codes?": "c",
    r"support(?: set)?": r"(\\mathcal\{?)?S",
    r"query(?: set)?": r"(\\mathcal\{?)?Q",
    r"generator's weights": r"\\phi",
    r"discriminator's weights": r"\\theta",
    r"encoder's weights": r"\\psi",
}
IN_CODE = {
    r"\b(eta|lr_eta)\b": "rates are alpha and beta",
    r"\b(theta_(g|gen|generator)|phi_(d|disc|discriminator))\b": "phi is the generator, theta the other",
}
AMERICAN = r"""\b(\w*(?:optimiz|regulariz|normaliz|initializ|visualiz|generaliz|standardiz|organiz|recogniz
|penaliz|memoriz|minimiz|maximiz|realiz|analyz)\w*|(?:non)?color\w*|behavior\w*|neighbor\w*|favorite\w*|center\w*
|labeled|modeled|modeling|gray)\b"""


def symbols(lesson: Lesson) -> list[str]:
    """The one symbol table, in formulas, in the words around them, and in code."""
    complaints = []
    for cell in lesson.cells:
        if cell.cell_type == "code":
            complaints += [
                f"cell {cell.id}: {found.group(0)!r} in code; {why}"
                for pattern, why in IN_CODE.items()
                if (found := re.search(pattern, cell.source))
            ]
            continue
        complaints += [f"cell {cell.id}: {said}" for said in symbols_in(without_code(cell.source))]
    return complaints


def symbols_in(text: str) -> list[str]:
    """What is wrong with the symbols of one piece of markdown."""
    formulas = [
        f"{formula!r}: {why}"
        for formula in (found.group(0) for found in MATH.finditer(text))
        for pattern, why in IN_MATH.items()
        if re.search(pattern, formula)
    ]
    names = [
        f"{found.group(0)!r}: that symbol is {right}"
        for name, right in SAID.items()
        if (found := re.search(rf"\b{name} \$(?!{right})[\\\w']+\$", text, re.IGNORECASE))
    ]
    return formulas + names


def spelling(lesson: Lesson) -> list[str]:
    """British spelling in prose, so that one word is always written one way."""
    return [
        f"cell {cell.id}: {found.group(0)!r}"
        for cell in lesson.markdown
        for found in re.finditer(AMERICAN, prose_only(cell.source), re.IGNORECASE | re.VERBOSE)
    ]


def prose_only(markdown: str) -> str:
    """No code, formulas, addresses, tags, or titles of papers (in italics or quotes)."""
    text = MATH.sub(" ", re.sub(r"<[^>]+>|\]\([^)]*\)|https?://\S+", " ", without_code(markdown)))
    return re.sub(r"\*[^*\n]{12,}\*|\"[^\"\n]+\"|“[^”\n]+”", " ", text)


def questions_answered(lesson: Lesson) -> list[str]:
    """Check yourself: four to six numbered questions, each with one answer behind a fold."""
    section = lesson.section("check yourself")
    chunks = re.split(r"^(?:\*\*)?\d+[.)](?:\*\*)? +", section, flags=re.MULTILINE)[1:]
    complaints = [] if 4 <= len(chunks) <= 6 else [f"{len(chunks)} questions, wanted 4 to 6"]
    for number, chunk in enumerate(chunks, 1):
        answers = re.findall(r"<details>\s*<summary>.+?</summary>(.*?)</details>", chunk, re.DOTALL)
        if len(answers) != 1:
            complaints.append(f"question {number} has {len(answers)} folded answers, wanted 1")
        elif words(answers[0]) < 12:
            complaints.append(f"the answer to question {number} has {words(answers[0])} words: say why")
        if "?" not in outside_folds(chunk):
            complaints.append(f"number {number} asks nothing")
    return complaints


def folds_closed(lesson: Lesson) -> list[str]:
    """Every fold has a summary and ends in the cell it began in; a blank line lets Markdown inside work."""
    complaints = []
    for cell in lesson.markdown:
        counts = [cell.source.count(tag) for tag in ("<details", "</details>", "<summary>", "</summary>")]
        if len(set(counts)) > 1:
            complaints.append(f"cell {cell.id}: details, /details, summary, /summary stand {counts} times")
        if re.search(r"</summary>[ \t]*\n?[^\n<]*\S[^\n]*\n(?!</details>)[^\n]*[*$`]", cell.source):
            complaints.append(f"cell {cell.id}: leave a blank line after </summary>")
    return complaints


RULES = (symbols, spelling, questions_answered, folds_closed)
