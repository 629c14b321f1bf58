"""The GAN stepper without a browser: moves, history, measurements, the alarm, the prediction."""

import math
import subprocess
import sys
from dataclasses import replace
from functools import partial

import pytest
import torch

from metagan_course.losses import GAN_LOSSES
from metagan_course.metrics import energy_distance
from metagan_course.nets import MLPDiscriminator, MLPGenerator
from metagan_course.trees import tree_leaves
from metagan_course.widgets.gan_stepper import predict
from metagan_course.widgets.gan_stepper.data import NAMES, WATCHED, along, landmarks, load
from metagan_course.widgets.gan_stepper.measure import (
    LINES,
    PIXELS,
    SETTLED,
    Measured,
    arrows,
    collapse,
    measure,
    picture,
    verdict,
)
from metagan_course.widgets.gan_stepper.simulation import (
    LONGEST,
    PHASES,
    Simulation,
    d_move,
    full_step,
    g_move,
    next_phase,
)
from metagan_course.widgets.gan_stepper.state import Settings, batch_d, batch_g, players, start

SMALL = Settings(units=8, batch=16)
DRAWING = [[[-1.0, 0.0], [1.0, 0.0]]]


def same(a, b) -> bool:
    """Bit for bit, every tensor and every number of a nest."""
    a, b = tree_leaves(a), tree_leaves(b)
    return len(a) == len(b) and all(
        torch.equal(x, y) if isinstance(x, torch.Tensor) else x == y for x, y in zip(a, b, strict=True)
    )


def small(**settings) -> Simulation:
    return Simulation(replace(SMALL, **settings), strokes=DRAWING, measure=measure)


# --- the moves ---


@pytest.mark.parametrize("loss", GAN_LOSSES)
@pytest.mark.parametrize("optimiser", ["SGD", "Adam"])
def test_a_full_step_is_the_step_of_ordinary_pytorch(loss, optimiser):
    """The oracle: modules, autograd and torch.optim, from the same weights and on the same draws."""
    settings = replace(SMALL, loss=loss, optimiser=optimiser, rate_g=0.02, rate_d=0.05, r1=0.3)
    state, data, rules = start(settings), load("two_moons"), GAN_LOSSES[loss]
    gen, disc = MLPGenerator(2, hidden=(8, 8)), MLPDiscriminator(hidden=(8, 8))
    gen.load_state_dict(state.phi)
    disc.load_state_dict(state.theta)
    adam = partial(torch.optim.Adam, betas=(0.5, 0.999))
    make = torch.optim.SGD if optimiser == "SGD" else adam
    opt_g, opt_d = make(gen.parameters(), lr=0.02), make(disc.parameters(), lr=0.05)
    for i in range(3):
        real, z = batch_d(settings, data, i)
        real.requires_grad_()
        slope = torch.autograd.grad(disc(real).sum(), real, create_graph=True)[0]
        penalty = 0.3 / 2 * slope.square().sum(1).mean()
        opt_d.zero_grad()
        (rules.discriminator(real=disc(real), fake=disc(gen(z).detach())) + penalty).backward()
        opt_d.step()
        real, z = batch_g(settings, data, i)
        opt_g.zero_grad()
        rules.generator(fake=disc(gen(z)), real=disc(real)).backward()
        opt_g.step()
        state = full_step(state, settings, data)
        for mine, theirs in ((state.phi, gen), (state.theta, disc)):
            for name, w in theirs.named_parameters():
                # our Adam has eps under the root: where a gradient is about eps, the two differ a little
                torch.testing.assert_close(mine[name], w.data, rtol=1e-4, atol=2e-3 if make is adam else 1e-5)


def test_one_move_changes_one_player():
    data, state = load("ring"), start(SMALL)
    after_d, after_g = d_move(state, SMALL, data), g_move(state, SMALL, data)
    assert same(after_d.phi, state.phi) and not same(after_d.theta, state.theta)
    assert same(after_g.theta, state.theta) and not same(after_g.phi, state.phi)
    assert (after_d.moved_d, after_d.moved_g, after_g.moved_d, after_g.moved_g) == (1, 0, 0, 1)


def test_the_five_phases_are_one_full_step_and_only_the_last_two_move():
    data, state = load("ring"), start(SMALL)
    states = [state]
    for _ in PHASES:
        states.append(next_phase(states[-1], SMALL, data))
    assert [s.phase for s in states] == [-1, 0, 1, 2, 3, 4]
    moved = [
        (not same(a.theta, b.theta), not same(a.phi, b.phi)) for a, b in zip(states, states[1:], strict=False)
    ]
    assert moved == [(False, False)] * 3 + [(True, False), (False, True)]
    whole = full_step(state, SMALL, data)
    assert same((whole.phi, whole.theta), (states[-1].phi, states[-1].theta))
    assert states[-1].before.shape == (SMALL.batch, 2) and states[-2].before is None
    half = full_step(states[4], SMALL, data)  # after D's update, a full step is what is left of it
    assert same((whole.phi, whole.theta), (half.phi, half.theta))


