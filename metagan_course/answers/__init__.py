"""The answer keys that are nothing else: what a learner of lessons 00, 01 and 04 writes in a cell.

Not here: what the method is made of (losses.py, steps.py, inner.py, outer.py, metagan.py).
"""
