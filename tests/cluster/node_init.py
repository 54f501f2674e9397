"""Process 1 of a node: all its others end with it, and it reaps those that nobody waits for.

`unshare` starts it in namespaces of processes, mounts and network of their own; its argument is a file to
write once programs may start.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

OWN = ("/run/containerd", "/var/log/containers", "/var/lib/kubelet")
"""Where programs of a node write whatever they are told; each node has its own there."""


def main() -> None:
    """Set the namespaces up, then reap until told to end."""
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    # Volumes that one container mounts are seen by another only through shared mounts.
    subprocess.run(["mount", "--make-rshared", "/"], check=True)
    for folder in OWN:
        Path(folder).mkdir(parents=True, exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", folder], check=True)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    Path("/proc/sys/net/ipv4/ip_forward").write_text("1")
    Path(sys.argv[1]).touch()
    while True:
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            signal.sigtimedwait([signal.SIGCHLD], 1)


main()
