"""`fake-gcs-server`, which keeps objects as Google Cloud Storage does: built once with Go."""

from pathlib import Path
from typing import Final

from tests.cluster.building import BuildFailedError, Module, build
from tests.cluster.toolchain import GoMissingError
from tests.support.servers import ServerMissingError

_NAME: Final = "fake-gcs-server"
_MODULE: Final = Module(_NAME, minutes=2, parent=Path(__file__).parent)


def make() -> None:
    """Build it unless the cache has it.

    Raises
    ------
    ServerMissingError
        If it can't be built.
    """
    try:
        build(_MODULE, [_NAME])
    except (GoMissingError, BuildFailedError) as problem:
        raise ServerMissingError(f"the tests of gs:// need {_NAME}: {problem}") from problem


def program() -> Path:
    """Return the path of its program.

    Raises
    ------
    ServerMissingError
        If it was not built.
    """
    path = _MODULE.target / _NAME
    if not path.is_file():
        raise ServerMissingError(f"the tests of gs:// need {_NAME}: run `make test-parts`, which builds it")
    return path
