"""The Board's words against its numbers: made up at random, and made up to contradict a careless sentence."""

from __future__ import annotations

import dataclasses
import math
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from xl_mmm.report import board as b
from xl_mmm.report.findings import BROKEN_PLAN, NO_PLAN_YET, SMALL_MOVE, money, short
from xl_mmm.report.text_width import text_width

CHANNELS = ("TV", "Search", "Social", "Online video", "Out of home", "Radio", "A channel with a very long name")
CLOSE = 0.006  # what three digits can be off


def facts(**changed: object) -> b.BoardFacts:
    """Make a plan that moves money from TV and out of home to search and social, and gains."""
    plan = pd.DataFrame(
        {
            "today": [4.2e6, 2.6e6, 1.6e6, 0.9e6, 0.65e6], "plan": [3.3e6, 3.2e6, 2.0e6, 0.95e6, 0.5e6],
            "step": [-9e5, 1.4e6, 9e5, 1e5, -2e5],
        },
        index=pd.Index(CHANNELS[:5], name="channel"),
    )  # fmt: skip
    return dataclasses.replace(
        b.BoardFacts(
            plan=plan, outcome=5.33e7, outcome_low=5.19e7, outcome_high=5.48e7, gain=1.3e6, gain_low=5e5,
            gain_high=2.2e6, p_better=0.98, profit_gain=1e6, planned=True, feasible=True, optimal=True, conflict="",
            cautions=(), binding=(), first="2023-11-20", last="2026-11-09", ahead=False, margin=0.8, level=0.9,
            ranged=True, range_label="credible range", is_money=True, outcome_word="revenue",
            model_line="bayes, seed 1", periods=156, data_first="2023-11-20", data_last="2026-11-09", r_squared=0.94,
            miss=0.021,
        ),
        **changed,
    )  # fmt: skip


@some.composite
def any_facts(draw: some.DrawFn) -> b.BoardFacts:
    """Draw a plan with numbers that need not make sense together."""
    n = draw(some.integers(1, len(CHANNELS)))
    amount = some.floats(1e3, 1e8)
    today = np.array(draw(some.lists(amount, min_size=n, max_size=n)))
    multiples = np.array(draw(some.lists(some.sampled_from([0.0, 0.5, 1.0, 1.0, 1.02, 2.0]), min_size=n, max_size=n)))
    move = some.integers(-(10**7), 10**7).map(float)
    steps = np.array(draw(some.lists(some.one_of(some.just(0.0), move), min_size=n, max_size=n)))
    ends = sorted(draw(some.lists(move, min_size=2, max_size=2)))
    frame = pd.DataFrame({"today": today, "plan": today * multiples, "step": steps}, index=list(CHANNELS[:n]))
    return facts(
        plan=frame, gain=draw(move), gain_low=ends[0], gain_high=ends[1],
        p_better=draw(some.one_of(some.just(math.nan), some.floats(0, 1))), planned=draw(some.booleans()),
        feasible=draw(some.booleans()), optimal=draw(some.booleans()), ranged=draw(some.booleans()),
        margin=draw(some.floats(0.05, 1)), ahead=draw(some.booleans()), is_money=draw(some.booleans()),
        conflict=draw(some.sampled_from(["", "", "Budget and least spend contradict each other."])),
        cautions=tuple(draw(some.lists(some.just("TV: 30% of the planned money is extrapolated."), max_size=6))),
        binding=tuple(draw(some.lists(some.just("TV is held at its most."), max_size=6))),
        r_squared=draw(some.floats(-1, 1)), miss=draw(some.floats(0, 2)),
    )  # fmt: skip


@some.composite
def any_scenario(draw: some.DrawFn) -> b.BoardFacts:
    """Draw a scenario as typed; one that changes nothing may bring nothing, or more at other prices."""
    r, same = draw(any_facts()), draw(some.booleans())
    changed: dict[str, object] = {}
    if same:
        changed = {"gain": 0.0, "gain_low": 0.0, "gain_high": 0.0, "p_better": math.nan}
    return dataclasses.replace(
        r, name=draw(some.sampled_from(["More TV", "A scenario with a name that is longer than it needs to be"])),
        assumed=draw(some.sampled_from([0.0, 0.0, 2e5, -3e6])), planned=True, feasible=True, optimal=True, conflict="",
        binding=(), media_cost=0.0 if same else draw(some.sampled_from([0.0, -4e5, 3e6])), **changed,
    )  # fmt: skip


