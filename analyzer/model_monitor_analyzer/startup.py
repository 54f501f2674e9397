"""How a process that analyses sets Python, its memory and NumPy up, before NumPy is loaded."""

import ctypes
import gc
import os
import sys
from collections.abc import MutableMapping
from pathlib import Path
from typing import Final

VARIABLE: Final = "NPY_DISABLE_CPU_FEATURES"
"""Environment variable with the instruction sets that NumPy is to leave alone."""

POLARS_MEMORY: Final = "_RJEM_MALLOC_CONF"
"""Environment variable that Polars' allocator, jemalloc, reads once when it is loaded."""

_WIDE: Final = "X86_V4 AVX512_ICL AVX512_SPR"
"""What NumPy calls its code for AVX-512."""

_ZEN_3_AND_4: Final = "25"
"""Family of AMD's processors, of which the fourth generation alone has AVX-512."""


_COLLECTED_AFTER: Final = 100_000
"""New containers until garbage is collected: with Python's 700 many categories cost a tenth more."""


_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
"""Parameters of `mallopt`, see mallopt(3)."""

_POLARS_KEEPS: Final = "dirty_decay_ms:10000,muzzy_decay_ms:10000"
"""Give memory back when nobody has wanted it for ten seconds; Polars' own half a second is less than a block
of rows takes."""

_KEPT_BYTES: Final = 128 << 20
_HEAP_BYTES: Final = 32 << 20


def prepare() -> None:
    """Set this process up; to be called before anything that loads NumPy is imported."""
    gc.set_threshold(_COLLECTED_AFTER)
    keep_memory(os.environ)
    prepare_numpy(os.environ)


def keep_memory(environ: MutableMapping[str, str]) -> None:
    """Let the allocators of NumPy and Polars use again what was freed, not give it back at once.

    Otherwise the kernel clears new pages for every column of every block, a tenth of the CPU time of a
    profile. glibc keeps up to 128 MiB, and takes arrays of up to 32 MiB from it; other C libraries know
    nothing of this and are left as they are. Both have one arena for every two processors, where they would
    have four and eight for each: what one thread frees another uses, a tenth less memory in all.

    Parameters
    ----------
    environ
        The environment, which is changed; it is too late for that where Polars is loaded.
    """
    arenas = max(1, (os.cpu_count() or 1) // 2)
    environ.setdefault(POLARS_MEMORY, f"narenas:{arenas},{_POLARS_KEEPS}")
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except AttributeError:
        return
    mallopt(_TRIM_THRESHOLD, _KEPT_BYTES)
    mallopt(_MMAP_THRESHOLD, _HEAP_BYTES)
    mallopt(_ARENA_MAX, arenas)


def prepare_numpy(environ: MutableMapping[str, str], cpuinfo: Path = Path("/proc/cpuinfo")) -> None:
    """Let NumPy sort by AVX2 on processors on which AVX-512 makes it four times slower.

    Sorting is most of what a profile costs. On AMD's Zen 4 an instruction that NumPy's AVX-512 sort uses for
    every few numbers is microcode (numpy/x86-simd-sort, issue 6). What is set already stays, and where NumPy
    is loaded it is too late. Processes that this one starts inherit it.

    Parameters
    ----------
    environ
        The environment, which is changed.
    cpuinfo
        What Linux tells of the processors.
    """
    if VARIABLE in environ or "numpy" in sys.modules:
        return
    try:
        told = cpuinfo.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return
    if _sorts_slowly(told):
        environ[VARIABLE] = _WIDE


def _sorts_slowly(told: str) -> bool:
    """Return whether the first processor is of the kind."""
    first = told.partition("\n\n")[0]
    facts = {
        name.strip(): value.strip() for name, _, value in (line.partition(":") for line in first.splitlines())
    }
    return (
        facts.get("vendor_id") == "AuthenticAMD"
        and facts.get("cpu family") == _ZEN_3_AND_4
        and "avx512f" in facts.get("flags", "").split()
    )
