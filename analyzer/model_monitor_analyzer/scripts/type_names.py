"""Names of a script's types, as far as they can't hold data.

A class may be made while a script runs, `type(text, (Exception,), {})`, so its name may be anything.
"""

import re
import sys
from types import SimpleNamespace
from typing import Final

_HEAP_TYPE: Final = 1 << 9
"""Bit of a type's flags (`Py_TPFLAGS_HEAPTYPE`) that is unset only for types compiled into C code."""


def type_name(kind: type, source: str = "") -> str | None:
    """Return the name of a class if it was written down by a programmer, else None.

    It is for types in C, for classes that their modules hold under that name, and for names that occur in
    the script's source.
    """
    name = kind.__name__
    if not name.isidentifier() or len(name) > 64:
        return None
    if not kind.__flags__ & _HEAP_TYPE:
        return name
    if vars(sys.modules.get(str(kind.__module__), SimpleNamespace())).get(name) is kind:
        return name
    return name if re.search(rf"\b{name}\b", source) else None
