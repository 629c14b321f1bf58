"""Exercise 03.elbo: what it checks, hints at and recognises. A mistake is a wrong function."""

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from metagan_course.losses import elbo

from ..declare import Exercise, mistakes, with_gradient


def _oracle(*, logits: Tensor, target: Tensor, mean: Tensor, log_var: Tensor) -> Tensor:
    """The definitions in double precision: the log of each pixel's probability, two normal densities."""
    l, x, m, v = (one.double() for one in (logits, target, mean, log_var))  # noqa: E741
    softplus = l.clamp(min=0) + torch.log1p(torch.exp(-l.abs()))
    log_likelihood = x * l - softplus  # x log s(l) + (1 - x) log s(-l)
    spread = torch.exp(v / 2)
    kl = -torch.log(spread) + (spread**2 + m**2) / 2 - 0.5  # KL of two normal distributions
    rows = log_likelihood.reshape(len(l), -1).sum(1) - kl.sum(1)
    return (rows.sum() / len(rows)).to(logits.dtype)


def _pictures(n: int, *shape: int, z: int, scale: float = 1.0, away: float = 0.0, dtype=torch.float32):
    def draw(generator: torch.Generator) -> dict:
        logits = scale * torch.randn(n, *shape, generator=generator, dtype=dtype)
        if away:
            logits.flatten()[0], logits.flatten()[-1] = -away, away
        target = torch.rand(n, *shape, generator=generator, dtype=dtype)
        target = torch.where(torch.rand(n, *shape, generator=generator) < 0.5, target, target.round())
        mean, log_var = (torch.randn(n, z, generator=generator, dtype=dtype) for _ in range(2))
        return {"logits": logits, "target": target, "mean": mean + 0.5, "log_var": log_var - 0.4}

    return draw


CASES = {
    "small pictures": _pictures(4, 1, 3, 3, z=2),
    "pictures of the lesson's size": _pictures(3, 1, 28, 28, z=16),
    "more entries in a code than pixels": _pictures(5, 1, 2, 2, z=7),
    "one single picture": _pictures(1, 1, 4, 4, z=3),
    "a pixel that is far out": _pictures(3, 1, 3, 2, z=2, away=150.0),
    "pictures in one row": _pictures(6, 5, z=2, scale=2.0),
    "double precision": _pictures(4, 1, 3, 3, z=2, dtype=torch.float64),
}


def _log_likelihood(logits: Tensor, target: Tensor) -> Tensor:
    return -binary_cross_entropy_with_logits(logits, target, reduction="none").flatten(1).sum(1)


def _kl(mean: Tensor, log_var: Tensor) -> Tensor:
    return (mean.square() + log_var.exp() - 1 - log_var).sum(1) / 2


def elbo_negative(*, logits, target, mean, log_var):
    """This is minus the bound, the loss. The ELBO itself is to be made *large*; the cell that trains puts the
    minus in front.
    """
    return -elbo(logits=logits, target=target, mean=mean, log_var=log_var)


def elbo_kl_added(*, logits, target, mean, log_var):
    """You add the KL term. Then a code is rewarded for standing far from N(0, 1), where nobody will draw
    from: it is subtracted.
    """
    return (_log_likelihood(logits, target) + _kl(mean, log_var)).mean()


def elbo_error_added(*, logits, target, mean, log_var):
    """Your first term has lost its minus: cross-entropy is minus the log-likelihood. As it stands, the worse
    the reconstruction, the larger the bound.
    """
    return (-_log_likelihood(logits, target) - _kl(mean, log_var)).mean()


def elbo_pixel_mean(*, logits, target, mean, log_var):
    """You take the mean over pixels where a sum belongs: the log of a product is a sum. With 784 pixels the
    KL term then weighs 784 times too much, all codes become N(0, 1), and every picture the same.
    """
    error = binary_cross_entropy_with_logits(logits, target, reduction="none").flatten(1).mean(1)
    return (-error - _kl(mean, log_var)).mean()


