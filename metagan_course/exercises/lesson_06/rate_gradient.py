"""Exercise 06.rate_gradient: what it checks, hints at and recognises.

A mistake is a wrong function; its docstring is the diagnosis.
"""

import torch
from torch.func import grad

from metagan_course.answers.rules import rate_gradient

from ..declare import Exercise, mistakes


def valley(params, data):
    """1/2 sum h (w - a)^2."""
    return (data["h"] * (params["w"] - data["a"]).square()).sum() / 2


def network(params, data):
    """A neuron with a hyperbolic tangent, and its squared error."""
    return (torch.tanh(data["x"] @ params["weight"] + params["bias"]) - data["y"]).square().mean()


def _valley(n: int, *, rate: float | None = None, dtype=torch.float32):
    def inputs(generator: torch.Generator) -> dict:
        def draw(shift=0.0):
            return shift + torch.randn(n, generator=generator, dtype=dtype)

        def side(shift):
            return {"h": 0.5 + torch.rand(n, generator=generator, dtype=dtype), "a": draw(shift)}

        rates = 0.1 + torch.rand(n, generator=generator, dtype=dtype)
        return {
            "loss": valley,
            "params": {"w": draw(1.0)},
            "rates": {"w": rates if rate is None else torch.full_like(rates, rate)},
            "support": side(3.0),
            "query": side(-2.0),
        }

    return inputs


def _network(generator: torch.Generator) -> dict:
    def side():
        return {"x": torch.randn(6, 3, generator=generator), "y": torch.randn(6, 2, generator=generator)}

    shapes = {"weight": (3, 2), "bias": (2,)}
    return {
        "loss": network,
        "params": {n: torch.randn(s, generator=generator) for n, s in shapes.items()},
        "rates": {n: 0.2 + torch.rand(s, generator=generator) for n, s in shapes.items()},
        "support": side(),
        "query": side(),
    }


INPUTS = {
    "a valley of two coordinates": _valley(2),
    "a network with a matrix and a bias": _network,
    "rates of 0, where nothing has moved": _valley(3, rate=0.0),
    "rates so large that the step goes too far": _valley(4, rate=3.0),
    "numbers in double precision": _valley(3, dtype=torch.float64),
}


def _oracle(loss, params, rates, support, query):
    """Automatic differentiation by the rates, straight through the step."""

    def after(rates):
        step = grad(loss)(params, support)
        return loss({n: w - rates[n] * step[n] for n, w in params.items()}, query)

    return grad(after)(rates)


def _stepped(loss, params, rates, data, sign=-1):
    return {n: params[n] + sign * rates[n] * g for n, g in grad(loss)(params, data).items()}


def _times(one, other, sign=-1):
    return {n: sign * one[n] * other[n] for n in one}


def _rate_plus(loss, params, rates, support, query):
    """Your sign is turned. A larger rate moves w' *against* g, so where both gradients agree the query loss
    falls as the rate grows: its slope by the rate is negative.
    """
    return _times(grad(loss)(_stepped(loss, params, rates, support), query), grad(loss)(params, support), 1)


def _rate_at_the_start(loss, params, rates, support, query):
    """You took the query's gradient at w, before the step. The rate is judged by where the step *ended*: take
    it at w' = w - alpha g.
    """
    return _times(grad(loss)(params, query), grad(loss)(params, support))


def _rate_both_after(loss, params, rates, support, query):
    """You took both gradients at w'. The step that the rate stretches was the support's gradient at w, where
    it started.
    """
    end = _stepped(loss, params, rates, support)
    return _times(grad(loss)(end, query), grad(loss)(end, support))


def _rate_support_judges(loss, params, rates, support, query):
    """The support judges your step: a rate is then good that fits the support, which the step has just been
    told about. The second gradient belongs to the query.
    """
    return _times(grad(loss)(_stepped(loss, params, rates, support), support), grad(loss)(params, support))


