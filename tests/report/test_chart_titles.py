from __future__ import annotations

from tests.book.sample import sample_inputs, sample_results
from xl_mmm.book.layout import TITLES
from xl_mmm.report import chart_titles


def test_titles_follow_from_the_numbers() -> None:
    results = sample_results(sample_inputs())
    titles = chart_titles.titles(results, sample_inputs().layout.curves)
    assert tuple(titles) == TITLES
    assert titles["fit"] == "The model explains 94 % of the movement; typical miss 2 %"
    assert titles["roi"] == "search pays most; 2 of 5 below break-even (dashed)"
    assert titles["shares"] == "tv: 42 % of spend, 39 % of effect; search does more"
    assert titles["shift"] == "Moving 1.24m adds 1.39m revenue"
    assert titles["curve0"] == "tv: 20 % less spend, 11 % less effect"
    assert titles["curve5"] == ""


def test_every_chart_has_a_topic_and_cost_leads_without_money() -> None:
    assert tuple(chart_titles.TOPICS) == TITLES
    assert chart_titles.topic("roi", money=True) == "Return by channel with range; dashed: break-even"
    assert chart_titles.topic("roi", money=False) == "Cost per incremental KPI unit, with range"
