"""Named, frozen configurations: everything that decides a run, in one place, every default explained.

Not here: what the numbers do (metagan.py) and the loop that uses them (training.py).
"""

from dataclasses import dataclass, fields, replace


@dataclass(frozen=True)
class Recipe:
    """What is trained, on which tasks, how. The methods in `RECIPES` differ in few of these fields."""

    name: str
    # the tasks
    family: str = "shapes"  # a name in tasks.FAMILIES
    family_options: tuple[tuple[str, str], ...] = (("kind", "arcs"),)
    k_support: int = 20  # S: what an adapted player sees
    n_query: int = 20  # Q: what judges it, and what only the outer loop sees
    tasks: int = 16  # T: tasks an outer step, over all processes together
    # the players
    nets: str = "mlp_2d"  # "mlp_2d" for points or "mlp_28" for pictures (metagan.networks)
    z_size: int = 4
    hidden: int = 64
    code_size: int = 0  # C: 0 means no task encoder
    loss: str = "non_saturating"  # in losses.GAN_LOSSES; it pushes hardest where G is poor (lesson 01)
    # the inner loop
    inner_steps: int = 5  # K: alternating moves, D first; 0 is no inner loop
    inner_batch: int = 20  # noise vectors a move
    alpha_g: float = 0.05  # G's inner rate, where it starts if it is learned
    alpha_d: float = 0.05  # D's
    learn_rates: bool = False  # one rate for each weight (Meta-SGD)
    first_order: bool = True
    r1_inner: float = 0.1  # flattens D at the support, so that no step makes it memorise these few points
    # the outer loop
    outer: str = "gradient"  # "gradient", or "reptile": move towards the adapted weights
    steps: int = 800
    joint_first: int = 0  # of these, so many without inner loop: large alphas need a start of the right size
    beta_g: float = 1e-3  # Adam's rate for phi, psi
    beta_d: float = 1e-3  # for theta
    beta_rates: float = 1e-3  # for log alpha
    r1_outer: float = 0.1
    mismatch: float = 0.0  # weight of "a real sample with another task's code is fake"
    energy: float = 0.0  # weight of the energy distance to the query in G's outer loss
    mode_seeking: float = 0.0  # weight of |z - z'| / |x - x'| in G's outer loss
    average: float = 0.999  # of the weights over outer steps; 0 keeps the last ones
    seed: int = 0

    def but(self, **changes) -> "Recipe":
        """The same recipe with some fields changed; a wrong field name is an error."""
        known = {f.name for f in fields(self)}
        for key in changes:
            if key not in known:
                raise ValueError(
                    f"recipe {self.name}: no field {key!r}; the fields are {', '.join(sorted(known))}"
                )
        return replace(self, **changes)


SHAPES = Recipe("shapes", inner_steps=10, steps=300)

RECIPES: dict[str, Recipe] = {
    r.name: r
    for r in [
        SHAPES.but(name="shapes-joint", inner_steps=0),  # one GAN for all tasks at once
        SHAPES.but(name="shapes-reptile", outer="reptile"),
        SHAPES.but(name="shapes-fomaml"),
        SHAPES.but(name="shapes-maml", first_order=False),
        SHAPES.but(name="shapes-meta-gan", learn_rates=True),  # FOMAML with a learned rate for every weight
        # large rates from the first step on need a start that already makes points of the right size, and the
        # energy distance tells G more than D's one number; nearer at step 10, and no better to the eye
        SHAPES.but(
            name="shapes-meta-gan-warm",
            learn_rates=True,
            alpha_g=0.4,
            alpha_d=0.4,
            beta_rates=1e-2,
            beta_g=2e-3,
            joint_first=300,
            steps=1300,
            energy=2.0,
            inner_batch=40,
            n_query=60,
        ),
    ]
}
