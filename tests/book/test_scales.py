"""Number formats by size: at least three digits, and the next finer one for parts."""

from __future__ import annotations

import pytest

from xl_mmm.book.styles import scale_below, scale_for


@pytest.mark.parametrize(
    ("size", "shown", "twelfth"),
    [(5e10, "50.0bn", "4,166.7m"), (3.94e6, "3.94m", "328k"), (2.4e5, "240k", "20,000"), (2400.0, "2,400", "200")],
)
def test_a_twelfth_of_what_is_shown_keeps_its_digits(size: float, shown: str, twelfth: str) -> None:
    assert scale_for(size).text(size) == shown
    assert scale_below(scale_for(size)).text(size / 12) == twelfth
