"""A time limit for code that may never end, in the thread that runs it; it stops `while True: pass`.

On the main thread of Linux and macOS an alarm signal interrupts even `time.sleep`. Elsewhere (Windows, other
threads) a watcher raises the exception inside the running thread, which Python notices at its next
instruction. Neither can stop a single call into compiled code that never returns.
"""

import ctypes
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class TimeUp(BaseException):
    """The time is over. Not an Exception, so that a learner's `except Exception` cannot swallow it."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise TimeUp inside the `with` block once it has run for this long, and again if it is swallowed."""
    on_main = threading.current_thread() is threading.main_thread()
    chosen = _by_alarm if on_main and hasattr(signal, "setitimer") else _by_watcher
    with chosen(seconds):
        yield


@contextmanager
def _by_alarm(seconds: float) -> Iterator[None]:
    def ring(_number, _frame):
        raise TimeUp

    before = signal.signal(signal.SIGALRM, ring)
    left, interval = signal.setitimer(signal.ITIMER_REAL, seconds, 0.1)
    try:
        yield
    finally:
        # an alarm may ring between these two lines and the end of the block: silence it first
        signal.signal(signal.SIGALRM, signal.SIG_IGN)
        signal.setitimer(signal.ITIMER_REAL, left, interval)
        signal.signal(signal.SIGALRM, before)


@contextmanager
def _by_watcher(seconds: float) -> Iterator[None]:
    thread = ctypes.c_ulong(threading.get_ident())
    raise_in = ctypes.pythonapi.PyThreadState_SetAsyncExc
    done, lock = threading.Event(), threading.Lock()

    def watch():
        wait = seconds
        while not done.wait(wait):
            with lock:
                if not done.is_set():
                    raise_in(thread, ctypes.py_object(TimeUp))
            wait = 0.1

    threading.Thread(target=watch, daemon=True).start()
    try:
        yield
    finally:
        with lock:
            done.set()
            raise_in(thread, None)  # take back one that was sent and has not arrived
