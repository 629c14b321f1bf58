"""The game of two small networks: state -> move -> state, and the history to rewind. No Jupyter, no clock.

theta <- theta - alpha_theta grad_theta L_D(theta, phi)        the discriminator's move
phi   <- phi   - alpha_phi   grad_phi   L_G(phi, theta)        the generator's move
"""

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import torch
from torch import Tensor

from metagan_course.inner import Game
from metagan_course.metagan import gan_game
from metagan_course.weights import Params, trainable

from .data import WATCHED, Data, Strokes, load
from .state import NEW_GAME, OPTIMISERS, Settings, State, batch_d, batch_g, draws, networks, players, start

PHASES = ("sample z", "G(z)", "D's verdict", "D's update", "G's update")
D_MOVES, G_MOVES = PHASES.index("D's update"), PHASES.index("G's update")
LONGEST = 240  # snapshots kept; beyond, every second one goes


def game(settings: Settings) -> Game:
    gen, disc = networks(settings.z_size, settings.layers, settings.units)
    return gan_game(gen, disc, loss=settings.loss, r1=settings.r1)


def gradient(loss: Callable, own: Params, *rest: Any) -> Params:
    """grad of loss(own, *rest) by `own`.

    autograd on fresh leaves takes half the time of torch.func.grad, and is the partial derivative here too:
    a state's weights carry no graph, so there is no past to follow (the two-player trap of inner.py).
    """
    own = trainable(own)
    return dict(zip(own, torch.autograd.grad(loss(own, *rest), tuple(own.values())), strict=True))


def d_move(state: State, settings: Settings, data: Data) -> State:
    """theta <- theta - alpha grad_theta L_D, phi held still."""
    state = remember(state, settings)
    g = gradient(game(settings).disc_loss, state.theta, state.phi, *batch_d(settings, data, state.moved_d))
    theta, memory = OPTIMISERS[settings.optimiser](settings.rate_d)(state.theta, g, state.memory_d)
    return state._replace(theta=theta, memory_d=memory, moved_d=state.moved_d + 1, phase=-1, before=None)


def g_move(state: State, settings: Settings, data: Data) -> State:
    """phi <- phi - alpha grad_phi L_G, theta held still."""
    state = remember(state, settings)
    g = gradient(game(settings).gen_loss, state.phi, state.theta, *batch_g(settings, data, state.moved_g))
    phi, memory = OPTIMISERS[settings.optimiser](settings.rate_g)(state.phi, g, state.memory_g)
    return state._replace(phi=phi, memory_g=memory, moved_g=state.moved_g + 1, phase=-1, before=None)


def full_step(state: State, settings: Settings, data: Data) -> State:
    """D's moves, then G's. In slow motion, what is still to come of the step."""
    if state.phase != D_MOVES:
        for _ in range(settings.d_moves):
            state = d_move(state, settings, data)
    return g_move(state, settings, data)


def next_phase(state: State, settings: Settings, data: Data) -> State:
    """Slow motion: the five phases of one step, one at a time; the last two move."""
    phase = (state.phase + 1) % len(PHASES)
    if phase == D_MOVES:
        for _ in range(settings.d_moves):
            state = d_move(state, settings, data)
    if phase == G_MOVES:
        before = shown_points(state._replace(phase=phase), settings, data, ahead=0)
        return g_move(state, settings, data)._replace(phase=phase, before=before)
    return state._replace(phase=phase, before=None)


def shown_noise(state: State, settings: Settings, data: Data, ahead: int = -1) -> Tensor:
    """The z on the screen: in slow motion the batch of the move at hand, else always the same WATCHED."""
    if state.phase < 0:
        return torch.randn(WATCHED, settings.z_size, generator=draws(settings, "watch"))
    if state.phase == G_MOVES:
        return batch_g(settings, data, state.moved_g + ahead)[1]
    return batch_d(settings, data, state.moved_d - (state.phase == D_MOVES))[1]


def shown_points(state: State, settings: Settings, data: Data, ahead: int = -1) -> Tensor:
    return players(settings)[0](state.phi, shown_noise(state, settings, data, ahead))


def remember(state: State, settings: Settings) -> State:
    """The state, with a fresh memory if the optimiser was changed: rules cannot read each other's."""
    if state.optimiser == settings.optimiser:
        return state
    rule = OPTIMISERS[settings.optimiser](0.0)
    return state._replace(
        memory_g=rule.init(state.phi), memory_d=rule.init(state.theta), optimiser=settings.optimiser
    )


MOVES = {"d": d_move, "g": g_move, "step": full_step, "phase": next_phase}


