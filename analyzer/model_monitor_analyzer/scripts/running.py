"""The process that a script runs in, and the watchdog that ends it.

A thread can't be stopped, and a signal does not reach a blocking call in C; a process can be killed whatever
it does. Before each call the child writes into shared memory when it began, and the parent, which waits for
the answer, has the child killed once a call lasts longer than it may. Between the two stands a `supervisor`,
which ends what the script itself started.
"""

import contextlib
import mmap
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import threading
import time
from typing import BinaryIO, Final

from model_monitor_analyzer.execution.stopping import raise_if_stopped
from model_monitor_analyzer.scripts.output import forward
from model_monitor_analyzer.scripts.protocol import (
    CALL,
    Kind,
    read_message,
    write_message,
)
from model_monitor_analyzer.scripts.script import Script

IDLE_SECONDS: Final = 60.0
"""How long, beyond the limit of a call, the process may do nothing between calls."""


class Child:
    """A process that runs a script.

    Parameters
    ----------
    script
        What it runs.

    Attributes
    ----------
    timed_out
        Whether it was ended because a call lasted too long.
    """

    def __init__(self, script: Script) -> None:
        self.timed_out = False
        self._limit = script.timeout_seconds
        self._stack = contextlib.ExitStack()
        try:
            self._start(script)
        except BaseException:
            self.close()
            raise

    @property
    def call(self) -> int:
        """Index of the call that is under way or was the last; a negative one is a `Step`."""
        index: int = CALL.unpack(self._progress[: CALL.size])[0]
        return index

    def ask(self, kind: Kind, payload: bytes) -> tuple[Kind, bytes]:
        """Send a message and return the answer.

        Raises
        ------
        ConnectionLostError, OSError
            The process ended, or was ended because a call lasted too long.
        """
        write_message(self._requests, kind, payload)
        self._watch()
        return read_message(self._answers)

    def ended(self) -> str:
        """End the process; return how it ended by itself before, nothing if it did not."""
        how = _manner(self._process.returncode) if self._has_ended(1.0) else ""
        self._kill()
        return how

    def close(self) -> None:
        """End the process, whatever it is doing."""
        self._stack.close()

    def _start(self, script: Script) -> None:
        shared = self._stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 # closed by the stack
        shared.truncate(CALL.size)
        self._progress = self._stack.enter_context(mmap.mmap(shared.fileno(), CALL.size))
        child_requests, requests = os.pipe()
        answers, child_answers = os.pipe()
        self._requests: BinaryIO = os.fdopen(requests, "wb")
        self._answers: BinaryIO = os.fdopen(answers, "rb")
        fds = (child_requests, child_answers, shared.fileno())
        module = "model_monitor_analyzer.scripts.child"
        try:
            self._process = subprocess.Popen(  # noqa: S603 # our own interpreter and module
                [sys.executable, "-u", "-P", "-m", module, *map(str, fds)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=fds,
                start_new_session=True,
                env=os.environ | dict(script.environment),
            )
        finally:
            os.close(child_requests)
            os.close(child_answers)
        output = self._process.stdout
        assert output is not None  # noqa: S101 # stdout=PIPE
        reader = threading.Thread(target=forward, args=(output, script.name), daemon=True)
        reader.start()
        self._stack.callback(reader.join, 5.0)
        self._stack.callback(self._end)

    def _end(self) -> None:
        for stream in (self._requests, self._answers):
            with contextlib.suppress(OSError):
                stream.close()
        if not self._call_began():
            self._has_ended(1.0)
        self._kill()

    def _kill(self) -> None:
        if self._process.poll() is None:
            self._process.terminate()  # to the supervisor, which kills the script and what it started
            if not self._has_ended(5.0):
                self._process.kill()
                self._process.wait()

    def _has_ended(self, seconds: float) -> bool:
        """Wait for the process to end by itself; return whether it did."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        return self._process.returncode is not None

    def _watch(self) -> None:
        """Wait until an answer begins to arrive; kill the process if a call lasts longer than it may.

        A run that is asked to end does not wait for the call: what kubelet has to kill has no words left.
        """
        limit = self._limit
        with selectors.DefaultSelector() as selector:
            selector.register(self._answers, selectors.EVENT_READ)
            seen, since = self._progress[: CALL.size], time.monotonic()
            while not selector.select(min(limit / 4, 1.0)):
                raise_if_stopped()
                now, began = time.monotonic(), self._call_began()
                if self._progress[: CALL.size] != seen:
                    seen, since = self._progress[: CALL.size], now
                if (began and now - began > limit) or now - since > limit + IDLE_SECONDS:
                    self.timed_out = True
                    self._kill()
                    return

    def _call_began(self) -> float:
        return float(CALL.unpack(self._progress[: CALL.size])[1])


def _manner(code: int) -> str:
    """Return how a process ended."""
    return f"with exit status {code}" if code >= 0 else f"by {signal.Signals(-code).name}"
