"""Gates that hold a run up at a known place until a test opens them."""

from tests.cluster.end_to_end.bank import PATIENCE, Bank

AT_THE_GATE = "at the gate"

_SOURCE = """
import time
import urllib.error
import urllib.request

def wait_for_the_gate():
    print({told!r}, flush=True)
    for _ in range(4 * {seconds}):
        try:
            return urllib.request.urlopen({url!r}, timeout=5).close()
        except urllib.error.HTTPError:
            time.sleep(0.25)
    raise TimeoutError("nobody opened the gate")

def preprocess_frame(frame):
    wait_for_the_gate()
    return frame

def postprocess_handler():
    wait_for_the_gate()
"""


class Gate:
    """A script that waits, and the object in the store that ends the waiting.

    Parameters
    ----------
    bank
        Where it is.
    name
        Its name.
    step
        `preprocess`, while the data are read, or `postprocess`, before anything is written.
    """

    def __init__(self, bank: Bank, name: str, step: str = "preprocess") -> None:
        self._bank = bank
        self._key = f"gates/{name}"
        url = f"{bank.bucket.endpoint}/{bank.bucket.name}/{self._key}"
        source = _SOURCE.format(told=AT_THE_GATE, seconds=PATIENCE, url=url)
        scripts = bank.of("ConfigMap")
        meta = {"name": f"gate-{name}", "namespace": bank.namespace}
        scripts.apply(
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": {"gate.py": source}}
        )
        reference = {"configMapRef": {"name": f"gate-{name}", "key": "gate.py"}}
        self.scripts = {step: reference, "timeoutSeconds": PATIENCE}
        """What a schedule says of its scripts."""

    def wait(self, execution: str, *but: str) -> str:
        """Return the name of the pod that waits at the gate for an execution; none of some."""
        pod = self._bank.wait_pod(execution, *but)
        pods = self._bank.cluster.resource("v1", "pods", self._bank.namespace)
        self._bank.patient(lambda: AT_THE_GATE in pods.log(pod), f"{pod} at the gate")
        return pod

    def open(self) -> None:
        """Let everybody through, now and later."""
        store = self._bank.bucket
        store.client.put_object(Bucket=store.name, Key=self._key, Body=b"open", ACL="public-read")
