"""Names of columns that bodies do not carry themselves, and which of a response's own names count."""

from collections.abc import Sequence

from model_monitor_analyzer.errors import ConfigurationError
from model_monitor_analyzer.payload.body import BodyDecoder
from model_monitor_analyzer.sources.capture.bookkeeping import PREFIX
from model_monitor_api.v1alpha1.columns import Columns


def request_names(columns: Columns, features: Sequence[str] | None) -> tuple[str, ...] | None:
    """Return the names of a request's fields, of which the outcome and the model's answer are none."""
    names = columns.names or columns.features or features
    if names is None:
        return None
    answers = {columns.label, columns.prediction, columns.probability}
    return tuple(name for name in names if name not in answers)


def row_columns(columns: Columns) -> list[str]:
    """Return the declared columns, besides the model's answer, that a response may tell of its rows."""
    single = [columns.label, columns.timestamp, columns.cluster_key]
    return [*(name for name in single if name is not None), *columns.ids]


def refuse_reserved(decoder: BodyDecoder, field: str) -> None:
    """Refuse settings that name a column by the reserved prefix.

    Raises
    ------
    ConfigurationError
        There is such a name.
    """
    for name in [*(decoder.shape.names or ()), *(name for name, _ in decoder.shape.columns)]:
        if name.startswith(PREFIX):
            raise ConfigurationError(
                f"{field}: '{name}' begins with the reserved '{PREFIX}'; name it otherwise"
            )