class Simulation:
    """One game with its past: `do` moves on, `goto` rewinds, and a move from there starts a branch.

    `measure(state, settings, data)` is called once for each state that enters the history, and again where
    the settings have been turned since: numbers belong to what is shown. `moves()` is the way to the present
    state as text, `replay` goes it again.
    """

    def __init__(self, settings: Settings, *, strokes: Strokes = (), measure: Callable | None = None):
        self._measure = measure or (lambda state, settings, data: None)
        self.begin(settings, strokes=strokes)

    def begin(self, settings: Settings, *, strokes: Strokes = ()) -> None:
        """A new game, whole at once: a notebook may run messages of the page beside its cells."""
        data, first = load(settings.data, strokes=strokes, seed=settings.seed), start(settings)
        measured = self._measure(first, settings, data)
        self.data, self.settings, self.begun, self.strokes = data, settings, settings, strokes
        self.history: list[tuple[State, Any]] = [(first, measured)]
        self.made: list[tuple[Settings, tuple]] = [
            (settings, ())
        ]  # of each: the settings, the moves until then
        self.left: list[Any] = []  # what was measured on the branch that was left last
        self.cursor = 0
        self._again: tuple[Any, ...] = (None, None, None)

    @property
    def state(self) -> State:
        return self.history[self.cursor][0]

    @property
    def measured(self) -> Any:
        """Under the settings as they are now, which may not be those the state was made with."""
        state, measured = self.history[self.cursor]
        if self.settings == self.made[self.cursor][0]:
            return measured
        if self._again[0] is not state or self._again[1] != self.settings:
            self._again = state, self.settings, self._measure(state, self.settings, self.data)
        return self._again[2]

    def change(self, **changes) -> bool:
        """Turn settings; says whether that made a new game."""
        settings = replace(self.settings, **changes)
        turned = {
            f.name for f in fields(Settings) if getattr(settings, f.name) != getattr(self.settings, f.name)
        }
        if turned & set(NEW_GAME):
            self.begin(settings, strokes=self.strokes)
            return True
        self.settings = settings
        return False

    def do(self, move: str, n: int = 1) -> None:
        """`n` times one of "d", "g", "step", "phase"; the state after the last enters the history."""
        if move not in MOVES:
            raise ValueError(f"move is {move!r}; it must be one of {', '.join(MOVES)}.")
        if n < 1:
            raise ValueError(f"n is {n}; it must be 1 or more.")
        state = self.state
        for _ in range(n):
            state = MOVES[move](state, self.settings, self.data)
        self._enter(state, moved(self._tape(), move, n))

    def _tape(self) -> tuple:
        """The moves until now, with the settings that were turned after the last of them."""
        then, tape = self.made[self.cursor]
        turned = {f.name: getattr(self.settings, f.name) for f in fields(Settings)}
        return (*tape, *((n, v) for n, v in turned.items() if getattr(then, n) != v and n not in NEW_GAME))

    def moves(self) -> str:
        """The way from the start to here, for `replay`: "d*40 loss=minimax step*3"."""
        return " ".join(written(*step) for step in self._tape())

    def replay(self, moves: str) -> None:
        """Go this way from here; "start" is where a game begins, and no move."""
        for step in moves.split():
            if step == "start":
                continue
            name, sign, value = step.partition("=")
            if sign:
                self.change(**{name: type(getattr(self.settings, name))(value)})
            else:
                move, _, times = step.partition("*")
                self.do(move, int(times or 1))

    def goto(self, index: int) -> None:
        """Rewind to (or forward again to) a snapshot of the history. Nothing is lost until the next move."""
        if not 0 <= index < len(self.history):
            raise ValueError(f"index is {index}; the history has 0 to {len(self.history) - 1}.")
        self.cursor = index

    def _enter(self, state: State, tape: tuple | None = None) -> None:
        if ahead := self.history[self.cursor + 1 :]:
            self.left = [measured for _, measured in self.history[self.cursor :]]
            del self.history[-len(ahead) :], self.made[-len(ahead) :]
        tape, measured = (
            self._tape() if tape is None else tape,
            self._measure(state, self.settings, self.data),
        )
        self.made.append((self.settings, tape))
        self.history.append((state, measured))
        if len(self.history) > LONGEST:
            del self.history[1:-1:2], self.made[1:-1:2]
        self.cursor = len(self.history) - 1


def moved(tape: tuple, move: str, n: int) -> tuple:
    """The tape and `n` more of this move."""
    if tape and tape[-1][0] == move:
        return (*tape[:-1], (move, tape[-1][1] + n))
    return (*tape, (move, n))


def written(name: str, value) -> str:
    """One word of `moves`: "d", "d*40" or "loss=minimax"."""
    if name not in MOVES:
        return f"{name}={value}"
    return name if value == 1 else f"{name}*{value}"
