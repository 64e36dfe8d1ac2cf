"""Checks that fit the model again: what they find, what they say, and how far they say they are."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from tests.diagnostics.market import dataset, frame
from tests.diagnostics.test_model import MEDIA, SPEC, model, refits_of_evaluate
from xl_mmm.dataset.changed import with_later_start, without_channel
from xl_mmm.diagnostics import PASS, REVIEW, Check, Refits, refit_checks
from xl_mmm.diagnostics.placebo import quiet_copy
from xl_mmm.diagnostics.refits import Work, choices_for
from xl_mmm.diagnostics.refitted import REFIT_CHECKS, coverage_error
from xl_mmm.errors import FitError
from xl_mmm.fitting import evaluate, fit, refits_of
from xl_mmm.posterior import Posterior
from xl_mmm.spec import ChannelSpec, LiftTest, ModelSpec


@pytest.fixture
def table() -> pd.DataFrame:
    return frame()


def check(key: str, posterior: Posterior, refits: Refits | None = None, **options: object) -> Check:
    refits = refits or refits_of_evaluate(posterior)
    return dict(zip(REFIT_CHECKS, refit_checks(posterior, refits, **options), strict=True))[key]


def test_without_refits_every_check_says_what_to_run(table):
    for found in refit_checks(fit(dataset(table), SPEC, draws=1).posterior, None):
        assert (found.status, found.value) == (REVIEW, None)
        assert "xl-mmm run" in found.action


def test_a_model_set_by_hand_is_not_fitted_again(table):
    for found in refit_checks(model(table), None):
        assert (found.status, found.value) == (REVIEW, None)
        assert "set by hand" in found.message


def test_messages_of_the_true_model(table):
    found = {key: check(key, model(table)) for key in REFIT_CHECKS}
    assert {c.status for c in found.values()} == {PASS}
    assert "of 13 weeks inside the 90% range" in found["holdout"].message
    assert "of 52 weeks that the model had not seen" in found["coverage"].message
    assert found["coverage"].threshold == pytest.approx(0.75, abs=0.001)
    assert found["crps"].value < 1
    assert "repeating the year before" in found["crps"].message
    assert found["placebo"].message.startswith("An invented channel (tv ")
    assert "each channel in turn" in found["leave_one_out"].message
    assert "over the same weeks" in found["subsets"].message


def test_a_last_quarter_unlike_the_rest_shows_in_the_holdout(table):
    table.loc[len(table) - 13 :, "sales"] *= 1.5
    found = check("holdout", model(table))
    assert found.status == REVIEW
    assert 0.25 < found.value < 0.45
    assert "0 of 13 weeks inside" in found.message
    assert found.action


def test_ranges_too_narrow_are_found(table):
    posterior = model(table)
    refits = refits_of_evaluate(posterior)

    def narrow(data, spec, *, ranges, progress):
        one = refits.fit(data, spec, ranges=ranges, progress=progress)
        return dataclasses.replace(one, sigma=0.3 * one.sigma)

    found = check("coverage", posterior, Refits(posterior, narrow))
    assert found.status == REVIEW
    assert found.value < 0.6
    assert "narrower" in found.action


def test_the_limit_of_coverage_follows_level_and_length():
    assert coverage_error(0.9, 52, 1.0) == pytest.approx(np.sqrt(0.09 / 13))
    assert coverage_error(0.5, 13, 1.0) == pytest.approx(np.sqrt(0.25 / 3.25))
    assert coverage_error(0.9, 364, 1 / 7) == pytest.approx(np.sqrt(0.09 / 13))
    assert coverage_error(0.9, 12, 4.348) == pytest.approx(np.sqrt(0.09 / 12))


def test_a_model_that_last_year_beats_is_reviewed(table):
    week = np.arange(len(table))
    table["sales"] = np.round(1e5 + 2e4 * ((week % 52) < 3) + 120 * np.sqrt(table["tv"]) * 0)
    posterior = model(table)
    found = check("backtest", posterior)
    assert found.status == REVIEW
    assert "Repeating last year forecasts better" in found.action
    scored = check("crps", posterior)
    assert scored.status == REVIEW
    assert scored.value > 1


def test_a_refit_that_fails_is_told_not_hidden(table):
    posterior = model(table)

    def fail(data, spec, *, ranges, progress):
        raise FitError(f"too short at {data.n_weeks}")

    for key in REFIT_CHECKS:
        found = check(key, posterior, Refits(posterior, fail))
        assert (found.status, found.value) == (REVIEW, None), key
        assert "too short at" in found.message


def test_one_channel_has_nothing_to_hang_on():
    one = evaluate(dataset(frame(), spend=["tv"]), SPEC, {"tv": MEDIA["tv"]}).posterior
    found = check("leave_one_out", one)
    assert (found.status, found.value) == (PASS, None)
    assert "no two paid channels" in found.message


def test_a_placebo_that_earns_is_reviewed(table):
    _, shift, _ = quiet_copy(dataset(table))
    sold = np.roll(120 * np.sqrt(table["tv"]), shift)
    table["sales"] += np.round(sold)
    posterior = model(table)
    refits = refits_of_evaluate(posterior, MEDIA | {"placebo": MEDIA["tv"]})
    found = check("placebo", posterior, refits)
    assert found.status == REVIEW
    assert found.value == pytest.approx(sold.sum() / table["sales"].sum(), rel=1e-3)
    assert found.threshold == 0.005
    assert "credit where none is due" in found.action


def test_a_placebo_that_pays_back_in_most_draws_is_reviewed(table):
    """A prior that allows its low end does not excuse a return above break-even."""
    spec = dataclasses.replace(SPEC, channels={"tv": dataclasses.replace(SPEC.default, roi=(3.0, 30.0))})
    posterior = dataclasses.replace(model(table, spec), method="bayes")
    refits = refits_of_evaluate(posterior, MEDIA | {"placebo": {**MEDIA["tv"], "coefficient": 150.0}})
    found = check("placebo", posterior, refits)
    assert (found.status, found.value, found.threshold) == (REVIEW, 1.0, 0.9)
    assert "In 100% of draws it pays back" in found.message
    assert "Before the data the invented one had 3.00 to 30.00" in found.message


def test_progress_rises_to_the_end(table):
    told: list[tuple[int, int]] = []
    fitted = fit(dataset(table), SPEC, draws=20)
    refit_checks(fitted.posterior, refits_of(fitted), progress=lambda done, total: told.append((done, total)))
    done = [at for at, _ in told]
    assert done == sorted(done)
    assert {total for _, total in told} == {5 * 100 + 4 * 10}
    assert done[-1] == 540
    assert len(set(done)) > 9


def test_what_a_report_of_progress_raises_ends_the_work(table):
    class Stopped(BaseException):
        pass

    def stop(done: int, total: int) -> None:
        if done > 150:
            raise Stopped

    fitted = fit(dataset(table), SPEC, draws=2)
    with pytest.raises(Stopped):
        refit_checks(fitted.posterior, refits_of(fitted), progress=stop)


def test_the_same_seed_gives_the_same_checks(table):
    posterior = model(table)
    refits = refits_of_evaluate(posterior)
    assert refit_checks(posterior, refits) == refit_checks(posterior, refits)


def test_choices_follow_the_data_that_are_left():
    data = dataset(frame())
    inside = LiftTest("tv", "2022-03-07", "2022-03-28", -1e4, -2e4, 5e3)
    late = LiftTest("tv", "2024-03-04", "2024-05-27", -1e4, -2e4, 5e3, measured_until="2024-06-17")
    other = LiftTest("search", "2022-03-07", "2022-03-28", -1e4, -2e4, 5e3)
    spec = ModelSpec(channels={"tv": ChannelSpec(), "search": ChannelSpec()}, lift_tests=(inside, late, other))
    assert choices_for(spec, data) == spec
    assert choices_for(spec, data.without_last(3)).lift_tests == (inside, other)
    assert choices_for(spec, with_later_start(data, 20)).lift_tests == (late,)
    fewer = choices_for(spec, without_channel(data, "search"))
    assert (list(fewer.channels), fewer.lift_tests) == (["tv"], (inside, late))


def test_work_that_nobody_watches_is_not_reported(table):
    posterior = model(table)
    work = Work(refits_of_evaluate(posterior).fit, 100, None)
    assert work.fit(posterior.dataset, SPEC, ranges=True).method == "evaluate"
    assert work.done == 100
