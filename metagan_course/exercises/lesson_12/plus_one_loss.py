"""Exercise 12.plus_one_loss: what it checks, hints at and recognises.

A mistake is a wrong function; its docstring is the diagnosis.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from metagan_course.answers.generated import plus_one_loss

from ..declare import DETACHED, Exercise, Observation, mistakes


def _case(N: int, B: int, M: int, size: float = 1.0, dtype=torch.float32):
    def inputs(generator: torch.Generator) -> dict:
        def logits(rows):
            return size * torch.randn(rows, N + 1, generator=generator, dtype=dtype)

        labels = torch.randint(N, (B,), generator=generator)
        return {"real": logits(B), "labels": labels, "fake": logits(M)}

    return inputs


INPUTS = {
    "five classes and fakes": _case(5, 12, 20),
    "two classes, as many fakes as real": _case(2, 6, 6),
    "twenty classes, few fakes": _case(20, 25, 3),
    "large logits": _case(4, 8, 9, size=60.0),
    "numbers in double precision": _case(3, 7, 5, dtype=torch.float64),
}


def _seen(function, inputs) -> Observation:
    leaves = [inputs[name].requires_grad_() for name in ("real", "fake")]
    result = function(**inputs)
    if not isinstance(result, Tensor):
        return {"the loss": result}
    if not result.requires_grad or result.dim():
        return {"the loss": result.detach(), "its slopes": DETACHED}
    slopes = torch.autograd.grad(result, leaves, materialize_grads=True)
    return {
        "the loss": result.detach(),
        "the slope by the real logits": slopes[0],
        "the slope by the fake logits": slopes[1],
    }


def _oracle(real, labels, fake):
    """-log p by the difference to the largest logit, one row at a time."""

    def minus_log_p(row, k):
        top = row.max()
        return top + (row - top).exp().sum().log() - row[k]

    told = sum(minus_log_p(row, int(y)) for row, y in zip(real, labels, strict=True)) / len(real)
    seen_through = sum(minus_log_p(row, len(row) - 1) for row in fake) / len(fake)
    return told + seen_through


def _fake_term(fake: Tensor) -> Tensor:
    return -F.log_softmax(fake, -1)[:, -1].mean()


def _fakes_in_the_first(real, labels, fake):
    """Your fakes are labelled 0, which is a true class. The class for fakes is the last one, index N."""
    return F.cross_entropy(real, labels) - F.log_softmax(fake, -1)[:, 0].mean()


def _one_batch(real, labels, fake):
    """You took one mean over real and fake together. Then the number of fakes decides how much the fakes
    count: each side has a mean of its own, and the two are added.
    """
    fakes = torch.full((len(fake),), real.shape[1] - 1)
    return F.cross_entropy(torch.cat([real, fake]), torch.cat([labels, fakes]))


def _only_real(real, labels, fake):
    """Your loss forgets the fakes. With only the first term, class N + 1 is never asked for, and its logit
    simply sinks.
    """
    return F.cross_entropy(real, labels) + 0 * fake.sum()


def _only_fakes(real, labels, fake):
    """Your loss forgets the true classes. Only "is it fake?" is left, and nobody learns the letters."""
    return _fake_term(fake) + 0 * real.sum()


def _among_true_classes(real, labels, fake):
    """You left the last logit out for the real examples. That asks which of the N classes it is, *given* that
    it is real; asked for is p(y|x) among all N + 1, so that a real picture must not look fake either.
    """
    return F.cross_entropy(real[:, :-1], labels) + _fake_term(fake)


def _any_true_class(real, labels, fake):
    """Your real term asks only whether the picture is real, p(y <= N|x). Whose letter it is, nobody learns:
    use the label.
    """
    return -(1 - real.softmax(-1)[:, -1]).log().mean() + _fake_term(fake)


def _generator(real, labels, fake):
    """Your second term is the generator's side: it is small where the fakes are taken for real. The
    classifier wants p(N + 1|fake) *large*.
    """
    return F.cross_entropy(real, labels) - (1 - fake.softmax(-1)[:, -1]).clamp_min(1e-30).log().mean()


def _plus(real, labels, fake):
    """Your fake term has the wrong sign: + log p makes the classifier overlook fakes as well as it can. It is
    a minus.
    """
    return F.cross_entropy(real, labels) - _fake_term(fake)


def _sums(real, labels, fake):
    """You summed over the examples. With means, twice the batch is the same loss."""
    return F.cross_entropy(real, labels, reduction="sum") - F.log_softmax(fake, -1)[:, -1].sum()


def _halves(real, labels, fake):
    """You halved the sum of the two terms. Twice the rate would train the same way; asked for is the sum."""
    return plus_one_loss(real, labels, fake) / 2


def _softmax_first(real, labels, fake):
    """You put probabilities where logits belong: cross_entropy and log_softmax take a softmax themselves.
    Yours is then done twice, and the differences between classes nearly vanish.
    """
    return plus_one_loss(real.softmax(-1), labels, fake.softmax(-1))


def _probability(real, labels, fake):
    """Your fake term is -p instead of -log p. A fake that is wholly believed, p near 0, then has hardly any
    slope: the logarithm is what makes such a mistake loud.
    """
    return F.cross_entropy(real, labels) - fake.softmax(-1)[:, -1].mean()


def _log_of_softmax(real, labels, fake):
    """With large logits your loss is infinite: softmax gave exactly 0, and its logarithm is minus infinity.
    log_softmax never makes the 0.
    """
    return F.cross_entropy(real, labels) - fake.softmax(-1)[:, -1].log().mean()


def _sigmoid(real, labels, fake):
    """You put the last logit through a sigmoid. That compares it with 0; the softmax compares it with the
    other N logits.
    """
    return F.cross_entropy(real, labels) - F.logsigmoid(fake[:, -1]).mean()


def _augmentation(real, labels, fake):
    """Your fakes are labelled with true classes. That is augmentation, the first use of made data in this
    lesson; here they all belong to the class N + 1.
    """
    given = labels[torch.arange(len(fake)) % len(labels)]
    return F.cross_entropy(real, labels) + F.cross_entropy(fake, given)


def _raw_logit(real, labels, fake):
    """Your fake term is the logit itself, with no softmax. It has no bound: the loss falls for ever as the
    logit grows.
    """
    return F.cross_entropy(real, labels) - fake[:, -1].mean()


def _detached(real, labels, fake):
    """The number is right, and nothing can be learned from it: .item(), .detach() or a Python float has cut
    the graph. Keep tensors until the end.
    """
    return plus_one_loss(real.detach(), labels, fake.detach())


def _shifted(real, labels, fake):
    """You made room for the fakes at 0 and moved the labels up by one. The columns are fixed: the N classes
    first, the fakes' last.
    """
    return F.cross_entropy(real, labels + 1) - F.log_softmax(fake, -1)[:, 0].mean()


def _smoothed(real, labels, fake):
    """Your labels are smoothed. The loss asked for gives the true class all of the weight."""
    last = torch.full((len(fake),), fake.shape[1] - 1)
    return F.cross_entropy(real, labels, label_smoothing=0.1) + F.cross_entropy(fake, last)


def _small_number(real, labels, fake):
    """You added a small number before the logarithm. A fake that is wholly believed then costs 18 at most,
    and pulls with hardly any slope: log_softmax needs no such number.
    """
    return F.cross_entropy(real, labels) - (fake.softmax(-1)[:, -1] + 1e-8).log().mean()


EXERCISE = Exercise(
    id="12.plus_one_loss",
    title="one class more",
    difficulty=2,
    minutes=8,
    reference=plus_one_loss,
    inputs=INPUTS,
    oracle=_oracle,
    observe=_seen,
    verified="real ones are told among N + 1 classes, fakes belong to the last, and large logits do no harm.",
    hints=(
        "Two means, added. The real ones: an ordinary cross-entropy over N + 1 classes. The fakes: the same, "
        "with one label for all of them. Which?",
        "Labels run from 0 to N - 1, so the new class has the index N, the last column. "
        "F.log_softmax(fake, -1) has log p of all classes.",
        "`return F.cross_entropy(real, labels) - F.log_softmax(fake, -1)[:, -1].mean()`",
    ),
    mistakes=mistakes(
        _fakes_in_the_first,
        _one_batch,
        _only_real,
        _only_fakes,
        _among_true_classes,
        _any_true_class,
        _generator,
        _plus,
        _sums,
        _halves,
        _softmax_first,
        _probability,
        _log_of_softmax,
        _sigmoid,
        _augmentation,
        _raw_logit,
        _detached,
        _shifted,
        _smoothed,
        _small_number,
    ),
)
