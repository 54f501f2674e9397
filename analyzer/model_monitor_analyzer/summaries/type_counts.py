"""How many values have each type, and the type of a column that follows."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeCounts:
    """How many present values have each type."""

    fractional: int = 0
    integral: int = 0
    boolean: int = 0
    string: int = 0

    def __add__(self, other: "TypeCounts") -> "TypeCounts":
        """Return the counts over both together."""
        return TypeCounts(
            fractional=self.fractional + other.fractional,
            integral=self.integral + other.integral,
            boolean=self.boolean + other.boolean,
            string=self.string + other.string,
        )

    @property
    def inferred(self) -> Literal["Unknown", "String", "Boolean", "Fractional", "Integral"]:
        """The column's type by Deequ's rule.

        Any string, or a boolean among numbers, makes a String column; any fractional number a Fractional one.
        """
        numbers = self.fractional + self.integral
        if self.string or (self.boolean and numbers):
            return "String"
        if self.boolean:
            return "Boolean"
        if not numbers:
            return "Unknown"
        return "Fractional" if self.fractional else "Integral"
