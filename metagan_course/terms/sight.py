"""Two networks, and one look at a task: what a loss term may ask for. Not here: the terms (parts.py)."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from torch import Tensor, nn

from metagan_course.weights import Params, as_function


class Seen(NamedTuple):
    """What D makes of x, (B, ...)."""

    features: Tensor | None  # h(x), (B, n), before any verdict; None for a D that has no `look`
    judged: Tensor  # D(x), (B,)


class Pair(NamedTuple):
    """G and D as functions of their players' weights.

    A player's task code, if it has one, stands among its weights under the name "code", so that a step can
    move it as it moves any other.
    """

    draw: Callable[[Params, Tensor], Tensor]  # G(z)
    judge: Callable[[Params, Tensor], Tensor]  # D(x)
    look: Callable[[Params, Tensor], Seen]  # D(x) with its features
    every: Callable[[Params, Tensor, Tensor], tuple]  # x, T codes -> its features, D(x, c_j) (B, T)


def pair(generator: nn.Module, discriminator: nn.Module) -> Pair:
    """Two modules G(z) or G(z, c), D(x) or D(x, c); those of nets/ also have `look`, some of them `every`."""
    judge, every = _player(discriminator), as_function(discriminator, "every")
    looked = _player(discriminator, "look") if hasattr(discriminator, "look") else None
    look = (lambda disc, x: Seen(*looked(disc, x))) if looked else lambda disc, x: Seen(None, judge(disc, x))
    return Pair(_player(generator), judge, look, lambda disc, x, codes: every(weights_of(disc), x, codes))


def _player(network: nn.Module, method: str = "forward") -> Callable[[Params, Tensor], Any]:
    run = as_function(network, method)
    return lambda params, x: run(weights_of(params), x, *([params["code"]] if "code" in params else []))


def weights_of(params: Params) -> Params:
    """A player without its code: the weights of its network."""
    return {n: w for n, w in params.items() if n != "code"}


@dataclass(frozen=True)
class Sight:
    """One look at one task: both players, its data, one noise. What no term asks for is not computed.

    data: "x", the real samples; where tasks have codes also D's codes of all tasks, "everyone" (T, C), the
    task's own "place" among them, and another one's code, "c_other"; "seen", where D stands still and has
    looked at x already.
    """

    pair: Pair
    gen: Params
    disc: Params
    data: dict[str, Any]
    z: Tensor  # (B, Z)

    @property
    def real(self) -> Tensor:
        return self.data["x"]

    @cached_property
    def fake(self) -> Tensor:
        return self.pair.draw(self.gen, self.z)

    @cached_property
    def on_fake(self) -> Seen:
        return self.own(self.every_fake) if self.compares else self.pair.look(self.disc, self.fake)

    @cached_property
    def on_real(self) -> Seen:
        if "seen" in self.data:
            return self.data["seen"]
        return self.own(self.every_real) if self.compares else self.pair.look(self.disc, self.real)

    @cached_property
    def every_real(self) -> tuple[Tensor, Tensor]:
        """h(x) and D(x, c_j) with the code of every task, (B, T)."""
        return self.pair.every(self.disc, self.real, self.data["everyone"])

    @cached_property
    def every_fake(self) -> tuple[Tensor, Tensor]:
        return self.pair.every(self.disc, self.fake, self.data["everyone"])

    @property
    def compares(self) -> bool:
        """Whether D holds each x beside the codes of all tasks: the own one's column is its verdict then."""
        return "everyone" in self.data

    def own(self, every: tuple[Tensor, Tensor]) -> Seen:
        return Seen(every[0], at(every[1], self.data["place"]))


def at(every: Tensor, place: Tensor) -> Tensor:
    """The column of every (B, T) that belongs to the task at this place, counted round: (B,)."""
    return every.index_select(1, place.reshape(1) % every.shape[1])[:, 0]
