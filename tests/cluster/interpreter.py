"""The bottom of every test image: this very Python with what it loads, a user, an environment."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path
from typing import Final

VERSION: Final = f"python{sys.version_info.major}.{sys.version_info.minor}"
PREFIX: Final = Path("usr/local")
"""Where Python is in an image, as in the official ones."""

ENVIRONMENT: Final = Path("opt/model-monitor")
"""Virtual environment of the project in an image, as in the Dockerfile."""

PACKAGES: Final = ENVIRONMENT / "lib" / VERSION / "site-packages"
_PIP: Final = (sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
_LEFT_OUT: Final = (
    "site-packages",
    "__pycache__",
    "test",
    "idlelib",
    "tkinter",
    "turtledemo",
    "lib2to3",
    "ensurepip",
    "config-*",
)
_CERTIFICATES: Final = Path("/etc/ssl/certs/ca-certificates.crt")
_START: Final = re.compile(rb"\A#!(?:/bin/sh\n'''exec' .*\n' '''\n|.*python.*\n)")
_FILES: Final = {
    "etc/passwd": "root:x:0:0:root:/root:/none\nnonroot:x:65532:65532:nonroot:/home/nonroot:/none\n",
    "etc/group": "root:x:0:\nnonroot:x:65532:\n",
    "etc/nsswitch.conf": "hosts: files dns\n",
}


def key() -> str:
    """Return what tells this interpreter, and how it is laid out here, from another."""
    return f"{sys.version} {Path(sys.base_prefix).resolve()} {Path(__file__).read_text()}"


def fill(root: Path) -> None:
    """Copy the interpreter below a folder that stands for `/`."""
    home = Path(sys.base_prefix)
    library = root / PREFIX / "lib" / VERSION
    shutil.copytree(
        sysconfig.get_path("stdlib"), library, symlinks=True, ignore=shutil.ignore_patterns(*_LEFT_OUT)
    )
    program = root / PREFIX / "bin" / VERSION
    program.parent.mkdir(parents=True)
    shutil.copy2((home / "bin" / VERSION).resolve(), program)
    for alias in ("python", "python3"):
        (program.parent / alias).symlink_to(VERSION)
    compile_all(library)
    add_libraries(root, [program, *library.rglob("*.so")])
    for name, text in _FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    if _CERTIFICATES.is_file():
        copy = root / _CERTIFICATES.relative_to("/")
        copy.parent.mkdir(parents=True)
        shutil.copy(_CERTIFICATES, copy)
    for folder in ("tmp", "var/tmp"):
        (root / folder).mkdir(parents=True)
        (root / folder).chmod(0o1777)


def add_environment(root: Path) -> None:
    """Make the virtual environment that packages are installed in."""
    (root / ENVIRONMENT / "bin").mkdir(parents=True)
    (root / ENVIRONMENT / "bin" / "python").symlink_to(Path("/") / PREFIX / "bin" / VERSION)
    (root / ENVIRONMENT / "pyvenv.cfg").write_text(f"home = /{PREFIX}/bin\n")


def install(root: Path, *arguments: str) -> None:
    """Install packages into the environment, told as to pip."""
    packages = root / PACKAGES
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run(
        [*_PIP, "--no-compile", "--target", str(packages), *arguments], check=True, env=environment
    )
    _move_commands(packages / "bin", root / ENVIRONMENT / "bin")
    compile_all(packages)


def add_libraries(root: Path, programs: Iterable[Path]) -> None:
    """Copy the shared libraries that programs load from outside the image into it."""
    found: set[Path] = set()
    for program in programs:
        told = subprocess.run(["ldd", program], capture_output=True, text=True, check=False).stdout
        found |= {Path(path) for path in re.findall(r"(?:=> |^\t)(/\S+) \(0x", told, re.MULTILINE)}
    outside = {path for path in found if not path.is_relative_to(root)}
    standard = next((path.parent for path in outside if path.name.startswith("libc.so")), Path("/lib"))
    for path in outside:
        # The loader of the image looks nowhere else.
        kept = path if path.parts[1] in ("lib", "lib64", "usr") else standard / path.name
        copy = root / kept.relative_to("/")
        if not copy.exists():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path.resolve(), copy)


def compile_all(folder: Path) -> None:
    """Compile sources so that files of another time are taken as they are: layers have no times."""
    command = [sys.executable, "-m", "compileall", "-q", "-j", "0", "--invalidation-mode", "unchecked-hash"]
    # Some packages carry templates that are no valid source.
    subprocess.run([*command, str(folder)], check=False, capture_output=True)


def as_in_the_image(command: bytes) -> bytes:
    """Return a command's script with the environment's Python in place of this machine's.

    Where the path of that one has a space or is long, pip has a shell start it, which the image lacks.
    """
    return _START.sub(b"#!/opt/model-monitor/bin/python\n", command)


def _move_commands(installed: Path, target: Path) -> None:
    """Put commands on the path and let them start the environment's Python, not this machine's."""
    if not installed.is_dir():
        return
    target.mkdir(parents=True, exist_ok=True)
    for command in installed.iterdir():
        (target / command.name).write_bytes(as_in_the_image(command.read_bytes()))
        (target / command.name).chmod(0o755)
        command.unlink()
    installed.rmdir()
