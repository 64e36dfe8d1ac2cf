"""Every function by name. A new one is one record and one line here."""

from __future__ import annotations

from xl_mmm.functions import (
    beliefs,
    board,
    by_hand,
    certificate,
    checks,
    experiments,
    fitting,
    methods,
    plan_bridges,
    plans,
    results,
    sentences,
    transforms,
    years,
)
from xl_mmm.functions.record import Function

FUNCTIONS: dict[str, Function] = {
    function.name: function
    for function in (
        fitting.FIT,
        by_hand.EVALUATE,
        *results.RESULTS,
        beliefs.PRIORS,
        *experiments.EXPERIMENTS,
        methods.METHODS_SIDE_BY_SIDE,
        *plans.PLANS,
        certificate.CERTIFICATE,
        *years.YEARS_AHEAD,
        *plan_bridges.PLAN_BRIDGES,
        *board.BOARDS,
        *sentences.SENTENCES,
        transforms.ADSTOCK,
        transforms.SATURATE,
        checks.CHECK,
        checks.WHY,
        transforms.VERSION,
    )
}
