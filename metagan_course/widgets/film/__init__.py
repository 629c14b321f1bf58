"""A film of still pictures under sliders: the smallest widget of the course. Start with simulation.py."""
