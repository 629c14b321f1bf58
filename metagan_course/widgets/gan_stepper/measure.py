"""What is seen of a state: numbers for the curves, arrays for the picture, the collapse alarm.

Nothing moves here, and nothing is drawn.
"""

from functools import cache
from typing import NamedTuple

import torch
from torch import Tensor

from metagan_course.losses import GAN_LOSSES
from metagan_course.metrics import energy_distance, mode_coverage
from metagan_course.metrics.samples import distances, mean_off_diagonal

from .data import Data
from .simulation import shown_noise
from .state import Settings, State, players

REACH = 2.4  # the plane is shown from -REACH to REACH, both ways
PIXELS = 56  # of D's field, each way
LINES = 17  # of G's manifold each way, for two-dimensional noise
SETTLED = 100  # generator moves before the alarm listens: at the start every generator is a small blob

ALARM = (
    f"Collapse alarm. After G's first {SETTLED} moves it rings while at least half of the generated points "
    "lie on the data but reach at most a quarter of its modes, or while their spread (mean distance between "
    "two of them) is below a quarter of the real points'. It stops when neither holds."
)


class Measured(NamedTuple):
    """The numbers of one state. Distances are in units of the plane."""

    step: int  # G's moves so far
    energy: float  # energy distance of generated to real points, 0 when equal; compare Data.floor
    covered: int  # modes with a generated point
    on_data: float  # share of generated points within a mode's radius
    spread: float  # mean distance of two generated points over that of two real ones
    loss_d: float
    loss_g: float
    push: float  # median length of -grad_x L_G at the generated points
    alarm: str  # "", or what the collapse alarm says


def measure(state: State, settings: Settings, data: Data) -> Measured:
    """Always on the same fixed z and the same real points, so a curve moves only when the weights do."""
    generator, discriminator = players(settings)
    still = state._replace(phase=-1)
    fake = generator(state.phi, shown_noise(still, settings, data))  # (N, 2)
    if not fake.isfinite().all():
        nan = float("nan")
        words = "the weights are no longer finite: the game blew up. Rewind, or lower a rate."
        return Measured(state.moved_g, nan, 0, 0.0, nan, nan, nan, nan, words)
    modes = mode_coverage(fake, data.centres, radius=data.radius)
    spread, on_data = mean_distance(fake) / mean_distance(data.watched), modes.high_quality.item()
    loss, real = GAN_LOSSES[settings.loss], data.watched
    judged = discriminator(state.theta, torch.cat([real, fake])).split([len(real), len(fake)])
    logits = dict(zip(("real", "fake"), judged, strict=True))
    return Measured(
        step=state.moved_g,
        energy=energy_distance(fake, real).item(),
        covered=int(modes.covered),
        on_data=on_data,
        spread=spread,
        loss_d=loss.discriminator(**logits).item(),
        loss_g=loss.generator(**logits).item(),
        push=arrows(state, settings, data, fake).norm(dim=1).median().item(),
        alarm=collapse(state.moved_g, int(modes.covered), len(data.centres), on_data, spread),
    )


def mean_distance(x: Tensor) -> float:
    """The mean distance between two different points of x."""
    return mean_off_diagonal(distances(x, x)).item()


def collapse(step: int, covered: int, n_modes: int, on_data: float, spread: float) -> str:
    """What the alarm says, or nothing. The criterion is ALARM."""
    if step < SETTLED:
        return ""
    if spread < 0.25:
        return f"collapse: the generated points' spread is {spread:.2f} of the real ones' (alarm below 0.25)"
    if on_data >= 0.5 and covered <= n_modes / 4:
        return (
            f"collapse: {on_data:.0%} of the points lie on the data, but on {covered} of its {n_modes} modes"
        )
    return ""


def arrows(state: State, settings: Settings, data: Data, fake: Tensor) -> Tensor:
    """-grad_x of L_G at each generated point, times their number: where, how hard, it is pushed. (N, 2)

    L_G is a mean over points; the factor N makes an arrow one point's own, whatever the number shown.
    """
    _, discriminator = players(settings)
    loss = GAN_LOSSES[settings.loss].generator
    again = -(-len(fake) // len(data.watched))
    real = discriminator(state.theta, data.watched.repeat(again, 1)[: len(fake)])  # (N,), to be compared with
    x = fake.detach().requires_grad_()
    return -len(fake) * torch.autograd.grad(loss(fake=discriminator(state.theta, x), real=real), x)[0]


def verdict(logits: Tensor, settings: Settings, middle: Tensor) -> Tensor:
    """D's opinion as a number from 0 (generated) to 1 (real), by the meaning the loss gives a logit.

    A probability for the losses with a logarithm and, nearly, hinge; least squares aims its output at 0 and
    1 itself; Wasserstein and relativistic only compare, so there 1/2 is halfway between the mean logits of
    real and generated points.
    """
    if settings.loss == "least_squares":
        return logits.clamp(0, 1)
    comparing = settings.loss in ("wasserstein", "relativistic")
    return torch.sigmoid(logits - middle if comparing else logits)


def picture(state: State, settings: Settings, data: Data) -> dict[str, Tensor]:
    """Every array on the screen: fake (N, 2), z (N, Z), arrows (N, 2), believed (N,), heat ..."""
    generator, discriminator = players(settings)
    z, net = shown_noise(state, settings, data), lattice(settings.z_size)
    fake, manifold = generator(state.phi, torch.cat([z, net])).split([len(z), len(net)])
    if not fake.isfinite().all():
        fake = torch.full_like(fake, float("nan"))
    judged = torch.cat([fake, data.watched, plane()])  # each network once: a frame must not take long
    logits, real, everywhere = discriminator(state.theta, judged).split(
        [len(fake), len(data.watched), PIXELS**2]
    )
    middle = (real.mean() + logits.mean()) / 2
    field = verdict(everywhere, settings, middle)
    return {
        "fake": fake,
        "z": z,
        "arrows": arrows(state, settings, data, fake),
        "believed": verdict(logits, settings, middle),
        "before": fake[:0] if state.before is None else state.before,
        "heat": (255 * field.nan_to_num(0.5)).round().to(torch.uint8),  # (PIXELS^2,), top row first
        "manifold": manifold,  # (LINES^2, 2): a net, or points along one line
    }


@cache
def plane() -> Tensor:
    """The centres of the field's pixels, top row first -> (PIXELS^2, 2)."""
    ticks = REACH * ((2 * torch.arange(PIXELS) + 1) / PIXELS - 1)
    y, x = torch.meshgrid(-ticks, ticks, indexing="ij")
    return torch.stack([x, y], dim=-1).reshape(-1, 2)


@cache
def lattice(z_size: int) -> Tensor:
    """Noise on a regular net from -2.5 to 2.5, or on a line if z is one number -> (LINES^2, Z)."""
    if z_size == 1:
        return torch.linspace(-2.5, 2.5, LINES**2)[:, None]
    ticks = torch.linspace(-2.5, 2.5, LINES)
    net = torch.cartesian_prod(ticks, ticks)
    return torch.cat([net, torch.zeros(len(net), z_size - 2)], dim=1)  # any further z stays 0
