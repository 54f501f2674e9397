#!/bin/sh
# Install what the tests use beside Python: a browser for the report page, Prometheus, Lua, a clock that lies, Rust for
# the capture filter, and what runs pods on this machine. Does nothing where it is there already, starts no service,
# and never fails: the tests that miss something say so, and fail where the variable CI is set.
set -u
has() { command -v "$1" >/dev/null 2>&1; }
wanted=
want() { # PACKAGE PROGRAM...: the package unless one of the programs is here
  package=$1; shift
  for program; do if has "$program"; then return; fi; done
  wanted="$wanted $package"
}
want chromium chromium chromium-browser google-chrome google-chrome-stable
want prometheus prometheus
want faketime faketime
want rustc rustc
want lua5.1 lua5.1 lua lua5.4 lua5.3
want containerd containerd
want runc runc
want nftables nft /usr/sbin/nft
want iproute2 ip
want util-linux nsenter
want containernetworking-plugins /usr/lib/cni/bridge /opt/cni/bin/bridge
if [ -z "$wanted" ]; then exit 0; fi
advice="some tests need what is in these Debian packages:$wanted"
if [ "$(id -u)" -ne 0 ] || ! has apt-get; then
  echo "note: $advice" >&2
  exit 0
fi
echo "Installing for the tests:$wanted ..."
export DEBIAN_FRONTEND=noninteractive
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then # the tests start their own copies; no service may start by being installed
  printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod +x "$policy"
  trap 'rm -f "$policy"' EXIT
fi
# Word by word on purpose.
if ! { apt-get update -qq && apt-get install -y -qq --no-install-recommends $wanted; } >/dev/null; then
  echo "note: apt-get could not install all of them; $advice" >&2
fi
