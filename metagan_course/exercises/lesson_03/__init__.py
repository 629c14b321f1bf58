"""The exercises of lesson 03, pictures and honest scores: one file each, in the order the notebook asks."""

from . import elbo, fool_recall, kid, recall, reparametrise

EXERCISES = [
    kid.EXERCISE,
    recall.EXERCISE,
    reparametrise.EXERCISE,
    elbo.EXERCISE,
    fool_recall.EXERCISE,
]
