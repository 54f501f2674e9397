"""What `model-monitor` does from its arguments to its exit status.

Nothing heavy is imported before it is known what was asked for.
"""

import os
import signal
import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Final

from model_monitor_analyzer.cli.arguments import parse
from model_monitor_analyzer.cli.job_arguments import follows_a_leader
from model_monitor_analyzer.execution.cpus import available_cpus

INTERRUPTED: Final = 128 + signal.SIGINT
"""Exit status after a signal, as a shell reports it."""


class _Interruption(KeyboardInterrupt):  # no error, as `KeyboardInterrupt` is none
    """A signal asked this process to end: Ctrl-C, or SIGTERM as kubelet sends it."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.status = 128 + number


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
        with _first_signal_as_exception():
            status = _carry_out(options)
            sys.stdout.flush()  # here, where it is known what a failure means
            return status
    except KeyboardInterrupt as interruption:
        sys.stderr.write("\nmodel-monitor: interrupted; nothing was left half-written\n")
        return interruption.status if isinstance(interruption, _Interruption) else INTERRUPTED
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
        case "fetch":
            from model_monitor_analyzer.cli.custom import fetch as command  # noqa: PLC0415
        case "collect":
            from model_monitor_analyzer.cli.custom import collect as command  # noqa: PLC0415
        case "analyze" if follows_a_leader(options):
            from model_monitor_analyzer.cli.follow import follow as command  # noqa: PLC0415
        case _:
            from model_monitor_analyzer.cli.analyze import analyze as command  # noqa: PLC0415
    return command(options)


@contextmanager
def _first_signal_as_exception() -> Iterator[None]:
    """Let the first SIGINT or SIGTERM unwind the program, so that workers end and drafts are removed.

    Those that follow are passed over until the process has ended: they would break off that tidying.
    """
    came = False

    def raise_once(number: int, _frame: FrameType | None) -> None:
        nonlocal came
        if not came:
            came = True
            for each in previous:
                signal.signal(each, signal.SIG_IGN)  # else the interpreter's own end could be interrupted
            raise _Interruption(number)

    numbers = (signal.SIGINT, signal.SIGTERM)
    previous = {number: signal.getsignal(number) for number in numbers}
    for number in numbers:
        signal.signal(number, raise_once)
    try:
        yield
    finally:
        if not came:
            for number, handler in previous.items():
                signal.signal(number, handler)
