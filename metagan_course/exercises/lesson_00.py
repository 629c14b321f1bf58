"""The exercises of lesson 00, start here: what each checks, hints at and recognises.

A mistake is a wrong function: its docstring is the diagnosis for learners whose function does the same. This
file is long because it holds every wrong answer it can explain; read one exercise at a time.
"""

import torch
from torch import Tensor

from metagan_course.answers.basics import gradient_step, log_probability, split_task
from metagan_course.metrics import energy_distance

from .declare import Exercise, Mistake, Observation, mistakes, with_gradient

# --- 00.gradient_step -----------------------------------------------------------------------------


def _step_inputs(generator: torch.Generator) -> dict:
    shapes = {"slope": (3,), "offset": ()}
    draw = lambda: {n: torch.randn(s, generator=generator) for n, s in shapes.items()}  # noqa: E731
    return {
        "weights": draw(),
        "gradient": draw(),
        "alpha": 0.1 + 0.7 * torch.rand((), generator=generator).item(),
    }


def _step_oracle(weights, gradient, alpha):
    """In double precision by torch's fused a - alpha b, one call a weight."""
    exact = {n: torch.sub(w.double(), gradient[n].double(), alpha=alpha) for n, w in weights.items()}
    return {name: w.float() for name, w in exact.items()}


def _step_uphill(weights, gradient, alpha):
    """Your step goes up the hill: the gradient points where the loss grows fastest, and a plus follows
    it. Descent subtracts, so that the loss falls.
    """
    return {name: w + alpha * gradient[name] for name, w in weights.items()}


def _step_no_rate(weights, gradient, alpha):
    """Your step uses the whole gradient and leaves alpha out. The gradient says which way and how
    steep, not how far it is safe to go; that is what the rate is for.
    """
    return {name: w - gradient[name] for name, w in weights.items()}


def _step_only(weights, gradient, alpha):
    """You return the step itself, minus alpha times the gradient, not the place it leads to. Add the
    weight it starts from.
    """
    return {name: -alpha * gradient[name] for name in weights}


def _step_in_place(weights, gradient, alpha):
    """Your function changed the weights it was given (-= or sub_ works in place). Later the same start
    must serve many tasks, each with a path of its own: return new tensors and leave the old ones alone.
    """
    for name in weights:
        weights[name] -= alpha * gradient[name]
    return weights


def _step_sign_only(weights, gradient, alpha):
    """Your step has the length alpha whatever the gradient's size: you kept only its sign. Plain
    gradient descent makes small steps where the loss is flat, which is how it comes to rest.
    """
    return {name: w - alpha * gradient[name].sign() for name, w in weights.items()}


def _step_shrinks(weights, gradient, alpha):
    """You multiplied the weight by (1 - alpha gradient). The gradient is subtracted from the weight,
    not applied to it as a factor: a weight of 0 could never move.
    """
    return {name: w * (1 - alpha * gradient[name]) for name, w in weights.items()}


GRADIENT_STEP = Exercise(
    id="00.gradient_step",
    title="one step down the hill",
    difficulty=1,
    minutes=5,
    reference=gradient_step,
    inputs=_step_inputs,
    oracle=_step_oracle,
    verified="every weight moved by alpha times its gradient, and the old ones are untouched.",
    hints=(
        "What is w' when L falls fastest against its gradient and alpha says how far to go?",
        "Go through weights.items() and build a new dictionary with the same names; gradient has them too.",
        "return {name: w - alpha * gradient[name] for name, w in weights.items()}",
    ),
    mistakes=mistakes(
        _step_uphill, _step_no_rate, _step_only, _step_in_place, _step_sign_only, _step_shrinks
    ),
)

# --- 00.energy_distance ---------------------------------------------------------------------------


def _cloud_inputs(generator: torch.Generator) -> dict:
    n, m = (int(torch.randint(low, low + 5, (), generator=generator)) for low in (5, 12))
    shift = 2 * torch.rand(2, generator=generator)
    return {
        "fake": torch.randn(n, 2, generator=generator) + shift,
        "real": torch.randn(m, 2, generator=generator),
    }