def test_several_d_moves_for_one_of_g():
    state = full_step(start(SMALL), replace(SMALL, d_moves=3), load("ring"))
    assert (state.moved_d, state.moved_g) == (3, 1)


# --- one seed, one run ---


@pytest.mark.parametrize("loss", GAN_LOSSES)
def test_the_same_seed_gives_the_same_run_bit_for_bit(loss):
    runs = [small(loss=loss, r1=0.1) for _ in range(2)]
    for run in runs:
        torch.rand(7)  # whoever draws in between
        run.do("step", 5)
        run.do("d")
        run.do("g")
    assert same(runs[0].state, runs[1].state) and runs[0].measured == runs[1].measured
    assert not same(runs[0].state.phi, small(loss=loss, seed=1).state.phi)


def test_a_game_leaves_the_global_random_numbers_alone():
    before = torch.get_rng_state()
    small().do("step", 3)
    assert torch.equal(before, torch.get_rng_state())


def test_a_and_b_of_one_seed_start_equal_and_see_the_same_draws():
    a, b = small(loss="minimax"), small(loss="hinge")
    assert same(a.state.phi, b.state.phi) and same(a.data.watched, b.data.watched)
    assert same(batch_d(a.settings, a.data, 5), batch_d(b.settings, b.data, 5))


@pytest.mark.parametrize("optimiser", ["SGD", "Adam"])
def test_rewinding_and_replaying_gives_identical_states(optimiser):
    run = small(optimiser=optimiser)
    for move in ("step", "d", "phase", "phase", "step", "g", "step"):
        run.do(move)
    states = [state for state, _ in run.history]
    run.goto(2)
    assert same(run.state, states[2]) and len(run.history) == 8  # nothing lost by looking
    for move in ("phase", "phase", "step", "g", "step"):
        run.do(move)
    assert all(same(a, b) for a, (b, _) in zip(states, run.history, strict=True))


def test_a_branch_keeps_the_past_and_remembers_the_run_it_left():
    run = small()
    for _ in range(6):
        run.do("step")
    old = [m for _, m in run.history]
    run.goto(3)
    run.change(loss="wasserstein", rate_g=0.1)
    run.do("step")
    new = [m for _, m in run.history]
    assert new[:4] == old[:4] and len(new) == 5 and new[4] != old[4]
    assert run.left == old[3:]


def test_a_long_history_is_thinned_but_keeps_its_ends():
    run = Simulation(replace(SMALL, units=4, batch=2))
    for _ in range(LONGEST + 10):
        run.do("d")
    assert len(run.history) <= LONGEST and run.cursor == len(run.history) - 1
    moves = [state.moved_d for state, _ in run.history]
    assert moves[0] == 0 and moves[-1] == LONGEST + 10 and moves == sorted(set(moves))


def test_settings_turned_live_go_on_and_those_of_the_networks_begin_again():
    run = small()
    run.do("step", 3)
    live = {"loss": "hinge", "optimiser": "SGD", "rate_g": 0.1, "rate_d": 0.2, "r1": 1.0, "d_moves": 2}
    for name, value in live.items():
        assert run.change(**{name: value}) is False and run.state.moved_g == 3
    run.do("step")
    assert run.state.memory_g == () and run.state.optimiser == "SGD"
    run.change(optimiser="Adam")
    run.do("step")
    assert run.state.memory_g[2] == 1  # Adam counts from its own beginning
    for name, value in {"units": 16, "layers": 1, "z_size": 1, "data": "line", "seed": 5}.items():
        run.do("step")
        assert run.change(**{name: value}) is True and run.state.moved_g == 0 and len(run.history) == 1


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"loss": "log"}, "minimax"),
        ({"optimiser": "LBFGS"}, "Adam, SGD"),
        ({"units": 0}, "1 or more"),
        ({"rate_g": -1.0}, "0 or more"),
        ({"rate_d": float("inf")}, "finite"),
        ({"data": "cube"}, "ring"),
    ],
)
def test_a_wrong_setting_is_refused_by_name(settings, says):
    with pytest.raises(ValueError, match=f"{next(iter(settings))} is .*{says}"):
        Simulation(replace(SMALL, **settings))


