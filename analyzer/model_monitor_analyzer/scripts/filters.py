"""Which records count: a JMESPath condition on each of them."""

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from model_monitor_analyzer.payload.expressions import EvaluationError, Expression, is_true


class Filtered(NamedTuple):
    """What a filter said of some records.

    Attributes
    ----------
    kept
        Whether each record counts (n).
    failed
        Whether the condition could not be evaluated on it; such a record does not count (n).
    """

    kept: NDArray[np.bool_]
    failed: NDArray[np.bool_]


class RecordFilter:
    """Keeps the records for which a condition is true in JMESPath's sense.

    Parameters
    ----------
    text
        The condition. Of a capture record it sees the whole document (``eventMetadata``, ``captureData``, …),
        of tabular data an object with the row's columns. Cells of text formats are texts: compare numbers as
        in ``to_number(age) > `30` ``.
    field
        Path of the field that holds it, for messages.

    Raises
    ------
    ConfigurationError
        The text is no JMESPath expression or calls an unknown function.
    """

    def __init__(self, text: str, *, field: str) -> None:
        self._condition = Expression(text, field=field)

    def __call__(self, records: Iterable[Any]) -> Filtered:
        """Evaluate the condition on JSON values."""
        kept: list[bool] = []
        failed: list[bool] = []
        for record in records:
            keep = fail = False
            try:
                keep = is_true(self._condition.search(record))
            except EvaluationError:
                fail = True
            kept.append(keep)
            failed.append(fail)
        return Filtered(np.array(kept, dtype=np.bool_), np.array(failed, dtype=np.bool_))
