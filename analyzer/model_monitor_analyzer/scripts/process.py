"""A script in a process of its own, with a watchdog.

A thread can't be stopped, and a signal does not reach a blocking call in C; a process can be killed whatever
it does. Before each call the child writes into shared memory when it began, and the parent, which waits for
the answer, has the child killed once a call lasts longer than it may. Between the two stands a `supervisor`,
which ends what the script itself started.
"""

import contextlib
import io
import json
import mmap
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, BinaryIO, Final, Self

import polars as pl

from model_monitor_analyzer.errors import ScriptError, ScriptTimeoutError
from model_monitor_analyzer.execution.stopping import raise_if_stopped
from model_monitor_analyzer.scripts.output import forward
from model_monitor_analyzer.scripts.protocol import (
    CALL,
    ConnectionLostError,
    Kind,
    RecordForm,
    Step,
    read_message,
    write_message,
)
from model_monitor_analyzer.scripts.script import Script

BATCH_RECORDS: Final = 2000
BATCH_BYTES: Final = 4 << 20
"""Records of one message, and bytes after which no more is added."""

IDLE_SECONDS: Final = 60.0
"""How long, beyond the limit of a call, the process may do nothing between calls."""

_STEPS = {
    Step.LOAD: "while it was loaded",
    Step.FRAME: "in preprocess_frame",
    Step.POSTPROCESS: "in postprocess_handler",
}

Place = Callable[[int], str]
"""Says which record the one of an index is, such as ``line 7 of s3://…``."""


@dataclass(frozen=True)
class ScriptRows:
    """Rows that `preprocess_handler` returned.

    Attributes
    ----------
    frame
        The rows (String), columns sorted by name.
    counts
        Number of rows by record (UInt32, one per record).
    """

    frame: pl.DataFrame
    counts: pl.Series


