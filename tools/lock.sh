#!/bin/sh
# Resolve requirements/*.txt from pyproject.toml: versions and hashes for every platform, no download addresses.
set -eu
uv=${UV:-uv}
command -v "$uv" >/dev/null || { echo "error: uv is not on the PATH; pip install uv" >&2; exit 2; }
compile() { "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
  --no-header --no-annotate pyproject.toml "$@"; }
compile --all-extras --group dev -o requirements/dev.txt
compile --extra analyzer --extra dask -o requirements/analyzer.txt
compile --extra operator -o requirements/operator.txt
compile --extra capture -o requirements/capture.txt
# What builds the wheel in the Dockerfile, at the versions that development uses.
"${PYTHON:-python3}" -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], sep="\n")' |
  "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate \
    --constraints requirements/dev.txt - -o requirements/build.txt
