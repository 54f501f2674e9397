"""Which columns of the data are analysed, as what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from model_monitor_api.v1alpha1.columns import ColumnKind, Columns

if TYPE_CHECKING:
    # Workers load this module, and should not have to load SciPy with it.
    from model_monitor_analyzer.data_quality.profile import Role


def declared_kinds(columns: Columns) -> dict[str, ColumnKind]:
    """Return the kinds that are declared, and of a classifier's prediction that it is categorical."""
    of_prediction: dict[str, ColumnKind] = {}
    if columns.prediction and columns.problem_type in {"BinaryClassification", "MulticlassClassification"}:
        of_prediction[columns.prediction] = "Categorical"
    return {**of_prediction, **columns.kinds}


@dataclass(frozen=True)
class Analysed:
    """The columns that an analysis looks at.

    Attributes
    ----------
    features
        Those that a person listed; None for all that nothing else is said of.
    outputs
        Role of the columns that the model answers with.
    left_out
        Columns that are something else: label, time, ids, or excluded.
    """

    features: frozenset[str] | None
    outputs: Mapping[str, Role]
    left_out: frozenset[str]

    @classmethod
    def of(cls, columns: Columns) -> Analysed:
        """Read the declarations."""
        outputs: dict[str, Role] = {}
        if columns.prediction is not None:
            outputs[columns.prediction] = "Prediction"
        if columns.probability is not None:
            outputs[columns.probability] = "Probability"
        named = [columns.label, columns.timestamp, columns.cluster_key, *columns.ids, *columns.exclude]
        left_out = {name for name in named if name is not None}
        features = None if columns.features is None else frozenset(columns.features)
        # A column may be a feature and something else, such as the key of dependent rows.
        return cls(features, outputs, frozenset(left_out - (features or frozenset()) - outputs.keys()))

    def select(self, names: Iterable[str]) -> list[str]:
        """Return the names of the columns that are analysed, in their order."""
        return [name for name in names if self._wants(name)]

    def _wants(self, name: str) -> bool:
        if name in self.outputs:
            return True
        return name not in self.left_out if self.features is None else name in self.features
