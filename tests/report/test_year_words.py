"""Words of the sheet Plan: whatever the numbers are, no sentence says anything else."""

from __future__ import annotations

import math
import re

from hypothesis import given, settings
from hypothesis import strategies as some

from xl_mmm.report.findings import money, percent
from xl_mmm.report.year_words import LIKE, YearFacts, flow, headline, outlook
from xl_mmm.tables import names as n

AMOUNT = some.one_of(some.just(0.0), some.floats(0.01, 1e9))
NEAR = some.sampled_from([0.99, 0.994, 0.9951, 0.9999, 1.0, 1.0001, 1.0051, 1.006, 1.2])  # about the thresholds


@some.composite
def years(draw: some.DrawFn) -> YearFacts:
    """Draw a year whose numbers hang together as far as the planning makes them, and no further."""
    spend, kpi, outcome = draw(AMOUNT), draw(some.floats(0.1, 1e9)), draw(AMOUNT)
    ends = sorted(draw(some.lists(some.floats(0.2, 2.0), min_size=2, max_size=2)))
    least = draw(AMOUNT)
    before = draw(some.one_of(some.just(math.nan), some.just(0.0), NEAR.map(lambda near: kpi / near), AMOUNT))
    return YearFacts(
        name=draw(some.sampled_from([n.TODAY, "Cut"])), first="2026-01-05", last="2027-01-03", spend=spend,
        cash=spend * draw(NEAR), outcome=outcome, low=ends[0] * outcome, high=ends[1] * outcome,
        after=outcome * draw(some.floats(0, 1)), carry_in=draw(AMOUNT), kpi=kpi, kpi_low=ends[0] * kpi,
        kpi_high=ends[1] * kpi, kpi_before=before, most="2026 P03", most_spend=least * max(draw(NEAR), 1.0),
        least="2026 P07", least_spend=least, unit="revenue", kpi_unit="orders", ranged=draw(some.booleans()),
    )  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(years())
def test_what_the_year_costs_and_brings(year: YearFacts) -> None:
    said = headline(year)
    assert said.startswith("The last year once more, " if year.name == n.TODAY else "Cut, ")
    assert f"{money(year.spend)} spent brings {money(year.outcome)} revenue" in said
    assert (f"({money(year.low)} to {money(year.high)})" in said) == year.ranged
    assert ("comes after the end" in said) == (year.after > LIKE * year.outcome)
    assert ("Earlier spend brings nothing more." in said) == (year.carry_in == 0)
    if year.carry_in:
        assert said.endswith(f"Earlier spend still brings {money(year.carry_in)}.")


@settings(max_examples=400, deadline=None)
@given(years())
def test_what_is_expected_beside_the_year_before(year: YearFacts) -> None:
    said = outlook(year)
    assert said.startswith(f"Orders of {money(year.kpi)} expected")
    assert (f"({money(year.kpi_low)} to {money(year.kpi_high)})" in said) == year.ranged
    if not year.kpi_before > 0:
        assert "before" not in said
        return
    change = year.kpi / year.kpi_before - 1
    found = re.search(r"(\S+) % (more|less) than in as many periods before", said)
    assert (found is None) == said.endswith("as in as many periods before.")
    if found is None:
        assert abs(change) < 0.0051  # half a percent, or no more once it is rounded
        return
    assert found[1] != "0"
    assert f"{found[1]} %" == percent(abs(change))
    assert (found[2] == "more") == (change > 0)
    assert ("the range holds as much as before" in said) == (
        year.ranged and year.kpi_low <= year.kpi_before <= year.kpi_high
    )


@settings(max_examples=300, deadline=None)
@given(years())
def test_when_money_flows(year: YearFacts) -> None:
    said = flow(year)
    found = re.match(r"Most is spent in (.+) \((\S+)\), least in (.+) \((\S+)\)", said)
    if found is None:
        assert said.startswith(f"Every period spends about {money(year.most_spend)}")
        assert year.most_spend <= 1.011 * year.least_spend  # alike, or alike in the digits that are shown
    else:
        assert found.groups()[::2] == (year.most, year.least)
        assert found[2] != found[4]
        assert year.most_spend > year.least_spend
    apart = year.cash - year.spend
    told = re.search(r"; (\S+) (more|less) is paid than spent before the end\.", said)
    assert (told is not None) == (abs(apart) > LIKE * max(year.spend, year.cash))
    if told is not None:
        assert told[1] == money(abs(apart))
        assert (told[2] == "more") == (apart > 0)
