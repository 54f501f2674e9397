"""The process that runs a script; `process` starts it and holds the other ends of its pipes.

    python -m model_monitor_analyzer.scripts.child REQUESTS ANSWERS PROGRESS

The arguments are file descriptors. The script's own output goes to standard output and error.
"""

import inspect
import io
import json
import linecache
import logging
import mmap
import os
import random
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any, BinaryIO

from model_monitor_analyzer.scripts.contract import InferenceRecord
from model_monitor_analyzer.scripts.protocol import (
    CALL,
    ConnectionLostError,
    Kind,
    RecordForm,
    Step,
    read_message,
    write_message,
)
from model_monitor_analyzer.scripts.returned import Gathered, ReturnedError, described
from model_monitor_analyzer.scripts.supervisor import supervised
from model_monitor_analyzer.scripts.type_names import type_name

HANDLERS = ("preprocess_handler", "preprocess_frame", "postprocess_handler")
_DETAIL_CHARACTERS = 20_000


class _Failed(Exception):  # noqa: N818 # carries a message, not an error of this process
    """The script failed."""

    def __init__(self, problem: str, index: int, line: int | None = None, detail: str = "") -> None:
        self.message = {"problem": problem, "index": index, "line": line, "detail": detail}


class _Script:
    """A loaded script."""

    def __init__(self, progress: mmap.mmap) -> None:
        self._progress = progress
        self._name = ""
        self._source = ""
        self._globals: dict[str, Any] = {}
        self._columns: tuple[str, ...] | None = None

    def load(self, request: bytes) -> bytes:
        """Compile and execute the source, return the handlers it defines."""
        settings = json.loads(request)
        self._name = settings["name"]
        self._source = source = settings["source"]
        random.seed(settings["seed"])
        lines = source.splitlines(keepends=True)
        linecache.cache[self._name] = (len(source), None, lines, self._name)
        self._globals = {"__name__": "script", "__file__": self._name, "__builtins__": __builtins__}
        code = self._call(Step.LOAD, compile, source, self._name, "exec")
        self._call(Step.LOAD, exec, code, self._globals)
        return json.dumps([name for name in HANDLERS if callable(self._globals.get(name))]).encode()

    def records(self, request: bytes) -> bytes:
        """Call `preprocess_handler` for each record until there are many rows, return them."""
        handler = self._globals["preprocess_handler"]
        arguments = [logging.getLogger(self._name)] if _takes_logger(handler) else []
        form, *lines = request.split(b"\n")
        gathered = Gathered(self._columns)
        for index, line in enumerate(lines):
            value = _value(line, index)
            argument = InferenceRecord(value) if int(form) == RecordForm.CAPTURE else value
            returned = self._call(index, handler, argument, *arguments)
            try:
                gathered.add(returned)
            except ReturnedError as error:
                raise _Failed(str(error), index) from None
            if gathered.full:
                break
        self._columns = gathered.columns
        return gathered.to_json()

    def frame(self, request: bytes) -> bytes:
        """Call `preprocess_frame`, return its frame."""
        import polars as pl  # noqa: PLC0415 # costs more than the rest of this process, and few scripts need it

        frame = pl.read_ipc_stream(io.BytesIO(request))
        returned = self._call(Step.FRAME, self._globals["preprocess_frame"], frame)
        if not isinstance(returned, pl.DataFrame):
            raise _Failed(
                f"it returned {described(returned)}; return a polars DataFrame",
                Step.FRAME,
            )
        nested = [name for name, dtype in returned.schema.items() if dtype.is_nested() or dtype == pl.Object]
        if nested:
            raise _Failed(f"it returned a column of nested values, '{nested[0][:64]}'", Step.FRAME)
        stream = io.BytesIO()
        returned.write_ipc_stream(stream)
        return stream.getvalue()

    def postprocess(self, _: bytes) -> bytes:
        """Call `postprocess_handler`."""
        self._call(Step.POSTPROCESS, self._globals["postprocess_handler"])
        return b""

    def _call(self, index: int, function: Callable[..., Any], *arguments: Any) -> Any:
        self._progress[: CALL.size] = CALL.pack(index, time.monotonic())
        try:
            return function(*arguments)
        except BaseException as error:  # noqa: BLE001 # SystemExit too is the script's failure
            raise self._failure(error, index) from None
        finally:
            self._progress[: CALL.size] = CALL.pack(index, 0.0)

    def _failure(self, error: BaseException, index: int) -> _Failed:
        trace = traceback.TracebackException.from_exception(error, limit=-50, max_group_width=3)
        self._keep_own_frames(trace, depth=5)
        detail = "".join(trace.format())[:_DETAIL_CHARACTERS]
        if isinstance(error, SyntaxError) and error.filename == self._name:
            line = error.lineno
        else:
            line = next((frame.lineno for frame in reversed(trace.stack)), None)
        name = type_name(type(error), self._source) or "an exception"
        return _Failed(f"it raised {name}", index, line, detail)

    def _keep_own_frames(self, trace: traceback.TracebackException, depth: int) -> None:
        """Leave only the script's frames, here and in the exceptions that led to this one."""
        own = [frame for frame in trace.stack if frame.filename == self._name]
        trace.stack[:] = own
        for cause in (trace.__cause__, trace.__context__, *(trace.exceptions or ())):
            if cause is not None and depth:
                self._keep_own_frames(cause, depth - 1)


def _value(line: bytes, index: int) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        raise _Failed("the record can't be read", index) from None


def _takes_logger(handler: Callable[..., Any]) -> bool:
    """Return whether a handler has a second positional parameter."""
    try:
        parameters = inspect.signature(handler).parameters.values()
    except (TypeError, ValueError):
        return False
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(parameter.kind in positional for parameter in parameters) > 1


def _serve(requests: BinaryIO, answers: BinaryIO, progress: mmap.mmap) -> None:
    script = _Script(progress)
    actions = {
        Kind.LOAD: script.load,
        Kind.RECORDS: script.records,
        Kind.FRAME: script.frame,
        Kind.POSTPROCESS: script.postprocess,
    }
    while True:
        try:
            kind, request = read_message(requests)
        except ConnectionLostError:
            return
        try:
            answer = actions[kind](request)
        except _Failed as failed:
            write_message(answers, Kind.FAILURE, json.dumps(failed.message).encode())
        else:
            write_message(answers, Kind.ANSWER, answer)


def main() -> None:
    """Serve requests until there are no more."""
    requests, answers, progress = (int(argument) for argument in sys.argv[1:4])
    supervised(os.getppid(), (requests, answers, progress))
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(message)s")
    sys.argv[:] = [""]
    with (
        os.fdopen(requests, "rb") as request_stream,
        os.fdopen(answers, "wb") as answer_stream,
        mmap.mmap(progress, CALL.size) as shared,
    ):
        _serve(request_stream, answer_stream, shared)
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