def _mean_distance(a: Tensor, b: Tensor) -> Tensor:
    return torch.cdist(a, b).mean()


def _cloud_oracle(fake, real):
    """The definition as three sums over named pairs."""

    def mean(a, b, skip_same):
        pairs = [(i, j) for i in range(len(a)) for j in range(len(b)) if not (skip_same and i == j)]
        return sum((a[i] - b[j]).norm() for i, j in pairs) / len(pairs)

    return 2 * mean(fake, real, False) - mean(fake, fake, True) - mean(real, real, True)


def _cloud_with_itself(fake, real):
    """Your means within a cloud count every point's distance to itself, which is always 0. They come
    out too small, and two samples of the very same distribution seem to lie apart: divide by n (n - 1)
    pairs, not n * n.
    """
    return 2 * _mean_distance(fake, real) - _mean_distance(fake, fake) - _mean_distance(real, real)


def _cloud_cross_once(fake, real):
    """The distance between the clouds stands twice in the formula, once for each cloud it is compared
    with. With it once, the result is far below 0 for equal clouds.
    """
    return energy_distance(fake, real) - _mean_distance(fake, real)


def _cloud_cross_only(fake, real):
    """This is how far the clouds are apart with nothing to compare it to. Two equal clouds that are
    merely wide would score badly: subtract the mean distance within each.
    """
    return 2 * _mean_distance(fake, real)


def _cloud_squared(fake, real):
    """Your distances are squared. Then everything but the two centres cancels, and a ring and its
    middle point would count as the same cloud.
    """
    square = lambda a, b: torch.cdist(a, b).square()  # noqa: E731
    n, m = len(fake), len(real)
    within = square(fake, fake).sum() / (n * (n - 1)) + square(real, real).sum() / (m * (m - 1))
    return 2 * square(fake, real).mean() - within


def _cloud_centres(fake, real):
    """You compare the two centres only. A generator that puts every point on the centre of the data
    would be perfect by this measure: compare all pairs of points.
    """
    return (fake.mean(0) - real.mean(0)).norm()


def _cloud_paired(fake, real):
    """You subtract point 1 from point 1, 2 from 2, and so on. The clouds have no order and need not be
    of one size; torch.cdist(fake, real) has every point against every other.
    """
    return 2 * (fake - real).norm(dim=-1).mean()


def _cloud_negative(fake, real):
    """Your result has the wrong sign: within minus between. A distance grows as the clouds move apart."""
    return -energy_distance(fake, real)


ENERGY_DISTANCE = Exercise(
    id="00.energy_distance",
    title="how far apart are two clouds?",
    difficulty=2,
    minutes=10,
    reference=energy_distance,
    inputs=_cloud_inputs,
    oracle=_cloud_oracle,
    rtol=1e-3,
    atol=1e-4,
    verified="the distance agrees with a sum over all pairs of points, written out one by one.",
    hints=(
        "torch.cdist(a, b) is the table of all distances, (n, m). Which mean do you want of each?",
        "Within a cloud the diagonal of the table is 0 and must not count: divide the sum by n * (n - 1).",
        "between = torch.cdist(fake, real).mean(); within_fake = torch.cdist(fake, fake).sum() / "
        "(n * (n - 1)), the same for real; return 2 * between - within_fake - within_real",
    ),
    mistakes=mistakes(
        _cloud_with_itself,
        _cloud_cross_once,
        _cloud_cross_only,
        _cloud_squared,
        _cloud_centres,
        _cloud_paired,
        _cloud_negative,
    ),
)

# --- 00.log_probability ---------------------------------------------------------------------------


def _logit_inputs(generator: torch.Generator) -> dict:
    logit = 2 * torch.randn(6, generator=generator)
    logit[-2] = -20 - 10 * torch.rand((), generator=generator)
    logit[-1] = -110 * (1 + torch.rand((), generator=generator))  # sigmoid is 0 in single precision
    return {"logit": logit}


