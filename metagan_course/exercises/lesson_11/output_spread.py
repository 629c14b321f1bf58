"""Exercise 11.output_spread, how far the tasks' networks differ: what it checks, hints at and recognises.

A mistake is a wrong function; its docstring is the diagnosis.
"""

import torch

from metagan_course.answers.upgrades import output_spread

from ..declare import Exercise, mistakes, with_gradient


def _case(tasks: int, *shape: int, shift: float = 0.0, dtype=torch.float32):
    def inputs(generator: torch.Generator) -> dict:
        def draw(*size):
            return torch.randn(size, generator=generator, dtype=dtype)

        # tasks, inputs and the rest spread differently, so that no axis can stand for another
        outputs = shift + draw(tasks, *shape) + 2 * draw(1, *shape)
        return {"outputs": outputs + draw(tasks, *[1] * len(shape)) / 2}

    return inputs


INPUTS = {
    "verdicts of four discriminators": _case(4, 7),
    "pictures of three generators": _case(3, 5, 1, 2, 2),
    "points of six generators": _case(6, 4, 2, shift=3.0),
    "two tasks": _case(2, 6),
    "as many tasks as inputs": _case(5, 5),
    "a single task": _case(1, 4),
    "numbers in double precision": _case(3, 4, 2, dtype=torch.float64),
}


def _oracle(outputs):
    """Half the mean square difference over all ordered pairs of tasks, a task with itself included."""
    n = len(outputs)
    pairs = sum((outputs[s] - outputs[t]).pow(2).mean() for s in range(n) for t in range(n))
    return pairs / (2 * n * n)


def _spread_over_inputs(outputs):
    """You measured how the answers differ over the inputs, axis 1. That punishes a network that answers
    different noise differently; asked for is how the *tasks* differ on the same input.
    """
    return (outputs - outputs.mean(1, keepdim=True)).square().mean()


def _spread_over_everything(outputs):
    """You took one mean for everything. The differences between inputs then count as well, and a generator
    whose noise does nothing would do best.
    """
    return (outputs - outputs.mean()).square().mean()


def _spread_of_means(outputs):
    """You averaged every task's answers first. Two tasks that answer quite differently may have one mean:
    compare them input by input.
    """
    means = outputs.flatten(1).mean(1)
    return (means - means.mean()).square().mean()


def _spread_unbiased(outputs):
    """You divided by T - 1. The formula has the mean over the T tasks, and a single task has a spread of
    0.
    """
    return ((outputs - outputs.mean(0)).square().sum(0) / (len(outputs) - 1)).mean()


def _spread_sum(outputs):
    """You summed where the formula has the mean. The weight beside it would then mean something else for each
    number of tasks, inputs and pixels.
    """
    return (outputs - outputs.mean(0)).square().sum()


def _spread_sum_over_tasks(outputs):
    """You summed over the tasks. With the mean, twice as many tasks press no harder."""
    return (outputs - outputs.mean(0)).square().sum(0).mean()


def _spread_root(outputs):
    """You took the root. Its gradient is as large for a hair's breadth as for a mile, and not a number where
    all tasks agree: leave the square.
    """
    return (outputs - outputs.mean(0)).square().mean().sqrt()


def _spread_root_each(outputs):
    """You averaged deviations, not variances: there is a root inside your mean. Leave the squares."""
    return (outputs - outputs.mean(0)).square().mean(0).sqrt().mean()


def _spread_absolute(outputs):
    """You took absolute differences. The formula has squares: far tasks are to be held back harder."""
    return (outputs - outputs.mean(0)).abs().mean()


def _spread_pairs(outputs):
    """You averaged over pairs of tasks. That is twice the variance; halve it, or measure to the mean."""
    return (outputs[:, None] - outputs[None]).square().mean()


def _spread_neighbours(outputs):
    """You compare each task with the next one only. Which is next is chance; the mean over all tasks has no
    order.
    """
    return (outputs - outputs.roll(1, 0)).square().mean()


def _spread_to_first(outputs):
    """You measure to the first task. Then that one is right by definition and pulls all others to itself."""
    return (outputs - outputs[0]).square().mean()


def _spread_negative(outputs):
    """Your sign is turned: a loss that falls as the tasks move apart. The regulariser holds them together."""
    return -output_spread(outputs)


def _spread_of_one_output(outputs):
    """Only the first input counts. All inputs belong to the mean."""
    return (outputs[:, 0] - outputs[:, 0].mean(0)).square().mean()


def _spread_not_centred(outputs):
    """You took the mean square of the answers themselves. That pulls every answer to 0, not the tasks to each
    other.
    """
    return outputs.square().mean()


def _spread_no_gradient(outputs):
    """The value is right and the gradient is cut off. A loss term without a gradient changes nothing."""
    return output_spread(outputs).detach()


def _spread_each(outputs):
    """You return a number for each input. A loss term is one number: take the mean over everything."""
    return (outputs - outputs.mean(0)).square().mean(0)


def _spread_by_task(outputs):
    """You return a number for each task. The term looks at all tasks at once and is one number."""
    return (outputs - outputs.mean(0)).square().flatten(1).mean(1)


