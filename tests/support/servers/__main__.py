"""`python -m tests.support.servers`: make what the tests of cloud stores start, once."""

import sys

from tests.support.servers import ServerMissingError, azurite, fake_gcs


def main() -> int:
    """Make each server, and say which can't be made; its tests say so too."""
    for make in (fake_gcs.make, azurite.make):
        try:
            make()
        except ServerMissingError as problem:
            sys.stderr.write(f"note: {problem}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
