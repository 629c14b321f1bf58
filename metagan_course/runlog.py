"""A run's log, twice: `log.jsonl`, a line a step, and the same numbers as a file that TensorBoard reads.

    tensorboard --logdir runs

TensorBoard itself is not needed to write its file: a record is two checksums around two nested messages.
Nothing here knows what the numbers mean.
"""

import json
import struct
import time
from collections.abc import Iterator
from pathlib import Path

LOG, EVENTS = "log.jsonl", "events.out.tfevents.0.metagan-course"


class RunLog:
    """Appends numbers to both files; what a killed run wrote after `step` is forgotten at opening."""

    def __init__(self, folder: Path, step: int = 0):
        folder.mkdir(parents=True, exist_ok=True)
        kept = [line for line in read_log(folder) if line["step"] <= step]
        self.lines = open(folder / LOG, "w", encoding="utf-8")
        self.events = open(folder / EVENTS, "wb")
        self.events.write(record(number(1, 1, time.time()) + text(3, b"brain.Event:2")))
        for line in kept:
            self._write(line)

    def add(self, step: int, **values: float) -> None:
        self._write({"step": step, "time": round(time.time(), 3), **values})

    def _write(self, line: dict) -> None:
        self.lines.write(json.dumps(line) + "\n")
        values = {name: v for name, v in line.items() if name not in ("step", "time")}
        self.events.write(record(scalars(line["step"], line["time"], values)))

    def flush(self) -> None:
        self.lines.flush()
        self.events.flush()

    def close(self) -> None:
        self.lines.close()
        self.events.close()


def read_log(folder: Path) -> Iterator[dict]:
    """The lines of a folder's log; a last line that a killed run left half written is dropped."""
    file = folder / LOG
    for line in file.read_text(encoding="utf-8").splitlines() if file.exists() else []:
        try:
            yield json.loads(line)
        except json.JSONDecodeError:
            return


# --- TensorBoard's file: records of protocol buffers -------------------------------------------------------
# Event {1: double wall_time, 2: int64 step, 3: string file_version, 5: Summary}
# Summary {1: repeated Value}   Value {1: string tag, 2: float simple_value}


def scalars(step: int, wall_time: float, values: dict[str, float]) -> bytes:
    """One Event with a Value for each name."""
    summary = b"".join(text(1, text(1, name.encode()) + number(2, 5, v)) for name, v in values.items())
    return number(1, 1, wall_time) + number(2, 0, step) + text(5, summary)


def text(field: int, content: bytes) -> bytes:
    """A field of bytes: a string, or a nested message."""
    return varint(field << 3 | 2) + varint(len(content)) + content


def number(field: int, kind: int, value: float) -> bytes:
    """A number by its wire kind: 0 a whole number, 1 a double, 5 a float."""
    packed = varint(value) if kind == 0 else struct.pack("<d" if kind == 1 else "<f", value)
    return varint(field << 3 | kind) + packed


def varint(n: int) -> bytes:
    """Seven bits a byte, the lowest first; the eighth says that more follow."""
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    return bytes([*out, n])


def record(content: bytes) -> bytes:
    """TFRecord: length, its checksum, content, its checksum; a reader stops at the first that is wrong."""
    length = struct.pack("<Q", len(content))
    return length + masked_crc(length) + content + masked_crc(content)


def masked_crc(content: bytes) -> bytes:
    """CRC-32C, turned by 15 bits and moved by a constant, since a checksum of checksums is a poor one."""
    crc = 0xFFFFFFFF
    for byte in content:
        crc = CRC_TABLE[(crc ^ byte) & 0xFF] ^ crc >> 8
    crc ^= 0xFFFFFFFF
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def crc_of_byte(byte: int) -> int:
    """Eight steps of the shift register with Castagnoli's polynomial."""
    for _ in range(8):
        byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
    return byte


CRC_TABLE = [crc_of_byte(byte) for byte in range(256)]