def _logit_oracle(logit):
    exact = logit.double()
    return (exact.clamp(max=0) - torch.log1p(torch.exp(-exact.abs()))).float()


def _logit_naive(logit):
    """log(sigmoid(l)) is the right formula and breaks on a computer: far below 0 the sigmoid is rounded
    to 0, and log 0 is minus infinity. Rearrange before rounding: log sigmoid(l) = -log(1 + exp(-l)).
    """
    return torch.log(torch.sigmoid(logit))


def _logit_padded(logit):
    """The small number inside the logarithm stops the infinity and also the learning: where D is nearly
    0 the sum no longer depends on the logit, and the gradient is gone. There is a form that needs no
    such patch.
    """
    return torch.log(torch.sigmoid(logit) + 1e-8)


def _logit_other_class(logit):
    """This is log(1 - D), the logarithm of the other answer's probability. It has l where log D has -l."""
    return -torch.nn.functional.softplus(logit)


def _logit_loss(logit):
    """This is -log D, the loss, and not log D. A probability is at most 1, so its logarithm is never
    above 0.
    """
    return torch.nn.functional.softplus(-logit)


def _logit_no_log(logit):
    """This is the probability itself, and its logarithm was asked for. Losses add up logarithms, since the
    probability of many independent answers is a product.
    """
    return torch.sigmoid(logit)


LOG_PROBABILITY = Exercise(
    id="00.log_probability",
    title="the logarithm of a probability, from its logit",
    difficulty=1,
    minutes=5,
    reference=log_probability,
    inputs=_logit_inputs,
    oracle=_logit_oracle,
    observe=with_gradient("logit"),
    verified="values and gradients are right, also at logits where the sigmoid itself is rounded to 0.",
    hints=(
        "Write log(1 / (1 + exp(-l))) without the fraction first.",
        "log(1 + exp(x)) has a name and a safe implementation: torch.nn.functional.softplus(x).",
        "With x = -l: return -torch.nn.functional.softplus(-logit).",
    ),
    mistakes=mistakes(_logit_naive, _logit_padded, _logit_other_class, _logit_loss, _logit_no_log),
)

# --- 00.split_task --------------------------------------------------------------------------------


def _split_inputs(generator: torch.Generator) -> dict:
    n, k = (int(torch.randint(low, low + 3, (), generator=generator)) for low in (16, 5))
    seed = int(torch.randint(2**31, (), generator=generator))
    points = torch.randn(n, 2, generator=generator)
    return {"examples": points, "k_support": k, "generator": torch.Generator().manual_seed(seed)}


def _split_seen(function, inputs: dict) -> Observation:
    """What any right split has in common, however it shuffles: counts, and what the generator decides."""
    examples, seed = inputs["examples"], inputs["generator"].initial_seed()
    splits = [
        function(**inputs | {"generator": torch.Generator().manual_seed(seed + more)}) for more in (0, 0, 1)
    ]
    for split in splits:
        pair = isinstance(split, tuple | list) and len(split) == 2
        if not pair or not all(isinstance(part, Tensor) and part.shape[1:] == (2,) for part in split):
            return {"result": split}
    first, again, other = ([_rows(part, examples) for part in split] for split in splits)
    support, query = first
    return {
        "result": "a pair of tensors",
        "the number of support examples": len(support),
        "the number of query examples": len(query),
        "the number of examples drawn twice into one side": _repeated(support) + _repeated(query),
        "the number of examples on both sides": len(set(support) & set(query)),
        "the number of examples on neither side": len(examples) - len(set(support) | set(query)),
        "whether one state of the generator gives one split": first == again,
        "whether another generator gives another split": first != other,
    }


def _rows(part: Tensor, examples: Tensor) -> list[int]:
    """Which of the task's examples each row is; -1 for one that is none of them."""
    same = (part[:, None] == examples[None]).all(-1)  # (rows, n)
    return [int(row.int().argmax()) if row.any() else -1 for row in same]


