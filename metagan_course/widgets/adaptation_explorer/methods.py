"""What the compared methods do differently: the gradient each gives the start, and what that gradient costs.

Not here: who follows the gradients (train.py) or draws them (arrows.py).
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.func import grad, vmap

from metagan_course.inner import Loss, adapt
from metagan_course.outer import maml_losses, reptile_gradient
from metagan_course.steps import Step
from metagan_course.tasks import Task
from metagan_course.weights import Params

TITLES = {
    "maml": "MAML",
    "fomaml": "FOMAML",
    "reptile": "Reptile",
    "joint": "joint pretraining",
    "scratch": "from scratch",
}
METHODS = tuple(TITLES)
LEARNERS = METHODS[:4]  # scratch learns nothing before the task: it has no gradient


def whole(tasks: Task) -> Tensor:
    """Support and query of each task together, (T, S + Q, 2): for methods that have no use for the split."""
    return torch.cat([tasks.support, tasks.query], dim=1)


def start_gradient(method: str, loss: Loss, w: Params, tasks: Task, step: Step, n_steps: int) -> Params:
    """The direction whose opposite each method moves the start w in, averaged over the tasks.

    maml     mean of (I - alpha H_0) ... (I - alpha H_{K-1}) grad L_Q(w_K)
    fomaml   mean of grad L_Q(w_K): every Hessian H_k dropped
    reptile  mean of w - w_K, the steps taken on S and Q together
    joint    mean of grad L_{S + Q}(w): no inner step at all
    """
    if method in ("maml", "fomaml"):
        cut = method == "fomaml"
        return grad(lambda w: maml_losses(loss, w, tasks, step, n_steps, first_order=cut).mean())(w)
    if method == "reptile":
        adapted = vmap(lambda points: adapt(loss, w, points, step, n_steps, first_order=True))(whole(tasks))
        return reptile_gradient(w, adapted)
    if method == "joint":
        return grad(lambda w: vmap(loss, (None, 0))(w, whole(tasks)).mean())(w)
    raise ValueError(f"method is {method!r}; it must be one of {', '.join(map(repr, LEARNERS))}")


def part_of_hessian(step: Step, share: float | Tensor) -> Step:
    """The same update, whose derivative is I - share * alpha H: 1 is MAML's, 0 is FOMAML's."""

    def update(w, gradient, state):
        mixed = {n: share * g + (1 - share) * g.detach() for n, g in gradient.items()}
        return step(w, mixed, state)

    return Step(update, step.init)


@dataclass
class Work:
    """Counted while one gradient is taken, for each task of the batch."""

    gradients: int = 0  # times a loss was differentiated
    hessian_products: int = 0  # times the outer gradient went back through an inner gradient


def count_work(method: str, loss: Loss, w: Params, tasks: Task, step: Step, n_steps: int) -> Work:
    """Take the gradient once with a counter in the loss and another in the step."""
    work = Work()

    def counted_loss(w, points):
        work.gradients += 1
        return loss(w, points)

    def update(w, gradient, state):
        first, *_ = gradient
        return step(w, gradient | {first: _Product.apply(gradient[first], work)}, state)

    start_gradient(method, counted_loss, w, tasks, Step(update, step.init), n_steps)
    return work


class _Product(torch.autograd.Function):
    """Identity, whose backward runs once for each Hessian-vector product, never for a constant."""

    generate_vmap_rule = True

    @staticmethod
    def forward(gradient, work):
        return gradient.clone()

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.work = inputs[1]

    @staticmethod
    def backward(ctx, grad_output):
        ctx.work.hessian_products += 1
        return grad_output, None
