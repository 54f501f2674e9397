"""How work under way in a thread learns that nobody wants its result any more.

A thread cannot be ended from outside. A pool of threads therefore gives each of its threads a flag, and work
that takes long looks at it between blocks. Worker processes are simply terminated; outside a pool nothing is
ever set.
"""

import threading

_current = threading.local()


class Stopped(Exception):  # noqa: N818 # not an error: it unwinds a thread, and nobody waits for its result
    """Raised within a thread whose run has ended."""


def watch(flag: threading.Event) -> None:
    """Let this thread stop once the flag is set; the initialiser of a pool's threads."""
    _current.flag = flag


def raise_if_stopped() -> None:
    """Raise `Stopped` where this thread's run has ended; to be called between blocks of work."""
    flag: threading.Event | None = getattr(_current, "flag", None)
    if flag is not None and flag.is_set():
        raise Stopped
