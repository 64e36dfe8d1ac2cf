"""A comparison survives its text, and damage is seen."""

from __future__ import annotations

import math

import pytest

from tests.comparison.made_up import candidate, comparison, refused
from xl_mmm.comparison import Comparison
from xl_mmm.errors import MmmError
from xl_mmm.posterior_text import LINE


def test_text_and_back() -> None:
    one = comparison(candidate("ols", score=0.0123456), candidate("lasso", held=math.nan))
    again = Comparison.from_text(one.to_text())
    assert again.to_text() == one.to_text()
    assert again.candidates[0] == one.candidates[0]
    assert math.isnan(again.candidates[2].held)
    assert (again.channels, again.level, again.is_money, again.order) == (one.channels, 0.9, True, 0.9)


def test_a_refused_method_keeps_its_reason() -> None:
    again = Comparison.from_text(comparison(refused("ridge", "tv: nothing was spent, 0 € ✗")).to_text())
    assert again.candidates[1].refused == "tv: nothing was spent, 0 € ✗"


def test_lines_fit_into_cells() -> None:
    many = tuple(f"channel {i}" for i in range(90))
    returns = ((1.234567, 0.123456, 2.345678),) * len(many)
    methods = [candidate(method, returns=returns) for method in ("ols", "ridge", "lasso", "bayes")]
    lines = comparison(*methods, channels=many).to_text().split("\n")
    assert max(map(len, lines)) <= LINE
    assert len(lines) <= 3 + len(many) // 30


@pytest.mark.parametrize("damage", [lambda t: t.replace("0.9", "0.8", 1), lambda t: t[:-2], lambda t: "other" + t])
def test_damage_is_seen(damage: object) -> None:
    assert callable(damage)
    with pytest.raises(MmmError, match="Compare again"):
        Comparison.from_text(damage(comparison().to_text()))


def test_ranges_that_share_a_value() -> None:
    apart = candidate("ols", returns=((9.0, 8.0, 10.0), (1.0, 0.5, 1.5)))
    one = comparison(apart)
    assert not one.overlap(0)
    assert one.overlap(1)


def test_a_channel_without_spend_is_left_out() -> None:
    blank = ((math.nan,) * 3, (1.0, 0.5, 1.5))
    one = comparison(*(candidate(method, returns=blank) for method in ("ols", "ridge", "lasso", "bayes")))
    assert one.earning == (1,)
    assert not one.overlap(0)
