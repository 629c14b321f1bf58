"""How samples are judged, one value a task. Read samples.py first; fooled.py holds what not to trust."""

from metagan_course.metrics.fooled import coverage, density, fid, one_nn_accuracy
from metagan_course.metrics.intervals import Interval, bootstrap, paired_bootstrap, paired_share, pooled
from metagan_course.metrics.modes import Modes, mode_coverage
from metagan_course.metrics.neighbours import (
    authenticity,
    diversity_ratio,
    draw_rivals,
    recall,
    recognisability,
    support_nn,
)
from metagan_course.metrics.photocopies import photocopies
from metagan_course.metrics.samples import energy_distance, kid, mmd, real_vs_real

__all__ = [
    "Interval",
    "Modes",
    "authenticity",
    "bootstrap",
    "coverage",
    "density",
    "diversity_ratio",
    "draw_rivals",
    "energy_distance",
    "fid",
    "kid",
    "mmd",
    "mode_coverage",
    "one_nn_accuracy",
    "paired_bootstrap",
    "paired_share",
    "photocopies",
    "pooled",
    "real_vs_real",
    "recall",
    "recognisability",
    "support_nn",
]
