"""Where the `model-monitor` command begins."""

import os
import signal


def _end(_number: int, _frame: object) -> None:
    os._exit(128 + signal.SIGINT)


# While modules are imported there is nothing to tidy up, and Python would answer Ctrl-C with a traceback.
if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, _end)

from model_monitor_analyzer.startup import prepare  # noqa: E402

prepare()

from model_monitor_analyzer.cli.command import main  # noqa: E402

if __name__ == "__main__":
    raise SystemExit(main())
