"""The arguments of `model-monitor`."""

import argparse
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Final

from model_monitor_analyzer.cli.job_arguments import (
    ANALYZE,
    COLLECT,
    FETCH,
    add_analyze_arguments,
    add_custom_arguments,
    add_window_argument,
    fault_of,
    moment,
    positive,
)

_DESCRIPTION: Final = """\
Monitor machine-learning models: baselines, and what changed since, from the
same manifests as in a cluster.
"""

_RUN: Final = """\
Compute every Baseline of the manifests, then run every MonitoringSchedule
once, for the last window that is due. A baseline that was computed before by
the same settings from the same data is used again.
"""

_RUN_NOTES: Final = """\
A relative location such as file://./data/train.csv is relative to the folder
of the manifest it stands in. Access keys are taken from the environment
(AWS_ACCESS_KEY_ID, GOOGLE_APPLICATION_CREDENTIALS, ...).

exit status:
  0    done
  1    something that was begun failed
  2    bad input, and nothing was run
  3    violations, and --fail-on-violation
  130  interrupted
"""

_VALIDATE: Final = """\
Check manifests without reading any data: fields, references, expressions,
scripts, windows. Says for every schedule how many false alarms to expect in
30 days.
"""


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return the parsed arguments; ends the process with status 2 where they are wrong, as argparse does."""
    options = _parser().parse_args(arguments)
    if options.command in {"run", "analyze"} and (options.executor == "dask") != bool(options.dask_address):
        _parser().error("--executor dask and --dask-address ADDRESS belong together")
    if options.command in {"analyze", "fetch", "collect"} and (fault := fault_of(options)):
        _parser().error(fault)
    return options


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="model-monitor", description=_DESCRIPTION)
    parser.add_argument("--version", action="version", version=f"model-monitor {version('model-monitor')}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_run(commands)
    _add_validate(commands)
    _add_analyze(commands)
    _add_custom(commands, "fetch", "bring a window's data to an image of one's own", FETCH)
    _add_custom(commands, "collect", "publish what an image of one's own left", COLLECT)
    return parser


def _add_run(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = _command(commands, "run", "run baselines and schedules from manifests", _RUN, _RUN_NOTES)
    _add_manifests(parser)
    when = parser.add_mutually_exclusive_group()
    when.add_argument(
        "--at",
        type=moment,
        metavar="TIME",
        help="run the windows that were due last at this time; default: now",
    )
    add_window_argument(when)
    parser.add_argument(
        "--output",
        type=_folder,
        metavar="DIR",
        help="write below this folder instead of to the manifests' outputs",
    )
    _add_executor(parser)
    parser.add_argument(
        "--fail-on-violation", action="store_true", help="exit with 3 if anything is violated"
    )
    _add_format(parser)
    parser.add_argument("--quiet", action="store_true", help="print nothing but the result")
    _add_debug(parser)


def _add_validate(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = _command(commands, "validate", "check manifests", _VALIDATE)
    _add_manifests(parser)
    _add_format(parser)
    _add_debug(parser)


def _add_analyze(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = _command(commands, "analyze", "carry out one plan", ANALYZE)
    add_analyze_arguments(parser)
    _add_executor(parser)
    _add_debug(parser)


def _add_custom(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, summary: str, description: str
) -> None:
    parser = _command(commands, name, summary, description)
    add_custom_arguments(parser)
    _add_debug(parser)


def _command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    summary: str,
    description: str,
    notes: str | None = None,
) -> argparse.ArgumentParser:
    return commands.add_parser(
        name,
        help=summary,
        description=description,
        epilog=notes,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def _add_manifests(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-f",
        "--filename",
        dest="filenames",
        action="append",
        required=True,
        type=Path,
        metavar="FILE|DIR",
        help="manifests; may be given several times",
    )


def _add_executor(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--executor",
        choices=("threads", "processes", "dask"),
        default="threads",
        help="where the work is done; default: %(default)s",
    )
    parser.add_argument(
        "--workers", type=positive, metavar="N", help="threads or processes; default: one a processor"
    )
    parser.add_argument(
        "--dask-address", metavar="ADDRESS", help="Dask scheduler, such as tcp://127.0.0.1:8786"
    )


def _add_format(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-o",
        dest="format",
        choices=("table", "json"),
        default="table",
        help="how the result is printed; default: %(default)s",
    )


def _add_debug(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--debug", action="store_true", help="show where in the program an error came from")


def _folder(text: str) -> Path:
    if not text:
        raise argparse.ArgumentTypeError("must name a folder, got an empty text; for this one write .")
    return Path(text)
