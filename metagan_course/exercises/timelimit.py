"""A time limit for code that may never end, in the thread that runs it; it stops `while True: pass`.

On the main thread of Linux and macOS an alarm signal interrupts even `time.sleep`, and so does the interrupt
button. Code that swallows the first ones (`except: pass`) gets them so fast that one hits it outside its
`try`. Elsewhere (Windows, other threads) a watcher raises the exception inside the running thread, which
Python notices at its next instruction. Nothing here can stop one call into compiled code that never returns.
"""

import ctypes
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

GENTLY, AT_ONCE = 0.1, 2e-5  # seconds between two exceptions, and between two once five were swallowed


class TimeUp(BaseException):
    """The time is over. Not an Exception, so that a learner's `except Exception` cannot swallow it."""


def within(seconds: float, work: Callable[[], Any]) -> Any:
    """work(), or TimeUp once it has run for this long, also if it swallows exceptions."""
    on_main = threading.current_thread() is threading.main_thread()
    chosen = _by_alarm if on_main and hasattr(signal, "setitimer") else _by_watcher
    return chosen(seconds, work)


def _work(work: Callable[[], Any]) -> Any:
    """The mark on the stack: exceptions are raised above this frame and nowhere else."""
    return work()


def _inside(frame: FrameType | None) -> bool:
    """Is this frame above `_work`? Never raise in the course's own housekeeping."""
    frame = frame and (frame.f_back if frame.f_code is not _work.__code__ else None)
    while frame is not None and frame.f_code is not _work.__code__:
        frame = frame.f_back
    return frame is not None


class _Alarm:
    """Raises TimeUp in the work each time it rings; `rung` and `pressed` stay, whatever swallowed them."""

    def __init__(self) -> None:
        self.rung, self.pressed = 0, False

    def ring(self, _number: int, frame: FrameType | None) -> None:
        if not _inside(frame):
            return
        self.rung += 1
        if self.rung == 5:
            signal.setitimer(signal.ITIMER_REAL, AT_ONCE, AT_ONCE)
        raise TimeUp

    def press(self, number: int, frame: FrameType | None) -> None:
        self.pressed = True
        signal.setitimer(signal.ITIMER_REAL, GENTLY, GENTLY)
        self.ring(number, frame)


def _by_alarm(seconds: float, work: Callable[[], Any]) -> Any:
    alarm = _Alarm()
    before = signal.signal(signal.SIGALRM, alarm.ring), signal.signal(signal.SIGINT, alarm.press)
    left, interval = signal.setitimer(signal.ITIMER_REAL, seconds, GENTLY)
    try:
        return _work(work)
    finally:
        signal.setitimer(signal.ITIMER_REAL, left, interval)
        signal.signal(signal.SIGALRM, before[0] or signal.SIG_DFL)
        signal.signal(signal.SIGINT, before[1] or signal.default_int_handler)
        if alarm.pressed:
            raise KeyboardInterrupt from None
        if alarm.rung and not isinstance(sys.exc_info()[1], TimeUp):  # swallowed, or made something else
            raise TimeUp from None


def _by_watcher(seconds: float, work: Callable[[], Any]) -> Any:
    thread = ctypes.c_ulong(threading.get_ident())
    raise_in = ctypes.pythonapi.PyThreadState_SetAsyncExc
    done, lock = threading.Event(), threading.Lock()

    def watch():
        wait = seconds
        while not done.wait(wait):
            with lock:
                if not done.is_set():
                    raise_in(thread, ctypes.py_object(TimeUp))
            wait = GENTLY

    threading.Thread(target=watch, daemon=True).start()
    try:
        return _work(work)
    finally:
        with lock:
            done.set()
            raise_in(thread, None)  # take back one that was sent and has not arrived
