"""One switch of the C library, worth a quarter of a meta-step's time. No weight or gradient is touched here.

A batched second-order step makes and drops hundreds of temporary tensors of several MB. glibc gives each such
block back to the system, and the next one starts with a page fault every 4 KB. Told to keep them, it does.
"""

import ctypes
import platform

_TRIM_THRESHOLD, _TOP_PAD, _MMAP_MAX = -1, -2, -4  # names of mallopt's parameters, from malloc.h


def keep_freed_memory() -> bool:
    """Let the process keep freed blocks for reuse until it ends. True where the C library can (glibc).

    Call it once, before training. Peak memory stays what it was; memory between steps is not given back.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    mallopt = ctypes.CDLL(None).mallopt
    settings = ((_MMAP_MAX, 0), (_TRIM_THRESHOLD, 2**31 - 1), (_TOP_PAD, 2**26))
    return all([mallopt(name, value) == 1 for name, value in settings])
