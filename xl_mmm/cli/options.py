"""Options that hold lists: headers, pairs, the worth of a KPI unit."""

from __future__ import annotations

import math

import typer


def headers(text: str, option: str) -> tuple[str, ...]:
    """Split `a,b`; a header that holds a comma is written `"a,b"`."""
    import csv

    if not text.strip():
        return ()
    headers = tuple(item.strip() for item in next(csv.reader([text], skipinitialspace=True)))
    if not all(headers):
        raise typer.BadParameter(f"'{text}' has nothing between two commas, or at an end.", param_hint=option)
    return headers


def pairs(text: str) -> dict[str, str]:
    """Split `tv=tv_grp,search=clicks`."""
    pairs = {}
    for item in headers(text, "--media"):
        channel, equals, column = item.partition("=")
        if not equals or not channel.strip() or not column.strip():
            raise typer.BadParameter(f"'{item}' is not of the form channel=column.", param_hint="--media")
        pairs[channel.strip()] = column.strip()
    return pairs


def revenue(text: str) -> float | str | None:
    """Return a number, a header, or None for `none`."""
    if text.strip().lower() == "none":
        return None
    try:
        rate = float(text)
    except ValueError:
        return text
    if not 0 < rate < math.inf:
        what = f"{text} is no worth of a unit; give a number above 0, a header, or none for a KPI without revenue."
        raise typer.BadParameter(what, param_hint="--revenue-per-kpi")
    return rate
