"""A recipe: everything that decides a run, in one place, every default explained, and what clashes.

Not here: the named ones (recipes.py), what the numbers do (game.py), the loop that uses them (loop.py).
"""

from dataclasses import asdict, dataclass, fields, replace

from metagan_course import CourseError


class RecipeError(CourseError, ValueError):
    """One sentence: which fields of a recipe do not go together, are missing or unknown."""


# "Switched off", said once: no task code and nothing that asks for one; no inner loop and nothing that asks
# for its moved weights
NO_CODE = {"code_size": 0, "mismatch": 0.0, "matching": 0.0, "match_inner": 0.0} | {
    "adapts": "weights",
    "code_from": "support",
}
NO_STEPS = {"inner_steps": 0, "code_from": "support", "spread_g": 0.0, "spread_d": 0.0}
# What a run may be resumed with another value of: none of it changes a shape or a draw
CHANGEABLE = {
    "steps", "beta_g", "beta_d", "beta_rates", "average",
    "r1_inner", "r1_outer", "r1_every", "mismatch", "matching", "match_inner",
    "feature_inner", "energy", "feature_energy", "mode_seeking",
    "first_order", "decay", "spread_g", "spread_d",
}  # fmt: skip
# What a trained Meta-GAN may be asked for otherwise: none of it was learned
UNLEARNED = {"code_from", "near", "inner_steps", "inner_batch", "match_inner", "feature_inner", "r1_inner"}


@dataclass(frozen=True)
class Recipe:
    """What is trained, on which tasks, how. The methods in RECIPES differ in few of these fields."""

    name: str
    # the tasks
    family: str = "shapes"  # a name in tasks.FAMILIES
    family_options: tuple[tuple[str, str], ...] = (("kind", "arcs"),)
    k_support: int = 20  # S: what an adapted player sees
    n_query: int = 20  # Q: what judges it, and what only the outer loop sees
    tasks: int = 16  # T: tasks an outer step, over all processes together
    # the players
    nets: str = "mlp_2d"  # "mlp_2d" for points, "mlp_28" or "conv_28" for pictures (architectures.py)
    z_size: int = 4
    hidden: int = 64
    code_size: int = 0  # C: 0 means no task encoder
    maps: int = 16  # "conv_28" only: a code is so many 7x7 maps, C = 49 maps
    # in G: "layer" (by each picture; points have none), "meta" (by the task's batch and its code), and in
    # "conv_28" also "batch" (by the task's batch)
    norm: str = "layer"
    loss: str = "non_saturating"  # in losses.GAN_LOSSES; it pushes hardest where G is poor (lesson 01)
    # the inner loop
    inner_steps: int = 5  # K: alternating moves, D first; 0 is no inner loop
    inner_batch: int = 20  # noise vectors a move
    adapts: str = "weights"  # what G's steps move: its "weights", or its "code" alone (CAVIA)
    code_from: str = "support"  # G's code before the first step: E_psi(S), or the one "start" of all tasks
    alpha_g: float = 0.05  # G's inner rate, where it starts if it is learned
    near: float = 1.0  # with adapts="code" and code_from="support": a factor of the rate, so near the goal
    alpha_d: float = 0.05  # D's; 0: D does not adapt (with a task code it is the task's own D all the same)
    learn_rates: bool = False  # Meta-SGD
    rates_per: str = "weight"  # one inner rate for each "weight", or for each "tensor"
    first_order: bool = True
    match_inner: float = 0.0  # weight of "which of the tasks is this?" in G's inner loss
    feature_inner: float = 0.0  # weight of the energy distance to the support, in D's features, in it
    r1_inner: float = 0.1  # flattens D at the support, so that no step makes it memorise these few points
    # the outer loop
    outer: str = "gradient"  # "gradient", or "reptile": move towards the adapted weights
    steps: int = 800
    joint_first: int = 0  # of these, so many without inner loop and with G's code from the support
    take_turns: bool = False  # and of the others every second one, so that the encoder is not unlearned
    beta_g: float = 1e-3  # Adam's rate for phi, psi
    beta_d: float = 1e-3  # for theta
    beta_rates: float = 1e-3  # for log alpha
    r1_outer: float = 0.1
    r1_every: int = 1  # the penalty in every n-th step only, n times as heavy: its gradient is dear
    mismatch: float = 0.0  # weight of "a real sample with another task's code is fake"
    matching: float = 0.0  # weight of "which of the T tasks is this?" in both outer losses
    energy: float = 0.0  # weight of the energy distance to the query in G's outer loss
    feature_energy: float = 0.0  # the same distance in D's features, in joint steps too; "conv_28" only
    mode_seeking: float = 0.0  # weight of |z - z'| / |x - x'| in G's outer loss
    spread_g: float = 0.0  # weight of "the tasks' G differ on the same noise" in L_G: holds them together
    spread_d: float = 0.0  # weight of "the tasks' D differ on the same samples" in L_D
    decay: bool = False  # over the last half of the steps, all of Adam's rates fall to 0 along a line
    average: float = 0.999  # of the weights over outer steps; 0 keeps the last ones
    seed: int = 0

    def __post_init__(self):
        for wrong, why in _clashes(self):
            if wrong:
                raise RecipeError(f"recipe {self.name}: {why}.")

    def but(self, **changes) -> "Recipe":
        """The same recipe with some fields changed; a wrong field name is an error."""
        known = {f.name for f in fields(self)}
        for key in changes:
            if key not in known:
                raise RecipeError(
                    f"recipe {self.name}: no field {key!r}; the fields are {', '.join(sorted(known))}"
                )
        return replace(self, **changes)

    def at(self, step: int) -> "Recipe":
        """The recipe of one outer step: R1 in every `r1_every`-th; `joint_first` steps, and after them every
        second one if the two `take_turns`, are plain joint training, in which E_psi tells G the task."""
        recipe, n, after = self, self.r1_every, step - self.joint_first
        if n > 1:
            recipe = recipe.but(r1_outer=0.0 if step % n else n * recipe.r1_outer)
        if after < 0 or (self.take_turns and after % 2):
            recipe = recipe.but(**NO_STEPS, energy=0.0)
        return recipe


