import subprocess
import sys

import pytest

LOADED = "import sys, {module}; print(sorted(name for name in {names} if name in sys.modules))"


@pytest.mark.parametrize(
    ("module", "names"),
    [
        # Worker processes load it, each of them anew.
        ("model_monitor_analyzer.pipeline.summarising", ["scipy", "jinja2", "rich", "distributed"]),
        # It must be loaded before Polars' threads are limited.
        ("model_monitor_analyzer.execution.pools", ["polars", "distributed"]),
        # `model-monitor --help` is to answer at once.
        ("model_monitor_analyzer.__main__", ["polars", "numpy", "pydantic", "rich"]),
    ],
)
def test_a_module_loads_no_more_than_it_needs(module: str, names: list[str]) -> None:
    found = subprocess.run(
        [sys.executable, "-c", LOADED.format(module=module, names=names)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.strip() == "[]"