class ScriptProcess:
    """A running script; use it as a context manager, from one thread at a time.

    The script keeps its globals as long as the process lives. One process for each partition of the data
    makes results independent of how partitions are spread.

    Parameters
    ----------
    script
        What to run.
    seed
        Seeds Python's `random`, so that a script that samples gives the same in each run.

    Raises
    ------
    ScriptError
        The script does not compile, or fails while it is loaded; `ScriptTimeoutError`, here and below, where
        that lasts too long.
    """

    def __init__(self, script: Script, *, seed: str = "") -> None:
        self._script = script
        self._timed_out = False
        self._stack = contextlib.ExitStack()
        try:
            self._start()
            settings = {"name": script.name, "source": script.source, "seed": seed}
            answer = self._ask(Kind.LOAD, json.dumps(settings).encode(), str)
            self.handlers: frozenset[str] = frozenset(json.loads(answer))
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def name(self) -> str:
        """Name of the script, for messages."""
        return self._script.name

    def require(self, *handlers: str) -> str:
        """Return the one of `handlers` that the script defines.

        Raises
        ------
        ScriptError
            It defines none of them, or several.
        """
        defined = [name for name in handlers if name in self.handlers]
        if len(defined) != 1:
            several = " and ".join(f"{name}()" for name in defined)
            found = f"defines {several}" if defined else "defines none"
            choices = " or ".join(f"{name}()" for name in handlers)
            raise ScriptError(f"script '{self._script.name}' {found}; define {choices}")
        return defined[0]

    def records(self, form: RecordForm, lines: Sequence[bytes], place: Place) -> ScriptRows:
        """Call `preprocess_handler` once per record.

        Parameters
        ----------
        form
            What the handler gets.
        lines
            Records, each one line of JSON.
        place
            Says for messages which record the one of an index of `lines` is.

        Raises
        ------
        ScriptError
            A call raised, lasted too long, or returned something unusable.
        """
        counts: list[int] = []
        frames: list[pl.DataFrame] = []
        while len(counts) < len(lines):
            first = len(counts)

            def place_in_batch(index: int, first: int = first) -> str:
                return place(first + index)

            request = b"\n".join([b"%d" % form, *_batch(lines, first)])
            answer = json.loads(self._ask(Kind.RECORDS, request, place_in_batch))
            counts.extend(answer["counts"])
            columns = zip(answer["columns"], answer["cells"], strict=True)
            frames.append(pl.DataFrame({name: pl.Series(cells, dtype=pl.String) for name, cells in columns}))
        with_columns = [frame for frame in frames if frame.width]
        frame = pl.concat(with_columns) if with_columns else pl.DataFrame()
        return ScriptRows(frame, pl.Series(counts, dtype=pl.UInt32))

    def frame(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Call `preprocess_frame`.

        Raises
        ------
        ScriptError
            It raised, lasted too long, or returned something unusable.
        """
        stream = io.BytesIO()
        frame.write_ipc_stream(stream)
        return pl.read_ipc_stream(io.BytesIO(self._ask(Kind.FRAME, stream.getvalue(), str)))

    def postprocess(self) -> None:
        """Call `postprocess_handler`.

        Raises
        ------
        ScriptError
            It raised or lasted too long.
        """
        self._ask(Kind.POSTPROCESS, b"", str)

    def close(self) -> None:
        """End the process, whatever it is doing."""
        self._stack.close()

    def _start(self) -> None:
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
                env=os.environ | dict(self._script.environment),
            )
        finally:
            os.close(child_requests)
            os.close(child_answers)
        output = self._process.stdout
        assert output is not None  # noqa: S101 # stdout=PIPE
        reader = threading.Thread(target=forward, args=(output, self._script.name), daemon=True)
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

    def _ask(self, kind: Kind, payload: bytes, place: Place) -> bytes:
        try:
            write_message(self._requests, kind, payload)
            self._watch()
            answered, answer = read_message(self._answers)
        except (ConnectionLostError, OSError):
            raise self._lost(place) from None
        if answered == Kind.ANSWER:
            return answer
        raise self._failed(json.loads(answer), place)

    def _watch(self) -> None:
        """Wait until an answer begins to arrive; kill the process if a call lasts longer than it may.

        A run that is asked to end does not wait for the call: what kubelet has to kill has no words left.
        """
        limit = self._script.timeout_seconds
        with selectors.DefaultSelector() as selector:
            selector.register(self._answers, selectors.EVENT_READ)
            seen, since = self._progress[: CALL.size], time.monotonic()
            while not selector.select(min(limit / 4, 1.0)):
                raise_if_stopped()
                now, began = time.monotonic(), self._call_began()
                if self._progress[: CALL.size] != seen:
                    seen, since = self._progress[: CALL.size], now
                if (began and now - began > limit) or now - since > limit + IDLE_SECONDS:
                    self._timed_out = True
                    self._kill()
                    return

    def _call_began(self) -> float:
        return float(CALL.unpack(self._progress[: CALL.size])[1])

    def _where(self, index: int, place: Place) -> str:
        return _STEPS[Step(index)] if index < 0 else f"in preprocess_handler at {place(index)}"

    def _lost(self, place: Place) -> ScriptError:
        index = CALL.unpack(self._progress[: CALL.size])[0]
        where = self._where(index, place)
        if self._timed_out:
            limit = self._script.timeout_seconds
            return ScriptTimeoutError(
                f"script '{self._script.name}' was stopped {where}: a call may take {limit:g} s "
                "(scripts.timeoutSeconds)"
            )
        how = f" {_manner(self._process.returncode)}" if self._has_ended(1.0) else ""
        self._kill()
        return ScriptError(f"script '{self._script.name}': its process ended unexpectedly{how} {where}")

    def _failed(self, failure: dict[str, Any], place: Place) -> ScriptError:
        line = f", line {failure['line']}" if failure["line"] else ""
        where = self._where(failure["index"], place)
        return ScriptError(
            f"script '{self._script.name}'{line}: {failure['problem']} {where}", detail=failure["detail"]
        )


def _manner(code: int) -> str:
    """Return how a process ended."""
    return f"with exit status {code}" if code >= 0 else f"by {signal.Signals(-code).name}"


def _batch(lines: Sequence[bytes], first: int) -> Sequence[bytes]:
    """Return the records from `first` on that go into one message, at least one."""
    end, size = first, 0
    while end < len(lines) and end < first + BATCH_RECORDS and (end == first or size < BATCH_BYTES):
        size += len(lines[end])
        end += 1
    return lines[first:end]
