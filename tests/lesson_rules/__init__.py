"""What every lesson must be, as functions from a Lesson to complaints. CONTRIBUTING.md lists them."""

from . import circle, form, learner, links, order, prose
from .lesson import Lesson

RULES = {
    rule.__name__: rule for module in (form, order, learner, circle, prose, links) for rule in module.RULES
}

__all__ = ["RULES", "Lesson"]
