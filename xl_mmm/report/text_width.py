"""How wide a text stands, before anything draws it."""

from __future__ import annotations


def text_width(text: str, size: float = 10.0, *, bold: bool = False) -> float:
    """Width of a text in column units (digits of 11 point Calibri), estimated from letter classes.

    Parameters
    ----------
    text
        One line.
    size
        Font size, points.
    bold
        Whether it is bold.
    """
    narrow, wide = "iljtfrI.,:;'|!()[] ", "mwMWQO@%&"
    units = sum(0.55 if c in narrow else 1.45 if c in wide else 1.2 if c.isupper() else 1.0 for c in text)
    return units * size / 11.0 * (1.06 if bold else 1.0)