def amounts(text: str) -> list[float]:
    """Read the amounts of money in a sentence, signs included."""
    factor = {"k": 1e3, "m": 1e6, "bn": 1e9, "": 1.0}
    found = re.findall(r"([−+]?)(\d+(?:\.\d+)?(?:e-?\d+)?)(bn|m|k|)(?![\w%]| %)", text)
    return [(-1 if sign == "−" else 1) * float(digits) * factor[letter] for sign, digits, letter in found]


def near(shown: float, true: float) -> bool:
    return math.isclose(shown, true, rel_tol=CLOSE, abs_tol=0.006)


@settings(max_examples=400, deadline=None)
@given(any_facts())
def test_no_word_contradicts_the_numbers(r: b.BoardFacts) -> None:
    check_words(r)


@settings(max_examples=400, deadline=None)
@given(any_scenario())
def test_no_word_about_a_scenario_contradicts_the_numbers(r: b.BoardFacts) -> None:
    check_words(r)
    said, text = b.words(r), " ".join(line.strip(" •") for line in b.rests(r))
    assert said["scope"].startswith(f"{short(r.name)} against today's spend")
    assert ("under its market and drivers" in said["scope"]) == (r.assumed != 0)
    assert ("by themselves" in text) == (r.assumed != 0)
    if r.assumed:
        assert f"bring {money(abs(r.assumed))} {'more' if r.assumed > 0 else 'less'} by themselves" in text
    moving = r.media_cost != 0 and not r.still
    assert ("at other media prices" in said["headline"]) == moving
    assert (f"Of the change, {money(r.media_cost, sign=True)} comes of the media prices" in text) == (r.media_cost != 0)
    assert "No limit holds" not in text
    assert ("spends as today and brings the same" in said["headline"]) == (b.verdict(r) == b.SAME)
    assert "optimize again" not in said["headline"] + said["sure"]


def check_words(r: b.BoardFacts) -> None:
    said = b.words(r)
    line, sure = said["headline"], said["sure"]
    moves = r.plan["plan"] - r.plan["today"]
    small = SMALL_MOVE * r.plan["today"].sum()
    net = moves.sum()
    if r.conflict or not r.planned or not r.feasible:
        assert line == (r.conflict or (BROKEN_PLAN if r.planned else NO_PLAN_YET))
        assert [said[key] for key in ("sure", "outcome", "gain", "spend")] == [""] * 4
        return
    # what moves
    still = moves.abs().max() <= small
    if still and (not r.name or not any((r.gain, r.gain_low, r.gain_high))):
        assert ("today's split" in line) != bool(r.name)
        assert ("Keep" in line) == (r.optimal and not r.name)
        assert sure == ""
    else:
        assert ("he same money, at other prices or in other weeks" in line) == (still and abs(net) <= small)
        assert bool(re.search(r" more( \(|, a little)", line)) == (net > small)
        assert bool(re.search(r" less( \(|, a little)", line)) == (net < -small)
        for name, move in moves.items():
            if abs(move) <= small:
                assert name not in line
            elif name in line:
                rising = line.find(f"{name}") > max(line.find(" to "), line.find("more on "))
                side = "up" if rising and (" to " in line or "more on" in line) else "down"
                if abs(net) > small:
                    less = line.find("less on")
                    side = "up" if "more on" in line and (less < 0 or line.find(name) < less) else "down"
                assert (move > 0) == (side == "up"), line
        # what it brings
        better, worse = r.ranged and r.gain > 0 and r.gain_low > 0, r.ranged and r.gain < 0 and r.gain_high < 0
        assert (" adds " in line) == better
        assert (" costs " in line) == worse
        assert line.startswith(b.NOT_ENOUGH) == (r.ranged and not better and not worse)
        assert (" would " in line) == (not better and not worse)
        assert near(amounts(line)[-1], abs(r.gain))
        if not better and not worse:
            assert ("would add" in line) == (r.gain >= 0)
        # how sure that is
        assert ("optimize again" in sure) == (not r.optimal)
        if r.ranged:
            low, high = amounts(sure)[:2]
            assert near(low, r.gain_low)
            assert near(high, r.gain_high)
            assert ("holds zero" in sure) == (r.gain_low <= 0 <= r.gain_high)
        else:
            assert "nothing tells" in sure
    # the cards
    share = re.match(r"(over |under )?(\d+) % sure", said["gain"])
    if share is None:
        assert not r.ranged or math.isnan(r.p_better)
    elif share[1]:
        assert r.p_better > 0.99 if share[1] == "over " else r.p_better < 0.01
    else:
        assert abs(int(share[2]) / 100 - r.p_better) <= 0.00501
    assert (said["spend"] == "as much as today") == (abs(net) <= 1e-6 * r.plan["today"].sum())
    if said["spend"] != "as much as today":
        assert near(amounts(said["spend"])[0], net)
    assert ("margin" in said["profit"]) == r.is_money
    if abs(net) > small:
        assert said["moved"] == f"Media spend: {money(abs(net))} {'more' if net > 0 else 'less'} than today"
    else:
        assert said["moved"].endswith("stays as it is" if still else "moves between channels")
    # the bridge
    up, down = r.plan["step"].max(), r.plan["step"].min()
    assert ("adds most" in said["steps"]) == (up > 0)
    assert ("gives up" in said["steps"]) == (down < 0)
    shown = amounts(said["steps"])
    assert all(near(a, b) for a, b in zip(shown, [v for v in (up, -down) if v > 0], strict=True))


