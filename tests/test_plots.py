"""The static figures: what is drawn where, labels on every axis, refusals, the command that draws glyphs."""

import sys
from types import ModuleType, SimpleNamespace

import matplotlib
import pytest
import torch

matplotlib.use("Agg")

from matplotlib import pyplot as plt  # noqa: E402

from metagan_course import plots  # noqa: E402
from metagan_course.metrics import bootstrap  # noqa: E402


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def test_image_grid_puts_each_picture_in_its_cell():
    images = torch.rand(2, 3, 28, 28)
    ax = plots.image_grid(images, rows=["a", "b"], columns=["x", "y", "z"], title="t")
    sheet = torch.as_tensor(ax.images[0].get_array())
    assert sheet.shape == (2 * 30 - 2, 3 * 30 - 2)
    for r in range(2):
        for c in range(3):
            assert torch.allclose(sheet[30 * r : 30 * r + 28, 30 * c : 30 * c + 28], images[r, c])
    assert (sheet[28:30] == 0).all() and (sheet[:, 28:30] == 0).all()  # white between them
    assert [t.get_text() for t in ax.get_yticklabels()] == ["a", "b"]
    assert [t.get_text() for t in ax.get_xticklabels()] == ["x", "y", "z"]
    assert ax.get_title() == "t"


def test_ink_is_dark():
    ax = plots.image_grid(torch.ones(1, 1, 28, 28))
    shown = ax.images[0]
    assert shown.cmap(shown.norm(1.0))[:3] == (0, 0, 0) and shown.cmap(shown.norm(0.0))[:3] == (1, 1, 1)


@pytest.mark.parametrize("shape", [(2, 3, 28, 28), (2, 3, 1, 28, 28), (6, 28, 28)])
def test_image_grid_takes_channels_bytes_and_one_row(shape):
    picture = torch.randint(0, 256, shape, dtype=torch.uint8)
    as_bytes = plots.image_grid(picture).images[0].get_array()
    as_floats = plots.image_grid((picture / 255).requires_grad_()).images[0].get_array()
    assert (abs(as_bytes - as_floats) < 1e-6).all() and as_bytes.max() <= 1


def test_one_column_of_pictures_is_not_taken_for_a_channel():
    assert plots.image_grid(torch.rand(5, 1, 28, 28)).images[0].get_array().shape == (5 * 30 - 2, 28)
    assert plots.image_grid(torch.rand(5, 1, 1, 28, 28)).images[0].get_array().shape == (5 * 30 - 2, 28)


def test_scatter_shows_both_sets_and_tells_them_apart():
    real, fake = torch.randn(7, 2), torch.randn(5, 2)
    ax = plots.scatter2d(real, fake.requires_grad_())
    shown = {c.get_label(): c for c in ax.collections}
    assert torch.allclose(torch.as_tensor(shown["real"].get_offsets().data).float(), real)
    assert torch.allclose(torch.as_tensor(shown["generated"].get_offsets().data).float(), fake)
    assert shown["real"].get_facecolor()[0][:3].tolist() != shown["generated"].get_facecolor()[0][:3].tolist()
    assert ax.get_xlabel() and ax.get_ylabel() and len(ax.get_legend().get_texts()) == 2
    assert len(plots.scatter2d(real).collections) == 1


def test_draws_on_the_axes_it_is_given():
    _, axes = plt.subplots(1, 3)
    assert plots.scatter2d(torch.randn(3, 2), ax=axes[0]) is axes[0]
    assert plots.image_grid(torch.rand(1, 2, 28, 28), ax=axes[1]) is axes[1]
    drawn = plots.curve_with_interval([0], torch.randn(4, 1), axes[2], label="l", xlabel="x", ylabel="y")
    assert drawn is axes[2] and len(plt.get_fignums()) == 1


def test_curve_is_the_mean_inside_its_interval():
    values = torch.randn(30, 3) + torch.tensor([0.0, 5.0, 9.0])
    ax = plots.curve_with_interval([0, 1, 10], values, label="MAML", xlabel="inner steps $t$", ylabel="KID")
    line, band = ax.lines[0], ax.collections[0].get_paths()[0].vertices
    assert line.get_xdata().tolist() == [0, 1, 10]
    assert torch.allclose(torch.tensor(line.get_ydata()).float(), values.mean(0))
    expected = bootstrap(values[:, 1], generator=torch.Generator().manual_seed(1))
    at_one = band[band[:, 0] == 1, 1]
    assert abs(at_one.min() - expected.low) < 0.1 and abs(at_one.max() - expected.high) < 0.1
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("inner steps $t$", "KID")
    assert ax.get_legend().get_texts()[0].get_text() == "MAML"