def elbo_kl_mean(*, logits, target, mean, log_var):
    """You take the mean of the KL over the entries of a code where a sum belongs. Independent entries add
    up, as pixels do.
    """
    return (_log_likelihood(logits, target) - _kl(mean, log_var) / mean.shape[1]).mean()


def elbo_all_means(*, logits, target, mean, log_var):
    """You take means where two sums belong, over the pixels and over the entries of a code. Only the batch is
    averaged.
    """
    error = binary_cross_entropy_with_logits(logits, target)
    return -error - (mean.square() + log_var.exp() - 1 - log_var).mean() / 2


def elbo_batch_sum(*, logits, target, mean, log_var):
    """You add up the batch as well. The bound is a mean over pictures, or a step would grow with the
    batch.
    """
    return (_log_likelihood(logits, target) - _kl(mean, log_var)).sum()


def elbo_kl_batch_sum(*, logits, target, mean, log_var):
    """Your KL term adds up the whole batch, your likelihood is a mean over it. Both are means over pictures,
    or the KL's weight would grow with the batch.
    """
    return _log_likelihood(logits, target).mean() - _kl(mean, log_var).sum()


def elbo_likelihood_batch_sum(*, logits, target, mean, log_var):
    """Your likelihood adds up the whole batch, your KL term is a mean over it. Both are means over
    pictures.
    """
    return _log_likelihood(logits, target).sum() - _kl(mean, log_var).mean()


def elbo_without_kl(*, logits, target, mean, log_var):
    """The KL term is missing: this is a plain autoencoder's loss. Codes may then lie anywhere, and a z drawn
    from N(0, 1) hits none of them.
    """
    return _log_likelihood(logits, target).mean()


def elbo_kl_only(*, logits, target, mean, log_var):
    """The likelihood is missing. Alone, the KL term makes every code N(0, 1), whatever the picture."""
    return -_kl(mean, log_var).mean()


def elbo_kl_twice(*, logits, target, mean, log_var):
    """Your KL term is twice too large: the 1/2 in front of the sum is missing. Codes are then pressed
    towards N(0, 1) harder than the bound allows.
    """
    return (_log_likelihood(logits, target) - 2 * _kl(mean, log_var)).mean()


def elbo_kl_half_lost(*, logits, target, mean, log_var):
    """Your KL term is half of what it should be. One 1/2 stands in front of the sum, not two."""
    return (_log_likelihood(logits, target) - _kl(mean, log_var) / 2).mean()


def elbo_kl_without_one(*, logits, target, mean, log_var):
    """The - 1 of the KL term is missing. It changes no gradient, but the KL of N(0, 1) to itself must be 0,
    and the bound is compared between models.
    """
    kl = (mean.square() + log_var.exp() - log_var).sum(1) / 2
    return (_log_likelihood(logits, target) - kl).mean()


def elbo_kl_log_var_added(*, logits, target, mean, log_var):
    """In your KL term log_var is added, and it is subtracted. Then s^2 - 1 - log s^2 is smallest, 0, where
    s = 1; yours is smallest where s = 0.
    """
    kl = (mean.square() + log_var.exp() - 1 + log_var).sum(1) / 2
    return (_log_likelihood(logits, target) - kl).mean()


def elbo_kl_of_deviation(*, logits, target, mean, log_var):
    """Your KL term has the standard deviation, exp(log_var / 2), where the variance belongs. That is
    exp(log_var), without the half.
    """
    kl = (mean.square() + (log_var / 2).exp() - 1 - log_var).sum(1) / 2
    return (_log_likelihood(logits, target) - kl).mean()


def elbo_kl_linear_mean(*, logits, target, mean, log_var):
    """Your KL term has the mean where its square belongs. A code far below 0 would be rewarded for it."""
    kl = (mean + log_var.exp() - 1 - log_var).sum(1) / 2
    return (_log_likelihood(logits, target) - kl).mean()


def elbo_kl_reversed(*, logits, target, mean, log_var):
    """Your KL goes from N(0, 1) to the code; the bound has it the other way round, from the code to N(0, 1).
    KL is not symmetric.
    """
    kl = ((1 + mean.square()) / log_var.exp() - 1 + log_var).sum(1) / 2
    return (_log_likelihood(logits, target) - kl).mean()


