"""Series of plain JSON bodies at once: arrays of numbers, and objects whose members are scalars.

Arrays are checked against the grammar of JSON by a regular expression and then split like CSV. An object is
split at its quotes: the parts are compared with the members of a sample body, name by name, and what stands
between the quotes is checked against the grammar. So what passes is known to be well-formed, and its numbers
keep their digits.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import polars as pl

from model_monitor_analyzer.payload import json_text
from model_monitor_analyzer.payload.errors import BodyError
from model_monitor_analyzer.payload.values import MAX_COLUMNS, is_scalar
from model_monitor_analyzer.payload.vectorised import (
    BODY,
    PREFIX,
    ROW,
    Decoded,
    done_bodies,
    nothing_decoded,
    small,
    split_fields,
    split_rows,
)

TEMPLATES: Final = 8
"""Different forms of objects that are looked for in one series."""

_AWKWARD: Final = frozenset('"}\0')
"""Characters of keys that the forms below can't tell apart, or that no column's name may hold."""

_SPACES = " \t\r\n"
_WS = rf"[{_SPACES}]*"
_TOKEN = r"(?:-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null)"  # noqa: S105 # a JSON token


def array_bodies(bodies: pl.Series, names: Sequence[str] | None, wrapper: str | None) -> Decoded:
    """Decode arrays of arrays, or of scalars, without texts.

    Parameters
    ----------
    bodies
        Texts (String), null where there is none.
    names
        Columns; None for `_c0`, `_c1`, ….
    wrapper
        Key of the object whose only member is the array, an identifier; None where the body is the array.
    """
    text = pl.col("text")
    lines = pl.DataFrame({"text": bodies}).with_row_index(BODY).filter(small(text))
    if not len(lines):
        return nothing_decoded(bodies)
    lines = lines.with_columns(text.str.strip_chars(_SPACES))
    # Scalars are rows of their own under a wrapper or a single name, else they are the cells of one row.
    flat_rows = wrapper is not None or len(names or ()) == 1
    for layout in _layouts(wrapper, flat_rows=flat_rows):
        if lines["text"].head(1).str.contains(layout.pattern).all():
            break
    else:
        return nothing_decoded(bodies)
    lines = lines.filter(text.str.contains(layout.pattern))
    if layout.spaced:
        for space in _SPACES:
            lines = lines.with_columns(text.str.replace_all(space, "", literal=True))
    lines = lines.with_columns(text.str.strip_prefix(layout.opening).str.strip_suffix(layout.closing))
    return split_fields(split_rows(lines, layout.between_rows), bodies, names, layout.between, missing="null")


class _Layout(NamedTuple):
    """How an array is written: what it must match, what stands around its rows, between them, between cells.

    If it is `spaced`, white space that is left away in the rest may be anywhere in the text.
    """

    pattern: str
    opening: str
    closing: str
    between_rows: str
    between: str
    spaced: bool


def _layouts(wrapper: str | None, *, flat_rows: bool) -> Iterator[_Layout]:
    """Yield the layouts that arrays may have, the usual ones first."""
    for gap, spaced in ((" ", False), ("", False), ("", True)):
        space = _WS if spaced else ""
        comma = f"{space},{gap}{space}"
        cells = rf"\[{space}{_TOKEN}(?:{comma}{_TOKEN})*{space}\]"
        head = rf"\{{{space}\"{wrapper}\"{space}:{gap}{space}" if wrapper else ""
        tail = rf"{space}\}}" if wrapper else ""
        opening, closing = (f'{{"{wrapper}":{gap}', "}") if wrapper else ("", "")
        between = f",{gap}"
        yield _Layout(
            rf"^{head}\[{space}{cells}(?:{comma}{cells})*{space}\]{tail}$",
            f"{opening}[[",
            f"]]{closing}",
            f"]{between}[",
            between,
            spaced,
        )
        rows = between if flat_rows else "\n"
        yield _Layout(rf"^{head}{cells}{tail}$", f"{opening}[", f"]{closing}", rows, between, spaced)


def object_bodies(bodies: pl.Series, wrapper: str | None) -> Decoded:
    """Decode objects of scalars: one by itself, or an array of them.

    Parameters
    ----------
    bodies
        Texts (String), null where there is none.
    wrapper
        Key of the object whose only member is the array, an identifier; None for a body that is an object, or
        an array, itself.
    """
    text = pl.col("text")
    lines = pl.DataFrame({"text": bodies}).with_row_index(BODY)
    lines = _peeled(lines.filter(small(text) & ~text.str.contains("\\", literal=True)), wrapper)
    lines = lines.filter(text.str.starts_with("{") & text.str.ends_with("}"))
    lines = lines.with_columns(text.str.strip_suffix("}"))
    lines = lines.filter(pl.col("array") | ~text.str.contains("}", literal=True))
    lines = split_rows(lines, "}").with_columns(text.str.split('"'))
    frames: list[pl.DataFrame] = []
    for _ in range(TEMPLATES):
        if not len(lines):
            break
        sample = bodies[lines[BODY][0]]
        members = _members(sample, wrapper)
        matched = None if members is None else _match(lines, members)
        if matched is None or not len(matched):
            lines = lines.filter(pl.col(BODY) != lines[BODY][0])
            continue
        frames.append(matched)
        lines = lines.filter(~pl.col(BODY).is_in(matched[BODY].unique().implode()))
    if not frames:
        return nothing_decoded(bodies)
    frame = frames[0] if len(frames) == 1 else pl.concat(frames, how="diagonal").sort(BODY, ROW)
    return Decoded(frame, done_bodies(frame, bodies))


def _peeled(lines: pl.DataFrame, wrapper: str | None) -> pl.DataFrame:
    """Take away what stands around the objects, and say in `array` whether that was an array's brackets."""
    text = pl.col("text")
    lines = lines.with_columns(text.str.strip_chars(_SPACES))
    if wrapper is not None:
        head = rf"^\{{ *\"{wrapper}\" *: *\["
        lines = lines.filter(text.str.contains(head) & text.str.ends_with("}"))
        lines = lines.with_columns(text.str.replace(head, "[").str.strip_suffix("}").str.strip_chars_end(" "))
    array = text.str.starts_with("[") & text.str.ends_with("]")
    lines = lines.with_columns(array.alias("array"))
    if lines["array"].any():
        peeled = text.str.strip_prefix("[").str.strip_suffix("]").str.strip_chars(" ")
        lines = lines.with_columns(pl.when("array").then(peeled).otherwise(text))
    return lines


