"""A course on generative adversarial networks and meta-learning: the package is the answer key."""

__version__ = "0.1.0"


class CourseError(Exception):
    """Something the reader can put right; the command line prints its message without a traceback."""
