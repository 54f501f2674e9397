"""`model-monitor analyze` in the pods of a scaled-out Job that do not lead it."""

import os
from argparse import Namespace

from model_monitor_analyzer.cli.console import messages
from model_monitor_analyzer.cli.failures import print_failure
from model_monitor_analyzer.errors import AnalyzerError
from model_monitor_analyzer.execution.cpus import available_cpus
from model_monitor_analyzer.execution.follower import follow as work
from model_monitor_analyzer.execution.logs import logging_to_standard_error


def follow(options: Namespace) -> int:
    """Work for the leader until the run has ended well, and return 0.

    Nothing goes to the termination log: the leader has the last word on the run.
    """
    # One call a processor: threads of its own would only compete. Polars reads this when it is imported.
    os.environ["POLARS_MAX_THREADS"] = "1"
    try:
        with logging_to_standard_error(quiet=False):
            work(options.leader, options.tls_dir, available_cpus())
    except AnalyzerError as error:
        print_failure(messages(), None, error)
        return error.exit_code
    return 0
