"""The static figures several lessons share. Nothing here computes a result: numbers in, an Axes out.

Every function draws on `ax`, or on a new figure, and returns the Axes; `ax.figure` is its Figure.

    python -m metagan_course.plots glyphs --out glyphs.png
    python -m metagan_course.plots strokes --out strokes.png
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from torch import Tensor

from metagan_course.metrics import bootstrap
from metagan_course.palette import FAKE, REAL


def as_grid(images: Tensor) -> Tensor:
    """(R, C, H, W), (R, C, 1, H, W) or one row (C, H, W) -> (R, C, H, W), floats on the CPU in [0, 1]."""
    got = tuple(images.shape)
    if images.dim() == 5 and images.shape[2] == 1:
        images = images.squeeze(2)  # the channel
    if images.dim() == 3:
        images = images.unsqueeze(0)
    if images.dim() != 4 or 0 in images.shape:
        raise ValueError(
            f"images: got shape {got}, needed (R, C, H, W) or (R, C, 1, H, W): rows of pictures."
        )
    scale = 1 if images.is_floating_point() else 255
    return images.detach().cpu().float() / scale


def image_grid(
    images: Tensor,
    *,
    rows: Sequence[str] | None = None,
    columns: Sequence[str] | None = None,
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Rows of pictures, one row a task or method and one column a sample or step, with a name beside each.

    images (R, C, H, W) or (R, C, 1, H, W), in [0, 1] or bytes; ink (1 or 255) is drawn black.
    """
    images = as_grid(images)
    n_rows, n_columns, height, width = images.shape
    for name, labels, needed in (("rows", rows, n_rows), ("columns", columns, n_columns)):
        if labels is not None and len(labels) != needed:
            raise ValueError(
                f"{name}: got {len(labels)} names, needed {needed} for images of {n_rows} x {n_columns}."
            )
    gap = max(1, height // 14)  # pixels of white between the pictures
    padded = torch.nn.functional.pad(images, (0, gap, 0, gap))  # (R, C, H + gap, W + gap)
    sheet = padded.permute(0, 2, 1, 3).flatten(0, 1).flatten(1)[:-gap, :-gap]
    if ax is None:
        ax = plt.subplots(figsize=(0.8 + 0.42 * n_columns, 0.4 + 0.42 * n_rows), layout="constrained")[1]
    ax.imshow(sheet.numpy(), cmap="gray_r", vmin=0, vmax=1, interpolation="nearest")
    ax.set_yticks([r * (height + gap) + height / 2 for r in range(n_rows)], rows or [""] * n_rows)
    ax.set_xticks([c * (width + gap) + width / 2 for c in range(n_columns)], columns or [""] * n_columns)
    ax.tick_params(length=0, labeltop=True, labelbottom=False)
    ax.spines[:].set_visible(False)
    ax.set_title(title)
    return ax


def scatter2d(real: Tensor, fake: Tensor | None = None, ax: Axes | None = None, *, title: str = "") -> Axes:
    """Points in the plane, real against generated: (n, 2), (m, 2). Colour and marker both tell them apart."""
    if ax is None:
        ax = plt.subplots(figsize=(4, 4), layout="constrained")[1]
    for name, points, colour, marker in (("real", real, REAL, "o"), ("generated", fake, FAKE, "x")):
        if points is None:
            continue
        if points.dim() != 2 or points.shape[1] != 2:
            raise ValueError(f"{name} points: got shape {tuple(points.shape)}, needed (n, 2).")
        x, y = points.detach().cpu().numpy().T
        ax.scatter(x, y, s=14, c=colour, marker=marker, alpha=0.7, linewidths=1, label=name)
    ax.set(xlabel="$x_1$", ylabel="$x_2$", aspect="equal", title=title)
    ax.legend()
    return ax


def curve_with_interval(
    x: Sequence[float] | Tensor,
    values: Tensor,
    ax: Axes | None = None,
    *,
    label: str,
    xlabel: str,
    ylabel: str,
    level: float = 0.95,
    colour: str | None = None,
) -> Axes:
    """Mean over tasks of values (T, n) at x (n,), inside its bootstrap interval over tasks."""
    x = torch.as_tensor(x, dtype=torch.float32).cpu().numpy()
    if values.dim() != 2 or values.shape[1] != len(x):
        raise ValueError(
            f"values: got shape {tuple(values.shape)}, needed (T, {len(x)}): a row a task, a column an x."
        )
    draws = torch.Generator().manual_seed(0)  # the same picture for the same numbers
    points = [bootstrap(v, generator=draws, level=level, n_resamples=2000) for v in values.unbind(1)]
    middle, low, high = zip(*points, strict=True)
    if ax is None:
        ax = plt.subplots(figsize=(5, 3.2), layout="constrained")[1]
    (line,) = ax.plot(x, middle, marker="o", markersize=3, label=label, color=colour)
    ax.fill_between(x, low, high, color=line.get_color(), alpha=0.2, linewidth=0)
    ax.set(xlabel=xlabel, ylabel=ylabel)
    ax.legend()
    return ax


def glyph_sheet(
    images: Tensor, classes: Sequence[tuple[str, str]], *, n_columns: int = 16, seed: int = 5
) -> Axes:
    """One character of every script, a row each, drawn by `n_columns` writers: images (C, 20, 28, 28)."""
    if len(images) != len(classes) or images.shape[1] < n_columns:
        raise ValueError(
            f"images: got shape {tuple(images.shape)}, needs ({len(classes)}, {n_columns} or more, 28, 28)."
        )
    generator = torch.Generator().manual_seed(seed)
    scripts = list(dict.fromkeys(script for script, _ in classes))
    chosen = []
    for script in scripts:
        members = [i for i, (of, _) in enumerate(classes) if of == script]
        chosen.append(members[int(torch.randint(len(members), (), generator=generator))])
    return image_grid(torch.as_tensor(images)[chosen, :n_columns], rows=scripts)


def adaptation_sheet(support: Tensor, drawn: Mapping[int, Tensor], *, title: str = "") -> Axes:
    """A row a task: the pictures it shows, (T, S, ...), then those drawn after t steps, {t: (T, n, ...)}."""
    parts, columns = [support], ["shown", *[""] * (support.shape[1] - 1)]
    for t, pictures in drawn.items():
        parts += [torch.zeros_like(support[:, :1]), pictures]
        columns += ["", f"t = {t}", *[""] * (pictures.shape[1] - 1)]
    return image_grid(torch.cat(parts, 1), columns=columns, title=title)


def stroke_sheet(images: Tensor, *, n_alphabets: int = 8, letters: int = 20) -> Axes:
    """Invented alphabets, a row each by its first writer, then one letter of each by all its writers.

    images (C, W, 28, 28), `letters` an alphabet; W as many as an alphabet has letters.
    """
    if len(images) < n_alphabets * letters or images.shape[1] != letters:
        raise ValueError(
            f"images: got shape {tuple(images.shape)}, needs ({n_alphabets * letters} or more, "
            f"{letters}, 28, 28)."
        )
    alphabets = images[: n_alphabets * letters].unflatten(0, (n_alphabets, letters))  # (A, L, W, 28, 28)
    hands = torch.stack([alphabets[a, 2 * a] for a in range(n_alphabets)])  # (A, W, 28, 28)
    rows = [f"alphabet {a}" for a in range(n_alphabets)] + [
        f"letter {2 * a} of {a}" for a in range(n_alphabets)
    ]
    return image_grid(torch.cat([alphabets[:, :, 0], hands]), rows=rows)


def draw_glyphs() -> Axes:
    from metagan_course.tasks.glyphs import Glyphs  # renders the fonts: only when asked for

    glyphs = Glyphs()
    return glyph_sheet(glyphs.images, glyphs.classes)


def draw_strokes() -> Axes:
    from metagan_course.tasks.strokes import Strokes

    return stroke_sheet(Strokes(alphabets=8).images)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m metagan_course.plots", description=__doc__.splitlines()[0]
    )
    parser.add_argument("figure", choices=["glyphs", "strokes"])
    parser.add_argument(
        "--out", type=Path, required=True, help="picture file to write; its ending is the format"
    )
    options = parser.parse_args(arguments)
    figure = {"glyphs": draw_glyphs, "strokes": draw_strokes}[options.figure]().figure
    options.out.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(options.out, dpi=110)
    plt.close(figure)
    print(f"wrote {options.out}")


if __name__ == "__main__":
    main()