def recipe_from(values: dict, where: str) -> Recipe:
    """The recipe written down in a file. Every field is there: today's defaults were not yesterday's."""
    known = {f.name for f in fields(Recipe)}
    if missing := sorted(known - set(values)):
        raise RecipeError(f"{where}: its recipe lacks {', '.join(missing)}; add what it was trained with.")
    if unknown := sorted(set(values) - known):
        raise RecipeError(f"{where}: its recipe has unknown fields: {', '.join(unknown)}.")
    return Recipe(**{name: _tuples(value) for name, value in values.items()})


def as_values(recipe: Recipe) -> dict:
    """Every field by name, flat, for JSON."""
    return asdict(recipe)


def _tuples(value):
    """JSON has lists where a frozen recipe has tuples."""
    return tuple(_tuples(v) for v in value) if isinstance(value, list | tuple) else value


def _clashes(r: Recipe) -> list[tuple[bool, str]]:
    """Fields that do not go together, each with its sentence."""
    conv, coded = r.nets == "conv_28", r.code_size > 0
    choices = {
        "nets": ("mlp_2d", "mlp_28", "conv_28"),
        "rates_per": ("weight", "tensor"),
        "adapts": ("weights", "code"),
        "code_from": ("support", "start"),
        "norm": ("layer", "batch", "meta"),
        "outer": ("gradient", "reptile"),
    }
    return [
        *[
            (getattr(r, name) not in known, f"{name} is {getattr(r, name)!r}, must be one of {known}")
            for name, known in choices.items()
        ],
        (conv and r.hidden % 32 != 0, "hidden must be a multiple of 32 for nets='conv_28'"),
        (
            conv and coded and r.code_size != 49 * r.maps,
            "code_size must be 49 * maps for nets='conv_28': a code is that many 7x7 maps",
        ),
        (
            bool(r.matching or r.match_inner) and not (conv and coded),
            "matching needs nets='conv_28' and a code",
        ),
        (
            r.adapts == "code" and not (conv and coded),
            "adapts='code' needs nets='conv_28' and a code_size",
        ),
        (
            r.adapts == "code" and r.alpha_d > 0,
            "adapts='code' moves G's code alone: set alpha_d to 0",
        ),
        (
            r.adapts == "code" and r.outer == "reptile",
            "Reptile moves weights: not with adapts='code'",
        ),
        (r.code_from == "start" and r.adapts != "code", "code_from='start' needs adapts='code'"),
        (r.norm == "meta" and not coded, "norm='meta' needs a code_size"),
        (r.norm == "batch" and not conv, "norm='batch' needs nets='conv_28'"),
        (
            bool(r.spread_g or r.spread_d)
            and (r.adapts == "code" or r.outer == "reptile" or not (r.inner_steps or coded)),
            "spread_g and spread_d compare what inner steps or a task code make of each task's networks: "
            "they need inner_steps or a code_size, and adapts='weights' and outer='gradient'",
        ),
        (
            bool(r.feature_energy or r.feature_inner) and not conv,
            "feature_energy and feature_inner need nets='conv_28'",
        ),
        (r.mismatch > 0 and not coded, "mismatch needs a code_size"),
        (r.r1_every < 1, "r1_every must be 1 or more"),
    ]
