"""The adaptation explorer of lesson 04: one task, five starts, K inner steps; and the arrows behind them.

simulation.py and arrows.py compute (no Jupyter), view.py, curves.js and landscape.js show, train.py made the
shipped starts.
"""
