"""How the virtual environment is made, or why not, on machines of several kinds."""

import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "tools" / "install.sh"

PYTHON = """\
case "$*" in
  --version) echo "Python 3.9.2" ;;
  *"sys.version_info <"*) exit {too_old} ;;
  *ensurepip*) [ -e "$0.venv" ] ;;
  *base_prefix*) exit {elsewhere} ;;
  *-venv*) echo python3.11-venv ;;
  *) exit 7 ;;
esac
"""
"""A Python that answers what it is asked, and fails when an environment is to be made."""

APT = """\
echo "$*" >> "$0.log"
case "$*" in *install*) {then} ;; esac
"""


class Machine:
    """A folder that is the whole PATH of a machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.python = folder / "python3"

    def command(self, name: str, body: str) -> None:
        path = self.folder / name
        path.write_text(f"#!/bin/sh\n{body}")
        path.chmod(0o755)

    def install(self, python: str = "python3") -> tuple[int, str]:
        """Run the script; return its exit status and what it said."""
        found = subprocess.run(
            ["/bin/sh", str(SCRIPT), python, str(self.folder / "a venv")],
            env={"PATH": str(self.folder)},
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        return found.returncode, found.stderr


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Debian's Python without its venv module, an apt-get that has the package, and root."""
    found = Machine(tmp_path)
    found.command("python3", PYTHON.format(too_old=0, elsewhere=0))
    found.command("apt-get", APT.format(then=f": > '{found.python}.venv'"))
    found.command("id", "echo 0\n")
    return found


def test_without_python_it_says_what_to_install(machine: Machine) -> None:
    status, said = machine.install("python4")
    assert status == 2
    assert said == (
        "error: 'python4' is not on the PATH; install Python 3.11 or newer, "
        "or call make PYTHON=/path/to/python3\n"
    )


def test_an_old_python_is_refused(machine: Machine) -> None:
    machine.command("python3", PYTHON.format(too_old=1, elsewhere=0))
    status, said = machine.install()
    assert status == 2
    assert "Python 3.9.2 is too old" in said


def test_root_gets_the_package_that_debians_python_lacks(machine: Machine) -> None:
    status, said = machine.install()
    assert (status, said) == (7, "")  # it came as far as making the environment
    done = (machine.folder / "apt-get.log").read_text().splitlines()
    assert [line.split()[0] for line in done] == ["update", "install"]
    assert done[1].endswith(" python3.11-venv")


def test_others_are_told_the_command(machine: Machine) -> None:
    machine.command("id", "echo 1000\n")
    status, said = machine.install()
    assert status == 2
    assert said.endswith("run: sudo apt-get update && sudo apt-get install python3.11-venv\n")
    assert not (machine.folder / "apt-get.log").exists()


@pytest.mark.parametrize("then", ["exit 100", ":"])
def test_a_package_that_cannot_be_had_or_does_not_help_is_named(machine: Machine, then: str) -> None:
    machine.command("apt-get", APT.format(then=then))
    status, said = machine.install()
    assert status == 2
    assert "apt-get could not install python3.11-venv" in said


def test_where_no_package_can_help_another_python_is_asked_for(machine: Machine) -> None:
    machine.command("python3", PYTHON.format(too_old=0, elsewhere=1))
    assert machine.install() == (
        2,
        "error: this Python has no venv module; call make PYTHON=/path/to/python3 with one that has\n",
    )
    machine.command("python3", PYTHON.format(too_old=0, elsewhere=0))
    (machine.folder / "apt-get").unlink()
    assert "call make PYTHON=" in machine.install()[1]


def test_an_environment_that_was_broken_off_is_made_anew(machine: Machine) -> None:
    machine.python.with_name("python3.venv").touch()
    broken = machine.folder / "a venv" / "bin"
    broken.mkdir(parents=True)
    assert machine.install()[0] == 7