def _spread_range(outputs):
    """You took the largest minus the least task. Two tasks then decide for all; the variance asks each."""
    return (outputs.amax(0) - outputs.amin(0)).mean()


def _spread_pairs_apart(outputs):
    """You averaged over pairs of different tasks. That is twice the variance with T - 1 below, and a single
    task has no pair: measure to the mean of all.
    """
    n = len(outputs)
    away = (outputs[:, None] - outputs[None]).square().flatten(2).mean(2).sum()
    return away / max(1, n * (n - 1))


def _spread_norm(outputs):
    """You took the length of all differences, a root of a sum. The formula has the mean of the squares and no
    root.
    """
    return (outputs - outputs.mean(0)).square().sum().sqrt()


def _spread_sum_over_inputs(outputs):
    """You summed over inputs and pixels and averaged over the tasks alone. The mean runs over all of them, or
    pictures weigh 784 times as much as verdicts.
    """
    return (outputs - outputs.mean(0)).square().sum() / len(outputs)


def _spread_to_median(outputs):
    """You measure to the median task. The mean is the point with the least sum of squares, and the formula
    has the mean.
    """
    return (outputs - outputs.median(0).values).square().mean()


def _spread_deviation_of_all(outputs):
    """You took the deviation of all answers together. The differences between inputs count as well then:
    measure to the mean over the tasks, input by input, and leave the square.
    """
    return outputs.std()


def _spread_signed(outputs):
    """You forgot the square. Differences to a mean add up to 0 whatever the tasks do."""
    return (outputs - outputs.mean(0)).mean()


def _spread_unbiased_sum(outputs):
    """Two things: `var` divides by T - 1, and you summed over the inputs. The formula has means
    throughout.
    """
    away = (outputs - outputs.mean(0)).square().sum(0)
    return (away / (len(outputs) - 1)).sum()


def _spread_largest(outputs):
    """You took the one largest difference. One pixel of one task then gets all of the gradient: take the mean
    over everything.
    """
    return (outputs - outputs.mean(0)).square().max()


def _spread_inverse(outputs):
    """You took 1 over the spread. That loss falls as the tasks move apart; the regulariser holds them
    together.
    """
    return 1 / (output_spread(outputs) + 1e-5)


def _spread_distances(outputs):
    """You averaged the distances between tasks. They are roots of sums of squares; the formula has the
    squares of the way to the mean answer, and their mean.
    """
    flat = outputs.flatten(1)
    return torch.cdist(flat, flat).mean()


def _spread_successive(outputs):
    """You compare each task with the next one only. Which is next is chance; the mean over all tasks has no
    order.
    """
    return (outputs[1:] - outputs[:-1]).square().mean()


def _spread_half(outputs):
    """There is a half too much. The formula has none; the weight beside the term is the place for it."""
    return output_spread(outputs) / 2


def _spread_relative(outputs):
    """You divided by the size of the answers. A network could then buy spread by answering larger numbers;
    the formula divides by nothing but counts.
    """
    return output_spread(outputs) / outputs.square().mean()


def _spread_of_the_mean_answer(outputs):
    """You took the mean answer's own square. That pulls what all tasks agree on to 0; asked for is how far
    each lies from it.
    """
    return outputs.mean(0).square().mean()


def _spread_logarithm(outputs):
    """You took a logarithm. Its gradient grows as the tasks come together, until it is without bound; leave
    the mean of the squares.
    """
    return (output_spread(outputs) + 1e-8).log()


def _spread_fourth_power(outputs):
    """You took the fourth power. The formula has squares: small differences count too."""
    return (outputs - outputs.mean(0)).pow(4).mean()


EXERCISE = Exercise(
    id="11.output_spread",
    title="how far the tasks' networks differ",
    difficulty=1,
    minutes=6,
    reference=output_spread,
    inputs=INPUTS,
    oracle=_oracle,
    observe=with_gradient("outputs"),
    verified="value and gradient are right, for verdicts, points and pictures; one task alone has 0.",
    hints=(
        "On each input, all tasks together have a mean answer. How far does a task's answer lie from it?",
        "`outputs.mean(0)` is the mean answer on every input, whatever comes behind axis 0. Squares, and "
        "then one mean over everything.",
        "`return (outputs - outputs.mean(0)).square().mean()`",
    ),
    mistakes=mistakes(
        _spread_over_inputs,
        _spread_over_everything,
        _spread_of_means,
        _spread_unbiased,
        _spread_sum,
        _spread_sum_over_tasks,
        _spread_root,
        _spread_root_each,
        _spread_absolute,
        _spread_pairs,
        _spread_neighbours,
        _spread_to_first,
        _spread_negative,
        _spread_of_one_output,
        _spread_not_centred,
        _spread_no_gradient,
        _spread_each,
        _spread_by_task,
        _spread_range,
        _spread_pairs_apart,
        _spread_norm,
        _spread_sum_over_inputs,
        _spread_to_median,
        _spread_deviation_of_all,
        _spread_signed,
        _spread_unbiased_sum,
        _spread_largest,
        _spread_inverse,
        _spread_distances,
        _spread_successive,
        _spread_half,
        _spread_relative,
        _spread_of_the_mean_answer,
        _spread_logarithm,
        _spread_fourth_power,
    ),
)
