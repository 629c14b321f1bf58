"""What every lesson must be, as functions from a Lesson to complaints. CONTRIBUTING.md lists them."""

from . import form, links, prose
from .lesson import Lesson

RULES = {rule.__name__: rule for module in (form, prose, links) for rule in module.RULES}

__all__ = ["RULES", "Lesson"]
