"""A course on generative adversarial networks and meta-learning: the package is the answer key."""

__version__ = "0.1.0"