def test_a_wrong_move_or_place_is_refused():
    run = small()
    with pytest.raises(ValueError, match="d, g, step, phase"):
        run.do("jump")
    with pytest.raises(ValueError, match="0 to 0"):
        run.goto(1)
    with pytest.raises(ValueError, match="1 or more"):
        run.do("d", 0)


# --- the data ---


@pytest.mark.parametrize("name", NAMES)
def test_every_data_set_has_its_yardsticks(name):
    data = load(name, strokes=DRAWING)
    assert data.watched.shape == (WATCHED, 2) and data.watched.abs().max() < 2.4
    fresh = data.draw(WATCHED, torch.Generator().manual_seed(5))
    nearest = torch.cdist(fresh, data.centres).amin(1)
    assert (nearest <= data.radius * 1.5).float().mean() > 0.95
    assert 0 < data.floor < 0.1
    scores = [
        energy_distance(data.draw(WATCHED, torch.Generator().manual_seed(i)), data.watched) for i in range(20)
    ]
    assert sum(s < data.floor for s in scores) >= 14  # about 95% of real-against-real scores lie below


def test_ink_lies_evenly_however_fast_the_hand():
    slow = [[[x / 100, 0.0] for x in range(101)]]
    fast = [[[0.0, 0.0], [1.0, 0.0]]]
    for strokes in (slow, fast):
        x = along(strokes)[:, 0].sort().values
        assert x[0] == 0 and x[-1] == 1 and (x.diff() <= 0.021).all()
    assert along([[[0.5, 0.5]]]).tolist() == [[0.5, 0.5]]  # a dot
    for empty in ([], [[]]):
        with pytest.raises(ValueError, match="draw something"):
            along(empty)
    with pytest.raises(ValueError, match="nan"):
        along([[[0.0, math.nan]]])


def test_landmarks_cut_a_line_into_even_pieces():
    line = torch.stack([torch.linspace(0, 8, 400), torch.zeros(400)], 1)
    centres, radius = landmarks(line, 8)
    assert radius < 0.8 and (torch.cdist(line, centres).amin(1) <= radius + 1e-3).all()


# --- what is measured ---


def test_the_arrows_are_minus_the_gradient_of_each_points_own_loss():
    """Against finite differences of L_G at single points, in float64."""
    for loss in GAN_LOSSES:
        run = small(loss=loss)
        run.do("step", 3)
        state = run.state._replace(theta={n: w.double() for n, w in run.state.theta.items()})
        data = run.data._replace(watched=run.data.watched.double())
        fake = torch.randn(5, 2, dtype=torch.float64)
        pushed = arrows(state, run.settings, data, fake)
        disc = players(run.settings)[1]

        def own(point, i, loss=loss, state=state, data=data, disc=disc):
            real = disc(state.theta, data.watched[i : i + 1])
            return GAN_LOSSES[loss].generator(fake=disc(state.theta, point[None]), real=real)

        for i in range(5):
            for axis in range(2):
                h = torch.zeros(2, dtype=torch.float64)
                h[axis] = 1e-6
                slope = (own(fake[i] + h, i) - own(fake[i] - h, i)) / 2e-6
                assert pushed[i, axis].item() == pytest.approx(-slope.item(), abs=1e-6)


def test_every_picture_has_the_shapes_the_page_expects():
    for z_size in (1, 2):
        run = small(z_size=z_size)
        run.do("step")
        seen = picture(run.state, run.settings, run.data)
        shapes = {name: tuple(x.shape) for name, x in seen.items()}
        n = WATCHED
        assert shapes == {
            "fake": (n, 2),
            "z": (n, z_size),
            "arrows": (n, 2),
            "believed": (n,),
            "before": (0, 2),
            "heat": (PIXELS**2,),
            "manifold": (LINES**2, 2),
        }
        assert seen["heat"].dtype == torch.uint8


def test_the_field_is_ds_verdict_pixel_by_pixel():
    from metagan_course.widgets.gan_stepper.measure import REACH, plane

    corners = plane().reshape(PIXELS, PIXELS, 2)
    assert corners[0, 0, 0] < -2.3 and corners[0, 0, 1] > 2.3  # top left first
    assert corners[-1, -1, 0] > 2.3 and corners.abs().max() < REACH
    run = small()
    run.do("step", 2)
    logits = players(run.settings)[1](run.state.theta, corners[3, 7][None])
    seen = picture(run.state, run.settings, run.data)["heat"].reshape(PIXELS, PIXELS)[3, 7]
    assert seen.item() == round(255 * torch.sigmoid(logits).item())


