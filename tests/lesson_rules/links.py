"""Rules on what a lesson points to: files, headings, papers, pictures; and that it fetches nothing."""

import re
from pathlib import Path

from .lesson import FENCE, Lesson

ROOT = Path(__file__).resolve().parent.parent.parent
READING = ROOT / "notebooks" / "READING.md"
ARXIV = re.compile(
    r"arxiv\.org/(?:abs|pdf)/([\w./-]+?)(?=[)\s\"'>]|$)|arXiv:?\s*(\d{4}\.\d{4,5})", re.IGNORECASE
)
OUTSIDE = (
    r"!\[[^\]]*\]\((?:https?:)?//",
    r"<(?:img|script|iframe|video|audio|source|embed)\b[^>]*\bsrc=[\"']?(?:https?:)?//",
    r"<link\b[^>]*\bhref=[\"']?(?:https?:)?//",
    r"@import\s+(?:url\()?[\"']?(?:https?:)?//|url\([\"']?(?:https?:)?//",
)


def slugs(text: str) -> set[str]:
    """The anchors a heading gets: GitHub's (lower case, no punctuation) and Jupyter's (spaces to hyphens)."""
    headings = re.findall(r"^#{1,6} +(.+?)\s*$", FENCE.sub("", text), re.MULTILINE)
    github = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    jupyter = {heading.replace(" ", "-") for heading in headings}
    return github | jupyter | set(re.findall(r"<a (?:id|name)=[\"']([^\"']+)", text))


def text_of(path: Path) -> str:
    return Lesson.read(path).text if path.suffix == ".ipynb" else path.read_text(encoding="utf-8")


def links_resolve(lesson: Lesson) -> list[str]:
    """Every relative link names a file that is there, every anchor a heading."""
    return dead_links(lesson.text, here=lesson.path)


def dead_links(text: str, here: Path | None) -> list[str]:
    """The links of one text that lead nowhere."""
    folder = here.parent if here else ROOT / "notebooks"
    text = FENCE.sub("", text)
    targets = re.findall(r"\]\(([^)\s]+)[^)]*\)|\b(?:href|src)=[\"']([^\"']+)[\"']", text)
    complaints = []
    for target in (first or second for first, second in targets):
        if re.match(r"(https?|mailto|data|attachment):", target):
            continue
        file, _, anchor = target.partition("#")
        path = (folder / file) if file else here
        if file and not path.exists():
            complaints.append(f"{target}: no such file")
        elif anchor and (not path or path.suffix in (".md", ".ipynb")):
            known = slugs(text_of(path) if file else text)
            if anchor not in known:
                complaints.append(f"{target}: no such heading")
    return complaints


def arxiv_ids(text: str) -> set[str]:
    return {re.sub(r"v\d+$", "", (a or b).rstrip(".")) for a, b in ARXIV.findall(text)}


def papers_known(lesson: Lesson) -> list[str]:
    """Every arXiv number is in notebooks/READING.md, where its authors and title were checked."""
    known = arxiv_ids(READING.read_text(encoding="utf-8"))
    return [f"arXiv {id} is not in READING.md" for id in sorted(arxiv_ids(lesson.text) - known)]


def references_listed(lesson: Lesson) -> list[str]:
    """Every [n] in the text is in the reading list at the end, and everything listed there is used."""
    text = FENCE.sub("", lesson.text)
    listed = re.findall(r"^(?:[-*] +)?\[(\d+)\](?!\() +\S", text, re.MULTILINE)
    body = re.sub(r"^(?:[-*] +)?\[\d+\](?!\() +\S.*$", "", text, flags=re.MULTILINE)
    cited = set(re.findall(r"(?<![\w\]])\[(\d+)\](?!\()", without_math(body)))
    complaints = [f"[{n}] is cited and not in the reading list" for n in sorted(cited - set(listed), key=int)]
    complaints += [f"[{n}] is listed and never cited" for n in sorted(set(listed) - cited, key=int)]
    return complaints + [f"[{n}] is listed twice" for n in sorted(set(listed)) if listed.count(n) > 1]


def without_math(text: str) -> str:
    return re.sub(r"\$\$.+?\$\$|\$[^$\n]+\$|`[^`\n]*`", " ", text, flags=re.DOTALL)


def pictures_described(lesson: Lesson) -> list[str]:
    """Every picture has a text for those who cannot see it."""
    empty = re.findall(r"!\[\s*\]\([^)]+\)", lesson.text)
    tags = [
        tag
        for tag in re.findall(r"<img\b[^>]*>", everything(lesson))
        if not re.search(r"\balt=[\"'][^\"']", tag)
    ]
    return [f"no text for {picture[:80]}" for picture in empty + tags]


def nothing_from_outside(lesson: Lesson) -> list[str]:
    """No picture, script or style comes from another machine, neither in the text nor in stored outputs."""
    text = everything(lesson)
    return [
        f"loads from outside: {found.group(0)[:80]}" for p in OUTSIDE if (found := re.search(p, text, re.I))
    ]


def everything(lesson: Lesson) -> str:
    """The markdown and all stored HTML, SVG and JavaScript."""
    kinds = ("text/html", "image/svg+xml", "application/javascript", "text/markdown")
    stored = [
        output.get("data", {}).get(k, "") for cell in lesson.code for output in cell.outputs for k in kinds
    ]
    return "\n".join([lesson.text, *stored])


RULES = (
    links_resolve,
    papers_known,
    references_listed,
    pictures_described,
    nothing_from_outside,
)
