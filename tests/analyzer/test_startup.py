"""NumPy sorts by what the processor is good at."""

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from model_monitor_analyzer.startup import POLARS_MEMORY, VARIABLE

PREPARE = """
import os, pathlib, sys
from model_monitor_analyzer.startup import prepare_numpy
prepare_numpy(os.environ, pathlib.Path(sys.argv[1]))
assert "numpy" not in sys.modules
import numpy
print(os.environ.get("NPY_DISABLE_CPU_FEATURES", ""))
"""


def told(vendor: str, family: int, flags: str) -> str:
    one = f"processor\t: 0\nvendor_id\t: {vendor}\ncpu family\t: {family}\nflags\t\t: fpu {flags}\n"
    return f"{one}\n{one}"


def prepared(cpuinfo: Path, **environ: str) -> str:
    """Return what another process sets of a processor before it loads NumPy, which must not complain."""
    clean = {name: value for name, value in os.environ.items() if name != VARIABLE}
    done = subprocess.run(
        [sys.executable, "-W", "error::ImportWarning", "-c", PREPARE, str(cpuinfo)],
        check=True,
        capture_output=True,
        text=True,
        env=clean | environ,
    )
    return done.stdout.strip()


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the names are those of NumPy for x86-64")
@pytest.mark.parametrize(
    ("cpuinfo", "expected"),
    [
        (told("AuthenticAMD", 25, "avx2 avx512f"), "X86_V4 AVX512_ICL AVX512_SPR"),
        (told("AuthenticAMD", 25, "avx2"), ""),
        (told("AuthenticAMD", 26, "avx2 avx512f"), ""),
        (told("GenuineIntel", 6, "avx2 avx512f"), ""),
        ("CPU implementer\t: 0x41\n", ""),
        ("", ""),
    ],
    ids=["zen 4", "zen 3", "zen 5", "intel", "arm", "nothing"],
)
def test_amds_fourth_zen_alone_sorts_without_avx_512(tmp_path: Path, cpuinfo: str, expected: str) -> None:
    (tmp_path / "cpuinfo").write_text(cpuinfo)
    assert prepared(tmp_path / "cpuinfo") == expected


def test_what_a_person_has_set_stays_and_a_missing_file_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "cpuinfo").write_text(told("AuthenticAMD", 25, "avx512f"))
    assert prepared(tmp_path / "cpuinfo", **{VARIABLE: "AVX512_SPR"}) == "AVX512_SPR"
    assert prepared(tmp_path / "none") == ""


FAULTS = """
import resource
def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    make()
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
"""
"""Tells how many pages of memory the kernel has to find for what `make` makes."""

FREED = """
import os, sys, time
from model_monitor_analyzer.startup import keep_memory
keep_memory(os.environ)
if sys.argv[1] == "polars":
    os.environ["POLARS_MAX_THREADS"] = "1"  # each thread has memory of its own
    import polars
    make = lambda: polars.repeat(1.5, 1 << 21, dtype=polars.Float64, eager=True)
else:
    make = lambda: [bytearray(16 << 20) for _ in range(5)]
first = faults()
later = []
for _ in range(3):  # on a loaded machine a moment may be ten seconds, after which memory is given back
    for _ in range(8):
        faults()
    time.sleep(1.5)
    later.append(faults())
print(first, min(later))
"""


SHARED = """
import os, sys
from concurrent.futures import ThreadPoolExecutor
os.cpu_count = lambda: 2
from model_monitor_analyzer.startup import keep_memory
keep_memory(os.environ)
if sys.argv[1] == "polars":
    import polars
    values = polars.repeat(1.5, 1 << 18, dtype=polars.Float64, eager=True)
    make = lambda: [values + 1.0 for _ in range(16)]  # by the thread that asks for it
else:
    make = lambda: [bytearray(16 << 20) for _ in range(5)]
with ThreadPoolExecutor(1) as one, ThreadPoolExecutor(1) as other:
    print(one.submit(faults).result(), other.submit(faults).result())
"""


def faults_of(script: str, whose: str) -> tuple[int, int]:
    """Return what a script prints: faults at first, and when the memory was there."""
    # Polars sets the variable where it is missing, so once it is loaded here all processes inherit that.
    clean = {name: value for name, value in os.environ.items() if name != POLARS_MEMORY}
    done = subprocess.run(
        [sys.executable, "-c", FAULTS + script, whose], check=True, capture_output=True, text=True, env=clean
    )
    first, second = map(int, done.stdout.split())
    assert first > 3000
    return first, second


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be told so")
@pytest.mark.parametrize("whose", ["python", "polars"])
def test_memory_that_is_freed_is_used_again(whose: str) -> None:
    first, second = faults_of(FREED, whose)
    assert second < first / 2


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be told so")
@pytest.mark.parametrize("whose", ["python", "polars"])
def test_memory_that_one_thread_frees_another_uses(whose: str) -> None:
    for _ in range(3):  # a loaded machine may take so long between the two that memory is given back
        first, second = faults_of(SHARED, whose)
        if second < first / 2:
            return
    pytest.fail(f"one thread needed {first} new pages, and another {second} after it")