def _members(sample: str, wrapper: str | None) -> dict[str, bool] | None:
    """Return the keys of a sample's first row and whether each value is a text; None if it is not plain."""
    try:
        document = json_text.parse(sample)
    except BodyError:
        return None
    if wrapper is not None:
        document = document.get(wrapper) if isinstance(document, dict) else None
    row = document[0] if isinstance(document, list) and document else document
    if not isinstance(row, dict) or not row or not all(map(is_scalar, row.values())):
        return None
    if any(set(key) & _AWKWARD or key.startswith(PREFIX) for key in row) or len(row) > MAX_COLUMNS:
        return None
    return {key: isinstance(value, str) for key, value in row.items()}


def _match(lines: pl.DataFrame, members: dict[str, bool]) -> pl.DataFrame | None:
    """Return the rows of all bodies whose every row has exactly these members in this order.

    `lines` holds in `text` the parts between the quotes of a row: in turn outside and inside of texts.
    """
    opening = pl.col("0").str
    first, next_one = opening.contains(r"^ *\{ *$"), opening.contains(r"^ *, *\{ *$")
    checks = [pl.when(pl.col(ROW) == 0).then(first).otherwise(next_one)]
    bare: list[str] = []
    columns: list[pl.Expr] = []
    last_key = next(reversed(members))
    part = 1
    for key, is_text in members.items():
        end = "" if key == last_key else ","
        checks.append(pl.col(str(part)) == key)
        part += 1
        if is_text:
            checks.append(pl.col(str(part)).str.contains(r"^ *: *$"))
            checks.append(~pl.col(str(part + 1)).str.contains(r"[\x00-\x1f]"))
            columns.append(pl.col(str(part + 1)).alias(key))
            checks.append(pl.col(str(part + 2)).str.contains(rf"^ *{end} *$"))
            part += 3
        else:
            value = pl.col(str(part))
            checks.append(value.str.contains(rf"^ *: *{_TOKEN} *{end} *$"))
            columns.append(value.str.strip_chars(" :,").alias(key))
            bare.append(key)
            part += 1
    whole = lines.filter(pl.col("text").list.len() == part)
    parts = whole["text"].list.to_struct(fields=[str(index) for index in range(part)]).struct.unnest()
    parts = whole.select(BODY, ROW).hstack(parts)
    fits = parts.select(pl.all_horizontal(checks)).to_series()
    if not fits.all():
        whole, parts = whole.filter(fits), parts.filter(fits)
    if len(whole) != len(lines):
        complete = _complete(whole, lines)
        parts = parts.filter(pl.col(BODY).is_in(complete.implode()))
    matched = parts.select(BODY, ROW, *columns)
    return matched.with_columns(pl.when(pl.col(bare) != "null").then(pl.col(bare)))


def _complete(matched: pl.DataFrame, lines: pl.DataFrame) -> pl.Series:
    """Return the bodies all of whose rows matched."""
    counted = lines.group_by(BODY).len().join(matched.group_by(BODY).len(name="matched"), on=BODY)
    return counted.filter(pl.col("len") == pl.col("matched"))[BODY]
