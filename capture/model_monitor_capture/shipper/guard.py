"""The spool guard: capture pauses while too much waits for upload. Inference never does."""

from typing import Final

from model_monitor_capture.gateway.facts import CAPTURE_SWITCH
from model_monitor_capture.shipper.admin import Admin, AdminUnreachableError

PAUSE_SHARE: Final = 0.75
"""Share of the budget above which capture pauses."""


class Guard:
    """Switches capture off and on.

    Parameters
    ----------
    admin
        Administration of the Envoy that captures.
    budget
        Bytes that may wait.
    """

    def __init__(self, admin: Admin, budget: int) -> None:
        self._admin = admin
        self._limit = budget * PAUSE_SHARE
        self._told: tuple[str, bool] | None = None

    @property
    def paused(self) -> bool:
        """Whether Envoy was told to pause last."""
        return self._told is not None and self._told[1]

    def check(self, size: int) -> None:
        """Tell Envoy whether to capture, if it does not know.

        Parameters
        ----------
        size
            Bytes that wait.
        """
        try:
            wanted = (self._admin.run(), size > self._limit)
            if wanted != self._told:
                self._admin.set_runtime(CAPTURE_SWITCH, "0" if wanted[1] else "100")
                self._told = wanted
        except AdminUnreachableError:
            self._told = None
