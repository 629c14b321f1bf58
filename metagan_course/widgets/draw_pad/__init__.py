"""The draw pad: five drawings of a letter that somebody invents, and four starts that learn it."""

from .view import DrawPad

__all__ = ["DrawPad"]
