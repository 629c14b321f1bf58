"""Exercise 11.meta_batch_norm, statistics of the task, scale of its code: what it checks and recognises.

A mistake is a wrong function; its docstring is the diagnosis.
"""

import torch

from metagan_course.answers.upgrades import meta_batch_norm

from ..declare import Exercise, mistakes, with_gradient


def _case(
    tasks: int,
    batch: int,
    channels: int,
    side=(2, 3),
    *,
    flat: bool = False,
    shift: float = 0.0,
    dtype=torch.float32,
):
    def inputs(generator: torch.Generator) -> dict:
        def draw(*shape):
            return torch.randn(shape, generator=generator, dtype=dtype)

        # every task, channel, picture and place has a level of its own, so that no two axes can be exchanged
        x = 2 * draw(tasks, 1, channels, 1, 1) + draw(tasks, batch, channels, *side)
        x = x + draw(tasks, batch, 1, 1, 1) + draw(tasks, 1, channels, *side) / 2
        if flat:  # a channel without any spread, as after a ReLU that is closed everywhere
            x[:, :, 0] = 0.5
        return {"x": x, "gain": shift + draw(tasks, channels) / 2, "bias": draw(tasks, channels)}

    return inputs


INPUTS = {
    "three tasks of four pictures": _case(3, 4, 2),
    "a single task": _case(1, 5, 3),
    "one picture a task": _case(4, 1, 3, (3, 3)),
    "as many tasks as pictures and channels": _case(3, 3, 3, (3, 3)),
    "a channel without any spread": _case(2, 3, 3, flat=True),
    "gains that turn a channel over": _case(2, 3, 2, shift=-2.5),
    "numbers in double precision": _case(2, 4, 3, dtype=torch.float64),
}


def _oracle(x, gain, bias, eps=1e-5):
    """Task by task and channel by channel, in double precision."""
    rows = []
    for t in range(len(x)):
        channels = []
        for c in range(x.shape[2]):
            one = x[t, :, c].double()
            away = one - one.sum() / one.numel()
            var = (away * away).sum() / one.numel()
            channels.append(away * torch.rsqrt(var + eps) * (1 + gain[t, c].double()) + bias[t, c].double())
        rows.append(torch.stack(channels, 1))
    return torch.stack(rows).to(x.dtype)


def _by(dims, x, gain, bias, eps=1e-5, correction=0):
    var, mean = torch.var_mean(x, dims, correction=correction, keepdim=True)
    return (1 + _wide(gain)) * (x - mean) / (var + eps).sqrt() + _wide(bias)


def _wide(v):
    return v[:, None, :, None, None]


def _norm_all_tasks(x, gain, bias, eps=1e-5):
    """You took the statistics over all tasks together. A task's picture then depends on which others are in
    the batch, and a task that comes alone looks another one: leave axis 0 out.
    """
    return _by((0, 1, 3, 4), x, gain, bias, eps)


def _norm_by_picture(x, gain, bias, eps=1e-5):
    """You normalised each picture by itself, an instance norm. How the pictures of a task differ in a channel
    is thrown away: axis 1 belongs to the statistics.
    """
    return _by((3, 4), x, gain, bias, eps)


def _norm_by_place(x, gain, bias, eps=1e-5):
    """You normalised every place by itself. What the task's pictures have in common, the letter, is thrown
    away: both picture axes belong to the statistics.
    """
    return _by((1,), x, gain, bias, eps)


def _norm_over_channels(x, gain, bias, eps=1e-5):
    """You took one mean and variance for all channels of a task. Each channel has its own: leave axis 2
    out.
    """
    return _by((1, 2, 3, 4), x, gain, bias, eps)


def _norm_layer(x, gain, bias, eps=1e-5):
    """You normalised each picture over its channels and places, a layer norm. The statistics asked for are
    those of a task's channel.
    """
    return _by((2, 3, 4), x, gain, bias, eps)


def _norm_channels_for_tasks(x, gain, bias, eps=1e-5):
    """You kept the pictures apart and mixed the tasks, axis 0. Axes 1, 3 and 4 belong to one task's
    channel.
    """
    return _by((0, 3, 4), x, gain, bias, eps)


def _norm_no_one(x, gain, bias, eps=1e-5):
    """The 1 is missing before the gain. A code of zeros would then switch the channel off; with 1 + gain it
    changes nothing.
    """
    return _by((1, 3, 4), x, gain - 1, bias, eps)


def _norm_bias_scaled(x, gain, bias, eps=1e-5):
    """You added the bias before the gain, so the gain stretches it as well. First scale, then shift."""
    return _by((1, 3, 4), x, gain, (1 + gain) * bias, eps)


