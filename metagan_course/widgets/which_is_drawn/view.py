"""The widget: pairs of pictures, one drawn and one made, and a score with its interval at the end.

Nothing is told before the last answer: a judge who learns on the way is another judge at the end.
"""

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from metagan_course.answers.alphabet import guess_interval
from metagan_course.tasks.cache import to_uint8

from ..kit import Scene, as_png, esm, style

HERE = Path(__file__).parent
SIDES = ("left", "right")


class WhichIsDrawn(Scene):
    """Which of the two was drawn by hand?

    WhichIsDrawn(pad.shown(), pad.made())          (T, S, 1, 28, 28) and (T, n, 1, 28, 28), letter by letter
    WhichIsDrawn(drawn, made, pairs=40, seed=1)    no picture comes twice while there are others
    test.score()                                   right, asked, and the interval
    """

    _esm = esm(HERE / "view.js")
    _css = style(HERE / "view.css")
    caption = "Which one is drawn? Run the notebook to judge."

    def __init__(self, drawn: Tensor, made: Tensor, *, pairs: int = 20, seed: int = 0, tasks: Sequence = ()):
        if drawn.dim() != 5 or drawn.shape[:1] != made.shape[:1] or made.dim() != 5 or not len(drawn):
            raise ValueError(
                f"drawn, made: got shapes {tuple(drawn.shape)} and {tuple(made.shape)}, needed "
                "(T, S, 1, 28, 28) and (T, n, 1, 28, 28) of the same letters, one or more."
            )
        dice = torch.Generator().manual_seed(seed)
        self.drawn, self.made = (some_of(x, pairs, dice) for x in (drawn, made))  # (pairs, 28, 28) each
        self.on_the_left = (torch.rand(pairs, generator=dice) < 0.5).tolist()
        self.answers: list[str] = []
        super().__init__({}, {}, tasks)

    def asked(self, content: dict) -> None:
        match content["do"]:
            case "answer":
                if content["side"] not in SIDES:
                    raise ValueError(f"side is {content['side']!r}; it must be 'left' or 'right'.")
                if len(self.answers) < len(self.drawn):
                    self.answers.append(content["side"])
            case "back":
                if self.answers and not self.over:
                    self.answers.pop()
            case "again":
                self.answers = []
            case _:
                super().asked(content)

    @property
    def over(self) -> bool:
        return len(self.answers) == len(self.drawn)

    def right(self) -> list[bool]:
        """Of each answer so far: was it the drawn one?"""
        pairs = zip(self.answers, self.on_the_left, strict=False)
        return [(answer == "left") == left for answer, left in pairs]

    def score(self) -> tuple[int, int, tuple[float, float]]:
        """Right answers, answers, and the interval of the share; 0.5 inside it is no better than a coin."""
        if not self.answers:
            raise ValueError("there is no answer yet: judge the pairs first.")
        right, asked = sum(self.right()), len(self.answers)
        return right, asked, guess_interval(right, asked)

    def see(self) -> tuple[dict, dict]:
        now = min(len(self.answers), len(self.drawn) - 1)
        drawn, made = to_uint8(self.drawn), to_uint8(self.made)
        pair = [drawn[now], made[now]] if self.on_the_left[now] else [made[now], drawn[now]]
        scene = {"answered": len(self.answers), "of": len(self.drawn), "over": self.over}
        scene["right"] = self.right() if self.over else []
        arrays = {"pair": torch.stack(pair)}
        return scene, arrays | ({"drawn": drawn, "made": made} if self.over else {})

    def words(self) -> str:
        if not self.over:
            return f"pair {len(self.answers) + 1} of {len(self.drawn)}: which one is drawn?"
        right, asked, (low, high) = self.score()
        said = "a coin would do as well" if low <= 0.5 <= high else "that is no coin"
        return f"{right} of {asked} right, {right / asked:.2f} [{low:.2f}, {high:.2f}]: {said}"

    def line(self) -> str:
        return f"WhichIsDrawn(drawn, made, pairs={len(self.drawn)})"

    def still(self) -> bytes:
        pair = self.see()[1]["pair"]
        return as_png(255 - torch.nn.functional.pad(pair, (2, 2, 2, 2)).transpose(0, 1).flatten(1))


def some_of(pictures: Tensor, n: int, dice: torch.Generator) -> Tensor:
    """n pictures (T, m, 1, 28, 28) -> (n, 28, 28): letter after letter, and each picture of one once in m."""
    letters, m = pictures.shape[:2]
    order = torch.rand(letters, m, generator=dice).argsort(1)
    at = torch.arange(n)
    return pictures[at % letters, order[at % letters, at // letters % m], 0]
