"""The pictures of lesson 05: an episode as a game, played before the learners' answers are shown.

Not here: any learner or any result (few_shot.py); numbers come in, figures go out.
"""

from collections.abc import Callable
from string import ascii_uppercase as LETTERS

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from metagan_course.answers.few_shot import QUERIES, Learner, answers
from metagan_course.answers.tasks import Labelled, episode, prototype_logits
from metagan_course.palette import ALARM, INK, MUTED, PAPER
from metagan_course.plots import image_grid

NOT_YET = "not yet"
PLACES = (
    (0.01, 0.08, 0.47, 0.72),
    (0.51, 0.18, 0.14, 0.36),
    (0.73, 0.17, 0.26, 0.7),
)  # left, bottom, width, height


def nearest_pixels(support: Labelled, query: Labelled) -> Tensor:
    """No learner at all: the class whose mean picture is nearest, pixel by pixel: (M,)."""
    rows = (side["x"].flatten(1) for side in (support, query))
    s, q = rows
    return prototype_logits(s, support["y"], q).argmax(1)


def game(learner: Learner, pictures: Tensor, *, seed: int) -> Callable[..., Figure]:
    """draw(question, ways, shots, you): an episode and one query of it. Once you have said a letter, so do
    they.

    `ways` and `shots` are N and K. Which query of an episode is asked is drawn as well.
    """

    def draw(question: int, ways: int, shots: int, you: str) -> Figure:
        generator = torch.Generator().manual_seed(1000 * seed + question)
        support, query = episode(pictures, ways, shots, QUERIES, generator)
        asked = int(torch.randint(len(query["y"]), (), generator=generator))
        said = {"ProtoNet": answers(learner, support, query), "pixels": nearest_pixels(support, query)}
        figure = Figure(figsize=(8.4, 3.4))  # placed by hand: the picture is the same size with every choice
        shown, ask, table = (figure.add_axes(box) for box in PLACES)
        shown_support(support, ways, shots, shown)
        answer = query["y"][asked]
        image_grid(
            query["x"][asked],
            ax=ask,
            title=words_of(you, ways, answer, {n: a[asked] for n, a in said.items()}),
        )
        confusions(said["ProtoNet"], query["y"], ways, table, hidden=you not in LETTERS[:ways])
        return figure

    return draw


def shown_support(support: Labelled, ways: int, shots: int, ax: Axes) -> Axes:
    """A column a class, its letter above it."""
    columns = support["x"].unflatten(0, (ways, shots)).transpose(0, 1)  # (K, N, 1, 28, 28)
    return image_grid(columns, columns=list(LETTERS[:ways]), ax=ax, title="The support")


def words_of(you: str, ways: int, answer: Tensor, said: dict[str, Tensor]) -> str:
    """What stands above the query: a question, or who said what."""
    if you == NOT_YET:
        return "Which class\nis this?"
    if you not in LETTERS[:ways]:
        return f"There is no {you}\namong {ways} classes."
    lines = [f"It is {LETTERS[answer]}.", f"You said {you}."]
    return "\n".join([*lines, *(f"{name} said {LETTERS[one]}." for name, one in said.items())])


def confusions(told: Tensor, true: Tensor, ways: int, ax: Axes, *, hidden: bool = False) -> Axes:
    """How often ProtoNet takes which class for which, over all queries of this episode."""
    counts = torch.zeros(ways, ways)
    if not hidden:
        counts.index_put_((true, told), torch.ones(len(true)), accumulate=True)
    ax.imshow(counts, cmap="Greens", vmin=0, vmax=QUERIES)
    for row, column in counts.nonzero().tolist():
        right = row == column
        ax.text(
            column,
            row,
            int(counts[row, column]),
            ha="center",
            va="center",
            color=(PAPER if counts[row, column] > 3 else INK) if right else ALARM,
            fontsize=8,
            weight="normal" if right else "bold",
        )
    ax.set_xticks(range(ways), LETTERS[:ways])
    ax.set_yticks(range(ways), LETTERS[:ways])
    ax.set(xlabel="ProtoNet said", ylabel="it was")
    share = (told == true).float().mean()
    ax.set_title("ProtoNet: answer first" if hidden else f"ProtoNet: {share:.0%} right here", color=MUTED)
    return ax