def _norm_no_bias(x, gain, bias, eps=1e-5):
    """The bias is missing. Every channel of every task has mean 0 then."""
    return _by((1, 3, 4), x, gain, torch.zeros_like(bias) * bias, eps)


def _norm_no_gain(x, gain, bias, eps=1e-5):
    """The gain is missing. Every channel of every task has variance 1 then, whatever the code says."""
    return _by((1, 3, 4), x, torch.zeros_like(gain) * gain, bias, eps)


def _norm_exchanged(x, gain, bias, eps=1e-5):
    """Gain and bias have changed places. The gain multiplies, the bias is added."""
    return _by((1, 3, 4), x, bias, gain, eps)


def _norm_shared(x, gain, bias, eps=1e-5):
    """You averaged gain and bias over the tasks. That is plain batch norm; each task has its own row."""
    return _by((1, 3, 4), x, gain.mean(0).expand_as(gain), bias.mean(0).expand_as(bias), eps)


def _norm_first_code(x, gain, bias, eps=1e-5):
    """Every task is scaled by the first one's code. Each task has its own row of gain and bias."""
    return _by((1, 3, 4), x, gain[:1].expand_as(gain), bias[:1].expand_as(bias), eps)


def _norm_unbiased(x, gain, bias, eps=1e-5):
    """You divided the squares by one less than their number. Batch norm has the plain mean: correction=0."""
    return _by((1, 3, 4), x, gain, bias, eps, correction=1)


def _norm_variance(x, gain, bias, eps=1e-5):
    """You divided by the variance. The channel's deviation is its root."""
    var, mean = torch.var_mean(x, (1, 3, 4), correction=0, keepdim=True)
    return (1 + _wide(gain)) * (x - mean) / (var + eps) + _wide(bias)


def _norm_eps_missing(x, gain, bias, eps=1e-5):
    """The eps is missing. A channel without any spread has variance 0, and 0 / 0 is not a number."""
    var, mean = torch.var_mean(x, (1, 3, 4), correction=0, keepdim=True)
    return (1 + _wide(gain)) * (x - mean) / var.sqrt() + _wide(bias)


def _norm_eps_outside(x, gain, bias, eps=1e-5):
    """Your eps stands outside the root. At a channel without spread the root's slope is infinite, and not a
    number comes back as the gradient: add eps to the variance.
    """
    var, mean = torch.var_mean(x, (1, 3, 4), correction=0, keepdim=True)
    return (1 + _wide(gain)) * (x - mean) / (var.sqrt() + eps) + _wide(bias)


def _norm_no_normalising(x, gain, bias, eps=1e-5):
    """You scale and shift what was never normalised. That is FiLM alone: take off the task's mean and divide
    by its deviation first.
    """
    return (1 + _wide(gain)) * x + _wide(bias)


def _norm_not_centred(x, gain, bias, eps=1e-5):
    """You divided and did not take off the mean. The bias should be the channel's mean afterwards."""
    var = x.var((1, 3, 4), correction=0, keepdim=True)
    return (1 + _wide(gain)) * x / (var + eps).sqrt() + _wide(bias)


def _norm_constants(x, gain, bias, eps=1e-5):
    """The values are right; the statistics are constants to your gradient. Batch norm's gradient goes through
    mean and variance: detach neither.
    """
    var, mean = torch.var_mean(x.detach(), (1, 3, 4), correction=0, keepdim=True)
    return (1 + _wide(gain)) * (x - mean) / (var + eps).sqrt() + _wide(bias)


def _norm_plain(x, gain, bias, eps=1e-5):
    """Neither gain nor bias is there. That is batch norm without its scale; the task's code should set
    both.
    """
    return _by((1, 3, 4), x, 0 * gain, 0 * bias, eps)


def _norm_first_task(x, gain, bias, eps=1e-5):
    """Every task is normalised by the first one's statistics. Each has its own."""
    var, mean = torch.var_mean(x[:1], (1, 3, 4), correction=0, keepdim=True)
    return (1 + _wide(gain)) * (x - mean) / (var + eps).sqrt() + _wide(bias)


def _norm_first_picture(x, gain, bias, eps=1e-5):
    """The statistics are those of each task's first picture. All pictures of the task belong to them."""
    var, mean = torch.var_mean(x[:, :1], (1, 3, 4), correction=0, keepdim=True)
    return (1 + _wide(gain)) * (x - mean) / (var + eps).sqrt() + _wide(bias)


def _norm_exponential(x, gain, bias, eps=1e-5):
    """You scale by exp(gain). That keeps a scale above 0 and is used elsewhere; here it is 1 + gain."""
    return _by((1, 3, 4), x, gain.exp() - 1, bias, eps)


