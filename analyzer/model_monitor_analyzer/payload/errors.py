"""Why a body can't be turned into rows."""

from enum import StrEnum


class BodyProblem(StrEnum):
    """What is wrong with a body."""

    INVALID_BASE64 = "InvalidBase64"
    """The body is recorded as BASE64 and is none."""

    NOT_TEXT = "BodyNotText"
    """The body is neither UTF-8 text nor a tensor."""

    INVALID_CSV = "InvalidCsvBody"
    """A quoted field of a CSV body never ends, or goes on after its closing quote."""

    INVALID_JSON = "InvalidJsonBody"
    """The body is no JSON document, or no sequence of lines that are."""

    INVALID_TENSOR = "InvalidTensorBody"
    """Names, types, shapes or sizes of tensors contradict the data, or one is unknown."""

    NOT_TABULAR = "BodyNotTabular"
    """The JSON document has no rows where they are expected."""

    WIDTH_MISMATCH = "WidthMismatch"
    """A row has another number of values than there are names."""

    TOO_LARGE = "BodyTooLarge"
    """The body nests too deep, or has too many rows, columns or values."""

    EXPRESSION_FAILED = "ExpressionFailed"
    """A JMESPath expression can't be evaluated on the body, or takes too many steps."""


class BodyError(ValueError):
    """A body can't be turned into rows. It says why and holds nothing of the body.

    Parameters
    ----------
    problem
        What is wrong.
    """

    def __init__(self, problem: BodyProblem) -> None:
        super().__init__(problem.value)
        self.problem = problem
