"""MMM_LIFT_TESTS and MMM_LIFT_PRIOR as a sheet asks for them, and a changed test that makes the model stale."""

from __future__ import annotations

from datetime import date

import pytest

from tests.functions.planner import fit, planner_tables, put, setting
from xl_mmm.functions import call
from xl_mmm.functions.cells import VALUE
from xl_mmm.functions.experiments import PRIOR_HEADERS, TEST_HEADERS
from xl_mmm.tables import names as n

LIVE = setting(n.SET_REFIT, n.LIVE)
ORDER = (n.TBL_LIFT_TESTS, n.TBL_DATA, n.TBL_CHANNELS, n.TBL_SETTINGS, n.TBL_PARAMETERS, n.TBL_CONTROLS)


def priors(*edits, rows=None):
    tables = planner_tables(*edits)
    return call("MMM_LIFT_PRIOR", [*(tables[name] for name in ORDER), None, None, rows])


def test_a_model_that_uses_no_tests_shows_what_it_would_foresee() -> None:
    headers, row = call("MMM_LIFT_TESTS", [fit(planner_tables(LIVE)), 0.9])
    found = dict(zip(TEST_HEADERS, row, strict=True))
    assert tuple(headers) == TEST_HEADERS
    assert (found["Channel"], found["Start"], found["Measured"]) == ("tv", 45082.0, -30000.0)
    assert found["Measured low"] == pytest.approx(-30000 - 1.6448536 * 9000)
    assert found["After low"] <= found["After"] <= found["After high"] <= 0
    assert found["Before"] == found["ROI before"] == found["Conflict z"] == ""
    assert found["Verdict"] == "not used"


def test_a_model_that_uses_them_shows_before_and_after() -> None:
    block = fit(planner_tables(LIVE, setting(n.SET_METHOD, "bayes"), setting(n.SET_SEASONALITY, 0.0)))
    (row,) = call("MMM_LIFT_TESTS", [block, 0.9, 1.0])
    found = dict(zip(TEST_HEADERS, row, strict=True))
    assert found["Before low"] < found["Before"] < found["Before high"]
    assert found["ROI before low"] < found["ROI before"] < found["ROI before high"]
    assert abs(found["After"] - found["Measured"]) < abs(found["Before"] - found["Measured"]) + 9000
    assert found["Verdict"] in {"agrees", "conflicts with the data"}


def test_every_step_of_a_prior_stands_in_its_cell() -> None:
    headers, row = priors()
    found = dict(zip(PRIOR_HEADERS, row, strict=True))
    assert tuple(headers) == PRIOR_HEADERS
    assert (found["Channel"], found["Start"], found["Informs"], found["Used"]) == ("tv", 45082.0, "mROI", "yes")
    assert (found["Estimate"], found["Standard error"]) == (1.5, 0.45)
    assert 0 < found["p exact"] < found["p"] < 1
    assert found["Gamma"] == pytest.approx(1 / found["p exact"])
    assert found["Mean"] == pytest.approx(1.5 * found["Gamma"])
    taus = sum(found[name] for name in ("Tau duration", "Tau spend", "Tau recency"))
    assert found["Standard deviation"] == pytest.approx(0.45 * (1 + taus) ** 0.5)
    assert found["Prior low"] < found["Mean"] < found["Prior high"]


def test_a_test_that_sets_no_prior_says_why_and_no_test_says_nothing() -> None:
    wrong_sign = priors(put(n.TBL_LIFT_TESTS, 2, n.H_INCREMENTAL_KPI, 30000.0))[1]
    assert wrong_sign[-1] == "no: its estimate is not above zero, as every ROI is"
    outside = priors(put(n.TBL_LIFT_TESTS, 2, n.H_START, date(2020, 1, 6)))[1]
    assert outside[2] == ""
    assert "before the first period of the model" in outside[-1]
    cleared = [put(n.TBL_LIFT_TESTS, 2, header, None) for header in n.TABLE_HEADERS[n.TBL_LIFT_TESTS]]
    assert priors(*cleared, rows=2.0) == [[""] * len(PRIOR_HEADERS)] * 2


def test_a_table_at_fault_gives_no_prior() -> None:
    assert priors(put(n.TBL_LIFT_TESTS, 2, n.H_STANDARD_ERROR, -1.0)) == VALUE


def test_a_changed_test_makes_the_model_stale() -> None:
    kept = fit(planner_tables(LIVE))

    def standing(*edits) -> str:
        tables = planner_tables(*edits)
        order = (n.TBL_DATA, n.TBL_CHANNELS, n.TBL_CONTROLS, n.TBL_LIFT_TESTS, n.TBL_SETTINGS)
        block = call("MMM_FIT", [*(tables[name] for name in order), kept, tables[n.TBL_PARAMETERS]])
        return " ".join(row[0] for row in call("MMM_WHY", [block]))

    assert "choices" not in standing()
    for header, value in ((n.H_INCREMENTAL_KPI, -31000.0), (n.H_IN_DATA, n.NO)):
        assert "choices on Assumptions or Experiments changed" in standing(put(n.TBL_LIFT_TESTS, 2, header, value))
    assert "choices on Assumptions" in standing(setting(n.SET_LIFT_TESTS, n.AS_PRIORS))
