"""Where the command prints: results to standard output, everything else to standard error."""

import sys
from typing import TextIO

from rich.console import Console
from rich.text import Text

from model_monitor_api.printable import printable


def output() -> Console:
    """Return a console on standard output; without colours and 80 columns wide where that is no terminal."""
    return _console(sys.stdout)


def messages() -> Console:
    """Return a console on standard error."""
    return _console(sys.stderr)


def print_error(console: Console, *lines: str) -> None:
    """Print an error: what is wrong, then in lines of their own what to do and where it stands."""
    first, *rest = [printable(line) for line in lines if line]
    console.print(Text.assemble(("error", "bold red"), ": ", first), soft_wrap=True)
    for line in rest:
        console.print(Text(f"       {line}"), soft_wrap=True)


def print_notice(console: Console, text: str) -> None:
    """Print something a person should know."""
    console.print(Text(printable(text), style="dim"), soft_wrap=True)


def _console(file: TextIO) -> Console:
    # Whatever is printed may come from data: no markup, no emoji names, no guessing at what to colour.
    return Console(file=file, markup=False, emoji=False, highlight=False)