def _rate_steps_on_query(loss, params, rates, support, query):
    """Your inner step is made on the query, and the query judges it: the exam is known beforehand. The step's
    gradient is the support's.
    """
    return _times(grad(loss)(_stepped(loss, params, rates, query), query), grad(loss)(params, query))


def _rate_sets_exchanged(loss, params, rates, support, query):
    """Support and query have changed places. The step is made on the support, the query judges where it
    ended.
    """
    return rate_gradient(loss, params, rates, query, support)


def _rate_uphill(loss, params, rates, support, query):
    """Your inner step climbs: w + alpha g. Descent subtracts."""
    return _times(grad(loss)(_stepped(loss, params, rates, support, 1), query), grad(loss)(params, support))


def _rate_by_logarithm(loss, params, rates, support, query):
    """There is a factor alpha too much. That is the slope by log alpha, which keeps a rate above 0 and which
    the package learns; asked for is the slope by alpha itself.
    """
    return {n: rates[n] * g for n, g in rate_gradient(loss, params, rates, support, query).items()}


def _rate_by_the_start(loss, params, rates, support, query):
    """You return the query's gradient at w'. That is FOMAML's, the slope by the *start*. By the rate, the
    chain rule adds what w' does as alpha grows: dw'/d alpha = -g.
    """
    return grad(loss)(_stepped(loss, params, rates, support), query)


def _rate_only_the_step(loss, params, rates, support, query):
    """You return -g, how w' moves as the rate grows. That is half of the chain rule; the other half is what
    the query loss makes of it, its gradient at w'.
    """
    return {n: -g for n, g in grad(loss)(params, support).items()}


def _rate_through_the_start(loss, params, rates, support, query):
    """You differentiated by the start w, all the way through the step. That is MAML's gradient; hold w fixed
    and differentiate by the rates.
    """
    return grad(lambda start: loss(_stepped(loss, start, rates, support), query))(params)


def _rate_dotted(loss, params, rates, support, query):
    """You summed over the coordinates of a tensor: one slope for one shared rate. Here each weight has a rate
    of its own, so the product stays entry by entry.
    """
    found = rate_gradient(loss, params, rates, support, query)
    return {n: g.sum().expand_as(g).clone() for n, g in found.items()}


def _rate_signs(loss, params, rates, support, query):
    """Only signs are left of your slopes. They say which way a rate should go, and no longer how much it
    matters.
    """
    return {n: g.sign() for n, g in rate_gradient(loss, params, rates, support, query).items()}


def _rate_one_step_on(loss, params, rates, support, query):
    """You returned new rates, one outer step on. Asked for is the slope; the outer loop takes the step."""
    return {n: rates[n] - g for n, g in rate_gradient(loss, params, rates, support, query).items()}


EXERCISE = Exercise(
    id="06.rate_gradient",
    title="the slope by the rates",
    difficulty=2,
    minutes=7,
    reference=rate_gradient,
    inputs=INPUTS,
    oracle=_oracle,
    verified="the slope by each rate is right, for valleys, for a network, and where a step goes too far.",
    hints=(
        "How does w' = w - alpha g move if alpha grows a little? And how does the query loss move with w'? "
        "The chain rule multiplies the two, coordinate by coordinate.",
        "torch.func.grad(loss) is a function: grad(loss)(params, support) is a dict like params. You need "
        "two gradients: the support's at params, and the query's at the new weights.",
        "`g = torch.func.grad(loss)(params, support); "
        "new = {n: w - rates[n] * g[n] for n, w in params.items()}; "
        "q = torch.func.grad(loss)(new, query); "
        "return {n: -q[n] * g[n] for n in params}`",
    ),
    mistakes=mistakes(
        _rate_plus,
        _rate_at_the_start,
        _rate_both_after,
        _rate_support_judges,
        _rate_steps_on_query,
        _rate_sets_exchanged,
        _rate_uphill,
        _rate_by_logarithm,
        _rate_by_the_start,
        _rate_only_the_step,
        _rate_through_the_start,
        _rate_dotted,
        _rate_signs,
        _rate_one_step_on,
    ),
)