def _norm_bias_taken_off(x, gain, bias, eps=1e-5):
    """You took the bias off. It is added, as the last thing."""
    return _by((1, 3, 4), x, gain, -bias, eps)


def _norm_other_tasks_code(x, gain, bias, eps=1e-5):
    """Each task has another task's gain and bias. Row t of both belongs to task t of x."""
    return _by((1, 3, 4), x, gain.flip(0), bias.flip(0), eps)


def _norm_one_minus(x, gain, bias, eps=1e-5):
    """Your scale is 1 - gain. It is 1 + gain: a larger gain stretches."""
    return _by((1, 3, 4), x, -gain, bias, eps)


def _norm_after(x, gain, bias, eps=1e-5):
    """You scaled and shifted first and normalised then. The normalising takes both away again: first the
    statistics, then the code.
    """
    return _by((1, 3, 4), (1 + _wide(gain)) * x + _wide(bias), 0 * gain, 0 * bias, eps)


def _norm_positive(x, gain, bias, eps=1e-5):
    """You made every scale positive. A gain below -1 turns the channel over, and the code may want that."""
    return _by((1, 3, 4), x, (1 + gain).abs() - 1, bias, eps)


def _norm_torch_std(x, gain, bias, eps=1e-5):
    """Two things at once: `std` divides the squares by one less than their number, and your eps stands
    outside the root. Take the variance with correction=0, and add eps to it.
    """
    deviation = x.std((1, 3, 4), keepdim=True) + eps
    return (1 + _wide(gain)) * (x - x.mean((1, 3, 4), keepdim=True)) / deviation + _wide(bias)


def _norm_only_centred(x, gain, bias, eps=1e-5):
    """You took off the mean and did not divide. The channel's own deviation stays: divide by it first, then
    scale.
    """
    return (1 + _wide(gain)) * (x - x.mean((1, 3, 4), keepdim=True)) + _wide(bias)


def _norm_rectified(x, gain, bias, eps=1e-5):
    """You went on to a ReLU. The norm ends with the bias; what the next layer does is its own affair."""
    return _by((1, 3, 4), x, gain, bias, eps).relu()


def _norm_one_scale_for_all(x, gain, bias, eps=1e-5):
    """You averaged gain and bias over the channels. Each channel has a scale of its own, an entry of its
    task's row.
    """
    return _by((1, 3, 4), x, gain.mean(1, True).expand_as(gain), bias.mean(1, True).expand_as(bias), eps)


EXERCISE = Exercise(
    id="11.meta_batch_norm",
    title="statistics of the task, scale of its code",
    difficulty=2,
    minutes=10,
    reference=meta_batch_norm,
    inputs=INPUTS,
    oracle=_oracle,
    observe=with_gradient("x", "gain", "bias"),
    rtol=1e-3,
    atol=3e-4,
    verified="each task's channel is normalised by itself, then scaled and shifted by the task's own code.",
    hints=(
        "x has five axes: task, picture, channel, row, column. Over which of them may a mean run, if it is "
        "to be that of one channel of one task?",
        "`torch.var_mean(x, (1, 3, 4), correction=0, keepdim=True)` gives both, (T, 1, C, 1, 1). "
        "`gain[:, None, :, None, None]` brings the gain to that shape.",
        "`var, mean = torch.var_mean(x, (1, 3, 4), correction=0, keepdim=True); "
        "g, b = gain[:, None, :, None, None], bias[:, None, :, None, None]; "
        "return (1 + g) * (x - mean) / (var + eps).sqrt() + b`",
    ),
    mistakes=mistakes(
        _norm_all_tasks,
        _norm_by_picture,
        _norm_by_place,
        _norm_over_channels,
        _norm_layer,
        _norm_channels_for_tasks,
        _norm_no_one,
        _norm_bias_scaled,
        _norm_no_bias,
        _norm_no_gain,
        _norm_exchanged,
        _norm_shared,
        _norm_first_code,
        _norm_unbiased,
        _norm_variance,
        _norm_eps_missing,
        _norm_eps_outside,
        _norm_no_normalising,
        _norm_not_centred,
        _norm_constants,
        _norm_plain,
        _norm_first_task,
        _norm_first_picture,
        _norm_exponential,
        _norm_bias_taken_off,
        _norm_other_tasks_code,
        _norm_one_minus,
        _norm_after,
        _norm_positive,
        _norm_torch_std,
        _norm_only_centred,
        _norm_rectified,
        _norm_one_scale_for_all,
    ),
)
