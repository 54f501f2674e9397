"""The two sides of records joined row by row."""

from typing import NamedTuple

import polars as pl

from model_monitor_analyzer.payload.vectorised import BODY, ROW


class Joined(NamedTuple):
    """Rows with the columns of both sides.

    Attributes
    ----------
    frame
        `BODY`, `ROW`, the columns of the request and those of the response, in the order of bodies and rows.
    mismatched
        Bodies whose response has another number of rows than the request; the request's rows are kept, with
        nothing for the response.
    """

    frame: pl.DataFrame
    mismatched: tuple[int, ...]


def join_sides(request: pl.DataFrame, response: pl.DataFrame) -> Joined:
    """Join rows of requests with those of responses.

    Parameters
    ----------
    request, response
        `BODY`, `ROW` and columns, in the order of bodies and rows. Of columns that both have, the response's
        count. A body may be in one of them only.
    """
    request = request.drop(set(request.columns) & set(response.columns) - {BODY, ROW})
    if request.width == 2 and not len(request):
        return Joined(response, ())
    if request[BODY].equals(response[BODY]) and request[ROW].equals(response[ROW]):
        return Joined(request.hstack(response.drop(BODY, ROW)), ())
    counts = request.group_by(BODY).len().join(response.group_by(BODY).len(name="other"), on=BODY)
    mismatched = counts.filter(pl.col("len") != pl.col("other"))[BODY].sort()
    paired = response.filter(~pl.col(BODY).is_in(mismatched.implode()))
    frame = request.join(paired, on=[BODY, ROW], how="full", coalesce=True).sort(BODY, ROW)
    return Joined(frame, tuple(mismatched.to_list()))
