"""The words about methods follow from their numbers, whatever these are."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.comparison.made_up import CHANNELS, candidate, comparison, refused
from xl_mmm.comparison import Candidate, Comparison, advise
from xl_mmm.report.comparison import ALIKE_ORDER, SOME_ORDER, sentences
from xl_mmm.spec import METHODS

SHARE = st.floats(0.0, 1.0)


@st.composite
def candidates(draw: st.DrawFn, method: str) -> Candidate:
    if draw(st.integers(0, 9)) == 0:
        return refused(method)
    seen = draw(st.booleans())
    ends = [sorted(draw(st.lists(st.floats(0.01, 20.0), min_size=3, max_size=3))) for _ in CHANNELS]
    returns = tuple((middle, low, high) for low, middle, high in ends)
    facts = {
        "met": draw(st.integers(0, 9)) > 0, "returns": returns, "total": returns[0],
        **({"quarters": draw(st.integers(1, 4)), "miss": draw(SHARE), "held": draw(SHARE), "score": draw(SHARE)} if seen
           else {"quarters": 0, "miss": math.nan, "held": math.nan, "score": math.nan}),
    }  # fmt: skip
    return candidate(method, **facts)


@st.composite
def comparisons(draw: st.DrawFn) -> Comparison:
    order = draw(st.one_of(st.just(math.nan), st.floats(-1.0, 1.0)))
    return comparison(*(draw(candidates(method)) for method in METHODS), order=order, is_money=draw(st.booleans()))


@settings(max_examples=300, deadline=None)
@given(comparisons())
def test_no_sentence_contradicts_the_numbers(one: Comparison) -> None:
    advice = advise(one)
    answer, forecast, reason, agreement, whole = sentences(one)
    chosen = next((c for c in one.candidates if c.method == advice.method), None)
    if chosen is None:
        assert answer.startswith("No method")
        assert all(f"{method}: " in reason for method in advice.verdicts)
    else:
        assert answer.startswith(f"Read {chosen.method}:")
        assert not advice.verdicts[chosen.method].startswith("out")
        assert ("forecasts of" in forecast) == (chosen.quarters > 0)
        if "forecasts best" in reason:
            rivals = [c for c in one.fitted if not advice.verdicts[c.method].startswith("out")]
            assert all(chosen.score <= c.score for c in rivals if not math.isnan(c.score))
        if "too narrow" in reason:
            assert all(c.held < one.level for c in one.fitted if c.met)
    if (count := re.match(r"All methods' ranges share a value on (\d+) of (\d+)", agreement)) is not None:
        assert tuple(map(int, count.groups())) == (sum(map(one.overlap, one.earning)), len(one.earning))
        assert ("channels in the same order" in agreement) == (one.order >= ALIKE_ORDER)
        assert ("different orders" in agreement) == (one.order < SOME_ORDER)
    if "different stories" in whole:
        apart = sum(not one.overlap(k) for k in one.earning)
        assert one.order < SOME_ORDER or apart > len(one.earning) / 2


def test_the_usual_answer() -> None:
    assert sentences(comparison()) == [
        "Read bayes: all paid media together returned 1.80× (1.20× to 2.40×).",
        "Its forecasts of 4 quarters it had not seen miss by 8 %, and its ranges held 90 % of the weeks (they claim "
        "90 %).",
        "It forecasts as well as ols, ridge, lasso (scores within 10 %); among equals its ranges hold the truth most "
        "often on simulated markets.",
        "All methods' ranges share a value on 2 of 2 channels; they rank the channels in the same order "
        "(rank correlation 0.90).",
        "For all paid media together the methods say 1.80×.",
    ]


@pytest.mark.parametrize("held", [0.2, 0.7])
def test_narrow_ranges_are_called_narrow(held: float) -> None:
    reason = sentences(comparison(*(candidate(method, held=held) for method in METHODS)))[2]
    assert "take all of them as too narrow" in reason


def test_a_cost_per_unit_is_no_multiple() -> None:
    assert "1.8 (1.2 to 2.4) units of the KPI per unit of money" in sentences(comparison(is_money=False))[0]
