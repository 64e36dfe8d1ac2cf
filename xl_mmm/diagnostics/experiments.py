"""Checks about lift tests: which went unused, which conflict, which cannot be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xl_mmm.diagnostics.check import Check, judged
from xl_mmm.diagnostics.reported import listed

if TYPE_CHECKING:
    from xl_mmm.posterior import Posterior
    from xl_mmm.spec import LiftTest


def unused_tests(posterior: Posterior) -> Check:
    """Find the tests that had no say in the model, and why."""
    tests, method = posterior.spec.lift_tests, posterior.method
    if not tests:
        return judged("lift_unused", 0, "No lift test was entered.", "")
    if method != "bayes":
        return judged(
            "lift_unused", len(tests), f"{len(tests)} entered; the method {method} does not use them.",
            f"Fit with bayes, or compare them with ROI and its range by hand, first {_named(tests[0])}.",
        )  # fmt: skip
    if posterior.spec.lift_route == "none":
        message = f"{len(tests)} entered; they are left out of the model by choice."
        return judged("lift_unused", len(tests), message, "Choose a use for lift tests, or clear their rows.")
    reasons = _reasons(posterior)
    if not reasons:
        return judged("lift_unused", 0, f"The model uses {_counted(len(tests))}.", "")
    return judged(
        "lift_unused", len(reasons), f"{listed(list(reasons.values()))}.",
        "Use lift tests in the likelihood, which takes any test, or correct the row.",
    )  # fmt: skip


def conflicting_tests(posterior: Posterior) -> Check:
    """Find the tests that contradict the data or each other."""
    from xl_mmm.measures.experiments import AGAINST_DATA, AGAINST_TEST, conflict, verdicts

    found = {
        test: f"{_named(test)} {' and '.join(words)} (z {z:+.1f})"
        for test, z, verdict in zip(posterior.spec.lift_tests, conflict(posterior), verdicts(posterior), strict=True)
        if (words := [word for word in (AGAINST_TEST, AGAINST_DATA) if word in verdict])
    }
    if not found:
        return judged("lift_conflict", 0, "No test contradicts the data or another test.", "")
    first = next(iter(found))
    return judged(
        "lift_conflict", len(found), f"{listed(list(found.values()))}.",
        f"Check dates, spend change and effect of {_named(first)}. If they are right, look for what else moved sales "
        "then, or for spend that follows demand in the data; do not average the two away.",
    )  # fmt: skip


def implausible_tests(posterior: Posterior) -> Check:
    """Find the tests whose effect has the wrong sign, or stands for an ROI that nobody believed possible."""
    from xl_mmm.measures.experiments import IMPLAUSIBLE, implied_roi, verdicts

    implied, _ = implied_roi(posterior)
    found = [
        f"{_named(test)} measured {test.incremental_kpi:,.0f} for {test.spend_change:+,.0f} of spend, "
        f"which would make its ROI {roi:.2f}"
        for test, roi, verdict in zip(posterior.spec.lift_tests, implied, verdicts(posterior), strict=True)
        if IMPLAUSIBLE in verdict
    ]
    if not found:
        return judged("lift_implausible", 0, "No test is beyond belief.", "")
    return judged(
        "lift_implausible", len(found), f"{listed(found)}.",
        "Check signs and units: a holdout takes spend away and as a rule sales with it. If they are right, widen the "
        "believed ROI, or leave the test out and say why.",
    )  # fmt: skip


def _reasons(posterior: Posterior) -> dict[LiftTest, str]:
    """Return why a Bayesian model does not use some of its tests."""
    from xl_mmm.bayesian.experiments import lift_priors
    from xl_mmm.experiments import misfit

    dataset, spec = posterior.dataset, posterior.spec
    lost = {test: found for test in spec.lift_tests if (found := misfit(dataset, test)) is not None}
    reasons = {test: f"{_named(test)} does not fit the data now: {found.message}" for test, found in lost.items()}
    if spec.lift_route == "prior" and not lost:
        reasons = {one.test: f"{_named(one.test)}: {one.unused}" for one in lift_priors(dataset, spec) if one.unused}
    return {test: reason.rstrip(".") for test, reason in reasons.items()}


def _named(test: LiftTest) -> str:
    return f"{test.channel} from {test.start}"


def _counted(n: int) -> str:
    return "the one lift test entered" if n == 1 else f"all {n} lift tests entered"

