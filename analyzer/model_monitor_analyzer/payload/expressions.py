"""JMESPath within bounds: expressions come from manifests, the data they meet from anyone.

A short expression can build a value that is exponentially large (``[@,@]|[@,@]|…``). Every node visited, and
everything a function, a comparison or a flattening reads or writes, is charged against a budget of steps.
"""

import difflib
import functools
from collections.abc import Iterator
from typing import Any, Final, cast

import jmespath
from jmespath import exceptions, functions, visitor

from model_monitor_analyzer.errors import ConfigurationError

MAX_STEPS: Final = 2_000_000
"""Steps of one evaluation."""


class EvaluationError(ValueError):
    """An expression can't be evaluated on a value. It says why and holds nothing of the value."""


class Expression:
    """A compiled JMESPath expression.

    Parameters
    ----------
    text
        The expression.
    field
        Path of the field that holds it, for messages.

    Raises
    ------
    ConfigurationError
        The text is no JMESPath expression or calls an unknown function.
    """

    def __init__(self, text: str, *, field: str) -> None:
        self.text = text
        self.field = field
        self._tree = _compile(text, field)

    def __reduce__(self) -> tuple[Any, ...]:
        return functools.partial(Expression, field=self.field), (self.text,)

    def search(self, value: Any) -> Any:
        """Return what the expression finds in a JSON value.

        Raises
        ------
        EvaluationError
            A function was given a value it does not take, or the evaluation takes more than `MAX_STEPS`.
        """
        try:
            return _Interpreter(MAX_STEPS).visit(self._tree, value)
        except exceptions.JMESPathTypeError as error:
            raise EvaluationError(f"{error.function_name}() does not take this type") from None
        except RecursionError:
            raise EvaluationError("the value nests too deep") from None
        except (exceptions.JMESPathError, TypeError, ValueError, KeyError, ArithmeticError) as error:
            if isinstance(error, EvaluationError):
                raise
            raise EvaluationError("the expression does not fit the value") from None


def is_true(value: Any) -> bool:
    """Return JMESPath's truth of a value: false are null, false, and what is empty; 0 is true."""
    if isinstance(value, str | list | dict):
        return bool(value)
    return value is not None and value is not False


def _compile(text: str, field: str) -> dict[str, Any]:
    try:
        tree = cast("dict[str, Any]", jmespath.compile(text).parsed)
    except exceptions.LexerError as error:
        raise _refusal(text, field, error.lexer_position, "unexpected character") from None
    except exceptions.IncompleteExpressionError:
        raise _refusal(text, field, len(text), "incomplete expression") from None
    except exceptions.ParseError as error:
        raise _refusal(text, field, error.lex_position, f"unexpected '{error.token_value}'") from None
    except (exceptions.JMESPathError, RecursionError):
        raise _refusal(text, field, 0, "not a JMESPath expression") from None
    for name, arguments in _calls(tree):
        known = functions.Functions.FUNCTION_TABLE
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"; did you mean {near[0]}()?" if near else ""
            raise _refusal(text, field, text.find(name), f"unknown function {name}(){hint}")
        signature = known[name]["signature"]
        if arguments != len(signature) and not (signature[-1].get("variadic") and arguments > len(signature)):
            takes = f"{name}() takes {len(signature)} argument(s), not {arguments},"
            raise _refusal(text, field, text.find(name), takes)
    return tree


def _refusal(text: str, field: str, position: int, why: str) -> ConfigurationError:
    return ConfigurationError(f"{field}: {why} at position {position} of the JMESPath expression '{text}'")


def _calls(node: dict[str, Any]) -> Iterator[tuple[str, int]]:
    """Yield name and number of arguments of all function calls of a tree."""
    children = [child for child in node.get("children", ()) if isinstance(child, dict)]
    if node["type"] == "function_expression":
        yield node["value"], len(children)
    for child in children:
        yield from _calls(child)


_FUNCTIONS = functions.Functions()


def _is_ordered(value: Any) -> bool:
    """Return whether ``<`` means anything for a value: JMESPath orders numbers, and in practice texts."""
    return isinstance(value, int | float | str) and not isinstance(value, bool)


class _Interpreter(visitor.TreeInterpreter):
    """Evaluates a tree and counts the steps."""

    def __init__(self, steps: int) -> None:
        super().__init__()
        self._left = steps

    def _charge(self, steps: int) -> None:
        self._left -= steps
        if self._left < 0:
            raise EvaluationError("the evaluation takes too many steps")

    def _measure(self, value: Any) -> None:
        """Charge for all of a value, shared parts as often as they are met."""
        stack = [value]
        while stack:
            item = stack.pop()
            if isinstance(item, str):
                self._charge(1 + len(item) // 64)
            elif isinstance(item, list):
                self._charge(1 + len(item))
                stack.extend(item)
            elif isinstance(item, dict):
                self._charge(1 + len(item))
                stack.extend(item.values())
            else:
                self._charge(1)

    def visit(self, node: Any, *args: Any, **kwargs: Any) -> Any:
        self._charge(1)
        return super().visit(node, *args, **kwargs)

    def visit_comparator(self, node: Any, value: Any) -> Any:
        left, right = (self.visit(child, value) for child in node["children"])
        self._measure(left)
        self._measure(right)
        if node["value"] not in ("eq", "ne") and not (_is_ordered(left) and _is_ordered(right)):
            return None
        return self.COMPARATOR_FUNC[node["value"]](left, right)

    def visit_function_expression(self, node: Any, value: Any) -> Any:
        arguments = [self.visit(child, value) for child in node["children"]]
        for argument in arguments:
            self._measure(argument)
        return _FUNCTIONS.call_function(node["value"], arguments)

    def visit_flatten(self, node: Any, value: Any) -> Any:
        merged = super().visit_flatten(node, value)
        self._charge(len(merged or ()))
        return merged
