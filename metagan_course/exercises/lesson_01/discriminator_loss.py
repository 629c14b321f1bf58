"""Exercise 01.discriminator_loss: what it checks, hints at and recognises.

A mistake is a wrong function; its docstring is the diagnosis.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import logsigmoid

from metagan_course.losses import minimax_discriminator

from ..declare import Exercise, Mistake, mistakes, with_gradient
from .logits import agrees, count, everyday, far, mean_of_softplus


def _both(real_away: float = 0.0, fake_away: float = 0.0):
    """Two batches of different sizes; an entry is far out where a distance is given."""

    def draw(generator: torch.Generator) -> dict:
        n = count(generator)
        sizes = {"real": (n, real_away), "fake": (n + 2, fake_away)}
        return {
            name: far(generator, size, away) if away else everyday(generator, size)
            for name, (size, away) in sizes.items()
        }

    return draw


def _shaped(*shape: int, dtype: torch.dtype = torch.float32):
    def draw(generator: torch.Generator) -> dict:
        return {name: everyday(generator, *shape, dtype=dtype) for name in ("real", "fake")}

    return draw


def _disc_oracle(*, real: Tensor, fake: Tensor) -> Tensor:
    return mean_of_softplus(-real) + mean_of_softplus(fake)


def _disc_wrong_sign(*, real: Tensor, fake: Tensor) -> Tensor:
    """Your loss is the right one upside down: it is largest for a perfect discriminator. Optimisers go
    downhill, so this one would train the discriminator to be as wrong as it can.
    """
    return logsigmoid(real).mean() + logsigmoid(-fake).mean()


def _disc_labels_swapped(*, real: Tensor, fake: Tensor) -> Tensor:
    """Real and fake have changed places: your loss rewards calling fakes real and real samples fake. Log D
    belongs to the real logits, log(1 - D) to the fake ones.
    """
    return -logsigmoid(fake).mean() - logsigmoid(-real).mean()


def _disc_fakes_as_real(*, real: Tensor, fake: Tensor) -> Tensor:
    """Both of your terms push logits up, so the discriminator learns to say 'real' to everything. For
    fakes it is log(1 - D), and 1 - sigmoid(l) is sigmoid(-l): a minus is missing inside.
    """
    return -logsigmoid(real).mean() - logsigmoid(fake).mean()


def _disc_real_as_fakes(*, real: Tensor, fake: Tensor) -> Tensor:
    """Both of your terms push logits down, so the discriminator learns to say 'generated' to everything. For
    real samples it is log D, with no minus inside.
    """
    return -logsigmoid(-real).mean() - logsigmoid(-fake).mean()


def _disc_minus_outside(*, real: Tensor, fake: Tensor) -> Tensor:
    """Your second term has its minus outside: log(1 - D) was turned into -log D. It is 1 - sigmoid(l) =
    sigmoid(-l), so the minus belongs to the logit.
    """
    return -logsigmoid(real).mean() + logsigmoid(fake).mean()


def _disc_second_added(*, real: Tensor, fake: Tensor) -> Tensor:
    """Your second term has lost the minus in front of it: the discriminator is now rewarded for calling
    fakes real. Both logarithms are negative, and both are subtracted.
    """
    return -logsigmoid(real).mean() + logsigmoid(-fake).mean()


def _disc_one_minus_log(*, real: Tensor, fake: Tensor) -> Tensor:
    """You subtract the logarithm from 1, and the 1 belongs inside: it is log(1 - D), not 1 - log D. With
    logits, log(1 - D) is the logsigmoid of -l.
    """
    return -logsigmoid(real).mean() - (1 - logsigmoid(fake)).mean()


def _disc_log_of_sigmoid(*, real: Tensor, fake: Tensor) -> Tensor:
    """`log(sigmoid(l))` is right on paper, but in single precision sigmoid(-110) is exactly 0 and
    1 - sigmoid(17) too, and log 0 is minus infinity. One such sample turns every weight into NaN; logsigmoid
    is the same function without the rounding.
    """
    return -torch.log(torch.sigmoid(real)).mean() - torch.log(1 - torch.sigmoid(fake)).mean()


def _disc_half_stable(*, real: Tensor, fake: Tensor) -> Tensor:
    """Your first term is safe and your second is not: 1 - sigmoid(l) is rounded to 0 from l = 17 on, and
    log 0 is minus infinity. Since 1 - sigmoid(l) = sigmoid(-l), logsigmoid does it too.
    """
    return -logsigmoid(real).mean() - torch.log(1 - torch.sigmoid(fake)).mean()


def _disc_exponential(*, real: Tensor, fake: Tensor) -> Tensor:
    """It is right on paper, but e^x is infinite in single precision from x = 89 on: log(1 + e^x) is then
    infinite, sigmoid(-x) is exactly 0 and its logarithm minus infinity. logsigmoid and softplus are the same
    functions without that limit.
    """
    return torch.log(1 + torch.exp(-real)).mean() + torch.log(1 + torch.exp(fake)).mean()


def _disc_epsilon(*, real: Tensor, fake: Tensor) -> Tensor:
    """The epsilon hides the infinity and kills the gradient: log(sigmoid(l) + 1e-8) is flat where the
    discriminator is most wrong. At l = -25 its slope is 0.0014 where logsigmoid has 1.0.
    """
    eps = 1e-8
    return -torch.log(torch.sigmoid(real) + eps).mean() - torch.log(1 - torch.sigmoid(fake) + eps).mean()


def _disc_bce_of_sigmoid(*, real: Tensor, fake: Tensor) -> Tensor:
    """binary_cross_entropy of a sigmoid is cut off inside PyTorch: its gradient fades from l = -28 on (0.09
    at -30, where 1 is right) and is exactly 0 where the value is capped at 100. The worst mistakes teach
    nothing. binary_cross_entropy_with_logits, or logsigmoid, has no cut.
    """
    bce = nn.functional.binary_cross_entropy
    on_real = bce(torch.sigmoid(real), torch.ones_like(real))
    return on_real + bce(torch.sigmoid(fake), torch.zeros_like(fake))


def _disc_sigmoid_twice(*, real: Tensor, fake: Tensor) -> Tensor:
    """Your logits go through the sigmoid twice: binary_cross_entropy_with_logits and logsigmoid have one
    inside. Give them the logits as they come, or D can never say less than 0.5.
    """
    return -logsigmoid(torch.sigmoid(real)).mean() - logsigmoid(-torch.sigmoid(fake)).mean()


def _disc_probabilities(*, real: Tensor, fake: Tensor) -> Tensor:
    """You took the logarithm of the logits as if they were probabilities; a negative logit then gives
    NaN. real and fake are what the discriminator emits before any sigmoid.
    """
    return -torch.log(real).mean() - torch.log(1 - fake).mean()


def _disc_halved(*, real: Tensor, fake: Tensor) -> Tensor:
    """Your value is half of what the formula says. It has the same minimum, but its steps are half as long,
    so no learning rate in this course would fit: L_D is the sum of two means, not their mean.
    """
    return minimax_discriminator(real=real, fake=fake) / 2


def _disc_one_batch(*, real: Tensor, fake: Tensor) -> Tensor:
    """You joined real and fake into one batch with one mean, so the larger of them counts for more and every
    step is about half as long. L_D is the sum of two means.
    """
    return torch.cat([-logsigmoid(real).flatten(), -logsigmoid(-fake).flatten()]).mean()


def _disc_summed(*, real: Tensor, fake: Tensor) -> Tensor:
    """E is the mean over the batch, and yours is the sum. With a sum the size of a step depends on the
    size of the batch.
    """
    return -logsigmoid(real).sum() - logsigmoid(-fake).sum()


def _disc_real_only(*, real: Tensor, fake: Tensor) -> Tensor:
    """Your loss looks at the real batch only, and saying 'real' to everything makes it 0. The second
    term, -E log(1 - D(G(z))), is what makes telling them apart worth while.
    """
    return -logsigmoid(real).mean()


def _disc_fake_only(*, real: Tensor, fake: Tensor) -> Tensor:
    """Your loss looks at the fakes only, and saying 'generated' to everything makes it 0. The first term,
    -E log D(x), is missing.
    """
    return -logsigmoid(-fake).mean()


def _disc_without_log(*, real: Tensor, fake: Tensor) -> Tensor:
    """The logarithms are missing: you add up probabilities. Without the logarithm the slope of a sigmoid is
    left, and it is 0 where the discriminator is most wrong.
    """
    return -torch.sigmoid(real).mean() - (1 - torch.sigmoid(fake)).mean()


def _disc_difference(*, real: Tensor, fake: Tensor) -> Tensor:
    """log sigmoid(l) = l - log(1 + e^l) is right on paper, and for a large l in single precision infinity
    minus infinity. logsigmoid is safe on both sides.
    """
    on_real = real - torch.log(1 + torch.exp(real))
    return -on_real.mean() + torch.log(1 + torch.exp(fake)).mean()


def _disc_one_count(*, real: Tensor, fake: Tensor) -> Tensor:
    """You divided both sums by the number of real samples. The two batches need not be equally large: each
    has its own mean.
    """
    return -logsigmoid(real).sum() / real.numel() - logsigmoid(-fake).sum() / real.numel()


def _disc_fakes_count(*, real: Tensor, fake: Tensor) -> Tensor:
    """You divided both sums by the number of fakes. The two batches need not be equally large: each has its
    own mean.
    """
    return -logsigmoid(real).sum() / fake.numel() - logsigmoid(-fake).sum() / fake.numel()


def _disc_twice_one_batch(*, real: Tensor, fake: Tensor) -> Tensor:
    """Twice the mean of the joined batch is the sum of two means only if both batches are equally large. Take
    each mean by itself.
    """
    return 2 * _disc_one_batch(real=real, fake=fake)


def _disc_no_mean(*, real: Tensor, fake: Tensor) -> Tensor:
    """The mean over the batch is missing: your terms are still one number a sample, and two batches of
    different sizes cannot be added. A loss is one number.
    """
    return -logsigmoid(real) - logsigmoid(-fake)


def _disc_loop(*, real: Tensor, fake: Tensor) -> Tensor:
    """Your loop walks along the first axis, so it works for a row of logits and for nothing else. logsigmoid
    takes a tensor of any shape at once, and `.mean()` its mean.
    """
    on_real = sum(-logsigmoid(one) for one in real) / len(real)
    return on_real + sum(-logsigmoid(-one) for one in fake) / len(fake)


def _disc_fakes_cut_off(*, real: Tensor, fake: Tensor) -> Tensor:
    """The value is right, and no gradient reaches the fake logits: they were detached. In `train_step` it is
    the generator's points that are cut off, one step earlier; the logits must stay connected, or D never
    learns from fakes.
    """
    return -logsigmoid(real).mean() - logsigmoid(-fake.detach()).mean()


def _disc_squares(*, real: Tensor, fake: Tensor) -> Tensor:
    """You take squared errors of the probabilities. Their slope dies where D is most wrong; the loss asked
    for takes logarithms.
    """
    return (torch.sigmoid(real) - 1).square().mean() + torch.sigmoid(fake).square().mean()


def _capped(got: list[dict], expected: list[dict]) -> bool:
    """Right everywhere but far out on the wrong side, and finite there."""
    wrong_side = {list(CASES).index(name) for name in CASES if "one " in name or "wrong side" in name}
    fine = [agrees(a, b) for a, b in zip(got, expected, strict=False)]
    near = [ok for number, ok in enumerate(fine) if number not in wrong_side]
    values = [a.get("result") for a in got]
    finite = all(isinstance(v, Tensor) and bool(v.isfinite().all()) for v in values)
    return len(got) == len(expected) and all(near) and not all(fine) and finite


CAPPED = Mistake(
    name="disc_capped",
    diagnosis="Your loss is right for everyday logits and capped far out on the wrong side: a clamp, or a "
    "small number inside the logarithm, holds it. The value stays finite and the slope is gone, just where "
    "the discriminator is most wrong.",
    wrong=lambda *, real, fake: minimax_discriminator(real=real.clamp(min=-16), fake=fake.clamp(max=16)),
    when=_capped,
)

CASES = {
    "two batches of everyday logits": _both(),
    "one real logit far below 0": _both(real_away=-110.0),  # beyond what single precision can tell
    "one fake logit far above 0": _both(fake_away=110.0),
    "logits about 30 on the wrong side": _both(real_away=-28.0, fake_away=28.0),
    "logits far out on the right side": _both(real_away=110.0, fake_away=-110.0),
    "two single logits": _shaped(),
    "two columns of logits": _shaped(4, 1),
    "two tables of logits": _shaped(3, 5),
    "logits in double precision": _shaped(5, dtype=torch.float64),
}

EXERCISE = Exercise(
    id="01.discriminator_loss",
    title="what the discriminator minimises",
    difficulty=2,
    minutes=8,
    reference=minimax_discriminator,
    inputs=CASES,
    oracle=_disc_oracle,
    observe=with_gradient("real", "fake"),
    verified="the value and its gradient by both batches agree with a formula in double precision, for "
    "batches of any size and shape, also at logits where sigmoid is exactly 0 or 1.",
    hints=(
        "There are two terms: -E log D(x) wants D(x) near 1, and -E log(1 - D(G(z))) wants D(G(z)) near 0.",
        "D is sigmoid of the logit l, and 1 - sigmoid(l) = sigmoid(-l). logsigmoid(l) is log(sigmoid(l)) "
        "without the rounding.",
        "`return -logsigmoid(real).mean() - logsigmoid(-fake).mean()`",
    ),
    mistakes=mistakes(
        _disc_wrong_sign,
        _disc_labels_swapped,
        _disc_fakes_as_real,
        _disc_real_as_fakes,
        _disc_minus_outside,
        _disc_second_added,
        _disc_one_minus_log,
        _disc_log_of_sigmoid,
        _disc_half_stable,
        _disc_exponential,
        _disc_epsilon,
        _disc_bce_of_sigmoid,
        _disc_sigmoid_twice,
        _disc_probabilities,
        _disc_halved,
        _disc_one_batch,
        _disc_summed,
        _disc_real_only,
        _disc_fake_only,
        _disc_without_log,
        _disc_difference,
        _disc_one_count,
        _disc_fakes_count,
        _disc_twice_one_batch,
        _disc_no_mean,
        _disc_loop,
        _disc_fakes_cut_off,
        _disc_squares,
    )
    + (CAPPED,),
)
