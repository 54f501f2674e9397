"""Headers by which the parts recognise each other's requests."""

from typing import Final

EXPLANATION_HEADER: Final = "x-model-monitor-explanation"
"""Header, with any value, of requests that an analysis sends to explain a model. Capture leaves them out:
they are no traffic, and would be taken for drift. In lower case, as HTTP/2 has it; HTTP ignores the case."""
