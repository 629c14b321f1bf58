"""Exercise 13.on_the_sheet: what it checks, hints at and recognises. A mistake is a wrong function."""

import torch

from metagan_course.answers.alphabet import HALF, on_the_sheet

from ..declare import Exercise, mistakes


def _oracle(points, half=HALF):
    """By shares of the longer side, in lists of numbers."""
    columns = list(zip(*points.double().tolist(), strict=True))
    spans = [max(c) - min(c) for c in columns]
    longest = max(spans)
    moved = []
    for values, span in zip(columns, spans, strict=True):
        begin = 14 - (half * span / longest if longest else 0.0)
        moved.append([begin + (2 * half * (v - min(values)) / longest if longest else 0.0) for v in values])
    return torch.tensor(list(zip(*moved, strict=True)), dtype=points.dtype)


def _letter(m: int, wide: float, high: float, at: tuple, *, half: float | None = None, dtype=torch.float32):
    """m points, thick at one end, so that the mean is not the middle; x and y of unlike sizes."""

    def inputs(generator: torch.Generator) -> dict:
        u = torch.rand(m, 2, generator=generator, dtype=dtype) ** 3
        u[:2] = torch.tensor([[0.0, 1.0], [1.0, 0.0]], dtype=dtype)  # the box is full
        points = torch.tensor([wide, high], dtype=dtype) * u + torch.tensor(at, dtype=dtype)
        return {"points": points} | ({} if half is None else {"half": half})

    return inputs


def _dot(generator: torch.Generator) -> dict:
    return {"points": torch.randn(1, 2, generator=generator).expand(3, 2).clone()}


def _line(generator: torch.Generator) -> dict:
    """Straight down: its box has no width."""
    y = torch.rand(6, generator=generator)
    return {"points": torch.stack([torch.full((6,), 0.3), y], 1)}


def _one_point(generator: torch.Generator) -> dict:
    return {"points": torch.randn(1, 2, generator=generator)}


INPUTS = {
    "a letter in a corner of the pad": _letter(9, 0.4, 0.7, (-0.9, -0.8)),
    "a wide letter": _letter(7, 1.6, 0.3, (-0.7, 0.1)),
    "a letter in pixels of a screen": _letter(12, 90.0, 130.0, (300.0, 200.0)),
    "another size asked for": _letter(8, 0.5, 1.2, (-0.2, -0.6), half=5.0),
    "a straight line": _line,
    "a dot": _dot,
    "a dot of one single point": _one_point,
    "a tiny letter": _letter(8, 0.004, 0.003, (0.1, -0.2)),
    "half a pixel more asked for": _letter(8, 0.5, 0.9, (-0.4, -0.6), half=6.5),
    "a letter beyond the sheet asked for": _letter(7, 0.8, 0.6, (-0.2, -0.6), half=20.0),
    "double precision": _letter(5, 0.5, 0.4, (0.2, 0.3), dtype=torch.float64),
}


def _box(points):
    low, high = points.amin(0), points.amax(0)
    return (low + high) / 2, (high - low) / 2


def by_the_mean(points, half=HALF):
    """You put the mean of the points into the middle. A slow hand leaves more points where it is slow, and
    the letter moves to the other side; the middle of the box does not care where the points lie thick.
    """
    _, reach = _box(points)
    return 14 + half * (points - points.mean(0)) / torch.where(reach.max() > 0, reach.max(), 1.0)


def each_side_by_itself(points, half=HALF):
    """You divide x and y by their own sides, so every letter becomes a square: an I and an O get the same
    box. One number, the longer side's, keeps the shape.
    """
    c, reach = _box(points)
    return 14 + half * (points - c) / torch.where(reach > 0, reach, 1.0)


def by_the_shorter_side(points, half=HALF):
    """You divide by the shorter side. The longer one then runs off the sheet: it is the longer one that must
    fit.
    """
    c, reach = _box(points)
    return 14 + half * (points - c) / torch.where(reach.min() > 0, reach.min(), 1.0)


def by_the_whole_side(points, half=HALF):
    """Your letters come out half as large. `half` goes with half the longer side, (max - min) / 2."""
    c, reach = _box(points)
    return 14 + half * (points - c) / torch.where(reach.max() > 0, 2 * reach.max(), 1.0)


