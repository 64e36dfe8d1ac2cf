"""Each rule of the advice decides where it should, and none before those above it."""

from __future__ import annotations

import math

from tests.comparison.made_up import candidate, comparison, refused
from xl_mmm.comparison import advise
from xl_mmm.comparison.advice import ALIKE, READ, TRUSTED
from xl_mmm.spec import METHODS


def test_every_method_has_its_place_in_the_order_of_trust() -> None:
    assert sorted(TRUSTED) == sorted(METHODS)


def test_among_equals_the_ranges_that_hold_most_often_are_read() -> None:
    advice = advise(comparison())
    assert (advice.method, advice.rule) == ("bayes", "trust")
    assert advice.verdicts["bayes"] == READ
    assert all(advice.verdicts[method].startswith("as good") for method in ("ols", "ridge", "lasso"))


def test_a_clearly_better_forecast_beats_trust() -> None:
    advice = advise(comparison(candidate("ridge", score=0.04)))
    assert (advice.method, advice.rule) == ("ridge", "score")
    assert advice.verdicts["bayes"] == "forecasts worse"


def test_a_slightly_better_forecast_does_not() -> None:
    assert advise(comparison(candidate("ridge", score=0.05 / ALIKE + 1e-6))).method == "bayes"


def test_ranges_that_did_not_hold_put_a_method_out_however_well_it_forecasts() -> None:
    advice = advise(comparison(candidate("bayes", held=0.6, score=0.01)))
    assert advice.method == "ols"
    assert advice.verdicts["bayes"] == "out: its ranges held only 60 % of unseen weeks"


def test_chains_that_did_not_meet_put_a_method_out() -> None:
    advice = advise(comparison(candidate("bayes", met=False)))
    assert advice.method == "ols"
    assert advice.verdicts["bayes"].startswith("out: its chains")


def test_a_refused_method_says_why() -> None:
    advice = advise(comparison(refused("lasso", "promo is constant")))
    assert advice.verdicts["lasso"] == "out: promo is constant"


def test_when_no_ranges_hold_the_best_forecast_is_read_with_a_warning() -> None:
    methods = [candidate(method, held=0.5, score=0.05 if method == "lasso" else 0.09) for method in METHODS]
    advice = advise(comparison(*methods))
    assert (advice.method, advice.rule) == ("lasso", "narrow")


def test_without_forecasts_trust_decides() -> None:
    blank = {"quarters": 0, "miss": math.nan, "held": math.nan, "score": math.nan}
    advice = advise(comparison(*(candidate(method, **blank) for method in METHODS)))
    assert (advice.method, advice.rule) == ("bayes", "unseen")


def test_one_method_left_is_read_alone() -> None:
    advice = advise(comparison(refused("bayes"), refused("ridge"), refused("lasso")))
    assert (advice.method, advice.rule) == ("ols", "alone")


def test_no_method_left() -> None:
    advice = advise(comparison(*map(refused, METHODS)))
    assert (advice.method, advice.rule) == (None, "none")
