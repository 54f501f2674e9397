"""What is built for manifests, all of it, is what the golden files say.

After a wanted change write them anew with `WRITE_GOLDEN=1`, and read the difference.
"""

import os

import pytest
import yaml

from tests.operator.build.producing import CASES, GOLDEN, as_text, produced, settled


@pytest.mark.parametrize("name", CASES)
def test_what_is_built_is_what_the_golden_file_says(name: str) -> None:
    path, found = GOLDEN / f"{name}.out.yaml", settled(produced(name))
    if os.environ.get("WRITE_GOLDEN"):
        path.write_text(as_text(found))
    assert found == list(yaml.safe_load_all(path.read_text()))
