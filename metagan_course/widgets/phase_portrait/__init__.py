"""The phase portrait of the Dirac-GAN: two numbers play, the page computes.

view.py     controls and state      game.js    the game, its field, its eigenvalues: dirac.py once more
still.py    the picture for readers without a kernel      view.js    what is drawn
"""

from .view import PhasePortrait

__all__ = ["PhasePortrait"]