CLASSES = [("Latin", "a"), ("Greek", "α"), ("Latin", "b"), ("Latin", "c"), ("Greek", "β")]


def drawings():
    return (torch.arange(5, dtype=torch.uint8) * 50)[:, None, None, None].expand(-1, 20, 28, 28).contiguous()


def test_glyph_sheet_shows_one_character_of_each_script():
    seen = set()
    for seed in range(20):
        ax = plots.glyph_sheet(drawings(), CLASSES, n_columns=4, seed=seed)
        assert [t.get_text() for t in ax.get_yticklabels()] == ["Latin", "Greek"]
        sheet = ax.images[0].get_array()
        assert sheet.shape == (58, 4 * 30 - 2)
        seen.add((round(sheet[0, 0] * 255 / 50), round(sheet[30, 0] * 255 / 50)))
        plt.close("all")
    assert seen == {(a, b) for a in (0, 2, 3) for b in (1, 4)}


def test_adaptation_sheet_shows_the_support_then_each_step_with_a_gap_between():
    support, first, last = (torch.full((2, n, 1, 28, 28), v) for n, v in ((3, 0.2), (1, 0.6), (2, 0.9)))
    ax = plots.adaptation_sheet(support, {0: first, 10: last})
    assert [t.get_text() for t in ax.get_xticklabels()] == ["shown", "", "", "", "t = 0", "", "t = 10", ""]
    row = ax.images[0].get_array()[0, ::30]  # the first pixel of each picture
    assert torch.allclose(torch.tensor(row), torch.tensor([0.2, 0.2, 0.2, 0, 0.6, 0, 0.9, 0.9]))


def test_the_command_writes_the_picture(tmp_path, monkeypatch, capsys):
    module = ModuleType("metagan_course.tasks.glyphs")
    module.Glyphs = lambda: SimpleNamespace(images=drawings(), classes=CLASSES)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    out = tmp_path / "new folder" / "glyphs.png"
    plots.main(["glyphs", "--out", str(out)])
    assert plt.imread(out).shape[0] > 40 and str(out) in capsys.readouterr().out
    assert not plt.get_fignums()


def test_stroke_sheet_shows_alphabets_by_one_writer_then_letters_by_all():
    grey = torch.arange(3 * 4)[:, None] * 20 + torch.arange(4)  # letter and writer, told by the grey value
    images = grey.to(torch.uint8)[..., None, None].expand(-1, -1, 28, 28)
    ax = plots.stroke_sheet(images, n_alphabets=2, letters=4)
    shown = torch.as_tensor(ax.images[0].get_array())[::30, ::30].mul(255).round()
    assert shown.tolist() == [[0, 20, 40, 60], [80, 100, 120, 140], [0, 1, 2, 3], [120, 121, 122, 123]]


REFUSED = {
    "flat pictures": (lambda: plots.image_grid(torch.rand(3, 784)), r"images: got shape \(3, 784\)"),
    "no pictures": (
        lambda: plots.image_grid(torch.rand(0, 3, 28, 28)),
        r"images: got shape \(0, 3, 28, 28\)",
    ),
    "names": (lambda: plots.image_grid(torch.rand(2, 3, 28, 28), rows=["a"]), "rows: got 1 names, needed 2"),
    "points": (
        lambda: plots.scatter2d(torch.rand(3, 2), torch.rand(3, 3)),
        r"generated points: got shape \(3, 3\)",
    ),
    "curve": (
        lambda: plots.curve_with_interval([0, 1], torch.rand(5, 3), label="", xlabel="", ylabel=""),
        r"values: got shape \(5, 3\), needed \(T, 2\)",
    ),
    "alphabets": (
        lambda: plots.stroke_sheet(drawings()),
        r"images: got shape \(5, 20, 28, 28\), needs \(160",
    ),
    "classes": (lambda: plots.glyph_sheet(drawings(), CLASSES[:4]), r"images: got shape \(5, 20, 28, 28\)"),
}


@pytest.mark.parametrize("call, message", REFUSED.values(), ids=REFUSED)
def test_bad_input_is_refused_by_name(call, message):
    with pytest.raises(ValueError, match=message):
        call()
