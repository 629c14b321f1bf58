"""What lesson 00 shows: its points are the same whatever list of steps is asked for."""

import torch

from metagan_course.course.first_lesson import adaptable, arcs, points_after


def test_points_do_not_depend_on_which_other_steps_are_asked_for():
    new, start = arcs(21, "test", 0), adaptable()  # more arcs than are adapted at a time
    film = points_after(start, new.support, range(3))
    assert film.shape == (3, 21, 200, 2) and not torch.equal(film[0], film[2])
    assert torch.equal(points_after(start, new.support, [2])[0], film[2])