def elbo_of_sigmoid(*, logits, target, mean, log_var):
    """You take the logarithm of a sigmoid. Far out it is rounded to 0 or 1 and the value is cut off or
    infinite (lesson 01): `binary_cross_entropy_with_logits` takes the logits as they come.
    """
    error = torch.nn.functional.binary_cross_entropy(torch.sigmoid(logits), target, reduction="none")
    return (-error.flatten(1).sum(1) - _kl(mean, log_var)).mean()


def elbo_logs(*, logits, target, mean, log_var):
    """You take the logarithm of a sigmoid. Far out the sigmoid is rounded to exactly 0 or 1, and log 0 is
    minus infinity (lesson 01): `binary_cross_entropy_with_logits` takes the logits as they come.
    """
    p = torch.sigmoid(logits)
    error = -(target * torch.log(p) + (1 - target) * torch.log(1 - p))
    return (-error.flatten(1).sum(1) - _kl(mean, log_var)).mean()


def elbo_sigmoid_twice(*, logits, target, mean, log_var):
    """Your logits go through the sigmoid twice. `binary_cross_entropy_with_logits` has one inside: give it
    the logits as they come.
    """
    return (_log_likelihood(torch.sigmoid(logits), target) - _kl(mean, log_var)).mean()


def elbo_squared_error(*, logits, target, mean, log_var):
    """Your first term is a squared error, the log-likelihood of a normal distribution. Here a pixel is a coin
    that shows ink with probability sigmoid(logit).
    """
    error = (torch.sigmoid(logits) - target).square().flatten(1).sum(1)
    return (-error - _kl(mean, log_var)).mean()


def elbo_ink_only(*, logits, target, mean, log_var):
    """You count the log-probability of ink where there is ink, and nothing where there is none. Paper must be
    explained as well: (1 - x) log(1 - p).
    """
    ink = (target * torch.nn.functional.logsigmoid(logits)).flatten(1).sum(1)
    return (ink - _kl(mean, log_var)).mean()


def elbo_not_averaged(*, logits, target, mean, log_var):
    """You return one number a picture. The bound asked for is their mean, one number."""
    return _log_likelihood(logits, target) - _kl(mean, log_var)


EXERCISE = Exercise(
    id="03.elbo",
    title="the ELBO's signs and sums",
    difficulty=2,
    minutes=8,
    reference=elbo,
    inputs=CASES,
    oracle=_oracle,
    observe=with_gradient("logits", "mean", "log_var"),
    rtol=1e-4,
    atol=1e-4,
    verified="value and gradients are right: sums over pixels and over entries of the code, a mean over "
    "pictures, and the signs of something to be maximised.",
    hints=(
        "Two terms for each picture, both sums; then one mean over the batch.",
        "`binary_cross_entropy_with_logits(..., reduction='none')` is *minus* the log-likelihood of each "
        "pixel. `.flatten(1).sum(1)` makes one number a picture of it.",
        "The KL of a picture: `(mean.square() + log_var.exp() - 1 - log_var).sum(1) / 2`. The bound: minus "
        "the summed cross-entropy, minus the KL, and the mean of both.",
    ),
    mistakes=mistakes(
        elbo_negative,
        elbo_kl_added,
        elbo_error_added,
        elbo_pixel_mean,
        elbo_kl_mean,
        elbo_all_means,
        elbo_batch_sum,
        elbo_kl_batch_sum,
        elbo_likelihood_batch_sum,
        elbo_without_kl,
        elbo_kl_only,
        elbo_kl_twice,
        elbo_kl_half_lost,
        elbo_kl_without_one,
        elbo_kl_log_var_added,
        elbo_kl_of_deviation,
        elbo_kl_linear_mean,
        elbo_kl_reversed,
        elbo_of_sigmoid,
        elbo_logs,
        elbo_sigmoid_twice,
        elbo_squared_error,
        elbo_ink_only,
        elbo_not_averaged,
    ),
)
