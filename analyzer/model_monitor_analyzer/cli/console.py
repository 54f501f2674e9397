"""Where the command prints: results to standard output, everything else to standard error."""

import sys
from textwrap import wrap
from typing import Final, TextIO

from rich.console import Console
from rich.text import Text

from model_monitor_api.printable import printable

_INDENT: Final = " " * len("error: ")


def output() -> Console:
    """Return a console on standard output; without colours and 80 columns wide where that is no terminal."""
    return _console(sys.stdout)


def messages() -> Console:
    """Return a console on standard error."""
    return _console(sys.stderr)


def print_error(console: Console, *lines: str) -> None:
    """Print an error: what is wrong, then in lines of their own what to do and where it stands."""
    first, *rest = [printable(line) for line in lines if line]
    console.print(Text.assemble(("error", "bold red"), ": ", _filled(console, first)), soft_wrap=True)
    for line in rest:
        console.print(Text(_INDENT + _filled(console, line)), soft_wrap=True)


def _filled(console: Console, line: str) -> str:
    """Return a line broken between words to a terminal's width; elsewhere, as a log, it stays one line."""
    if not console.is_terminal:
        return line
    width = max(40, console.width - len(_INDENT))
    return f"\n{_INDENT}".join(wrap(line, width, break_long_words=False, break_on_hyphens=False))


def print_notice(console: Console, text: str) -> None:
    """Print something a person should know."""
    console.print(Text(printable(text), style="dim"), soft_wrap=True)


def _console(file: TextIO) -> Console:
    # Whatever is printed may come from data: no markup, no emoji names, no guessing at what to colour.
    return Console(file=file, markup=False, emoji=False, highlight=False)
