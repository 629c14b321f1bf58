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
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

GENTLY, AT_ONCE = 0.1, 2e-5  # seconds between two exceptions, and between two once five were swallowed


class TimeUp(BaseException):
    """The time is over. Not an Exception, so that a learner's `except Exception` cannot swallow it."""


def within(seconds: float, work: Callable[[], Any], patience: float = 2.0) -> Any:
    """work(), or TimeUp once it has computed for this long, also if it swallows exceptions.

    A busy machine is not its fault: what counts is its own computing, or `patience` times as long in all.
    """
    on_main = threading.current_thread() is threading.main_thread()
    if on_main and hasattr(signal, "setitimer"):
        return _by_alarm(seconds, work, patience)
    return _by_watcher(patience * seconds, work)


def _work(work: Callable[[], Any]) -> Any:
    """The mark on the stack: exceptions are raised above this frame and nowhere else."""
    return work()


OUTSIDE, IMPORTING, INSIDE = "outside", "importing", "inside"


def _place(frame: FrameType | None) -> str:
    """Where the alarm came: in the work, in an import that the work has begun, or in our own housekeeping."""
    place = INSIDE
    if frame is None or frame.f_code is _work.__code__:
        return OUTSIDE
    while frame is not None and frame.f_code is not _work.__code__:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            place = IMPORTING
        frame = frame.f_back
    return place if frame is not None else OUTSIDE


class _Alarm:
    """Raises TimeUp in the work each time it rings; `rung` and `pressed` stay, whatever swallowed them.

    An import is never cut, since half a module would be left; the work gets its whole time again after one.
    """

    def __init__(self, seconds: float, patience: float) -> None:
        self.seconds, self.patience = seconds, patience
        self.rung, self.pressed, self.importing = 0, False, False
        self.begin()

    def begin(self) -> None:
        self.computed, self.started = time.thread_time(), time.monotonic()

    def left(self) -> float:
        """Seconds of computing that the work still has; none if it took `patience` times as long in all."""
        computed, took = time.thread_time() - self.computed, time.monotonic() - self.started
        return 0.0 if took >= self.patience * self.seconds else self.seconds - computed

    def ring(self, _number: int, frame: FrameType | None) -> None:
        place = _place(frame)
        self.importing |= place == IMPORTING
        if place != INSIDE:
            return
        if self.importing and not self.pressed:
            self.importing = False
            self.begin()
        if not self.rung and not self.pressed and self.left() > 0.01:
            signal.setitimer(signal.ITIMER_REAL, min(self.left(), GENTLY), GENTLY)
            return
        self.rung += 1
        if self.rung == 5:
            signal.setitimer(signal.ITIMER_REAL, AT_ONCE, AT_ONCE)
        raise TimeUp

    def press(self, number: int, frame: FrameType | None) -> None:
        self.pressed = True
        signal.setitimer(signal.ITIMER_REAL, GENTLY, GENTLY)
        self.ring(number, frame)


def _by_alarm(seconds: float, work: Callable[[], Any], patience: float) -> Any:
    alarm = _Alarm(seconds, patience)
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
