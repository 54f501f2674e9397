"""The `model-monitor` command. Nothing heavy is imported before it is known what was asked for."""

import os
import signal
import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Final

from model_monitor_analyzer.cli.arguments import parse
from model_monitor_analyzer.execution.cpus import available_cpus

INTERRUPTED: Final = 128 + signal.SIGINT
TERMINATED: Final = 128 + signal.SIGTERM
"""Exit status after a signal, as a shell reports it."""


class _TerminatedError(KeyboardInterrupt):
    """SIGTERM came, as kubelet sends it: everything ends as after Ctrl-C."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    Parameters
    ----------
    arguments
        Without the program's name; those of this process where absent.
    """
    options = parse(arguments)
    # Polars reads it when it is imported; a container's share of the processors counts.
    os.environ.setdefault("POLARS_MAX_THREADS", str(available_cpus()))
    try:
        with _termination_as_exception():
            return _carry_out(options)
    except KeyboardInterrupt as interruption:
        sys.stderr.write("\nmodel-monitor: interrupted; nothing was left half-written\n")
        return TERMINATED if isinstance(interruption, _TerminatedError) else INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has gone, as `head` does. What is buffered would fail again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _carry_out(options: Namespace) -> int:
    match options.command:
        case "run":
            from model_monitor_analyzer.cli.run import run as command  # noqa: PLC0415
        case "validate":
            from model_monitor_analyzer.cli.validate import validate as command  # noqa: PLC0415
        case _:
            from model_monitor_analyzer.cli.analyze import analyze as command  # noqa: PLC0415
    return command(options)


@contextmanager
def _termination_as_exception() -> Iterator[None]:
    """Let SIGTERM unwind the program, so that workers end and drafts are removed."""

    def raise_it(_signal: int, _frame: FrameType | None) -> None:
        raise _TerminatedError

    previous = signal.signal(signal.SIGTERM, raise_it)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)


if __name__ == "__main__":
    raise SystemExit(main())
