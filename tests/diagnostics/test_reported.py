"""Findings of the data rules keep their words and find their check."""

from __future__ import annotations

from tests.diagnostics.market import dataset, frame
from xl_mmm.diagnostics import CHECKS, PASS, REVIEW
from xl_mmm.diagnostics.reported import MEASURED_AGAIN, REPORTED_BY, home, listed, reported
from xl_mmm.rules import RULES


def test_every_rule_that_only_asks_for_a_review_has_a_home():
    homes = {name: home(name) for name, rule in RULES.items() if rule.status == REVIEW}
    assert set(homes.values()) <= {*CHECKS, ""}
    assert {name for name, key in homes.items() if not key} == set(MEASURED_AGAIN)


def test_the_lists_name_rules_that_exist():
    assert {name for names in REPORTED_BY.values() for name in names} | set(MEASURED_AGAIN) <= set(RULES)


def test_a_finding_is_told_in_the_words_of_its_rule_with_its_action():
    table = frame()
    table.loc[7, "sales"] = -5.0
    data = dataset(table)
    (fault,) = data.faults
    found = reported(data, "entries", "sound")
    assert (found.status, found.value) == (REVIEW, 1)
    assert found.message == f"{fault.place}: -5 is negative."
    assert found.action == fault.action
    assert reported(data, "calendar", "sound").status == PASS


def test_long_lists_are_counted():
    assert listed(["a", "b"]) == "a; b"
    assert listed(list("abcde")) == "a; b; c; and 2 more"
