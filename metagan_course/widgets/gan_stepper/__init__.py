"""The GAN stepper: two small networks play in the plane, one move at a time. Start reading at simulation.py.

data.py         what G should learn: the named point sets or a drawing, with the floor of a perfect score
simulation.py   state -> step -> state, the history to rewind, and the branch from there
measure.py      what is seen of a state: D's field, G's manifold, the arrows, energy distance, collapse alarm
predict.py      the question to be answered before Play, and the verdict on the answer
still.py        the same picture by matplotlib, for places where no kernel runs
view.py, view.js, view.css   the widget; only these know of Jupyter
"""
