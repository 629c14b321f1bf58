"""The games that 01.train_step is checked on, and what is looked at in them. No verdicts here."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from metagan_course.losses import GAN_LOSSES, GANLoss
from metagan_course.nets import MLPDiscriminator, MLPGenerator

from .logits import count, softplus

PLAIN = GAN_LOSSES["non_saturating"]
Formula = Callable[[Tensor, Tensor], Tensor]


def _classic(x: Tensor, y: Tensor) -> Tensor:
    return softplus(-x).mean() + softplus(y).mean()


FORMULAS: dict[str, tuple[Formula, Formula]] = {  # written out: L_D(l_x, l_y), L_G(l_y, l_x)
    "minimax": (_classic, lambda y, x: -softplus(y).mean()),
    "non_saturating": (_classic, lambda y, x: softplus(-y).mean()),
    "least_squares": (
        lambda x, y: ((x - 1) ** 2).mean() / 2 + (y**2).mean() / 2,
        lambda y, x: ((y - 1) ** 2).mean() / 2,
    ),
    "hinge": (lambda x, y: (1 - x).clamp(min=0).mean() + (1 + y).clamp(min=0).mean(), lambda y, x: -y.mean()),
    "wasserstein": (lambda x, y: y.mean() - x.mean(), lambda y, x: -y.mean()),
    "relativistic": (lambda x, y: softplus(y - x).mean(), lambda y, x: softplus(x - y).mean()),
}
LOSSES: dict[GANLoss, tuple[Formula, Formula]] = {GAN_LOSSES[name]: pair for name, pair in FORMULAS.items()}


def _game(loss: str = "", *, adam: bool = False, lesson_players: bool = False, dtype=torch.float32):
    """A small game drawn afresh; without a loss the function's own default plays."""

    def draw(generator: torch.Generator) -> dict:
        gen, disc = _players(lesson_players, dtype)
        n = count(generator, 5, 9)
        kind, rate = (torch.optim.Adam, 0.05) if adam else (torch.optim.SGD, 0.5)
        arguments = {
            "gen": gen,
            "disc": disc,
            "opt_gen": kind(gen.parameters(), lr=rate),
            "opt_disc": kind(disc.parameters(), lr=rate / 2),
            "real": torch.randn(n, 2, generator=generator, dtype=dtype) + 2,
            "noise": torch.randn(2, n, 2, generator=generator, dtype=dtype),
        }
        return arguments | ({"loss": GAN_LOSSES[loss]} if loss else {})

    return draw


def _players(lesson_players: bool, dtype: torch.dtype) -> tuple[nn.Module, nn.Module]:
    """The lesson's give logits (B,), the plain ones (B, 1)."""
    if lesson_players:
        return MLPGenerator(z_size=2, hidden=(6, 6)), MLPDiscriminator(hidden=(6, 6))
    nets = (nn.Sequential(nn.Linear(2, 6), nn.Tanh(), nn.Linear(6, size)) for size in (2, 1))
    gen, disc = (net.to(dtype) for net in nets)
    return gen, disc


GAMES = {
    "the default loss": _game(),
    "the minimax loss": _game("minimax"),
    "the least-squares loss and Adam": _game("least_squares", adam=True),
    "the lesson's players and the hinge loss": _game("hinge", lesson_players=True),
    "the lesson's players and Adam": _game(adam=True, lesson_players=True),
    "players in double precision": _game("non_saturating", dtype=torch.float64),
    "the Wasserstein loss": _game("wasserstein"),
    "the relativistic loss": _game("relativistic"),  # last: some answers stop here
}


def weights(module: nn.Module) -> Tensor:
    """All weights in one row."""
    return torch.cat([weight.detach().flatten() for weight in module.parameters()])


def two_steps(function: Callable, inputs: dict) -> dict:
    """Where both players stand after two calls: the second shows gradients left over from the first."""
    losses = [function(**inputs) for _ in range(2)]
    return {
        "the discriminator's weights after two steps": weights(inputs["disc"]),
        "the generator's weights after two steps": weights(inputs["gen"]),
        "the pair of losses returned": losses[-1],
    }


def who_did_what(function: Callable, inputs: dict) -> dict:
    """One call from the inside: how often each player moved, how often a gradient reached G."""
    arrived = []
    first = next(inputs["gen"].parameters())
    handle = first.register_hook(lambda slope: arrived.append(1))
    moved: dict[str, list] = {"opt_gen": [], "opt_disc": []}
    for name, list_of_moves in moved.items():
        inputs[name].register_step_post_hook(lambda *_, moves=list_of_moves: moves.append(1))
    try:
        function(**inputs)
    finally:
        handle.remove()
    return {
        "gradients that came to the generator": len(arrived),
        "moves of the generator": len(moved["opt_gen"]),
        "moves of the discriminator": len(moved["opt_disc"]),
    }
