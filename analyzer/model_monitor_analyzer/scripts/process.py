"""A script's handlers, called in a process of its own."""

import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self

import polars as pl

from model_monitor_analyzer.errors import ScriptError, ScriptHandlerError, ScriptTimeoutError
from model_monitor_analyzer.scripts.protocol import ConnectionLostError, Kind, RecordForm, Step
from model_monitor_analyzer.scripts.running import Child
from model_monitor_analyzer.scripts.script import Script

BATCH_RECORDS: Final = 2000
BATCH_BYTES: Final = 4 << 20
"""Records of one message, and bytes after which no more is added."""

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
        self._child = Child(script)
        try:
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
        ScriptHandlerError
            It defines none of them, or several.
        """
        defined = [name for name in handlers if name in self.handlers]
        if len(defined) != 1:
            several = " and ".join(f"{name}()" for name in defined)
            found = f"defines {several}" if defined else "defines no handler"
            choices = " or ".join(f"{name}()" for name in handlers)
            raise ScriptHandlerError(f"script '{self._script.name}' {found}; define {choices}")
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
        self._child.close()

    def _ask(self, kind: Kind, payload: bytes, place: Place) -> bytes:
        try:
            answered, answer = self._child.ask(kind, payload)
        except (ConnectionLostError, OSError):
            raise self._lost(place) from None
        if answered == Kind.ANSWER:
            return answer
        raise self._failed(json.loads(answer), place)

    def _where(self, index: int, place: Place) -> str:
        return _STEPS[Step(index)] if index < 0 else f"in preprocess_handler at {place(index)}"

    def _lost(self, place: Place) -> ScriptError:
        where = self._where(self._child.call, place)
        if self._child.timed_out:
            limit = self._script.timeout_seconds
            return ScriptTimeoutError(
                f"script '{self._script.name}' was stopped {where}: a call may take {limit:g} s "
                "(scripts.timeoutSeconds)"
            )
        how = " ".join(filter(None, (self._child.ended(), where)))
        return ScriptError(f"script '{self._script.name}': its process ended unexpectedly {how}")

    def _failed(self, failure: dict[str, Any], place: Place) -> ScriptError:
        line = f", line {failure['line']}" if failure["line"] else ""
        where = self._where(failure["index"], place)
        return ScriptError(
            f"script '{self._script.name}'{line}: {failure['problem']} {where}", detail=failure["detail"]
        )


def _batch(lines: Sequence[bytes], first: int) -> Sequence[bytes]:
    """Return the records from `first` on that go into one message, at least one."""
    end, size = first, 0
    while end < len(lines) and end < first + BATCH_RECORDS and (end == first or size < BATCH_BYTES):
        size += len(lines[end])
        end += 1
    return lines[first:end]