@settings(max_examples=200, deadline=None)
@given(any_facts())
def test_grounds_fill_their_lines_and_follow_the_numbers(r: b.BoardFacts) -> None:
    lines = b.rests(r)
    text = " ".join(line.strip(" •") for line in lines)
    assert len(lines) == b.LINES
    assert all(text_width(line, b.LINE_SIZE) <= b.LINE_ROOM for line in lines)
    assert ("Ranges: none" in text) == (not r.ranged)
    assert ("a channel pays for itself" in text) == r.is_money
    if not lines[-1].endswith("More on Optimizer and Checks."):
        assert ("is not counted" in text) == (not r.ahead)
        assert ("No limit holds" in text) == (r.planned and not r.binding)
        assert ("by much" in text) == (r.planned and not r.cautions)
    assert ("explains no movement" in text) == (r.r_squared <= 0)


def test_the_page_speaks_of_the_plan() -> None:
    said = b.words(facts())
    assert said == {
        "scope": "The plan against today's spend, 2023-11-20 to 2026-11-09",
        "headline": "Moving 1.05m from TV and Out of home to Search, Social and Online video adds 1.30m revenue.",
        "sure": "90 % range +500k to +2.20m; 98 % sure it brings more than today.",
        "outcome": "90 %: 51.9m to 54.8m",
        "gain": "98 % sure it brings more than today",
        "spend": "as much as today",
        "profit": "after spend, at a margin of 80 %",
        "steps": "Search adds most, +1.40m; TV gives up 900k",
        "moved": "1.05m moves between channels",
    }


def test_more_money_is_said_to_be_more() -> None:
    plan = facts().plan.assign(plan=lambda frame: frame["today"] * [1.0, 1.5, 1.0, 1.0, 0.5])
    said = b.words(facts(plan=plan))
    assert said["headline"].startswith("Spending 975k more (more on Search, less on Out of home) adds")
    assert said["spend"] == f"{money(975_000.0, sign=True)} against today (+10 %)"


def test_nobody_is_ever_entirely_sure() -> None:
    assert b.chance(facts(p_better=1.0)) == "over 99 % sure it brings more than today"
    assert b.chance(facts(p_better=0.0)) == "under 1 % sure it brings more than today"
    assert b.chance(facts(ranged=False)) == "how sure is not known"


def test_a_range_that_holds_zero_is_not_enough_evidence() -> None:
    open_ = b.words(facts(gain_low=-2e5))
    assert open_["headline"].startswith("Not enough evidence: moving 1.05m from TV")
    assert open_["headline"].endswith("would add 1.30m revenue.")
    assert open_["sure"].startswith("90 % range −200k to +2.20m, which holds zero;")


@pytest.mark.parametrize("names", [3, 7])
def test_a_headline_keeps_to_the_page(names: int) -> None:
    channels = [f"a channel with a long name {i}" for i in range(2 * names)]
    change = np.resize([1.0, -1.0], 2 * names)
    plan = pd.DataFrame({"today": 10.0, "plan": 10.0 + change, "step": change}, index=channels)
    line = b.headline(facts(plan=plan))
    assert text_width(line, b.HEADLINE_SIZE, bold=True) <= b.HEADLINE_ROOM
