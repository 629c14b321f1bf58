"""The named recipes of the course: few fields each, beside one that it starts from.

What each field means: recipe.py. What it did to the scores: benchmarks/LOG.md.
"""

from metagan_course.training.recipe import NO_CODE, Recipe

# What the upgraded recipes share beside a task code and R1: meta batch norm, a D that learns whose a sample
# is, both cross-task regularisers, learned rates
UPGRADES = {"norm": "meta", "mismatch": 0.5, "spread_g": 0.01, "spread_d": 0.01, "learn_rates": True}

SHAPES = Recipe("shapes", inner_steps=10, steps=300)

# A spatial code that the encoder reads off five pictures, and a D that knows whose picture it looks at. What
# each field does to recognisability, diversity and KID: benchmarks/LOG.md
GLYPHS = Recipe(
    "glyphs-encoder",
    family="glyphs",
    family_options=(),
    k_support=5,
    n_query=4,
    tasks=16,  # few tasks and many steps at a high rate: what a large batch does in 16 minutes takes 7
    nets="conv_28",
    z_size=48,
    hidden=64,
    code_size=784,
    inner_steps=0,
    inner_batch=8,
    r1_inner=0.0,
    r1_outer=0.1,
    r1_every=4,
    mismatch=0.5,
    matching=1.0,
    feature_energy=0.1,
    mode_seeking=0.03,
    beta_g=4e-3,
    beta_d=8e-3,
    steps=2800,
    decay=True,
)
# Nothing tells a new task's G what it is: its code starts the same for all, and ten steps down the loss of
# the task's own D find it: its verdict, whose picture it sees, and how far its features of the samples lie
# from those of the support. The first outer steps are joint ones: D's loss and G's space are learned. Of the
# others every second one passes through the ten steps; what that adds is too small to be seen (LOG.md).
GLYPHS_META = GLYPHS.but(
    name="glyphs-meta-gan",
    steps=3000,
    joint_first=2800,
    take_turns=True,
    adapts="code",
    code_from="start",
    alpha_g=3.0,
    near=0.15,
    alpha_d=0.0,
    learn_rates=True,
    rates_per="tensor",
    beta_rates=1e-2,
    inner_steps=10,
    match_inner=1.0,
    feature_inner=0.5,
)
# The same at half the width, for a lesson: it trains while the teacher explains what it does
GLYPHS_QUICK = GLYPHS_META.but(name="glyphs-meta-gan-quick", hidden=32, steps=1320, joint_first=1300)

# One GAN for all characters at once, without a task code, to be fine-tuned on five pictures
GLYPHS_JOINT = GLYPHS.but(
    name="glyphs-joint",
    **NO_CODE,
    alpha_g=0.03,
    alpha_d=0.003,
    tasks=32,
    beta_g=1e-3,
    beta_d=2e-3,
    steps=2000,
)
# The methods of lesson 0 to 8 on pictures: no task code, all weights of a plain pair move. Rates are each
# method's own, chosen on validation scripts: with an outer rate of 3e-4 hardly any of them learns to adapt
GLYPHS_PLAIN = GLYPHS.but(
    name="glyphs-plain",
    nets="mlp_28",
    hidden=256,
    z_size=16,
    **NO_CODE,
    feature_energy=0.0,
    mode_seeking=0.0,
    tasks=16,
    n_query=10,
    inner_steps=10,
    inner_batch=10,
    alpha_g=0.1,
    alpha_d=0.03,
    r1_outer=0.2,
    r1_every=1,
    beta_g=2e-3,
    beta_d=2e-3,
    steps=400,
)

# All of it at once on the plain pair: task code, meta batch norm, R1, both regularisers, learned rates
GLYPHS_UPGRADED = GLYPHS_PLAIN.but(
    name="glyphs-upgraded",
    **UPGRADES,
    code_size=48,
    mode_seeking=0.03,
    rates_per="tensor",
    beta_rates=1e-2,
    tasks=24,
    inner_steps=5,
    beta_g=1e-3,
    beta_d=1e-3,
)
GLYPHS_FOMAML = GLYPHS_PLAIN.but(name="glyphs-fomaml", alpha_g=0.3, alpha_d=0.1)
PICTURES = [
    GLYPHS_JOINT,
    GLYPHS_FOMAML,
    GLYPHS_PLAIN.but(name="glyphs-reptile", outer="reptile"),
    GLYPHS_PLAIN.but(name="glyphs-maml", first_order=False, inner_steps=5, steps=200),
    GLYPHS_FOMAML.but(
        name="glyphs-meta-sgd",
        learn_rates=True,
        rates_per="tensor",
        beta_rates=1e-2,
        beta_g=1e-3,
        beta_d=1e-3,
    ),
    GLYPHS_UPGRADED,
    GLYPHS,
    GLYPHS_META,
    GLYPHS_QUICK,
]
# Handwriting varies more than print: longer, and with less push towards variety
LONGER = {
    "glyphs-encoder": {"mode_seeking": 0.015, "steps": 6000},
    "glyphs-meta-gan": {"mode_seeking": 0.015, "steps": 6000, "joint_first": 5600},
}
OMNIGLOT = [
    r.but(name=r.name.replace("glyphs", "omniglot"), family="omniglot", **LONGER.get(r.name, {}))
    for r in PICTURES
]

# For letters that somebody draws with a pen: print, handwriting and invented strokes, each by its own split
ALPHABET = GLYPHS_META.but(
    name="alphabet-meta-gan", family="glyphs+omniglot+strokes", **LONGER["glyphs-meta-gan"]
)

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
        # told the task by its code, nothing moves: the steps are as cheap as joint training's
        SHAPES.but(name="shapes-encoder", code_size=16, inner_steps=0, energy=1.0, steps=1000),
        # encoder and steps
        SHAPES.but(
            name="shapes-upgraded",
            **UPGRADES,
            code_size=16,
            energy=1.0,
            joint_first=300,
            steps=500,
        ),
        *PICTURES,
        *OMNIGLOT,
        ALPHABET,
    ]
}
