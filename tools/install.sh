#!/bin/sh
# Make the virtual environment from the lock file. Needs Python 3.11 or newer with its venv module, and nothing else.
# usage: install.sh PYTHON VENV
set -eu
python=$1 venv=$2
command -v "$python" >/dev/null || { echo "error: '$python' is not on the PATH; install Python 3.11 or newer, or call make PYTHON=/path/to/python3" >&2; exit 2; }
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
  echo "error: $("$python" --version) is too old; Python 3.11 or newer is needed. Call make PYTHON=/path/to/python3.11" >&2; exit 2; }
"$python" -c 'import ensurepip, venv' 2>/dev/null || {
  echo "error: this Python has no venv module; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 2; }
echo "Installing into $venv (about a minute the first time) ..."
[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
