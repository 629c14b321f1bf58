"""Kept memory is seen in what it saves: page faults. The numbers of a step do not change."""

import os
import platform
import subprocess
import sys

import pytest

COUNT = """
import resource, sys, torch
from metagan_course.training.allocator import keep_freed_memory
torch.set_num_threads(1)
answer = keep_freed_memory() if sys.argv[1] == "keep" else None
for i in range(26):
    if i == 6:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    block = torch.ones(12_000_000)  # 48 MB, above any size that glibc learns to keep by itself
    total = block.sum().item()
    del block
print(answer, resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before, total)
"""


def page_faults(mode):
    command = [sys.executable, "-c", COUNT, mode]
    out = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ}).stdout
    answer, faults, total = out.split()
    return answer, int(faults), float(total)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has this switch")
def test_freed_blocks_are_used_again():
    (_, plain, total), (answer, kept, total_kept) = page_faults("plain"), page_faults("keep")
    assert answer == "True" and total == total_kept
    assert kept < plain / 10


def test_elsewhere_it_says_no(monkeypatch):
    from metagan_course.training import allocator

    monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))
    assert allocator.keep_freed_memory() is False
