#!/bin/sh
# Make the virtual environment from the lock file. Needs Python 3.11 or newer, and nothing else.
# Debian and Ubuntu keep a part of Python's venv module in a package of its own: where this is root, it is installed.
# usage: install.sh PYTHON VENV
set -eu
python=$1 venv=$2
fail() { echo "error: $1" >&2; exit 2; }
has_venv() { "$python" -c 'import ensurepip, venv' 2>/dev/null; }

command -v "$python" >/dev/null || fail "'$python' is not on the PATH; install Python 3.11 or newer, or call make PYTHON=/path/to/python3"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
  fail "$("$python" --version) is too old; Python 3.11 or newer is needed. Call make PYTHON=/path/to/python3.11"
if ! has_venv; then
  package=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
  "$python" -c 'import sys; sys.exit(sys.base_prefix != "/usr")' && command -v apt-get >/dev/null ||
    fail "this Python has no venv module; call make PYTHON=/path/to/python3 with one that has"
  [ "$(id -u)" -eq 0 ] ||
    fail "this Python has no venv module, and only root can add it; run: sudo apt-get update && sudo apt-get install $package"
  echo "Installing $package, which this Python lacks ..."
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$package"; } >/dev/null && has_venv ||
    fail "this Python has no venv module, and apt-get could not install $package; install it, or call make PYTHON=/path/to/python3"
fi
echo "Installing into $venv (about a minute the first time) ..."
# An attempt that was broken off may have left an environment without pip.
"$venv/bin/python" -m pip --version >/dev/null 2>&1 || "$python" -m venv --clear "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
