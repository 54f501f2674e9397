"""Write all generated files; with `--check`, print what would change and exit with 1 instead."""

import argparse
import difflib
import sys
from pathlib import Path

from model_monitor_api.generated import OWN_FOLDERS, generated_files
from model_monitor_operator.metrics.reference import metrics_page

ROOT = Path(__file__).resolve().parents[1]


def main() -> int:
    """Write or check; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing, print a diff")
    check = parser.parse_args().check
    wanted = generated_files() | metrics_page()
    own = {path for folder in OWN_FOLDERS for path in (ROOT / folder).glob("*.yaml")}
    present = own | {ROOT / path for path in wanted if (ROOT / path).is_file()}
    there = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in present}
    changed = sorted(path for path in wanted.keys() | there.keys() if wanted.get(path) != there.get(path))
    for path in changed:
        if check:
            old, new = there.get(path, ""), wanted.get(path, "")
            lines = difflib.unified_diff(old.splitlines(), new.splitlines(), path, path, lineterm="")
            print(*lines, sep="\n")
        elif path in wanted:
            (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
            (ROOT / path).write_text(wanted[path], encoding="utf-8")
        else:
            (ROOT / path).unlink()
    if check and changed:
        print(f"{len(changed)} generated files are not up to date; run: make generate", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
