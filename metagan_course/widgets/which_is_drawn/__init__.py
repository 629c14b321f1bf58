"""A test with a person as judge: of two pictures, which one was drawn by hand?"""

from .view import WhichIsDrawn

__all__ = ["WhichIsDrawn"]
