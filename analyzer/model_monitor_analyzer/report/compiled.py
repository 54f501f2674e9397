"""Compiled templates, kept as Python keeps compiled modules.

To compile them takes twice the CPU time that the page itself does, in every process that renders one.
"""

import contextlib
import pickle
import sys
from pathlib import Path
from typing import Final

from jinja2 import BytecodeCache, FileSystemBytecodeCache
from jinja2.bccache import Bucket

_FOLDER: Final = Path(__file__).with_name("templates") / "__pycache__"


def compiled_templates() -> BytecodeCache:
    """Return the cache beside the templates, whose place is as trusted as the program's own."""
    return _Beside(str(_FOLDER))


class _Beside(FileSystemBytecodeCache):
    """Does without where it may not write, or what is there can't be read."""

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take a compiled template."""
        with contextlib.suppress(OSError, EOFError, ValueError, TypeError, pickle.UnpicklingError):
            super().load_bytecode(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a compiled template."""
        if sys.dont_write_bytecode:
            return
        with contextlib.suppress(OSError):
            _FOLDER.mkdir(exist_ok=True)
            super().dump_bytecode(bucket)
