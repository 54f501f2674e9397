#!/bin/sh
# Install what the tests use beside Python: a browser, for the report page. Does nothing where it is there already,
# and never fails: the tests that miss something say so, and fail where the variable CI is set.
set -u
for name in chromium chromium-browser google-chrome google-chrome-stable; do
  if command -v "$name" >/dev/null 2>&1; then exit 0; fi
done
advice="the tests of the report page in a browser need Chromium; on Debian: apt-get install chromium"
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1; then
  echo "note: $advice" >&2
  exit 0
fi
echo "Installing Chromium for the tests of the report page ..."
export DEBIAN_FRONTEND=noninteractive
if ! { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium; } >/dev/null; then
  echo "note: apt-get could not install Chromium; $advice" >&2
fi
