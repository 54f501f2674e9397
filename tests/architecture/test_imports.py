"""What importing a part loads, and what must not lie where it would shadow the standard library."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

_PROGRAM = """
import importlib, pkgutil, sys
before = set(sys.modules)
package = importlib.import_module(sys.argv[1])
for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
loaded = {name.partition(".")[0] for name in set(sys.modules) - before}
print(*sorted(name for name in loaded - sys.stdlib_module_names if not name.startswith("_")))
"""

_API = {
    *("model_monitor_api", "pydantic", "pydantic_core", "annotated_types"),
    *("typing_extensions", "typing_inspection", "yaml", "cython_runtime"),
}
"""The last comes with PyYAML's compiled parser."""


def _loaded(package: str) -> set[str]:
    command = [sys.executable, "-c", _PROGRAM, package]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_the_api_loads_nothing_but_pydantic_and_yaml() -> None:
    assert _loaded("model_monitor_api") - _API == set()


@pytest.mark.parametrize("package", ["model_monitor_operator", "model_monitor_capture"])
def test_parts_beside_the_analyzer_load_no_numbers(package: str) -> None:
    heavy = {"numpy", "polars", "scipy", "pyarrow", "duckdb", "pandas"}
    assert _loaded(package) & heavy == set()


def test_the_operator_loads_nothing_of_the_analyzer() -> None:
    assert "model_monitor_analyzer" not in _loaded("model_monitor_operator")


def test_only_the_shell_of_the_operator_knows_a_client() -> None:
    clients = re.compile(r"^\s*(?:from|import) (kopf|kubernetes|aiohttp|urllib3)\b", re.MULTILINE)
    operator = ROOT / "operator" / "model_monitor_operator"
    found = {
        path.relative_to(operator).as_posix()
        for path in operator.rglob("*.py")
        if clients.search(path.read_text(encoding="utf-8"))
    }
    assert {path for path in found if not path.startswith("cluster/")} == set()
    assert found


def test_no_folder_of_a_part_holds_modules_directly() -> None:
    # `operator/` with a module in it would shadow the standard library's `operator`.
    for part in ("api", "operator", "analyzer", "capture"):
        assert sorted((ROOT / part).glob("*.py")) == []


def test_every_folder_of_tests_is_a_package() -> None:
    folders = {path.parent for path in (ROOT / "tests").rglob("*.py")}
    missing = [folder for folder in folders if not (folder / "__init__.py").is_file()]
    assert missing == []
