"""The GAN stepper: two small networks play in the plane, one move at a time. Start reading at state.py.

data.py         what G should learn: the named point sets or a drawing, with the floor of a perfect score
state.py        one moment of the game: settings, weights, and the numbers that each move draws
simulation.py   state -> move -> state, the history to rewind, and the branch from there
measure.py      what is seen of a state: D's field, G's manifold, the arrows, energy distance, collapse alarm
predict.py      the question to be answered before Play, and the verdict on the answer
still.py        the same picture by matplotlib, for places where no kernel runs
controls.py     what can be turned
view.py, view.js, planes.js, curves.js, view.css   the widget; only these know of Jupyter
"""
