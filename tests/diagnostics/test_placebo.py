"""A channel that never ran: little credit where the model is right, much where the copy is a channel in disguise."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tests.diagnostics.market import dataset, frame
from xl_mmm.diagnostics.placebo import believed, correlations, free_name, placebo, quiet_copy
from xl_mmm.diagnostics.refits import Work
from xl_mmm.fitting import fit, refits_of
from xl_mmm.spec import ChannelSpec, ModelSpec

SPEC = ModelSpec(default=ChannelSpec(saturation="power", decay=0.0, exponent=0.5))


def found(table, spec=SPEC, method="ols", **options):
    model = fit(dataset(table, **options), spec, method=method, draws=1)
    return placebo(model.posterior, Work(refits_of(model).fit, 100, None))


def test_the_copy_is_of_the_largest_channel_and_resembles_none():
    data = dataset(frame())
    k, shift, alike = quiet_copy(data)
    assert k == int(np.argmax(data.spend.sum(axis=0)))
    assert 0.35 * 130 <= shift <= 0.65 * 130
    copy = np.roll(data.media[:, k], shift)
    assert alike == pytest.approx(max(abs(np.corrcoef(copy, data.media[:, j])[0, 1]) for j in range(2)))
    assert alike < 0.1


def test_where_nothing_was_sold_nothing_is_found():
    result = found(frame())
    assert result.stopped == ""
    assert result.copied == "tv"
    assert result.returned.shape == (80, 2)
    assert result.prior is None
    assert result.least(0.9) < 0.005
    assert result.returned[:, 0].mean() < 0.2 * result.returned[:, 1].mean()


def test_a_channel_in_disguise_is_found():
    """What the copy would have sold is in the KPI, so the model that meets it must believe in it."""
    table = frame()
    k, shift, _ = quiet_copy(dataset(table))
    sold = 120 * np.sqrt(np.roll(table[["tv", "search"][k]], shift))
    result = found(table.assign(sales=table["sales"] + np.round(sold)))
    assert result.least(0.9) > 0.005
    assert result.returned[:, 0].mean() == pytest.approx(sold.sum() / table["tv"].sum(), rel=0.25)


def test_a_prior_is_set_beside_what_the_copy_gets():
    table = frame()
    spec = ModelSpec(channels={"tv": dataclasses.replace(SPEC.default, roi=(0.1, 2.0))}, default=SPEC.default)
    result = found(table, spec, "bayes")
    assert result.prior == (0.1, 2.0)
    assert result.spend_share == pytest.approx(table["tv"].sum() / table["sales"].sum())
    assert result.allowed(0.0) == pytest.approx(0.1 * result.spend_share)
    assert result.allowed(0.5) == 0.5
    assert result.least(0.9) < result.allowed(0.005)


def test_a_fixed_return_is_not_given_to_the_copy():
    data = dataset(frame())
    low, high = believed(ChannelSpec(roi=1.5), data)
    assert (low, high) == pytest.approx((np.exp(0.2 - 0.9 * 1.6448536), np.exp(0.2 + 0.9 * 1.6448536)))
    assert believed(ChannelSpec(roi=(0.5, 3.0)), data) == (0.5, 3.0)


def test_a_channel_that_never_changes_has_no_copy():
    table = frame()
    steady = table.assign(tv=1_000.0, search=500.0)
    assert quiet_copy(dataset(steady)) is None
    assert quiet_copy(dataset(table.assign(tv=100_000.0)))[0] == 1  # the next one by spend


def test_too_few_weeks_are_told():
    model = fit(dataset(frame()), SPEC, draws=2)

    def fail(data, spec, *, ranges, progress):
        raise_for = fit(data.without_last(122), spec)
        return raise_for.posterior

    result = placebo(model.posterior, Work(fail, 100, None))
    assert "cannot be fitted with one more channel" in result.stopped


def test_the_copy_takes_a_free_name():
    data = dataset(frame().rename(columns={"tv": "placebo"}), spend=["placebo", "search"])
    assert free_name(data) == "placebo 2"
    assert found(frame().rename(columns={"tv": "placebo"}), spend=["placebo", "search"]).copied == "placebo"


def test_correlation_with_what_never_changes_is_none():
    x = np.array([[1.0, 5.0], [2.0, 5.0], [4.0, 5.0]])
    assert correlations(x, x) == pytest.approx(np.array([[1.0, 0.0], [0.0, 0.0]]))