def dot_without_a_place(points, half=HALF):
    """A dot is 0 / 0 for you: its box has no side to divide by, and the picture is lost in `nan`. Where the
    side is 0, divide by 1.
    """
    c, reach = _box(points)
    return 14 + half * (points - c) / reach.max()


def about_zero(points, half=HALF):
    """Your letter lies around 0 and not around 14. The sheet goes from 0 to 28, so three quarters of it are
    lost.
    """
    c, reach = _box(points)
    return half * (points - c) / torch.where(reach.max() > 0, reach.max(), 1.0)


def from_the_corner(points, half=HALF):
    """You moved the letter's upper left corner to the margin and filled from there. The longer side is right,
    but the shorter one is not centred: it hangs at the margin.
    """
    low = points.amin(0)
    _, reach = _box(points)
    return 14 - half + half * (points - low) / torch.where(reach.max() > 0, reach.max(), 1.0)


def left_where_it_was(points, half=HALF):
    """You scaled the letter and left it where it was drawn. Move the middle of its box to 0 before you
    scale.
    """
    _, reach = _box(points)
    return 14 + half * points / torch.where(reach.max() > 0, reach.max(), 1.0)


def not_scaled(points, half=HALF):
    """You moved the letter to the middle and left its size. Who draws small would be a small letter to the
    network, or, in another unit, none at all.
    """
    c, _ = _box(points)
    return 14 + half * (points - c)


def upside_down(points, half=HALF):
    """Your letters stand on their heads. y points down on the pad and on the sheet alike; nothing is to be
    turned round.
    """
    return torch.stack([on_the_sheet(points, half)[:, 0], 28 - on_the_sheet(points, half)[:, 1]], 1)


def by_the_farthest_point(points, half=HALF):
    """You divide by the distance of the farthest point from the middle, along the diagonal. A square letter
    then comes out smaller than a cross of the same box.
    """
    c, _ = _box(points)
    far = (points - c).norm(dim=1).max()
    return 14 + half * (points - c) / torch.where(far > 0, far, 1.0)


def always_of_one_size(points, half=HALF):
    """You have 9 where `half` stands. It is right until somebody asks for another size."""
    return on_the_sheet(points, HALF)


def axes_swapped(points, half=HALF):
    """x and y have changed places. Every letter lies on its side."""
    return on_the_sheet(points, half).flip(1)


def by_the_median(points, half=HALF):
    """You put the median of the points into the middle. It lies where the points lie thick, and the box has
    its middle elsewhere.
    """
    _, reach = _box(points)
    c = points.median(0).values
    return 14 + half * (points - c) / torch.where(reach.max() > 0, reach.max(), 1.0)


def from_its_corner(points, half=HALF):
    """Your letter's upper left corner stands at 0, and its longer side is as long as asked. Nothing has
    moved it to the middle of the sheet, 14.
    """
    low, high = points.amin(0), points.amax(0)
    return (points - low) / torch.where((high - low).max() > 0, (high - low).max(), 1.0) * 2 * half


def by_the_width(points, half=HALF):
    """You divide by half the width, whatever the height is. A tall letter runs off the sheet."""
    c, reach = _box(points)
    return 14 + half * (points - c) / torch.where(reach[0] > 0, reach[0], 1.0)


EXERCISE = Exercise(
    id="13.on_the_sheet",
    title="a drawing, where the network expects it",
    difficulty=1,
    minutes=8,
    reference=on_the_sheet,
    inputs=INPUTS,
    oracle=_oracle,
    verified="place, size and shape are right in any unit, of a line and of a dot too.",
    hints=(
        "Three numbers say it: the middle of the box around the letter (x and y), and half its longer side.",
        "`points.amin(0)` and `points.amax(0)` are the corners. Subtract the middle, divide by half the "
        "longer side, times `half`, plus 14. What if the letter is a dot?",
        "`low, high = points.amin(0), points.amax(0)`; `c, r = (low + high) / 2, (high - low).max() / 2`; "
        "`return 14 + half * (points - c) / torch.where(r > 0, r, 1.0)`",
    ),
    mistakes=mistakes(
        by_the_mean,
        each_side_by_itself,
        by_the_shorter_side,
        by_the_whole_side,
        dot_without_a_place,
        about_zero,
        from_the_corner,
        left_where_it_was,
        not_scaled,
        upside_down,
        by_the_farthest_point,
        always_of_one_size,
        axes_swapped,
        by_the_median,
        from_its_corner,
        by_the_width,
    ),
)
