"""Words about bridges and goals: whatever the numbers are, no sentence says anything else."""

from __future__ import annotations

import math
import re

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.planning.test_scenario import driven
from xl_mmm.planning import Goal, PlanLine, Scenario, bridge
from xl_mmm.report.findings import money, times
from xl_mmm.report.plan_words import AS_PLANNED, Difference, bridge_sentences, difference_of, goal_sentences

AMOUNT = st.floats(-5e7, 5e7).filter(lambda x: x == 0 or abs(x) > 1.0)
REASONS = ("spend", "efficiency", "media_cost", "timing", "market", "price")


def read(text: str) -> float:
    """Return the amount that a sentence shows."""
    number, letter = re.fullmatch(r"([+−]?[\d.]+)(bn|m|k|)", text).groups()  # type: ignore[union-attr]
    return float(number.replace("−", "-")) * {"bn": 1e9, "m": 1e6, "k": 1e3, "": 1.0}[letter]


@st.composite
def differences(draw: st.DrawFn) -> Difference:
    reasons = {name: draw(AMOUNT) for name in REASONS}
    value = sum(reasons.values())
    low, high = sorted(draw(st.lists(AMOUNT, min_size=2, max_size=2)))
    shares = np.array(draw(st.lists(st.floats(0.01, 1), min_size=7, max_size=7)))
    parts = {f"channel{i}": float(share) for i, share in enumerate(shares / shares.sum() * value)}
    spent = draw(AMOUNT)
    profit = draw(st.one_of(st.just(math.nan), AMOUNT))
    return Difference("Today", "Plan B", value, low, high, spent, draw(st.floats(1e5, 1e8)), profit, reasons, parts)


@settings(max_examples=300, deadline=None)
@given(differences(), st.booleans())
def test_no_sentence_contradicts_the_bridge(d: Difference, ranged: bool) -> None:
    said = bridge_sentences(d, outcome="revenue", level=0.9, ranged=ranged)
    assert all(len(sentence) <= 255 for sentence in said)
    first, last = said[0], said[-1]
    holds_zero = d.low <= 0 <= d.high
    if first == "Plan B and Today bring the same.":
        assert max(map(abs, d.reasons.values())) <= 1e-9 * d.outcome
        return
    assert ("Not enough evidence" in first) == (ranged and (holds_zero or (d.low > 0) != (d.value > 0)))
    if "Not enough" not in first:
        amount, word = re.match(r"Plan B brings (\S+) (more|less) revenue than Today", first).groups()  # type: ignore[union-attr]
        assert (word == "more") == (d.value > 0)
        assert math.isclose(read(amount), abs(d.value), rel_tol=0.006, abs_tol=0.5)
    assert ("(no range)" in first) == (not ranged)
    why = re.fullmatch(r"Why: (.*)\.", said[1])
    assert why is not None
    told = [read(amount) for amount in re.findall(r" ([+−]?[\d.]+(?:bn|m|k)?)(?:,|$)", why[1])]
    assert math.isclose(sum(told), d.value, abs_tol=0.04 * sum(map(abs, d.reasons.values())) + 1)
    if abs(d.money) > 1:
        assert re.search(rf"spends \S+ {'more' if d.money > 0 else 'less'}", last)
    assert ("profit" in last) == (not math.isnan(d.profit))
    if not math.isnan(d.profit) and abs(d.profit) > 1:
        assert ("falls" in last) == (d.profit < 0)
        assert ("rises" in last) == (d.profit > 0)


def test_the_sentences_of_a_bridge() -> None:
    model = driven()
    lines = (PlanLine((("tv", 0.8),), market=0.95, changes=(("price", 0.5),)),)
    found = bridge(model, [Scenario("Cut", lines)], "Today", "Cut")
    d = difference_of(found, 0.5)
    assert sum(d.reasons.values()) == d.parts["tv"] + d.parts["market"] + d.parts["price"] + d.parts["search"]
    assert math.isclose(sum(d.reasons.values()), d.value, rel_tol=1e-12)
    first, why, where, cost = bridge_sentences(d, outcome="revenue", level=0.9, ranged=True)
    assert first.startswith("Cut brings")
    assert "less revenue than Today (90 %: −" in first
    assert re.fullmatch(r"Why: spend −\d+, market −650, price −325, efficiency \+\d+, carryover timing \+\d+\.", why)
    assert where.startswith("Where: market −650, tv −")
    assert cost.startswith("It spends ")
    assert " less; after margin and spend profit falls by " in cost


def test_the_same_plan_is_told_as_such() -> None:
    d = difference_of(bridge(driven(), [Scenario("Same")], "Today", "Same"), 0.5)
    assert bridge_sentences(d, outcome="revenue", level=0.9, ranged=True) == [
        "Same and Today bring the same.", "", "", "It costs the same; after margin and spend profit stays the same.",
    ]  # fmt: skip


@st.composite
def goals(draw: st.DrawFn) -> Goal:
    target, planned = draw(st.floats(1.0, 1e7)), draw(st.floats(1.0, 1e7))
    multiple = draw(st.floats(0.0, 3.0))
    multiple = draw(st.one_of(st.floats(0.0, 3.0), st.sampled_from([1.0, 1.0004, 0.9985, 1.004])))
    reached, short_by = draw(st.booleans()), draw(st.sampled_from([0.7, 0.99999, 1.00001, 1.3]))
    return Goal(
        draw(st.sampled_from(["outcome", "profit", "roi"])), target, draw(st.sampled_from([None, "tv"])), reached,
        multiple, draw(st.sampled_from([(), (1.5,)])) if reached else (), 3.0, multiple * planned,
        (multiple - 1) * planned,
        target if reached else short_by * target, 0.5 * target, 1.5 * target,
        draw(st.one_of(st.floats(0, 1), st.sampled_from([0.0, 0.999, 1.0]))),
        draw(st.sampled_from([(), ("tv",)])),
    )  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(goals(), st.booleans())
def test_no_sentence_contradicts_the_goal(goal: Goal, ranged: bool) -> None:
    said, remarks = goal_sentences(goal, plan="Today", outcome="revenue", ranged=ranged)
    assert max(len(said), len(remarks)) <= 255
    assert ("So would" in remarks) == bool(goal.others)
    assert ("extrapolated" in remarks) == bool(goal.extrapolated)
    assert said.startswith("No multiple") == (not goal.reached)
    if not goal.reached:
        assert "sure" not in said
        show = times if goal.measure == "roi" else money
        near = f"nearest is {show(goal.value)} at {times(goal.multiple)}"
        alike = show(goal.value) == show(goal.target)
        assert near in said
        assert ("a little below" in said) == (alike and goal.value < goal.target)
        assert ("a little above" in said) == (alike and goal.value >= goal.target)
        return
    assert not re.search(r"[ ,](0|100) % sure", said)
    assert ("sure" in said) == ranged
    assert ("as it is" in said) == (abs(goal.multiple - 1) < AS_PLANNED)
    if "as it is" not in said:
        assert re.search(rf" at ({goal.multiple:.2f}|{goal.multiple:.3f})×", said)
        assert not re.search(r" at 1\.00+×", said)
        moved = re.search(r"\(([+−]?[^,]+), to", said)
        assert moved is not None
        assert goal.change == 0 or moved[1].startswith("+" if goal.change > 0 else "−")
