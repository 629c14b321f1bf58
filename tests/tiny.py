"""Recipes so small that a step takes milliseconds; what they learn is nothing. No tests here."""

from metagan_course.recipes import Recipe

TINY = Recipe(
    "tiny",
    k_support=4,
    n_query=4,
    tasks=2,
    inner_steps=1,
    inner_batch=4,
    hidden=8,
    steps=3,
    learn_rates=True,
)
CODED = TINY.but(name="tiny-coded", tasks=4, code_size=3, mismatch=0.5)  # with a task code, standardised
