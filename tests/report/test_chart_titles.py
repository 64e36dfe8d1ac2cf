from __future__ import annotations

import dataclasses

from tests.report.sample import CHANNELS, sample_facts
from xl_mmm.report import chart_titles
from xl_mmm.report.chart_titles import CHARTS, TITLES


def test_titles_follow_from_the_numbers() -> None:
    titles = chart_titles.titles(sample_facts(), len(CHANNELS))
    assert tuple(titles) == TITLES
    assert titles["fit"] == "The model explains 94 % of the movement; typical miss 2 %"
    assert titles["decomposition"] == "Media carries 11 % of the revenue, most of it tv"
    assert titles["bridge"] == "140m revenue: media +15.5m, most from tv +5.96m"
    assert titles["roi"] == "search pays most; 2 of 5 below break-even (dashed)"
    assert titles["shares"] == "tv: 42 % of spend, 39 % of effect; search does more"
    assert titles["scenarios"] == "Ten percent more: +773k revenue against today, 97 % sure it brings more"
    assert titles["shift"] == "Moving 1.24m adds 1.39m revenue"
    assert titles["curve0"] == "tv: 20 % less spend, 11 % less effect"
    assert titles["curve5"] == ""


def test_a_difference_whose_range_holds_zero_is_no_evidence() -> None:
    facts = sample_facts()
    open_ = facts.scenarios.assign(difference_low=-1.0, p_better=0.91)
    assert chart_titles.title_scenarios(dataclasses.replace(facts, scenarios=open_)) == (
        "Ten percent more: +773k revenue against today, not enough evidence that it brings more (91 %)"
    )


def test_a_model_worse_than_the_mean_explains_nothing() -> None:
    worse = dataclasses.replace(sample_facts(), statistics=[("R2", -0.4, ""), ("wMAPE", 0.14, "")])
    assert chart_titles.title_fit(worse) == "The model describes the KPI no better than its mean; typical miss 14 %"


def test_a_channel_without_effect_has_no_curve_to_speak_of() -> None:
    facts = sample_facts()
    none = dataclasses.replace(facts, revenue=facts.revenue * 0.0)
    assert chart_titles.title_curve(none, "tv") == "tv: no effect found"


def test_every_chart_has_a_topic_and_cost_leads_without_money() -> None:
    assert set(chart_titles.TOPICS) == set(CHARTS)
    assert chart_titles.topic("roi", money=True) == "Return by channel with range; dashed: break-even"
    assert chart_titles.topic("roi", money=False) == "Cost per incremental KPI unit, with range"
