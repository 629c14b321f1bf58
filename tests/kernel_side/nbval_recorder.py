"""A pytest plugin beside nbval: keeps what each cell printed, and what the kernel cost.

nbval says only passed or failed. ``pytest -p nbval_recorder`` also writes the file METAGAN_NBVAL_REPORT
names: for every code cell its outcome, outputs and seconds, and for the whole run the wall clock, the
processor time and the largest memory of the kernel with all its children. Sampled every 50 ms.
"""

import functools
import json
import os
import threading
import time
from pathlib import Path

import nbval.kernel
import psutil
import pytest
from jupyter_client.manager import KernelManager

if (
    os.name != "nt"
):  # nbval reads no configuration; through files there are no ports and no warning about them
    sockets = str(Path(os.environ["JUPYTER_RUNTIME_DIR"]) / "k")
    nbval.kernel.KernelManager = functools.partial(KernelManager, transport="ipc", ip=sockets)


def seconds_in_queue(pid: int) -> float:
    """How long a process's main thread was ready while others had the cores; 0 where nobody counts it."""
    try:
        return int(Path(f"/proc/{pid}/task/{pid}/schedstat").read_text().split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0


class Recorder:
    """Collects the cells as pytest reports them and watches the processes below this one."""

    def __init__(self):
        self.cells, self.peak, self.cpu, self.waited = [], 0, {}, {}
        self.started = time.perf_counter()
        self.ended = threading.Event()
        self.watcher = threading.Thread(target=self.watch, daemon=True)
        self.watcher.start()

    def watch(self):
        while not self.ended.wait(0.05):
            memory = 0
            for process in psutil.Process().children(recursive=True):
                try:
                    with process.oneshot():
                        memory += process.memory_info().rss
                        used = process.cpu_times()
                        self.cpu[process.pid] = used.user + used.system
                        self.waited[process.pid] = seconds_in_queue(process.pid)
                except psutil.Error:
                    continue
            self.peak = max(self.peak, memory)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item, call):
        report = yield
        if call.when == "call":
            self.cells.append(
                {
                    "cell": item.cell_num,
                    "source": item.cell.source,
                    "checked": bool(item.options["check"]),
                    "outcome": "xfailed" if hasattr(report, "wasxfail") else report.outcome,
                    "message": str(report.longrepr or ""),
                    "seconds": call.duration,
                    "outputs": item.test_outputs or [],
                }
            )
        elif report.failed:
            self.cells.append({"cell": item.cell_num, "outcome": "failed", "message": str(report.longrepr)})
        return report

    def pytest_sessionfinish(self):
        self.ended.set()
        self.watcher.join()
        report = {
            "cells": self.cells,
            "seconds": time.perf_counter() - self.started,
            "cpu_seconds": sum(self.cpu.values()),
            "waited": self.waited.get(max(self.cpu, key=self.cpu.get, default=0), 0.0),
            "peak_mb": self.peak / 1e6,
        }
        Path(os.environ["METAGAN_NBVAL_REPORT"]).write_text(json.dumps(report), encoding="utf-8")


def pytest_configure(config):
    config.pluginmanager.register(Recorder(), "metagan-recorder")