def test_a_verdict_means_what_the_loss_means_by_a_logit():
    logits, middle = torch.tensor([-1.0, 0.25, 2.0]), torch.tensor(0.25)
    of = {loss: verdict(logits, replace(SMALL, loss=loss), middle) for loss in GAN_LOSSES}
    assert torch.equal(of["minimax"], torch.sigmoid(logits)) and torch.equal(
        of["hinge"], torch.sigmoid(logits)
    )
    assert of["least_squares"].tolist() == [0, 0.25, 1]
    assert of["wasserstein"][1] == 0.5 and of["relativistic"][1] == 0.5


def test_the_energy_distance_is_the_packages_on_the_points_shown():
    run = small()
    run.do("step", 2)
    fake = picture(run.state, run.settings, run.data)["fake"]
    assert run.measured.energy == energy_distance(fake, run.data.watched).item()


def test_weights_that_blow_up_are_said_not_thrown():
    run = small(optimiser="SGD", loss="wasserstein", rate_g=1e6, rate_d=1e6)
    run.do("step", 30)
    assert "blew up" in run.measured.alarm and math.isnan(run.measured.energy)
    picture(run.state, run.settings, run.data)
    run.do("step")
    run.goto(0)
    assert run.measured.alarm == ""


# --- the alarm and the prediction ---


@pytest.mark.parametrize(
    ("step", "covered", "on_data", "spread", "rings"),
    [
        (SETTLED, 2, 0.9, 1.0, True),  # on the data, but on a quarter of the modes
        (SETTLED, 3, 0.9, 1.0, False),
        (SETTLED, 1, 0.4, 1.0, False),  # not on the data: it has not learnt, which is no collapse
        (SETTLED, 8, 0.9, 0.24, True),  # huddled together
        (SETTLED, 0, 0.0, 0.26, False),
        (SETTLED - 1, 1, 1.0, 0.01, False),  # at the start every generator is a blob
    ],
)
def test_the_alarm_rings_by_its_written_criterion(step, covered, on_data, spread, rings):
    assert bool(collapse(step, covered, 8, on_data, spread)) is rings


def test_a_constant_generator_is_a_collapse_and_the_data_itself_is_none():
    """The alarm from weights: G that maps all z to one mode rings; a net over the whole ring does not."""
    run = small(z_size=2)
    gen_weights = {n: torch.zeros_like(w) for n, w in run.state.phi.items()}
    last = [n for n in gen_weights if n.endswith("bias")][-1]
    gen_weights[last] = run.data.centres[0].clone()
    dead = measure(run.state._replace(phi=gen_weights, moved_g=SETTLED), run.settings, run.data)
    assert dead.covered == 1 and dead.on_data == 1 and dead.spread == 0 and "collapse" in dead.alarm
    wide = measure(run.state._replace(moved_g=0), run.settings, run.data)
    assert wide.alarm == ""


def end(**numbers) -> Measured:
    values = dict(
        step=500, energy=0.1, covered=8, on_data=1.0, spread=1.0, loss_d=0.0, loss_g=0.0, push=0.0, alarm=""
    )
    return Measured(**values | numbers)


def test_the_outcome_of_a_prediction():
    data = load("ring")
    assert predict.outcome([end(covered=6)], data) == "covers"
    assert predict.outcome([end(covered=5)], data) == "part"
    assert predict.outcome([end(covered=2)], data) == "collapses"
    assert predict.outcome([end(alarm="collapse: ...")], data) == "collapses"
    assert predict.outcome([end(energy=0.1), end(energy=0.5)], data) == "A"
    assert predict.outcome([end(energy=0.5), end(energy=0.1)], data) == "B"
    assert predict.outcome([end(energy=0.1), end(energy=0.1 + data.floor / 2)], data) == "equal"
    assert predict.outcome([end(energy=math.nan), end()], data) == "B"
    assert predict.outcome([end(energy=math.nan), end(energy=math.nan)], data) == "equal"
    for n in (1, 2):
        outcomes = {"covers", "part", "collapses"} if n == 1 else {"A", "B", "equal"}
        assert set(predict.choices(n)) == outcomes


def test_the_simulation_needs_no_jupyter_and_the_package_no_widget():
    code = (
        "import sys, metagan_course, metagan_course.widgets.gan_stepper.measure;"
        "print([m for m in ('ipywidgets', 'anywidget', 'IPython', 'matplotlib') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "[]"


def test_the_past_is_measured_again_under_settings_turned_since():
    """State after state: what was kept for one must not be compared with another, tensor by tensor."""
    run = Simulation(SMALL, measure=lambda state, settings, data: (state.moved_d, settings.loss))
    run.do("d")
    run.do("d")
    run.change(loss="minimax")
    assert run.measured == (2, "minimax")
    run.goto(1)
    assert run.measured == (1, "minimax")
    run.goto(0)
    assert run.measured == (0, "minimax")
