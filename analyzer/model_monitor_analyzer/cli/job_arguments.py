"""The arguments of the commands that a Job's pod runs."""

import argparse
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

ANALYZE: Final = """\
Carry out one plan. This is what a Job runs in the cluster: the window follows
from the Job's name, and the result is summarised in the termination message.
"""

FETCH: Final = """\
Bring the objects of a window and its baseline to where an image of one's own
looks for them, by SageMaker's contract. A Job runs this before the image.
"""

COLLECT: Final = """\
Check what an image of one's own left, and publish it as the result of the
run. A Job runs this after the image.
"""

_COMPLETION_INDEX: Final = "JOB_COMPLETION_INDEX"


def add_analyze_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `analyze` takes, but for the executor."""
    add_run_arguments(parser)
    scale = parser.add_argument_group(
        "pods of one Job", f"the one with {_COMPLETION_INDEX}=0 leads, the others work for it"
    )
    scale.add_argument("--scale-out", type=positive, metavar="N", help="pods that work for the leading one")
    scale.add_argument(
        "--leader", metavar="ADDRESS", help="where they find it, such as tls://mms-hourly-leader:8786"
    )
    scale.add_argument(
        "--tls-dir",
        type=Path,
        metavar="DIR",
        help="folder with ca.crt, tls.crt and tls.key; also for --dask-address tls://...",
    )


def add_custom_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `fetch` and `collect` take."""
    add_run_arguments(parser)
    parser.add_argument(
        "--work",
        type=Path,
        required=True,
        metavar="DIR",
        help="folder that is /opt/ml to the image",
    )


def add_run_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what tells a plan, its window, the run of it, and where its message goes."""
    parser.add_argument("--plan", type=Path, required=True, metavar="FILE", help="AnalysisPlan, as JSON")
    when = parser.add_mutually_exclusive_group()
    when.add_argument(
        "--job-name", metavar="NAME", help="name of the Job, which tells the minute that was due"
    )
    add_window_argument(when)
    parser.add_argument("--cron-job", metavar="NAME", help="name of the CronJob that made the Job")
    parser.add_argument("--execution", metavar="NAME", help="execution that is not the first of its window")
    parser.add_argument(
        "--revision", type=int, default=0, metavar="N", help="counts the runs of one window; default: 0"
    )
    parser.add_argument(
        "--termination-log",
        type=Path,
        default=Path("/dev/termination-log"),
        metavar="FILE",
        help="where the summary of the result goes; default: %(default)s",
    )


def add_window_argument(parser: "argparse._MutuallyExclusiveGroup") -> None:
    """Add `--window START END`."""
    parser.add_argument(
        "--window", nargs=2, type=moment, metavar=("START", "END"), help="run this window instead"
    )


def fault_of(options: argparse.Namespace) -> str | None:
    """Return what is wrong with the arguments of a Job's command taken together."""
    if bool(options.job_name) != bool(options.cron_job):
        return "--job-name and --cron-job belong together"
    if options.command == "analyze" and options.scale_out:
        if not (options.leader and options.tls_dir):
            return "--scale-out needs --leader ADDRESS and --tls-dir DIR"
        if options.executor != "threads" or options.dask_address:
            return "--scale-out and --executor exclude each other"
    return None


def follows_a_leader(options: argparse.Namespace) -> bool:
    """Return whether this pod works for another one of its Job."""
    return bool(options.scale_out) and os.environ.get(_COMPLETION_INDEX, "0") != "0"


def moment(text: str) -> datetime:
    """Parse a time in ISO 8601; one without a zone is UTC."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"'{text}' is no time; write it as 2026-01-31T00:00:00Z") from error
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def positive(text: str) -> int:
    """Parse a number of workers."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is no number of workers; give 1 or more")
    return int(text)
