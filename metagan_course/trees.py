"""The one door to torch's nests of tensors (dicts, tuples, lists), whose module torch still calls private.

If a coming torch moves it, this file is the only one to change.
"""

from torch.utils._pytree import tree_flatten, tree_leaves, tree_map, tree_unflatten

__all__ = ["tree_flatten", "tree_leaves", "tree_map", "tree_unflatten"]
