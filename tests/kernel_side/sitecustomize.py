"""Cuts the network off for every Python that has this folder on PYTHONPATH. Loaded by Python itself at start.

Any attempt to reach another machine raises OfflineError and is noted in the file METAGAN_NETWORK_LOG names,
so that an attempt which the code swallowed is seen too. The loopback and sockets in files stay open: a kernel
needs them. Native code that opens its own sockets is not seen; tests/test_offline.py adds a run without any
network device where the system lets an ordinary user have one.
"""

import os
import socket


class OfflineError(OSError):
    """Something tried to reach another machine while the network is cut off."""


HERE = ("localhost", "127.0.0.1", "::1", "0.0.0.0", "::", "", None, socket.gethostname())
open_connect, open_connect_ex, open_lookup = (
    socket.socket.connect,
    socket.socket.connect_ex,
    socket.getaddrinfo,
)


def refuse(host) -> None:
    name = host.decode() if isinstance(host, bytes) else host
    if name in HERE or (isinstance(name, str) and name.startswith("127.")):
        return
    log = os.environ.get("METAGAN_NETWORK_LOG")
    if log:
        with open(log, "a", encoding="utf-8") as lines:
            lines.write(f"{name}\n")
    raise OfflineError(f"the network is cut off in this test, and the code tried to reach {name!r}")


def connect(self, address):
    if self.family in (socket.AF_INET, socket.AF_INET6):
        refuse(address[0])
    return open_connect(self, address)


def connect_ex(self, address):
    if self.family in (socket.AF_INET, socket.AF_INET6):
        refuse(address[0])
    return open_connect_ex(self, address)


def getaddrinfo(host, *arguments, **options):
    refuse(host)
    return open_lookup(host, *arguments, **options)


socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo = connect, connect_ex, getaddrinfo
