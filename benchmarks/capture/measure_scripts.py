"""What it costs to run `preprocess_handler` in a process of its own under a watchdog.

    .venv/bin/python benchmarks/capture/measure_scripts.py

"Inside" parses each record and calls the handler in this process, which no watchdog could stop. "Apart" is
`ScriptProcess`. CPU time is that of this process and of the script's.
"""

import argparse
import json
import os
import tempfile
import time
from pathlib import Path

from generate import FORMS, write

from model_monitor_analyzer.scripts.contract import InferenceRecord
from model_monitor_analyzer.scripts.process import ScriptProcess
from model_monitor_analyzer.scripts.protocol import RecordForm
from model_monitor_analyzer.scripts.script import Script

SOURCE = """
def preprocess_handler(record):
    fields = record.endpoint_input.data.rstrip().split(",")
    return {str(index).zfill(2): field for index, field in enumerate(fields)}
"""


def cpu_seconds() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def inside(lines: list[bytes]) -> None:
    scope: dict[str, object] = {}
    exec(SOURCE, scope)
    handler = scope["preprocess_handler"]
    for line in lines:
        handler(InferenceRecord(json.loads(line)))  # type: ignore[operator] # defined by SOURCE


def apart(lines: list[bytes]) -> None:
    with ScriptProcess(Script("benchmark", SOURCE)) as script:
        script.records(RecordForm.CAPTURE, lines, str)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "capture.jsonl"
        write(path, FORMS["csv-1"], arguments.records, seed=1)
        lines = path.read_bytes().splitlines()
    for name, work, some in (
        ("start and stop", apart, lines[:1]),
        ("inside", inside, lines),
        ("apart", apart, lines),
    ):
        cpu, wall = [], []
        for _ in range(arguments.rounds):
            began = cpu_seconds(), time.perf_counter()
            work(some)
            cpu.append(cpu_seconds() - began[0])
            wall.append(time.perf_counter() - began[1])
        scale = 1e6 / len(some)
        print(f"{name:<16}{min(cpu) * scale:>12.1f} us CPU{min(wall) * scale:>12.1f} us elapsed per record")


if __name__ == "__main__":
    main()
