"""Learning through the steps: the inner loop and its gradient by other means, the tables made of the log."""

import json
from types import SimpleNamespace

import pytest
import torch

from metagan_course.steps import sgd
from metagan_course.trees import tree_map


@pytest.fixture(scope="module")
def scripts():
    """The two scripts as modules."""
    patch = pytest.MonkeyPatch()
    patch.syspath_prepend("benchmarks")
    import steps_table
    import through_steps

    yield SimpleNamespace(through=through_steps, tables=steps_table)
    patch.undo()


@pytest.fixture(scope="module")
def world(scripts):
    """The shipped players in double precision, on random pictures."""
    recipe, networks, *metas = scripts.through.pretrained.load(scripts.through.FLAGSHIP)
    networks = [network.double() for network in networks]
    return scripts.through.World(
        recipe, scripts.through.Networks(*networks), *tree_map(torch.Tensor.double, metas), None
    )


def pictures(*shape):
    return torch.rand(*shape, 1, 28, 28, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


def by_hand(world, h, code, rates, support, bank):
    """The same steps for one task, by autograd on a loss written out with cdist."""
    body, gen = world.networks.disc.base.body, world.networks.gen
    run = lambda x: torch.func.functional_call(body, h, (x,))  # noqa: E731
    weights = {n: w for n, w in world.meta_g["start"].items() if n != "code"}
    path = [code]
    for rate in rates:
        code = code.detach().requires_grad_()
        drawn = run(torch.func.functional_call(gen, weights, (bank, code)))
        apart = torch.cdist(drawn, drawn).sum() / (len(bank) * (len(bank) - 1))
        loss = torch.cdist(drawn, run(support)).mean() - apart / 2
        code = code - rate * torch.autograd.grad(loss, code)[0]
        path.append(code)
    return torch.stack(path).detach()


def test_the_walk_is_plain_descent_on_the_energy_distance(scripts, world):
    h, code = scripts.through.d_features(world), world.meta_g["start"]["code"]
    bank, support = scripts.through.BANK[:3].double(), pictures(2, 5)
    with torch.no_grad():
        found = scripts.through.walk(world, h, code, sgd(10.0), support, 2, bank)
    for t in range(2):
        expected = by_hand(world, h, code, [10.0, 10.0], support[t], bank)
        assert torch.allclose(found[:, t], expected, atol=1e-4)  # apart by the smooth root's 1e-6


def test_each_step_has_its_factor_and_the_last_one_goes_on(scripts):
    step = scripts.through.learned_rates(torch.zeros(1), torch.tensor([0.0, -1.0]))
    gen, state, moves = {"code": torch.zeros(1)}, 0, []
    for _ in range(4):
        before = gen["code"]
        gen, state = step(gen, {"code": torch.ones(1)}, state)
        moves.append((before - gen["code"]).item())
    assert moves == pytest.approx([10, 10 / 2.71828, 10 / 2.71828, 10 / 2.71828], rel=1e-4)


def test_the_gradient_through_two_steps_is_the_slope_of_what_comes_out(scripts, world):
    """d sum(c_2 * w) / dh along one direction, against a central difference."""
    h, code = scripts.through.d_features(world), world.meta_g["start"]["code"]
    bank, support = scripts.through.BANK[:3].double(), pictures(1, 5)
    generator = torch.Generator().manual_seed(1)
    way = tree_map(lambda w: torch.randn(w.shape, generator=generator, dtype=w.dtype), h)
    weight = torch.randn(784, generator=generator, dtype=torch.float64)

    def outcome(h):
        return scripts.through.walk(world, h, code, sgd(10.0), support, 2, bank)[-1, 0] @ weight

    live = tree_map(lambda w: w.clone().requires_grad_(), h)
    slopes = torch.autograd.grad(outcome(live), list(live.values()))
    slope = sum((g * way[n]).sum() for n, g in zip(live, slopes, strict=True)).item()
    eps = 1e-7
    ends = [outcome({n: w + s * eps * way[n] for n, w in h.items()}).item() for s in (1, -1)]
    assert slope == pytest.approx((ends[0] - ends[1]) / (2 * eps), rel=1e-3) and abs(slope) > 1e-3


def test_tables_are_made_of_the_log(scripts, tmp_path, monkeypatch):
    file = tmp_path / "log.jsonl"
    monkeypatch.setattr(scripts.tables, "LOG", file)
    place = {"family": "glyphs", "split": "test", "sham": False, "how": None}
    with file.open("w") as log:
        for seed in range(3):
            for arm, base in (("through", 0.3), ("prototype", 0.5)):
                kid = [base + 0.01 * seed, base + 0.1 + 0.01 * seed]
                log.write(
                    json.dumps({"arm": arm, "seed": seed, "t": 1, **place, "scores": {"kid": kid}}) + "\n"
                )
        log.write(
            json.dumps({"arm": "plain", "seed": 0, "t": 1, **place, "scores": {"kid": [0.9, 1.1]}}) + "\n"
        )
    text = scripts.tables.table("glyphs", "test")
    assert "| through | 1 |  | 0.360 (0.35, 0.36, 0.37) |" in text
    differences = scripts.tables.differences("glyphs", "test")
    assert "| prototype | 1 |  | -0.200 [-0.200, -0.200]* |" in differences
    assert "| plain | 1 |  | -0.640 [" in differences
