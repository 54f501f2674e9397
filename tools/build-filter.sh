#!/bin/sh
# Compile the capture filter that Envoy loads: tools/build-filter.sh FILE. Needs rustc (1.63 or newer) and a C compiler
# to link. It has no dependencies, so there is nothing to fetch and no lock file.
set -eu
[ $# -eq 1 ] || { echo "usage: tools/build-filter.sh FILE" >&2; exit 2; }
for program in rustc cc; do
  command -v "$program" >/dev/null 2>&1 || {
    echo "$program is missing: install Rust and a C compiler (Debian packages rustc and gcc)" >&2
    exit 1
  }
done
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# Small images of Envoy have no libgcc: the linker is to find the static one under the name of the shared one.
ln -s "$(cc -print-file-name=libgcc_eh.a)" "$scratch/libgcc_s.a"
# Built beside the target and put in its place whole: an Envoy may run with the old one.
rustc --edition 2021 --crate-type cdylib --crate-name model_monitor_capture \
  -C opt-level=3 -C codegen-units=1 -C strip=symbols -L "native=$scratch" \
  "$(dirname "$0")/../capture/filter/lib.rs" -o "$1.new"
mv "$1.new" "$1"
