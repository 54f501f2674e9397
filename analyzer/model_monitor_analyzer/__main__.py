"""The `model-monitor` command. Nothing heavy is imported before it is known what was asked for."""

import os
import sys
from collections.abc import Sequence

from model_monitor_analyzer.cli.arguments import parse
from model_monitor_analyzer.execution.cpus import available_cpus

INTERRUPTED = 130
"""Exit status after Ctrl-C, as a shell reports it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    Parameters
    ----------
    arguments
        Without the program's name; those of this process where absent.
    """
    options = parse(arguments)
    # Polars reads it when it is imported; the share of a container counts too.
    os.environ.setdefault("POLARS_MAX_THREADS", str(available_cpus()))
    try:
        match options.command:
            case "run":
                from model_monitor_analyzer.cli.run import run as command  # noqa: PLC0415
            case "validate":
                from model_monitor_analyzer.cli.validate import validate as command  # noqa: PLC0415
            case _:
                from model_monitor_analyzer.cli.analyze import analyze as command  # noqa: PLC0415
        return command(options)
    except KeyboardInterrupt:
        sys.stderr.write("\nmodel-monitor: interrupted; nothing was left half-written\n")
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has gone, as `head` does; writing the rest would fail again at exit.
        sys.stdout = None
        return 1


if __name__ == "__main__":
    raise SystemExit(main())