def _repeated(rows: list[int]) -> int:
    return len(rows) - len(set(rows))


def _split_leaks(examples, k_support, generator):
    """Your query holds the support as well. A learner that merely memorises the support then scores on
    what it memorised: the query must be examples it has not seen.
    """
    order = torch.randperm(len(examples), generator=generator)
    return examples[order[:k_support]], examples


def _split_in_order(examples, k_support, generator):
    """Your support is always the first examples: nothing is shuffled. Data on disk has an order (by
    writer, by date), and a split that follows it tests something else than you think.
    """
    return examples[:k_support], examples[k_support:]


def _split_without_generator(examples, k_support, generator):
    """You shuffle, but not with the generator you were given. Then nobody can have the same split
    again, and two methods cannot be compared on the same tasks: pass generator=generator to
    torch.randperm.
    """
    order = torch.randperm(len(examples))
    return examples[order[:k_support]], examples[order[k_support:]]


def _split_swapped(examples, k_support, generator):
    """Support and query have changed places. The first of the two is what the learner sees, and it has
    k_support examples.
    """
    support, query = split_task(examples, k_support, generator)
    return query, support


def _split_drops(examples, k_support, generator):
    """Your query is as small as the support and the rest is thrown away. The query judges: the more
    examples it has, the less the score depends on luck. Take all that are left.
    """
    order = torch.randperm(len(examples), generator=generator)
    return examples[order[:k_support]], examples[order[k_support : 2 * k_support]]


def _split_two_shuffles(examples, k_support, generator):
    one, two = (torch.randperm(len(examples), generator=generator) for _ in range(2))
    return examples[one[:k_support]], examples[two[k_support:]]


def _split_with_replacement(examples, k_support, generator):
    chosen = torch.randint(len(examples), (k_support,), generator=generator)
    rest = [i for i in range(len(examples)) if i not in chosen]
    return examples[chosen], examples[rest]


def _seen(key: str):
    """Recognise by one count: is it above 0 in some case?"""
    return lambda got, _: any(isinstance(one.get(key), int) and one[key] > 0 for one in got)


_twice, _both, _neither = (
    _seen(f"the number of examples {where}")
    for where in ("drawn twice into one side", "on both sides", "on neither side")
)
RANDOM_SPLITS = (
    Mistake(
        name="split_with_replacement",
        diagnosis="Some example was drawn twice: torch.randint draws with replacement, like a die. Shuffle "
        "once with torch.randperm and cut the shuffled order in two, and nothing can come twice.",
        wrong=_split_with_replacement,
        when=_twice,
    ),
    Mistake(
        name="split_two_shuffles",
        diagnosis="Support and query were drawn independently, so they overlap and some examples are in "
        "neither. One shuffle, cut in two, gives both sides.",
        wrong=_split_two_shuffles,
        when=lambda got, right: not _twice(got, right) and _both(got, right) and _neither(got, right),
    ),
)
SPLIT_TASK = Exercise(
    id="00.split_task",
    title="what a learner sees, and what judges it",
    difficulty=2,
    minutes=10,
    reference=split_task,
    inputs=_split_inputs,
    observe=_split_seen,
    verified="support and query share no example, lose none, and depend on the generator alone.",
    hints=(
        "Shuffle the examples' numbers once, then cut that list in two.",
        "order = torch.randperm(len(examples), generator=generator) is a shuffled list of 0 ... n - 1.",
        "With that order: return examples[order[:k_support]], examples[order[k_support:]].",
    ),
    mistakes=(
        *mistakes(_split_leaks, _split_in_order, _split_without_generator, _split_swapped, _split_drops),
        *RANDOM_SPLITS,
    ),
)

EXERCISES = [GRADIENT_STEP, ENERGY_DISTANCE, SPLIT_TASK, LOG_PROBABILITY]
