"""MMM_LIFT_TESTS and MMM_LIFT_PRIOR: what each experiment moved, and what it says as a prior, step by step."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from xl_mmm.functions.asking import MODEL, RANGE, ROWS, day_number, level_of
from xl_mmm.functions.cells import Cells, table
from xl_mmm.functions.fitting import (
    CHANNELS,
    CONTROLS,
    COSTS,
    DATA,
    FX,
    LIFT_TESTS,
    PARAMETERS,
    SETTINGS,
    tables_of,
)  # fmt: skip
from xl_mmm.functions.input_tables import inputs_of, stop_at
from xl_mmm.functions.models import model_of
from xl_mmm.functions.record import Function
from xl_mmm.tables import names

if TYPE_CHECKING:
    from xl_mmm.dataset import Dataset
    from xl_mmm.spec import ModelSpec

TEST_HEADERS = (
    "Channel", "Start", "Measured", "Measured low", "Measured high", "Before", "Before low", "Before high", "After",
    "After low", "After high", "ROI before", "ROI before low", "ROI before high", "ROI after", "ROI after low",
    "ROI after high", "Conflict z", "Verdict",
)  # fmt: skip
PRIOR_HEADERS = (
    "Channel", "Start", "Informs", "Estimate", "Standard error", "p", "p exact", "Gamma", "Tau duration", "Tau spend",
    "Tau recency", "Mean", "Standard deviation", "Prior low", "Prior high", "Used",
)  # fmt: skip
NEEDED = (
    replace(LIFT_TESTS, optional=False), DATA, CHANNELS,
    replace(SETTINGS, help="Settings and their values: tblSettings[#All].", optional=False),
)  # fmt: skip
_WORD = {measure: word for word, measure in names.PRIORS.items()}


def _lift_tests(model: Cells, level: float | None, rows: float | None) -> Cells:
    from xl_mmm.measures import lift_tests

    found = lift_tests(model_of(model).posterior, level_of(level)).drop(columns=["end", "spend_change"])
    found["start"] = [day_number(date.fromisoformat(start)) for start in found["start"]]
    return table(TEST_HEADERS, found.to_numpy().tolist(), rows)


def _lift_prior(
    lift_tests: Cells,
    data: Cells,
    channels: Cells,
    settings: Cells,
    parameters: Cells | None,
    controls: Cells | None,
    fx: Cells | None,
    costs: Cells | None,
    rows: float | None,
) -> Cells:
    if all(cell is None for row in lift_tests[1:] for cell in row):
        return table(PRIOR_HEADERS, [], rows)
    inputs = inputs_of(tables_of(data, channels, controls, settings, parameters, lift_tests, fx, costs))
    stop_at(inputs.faults)
    body = [] if inputs.dataset is None else _prior_rows(inputs.dataset, inputs.spec)
    return table(PRIOR_HEADERS, body, rows)


def _prior_rows(dataset: Dataset, spec: ModelSpec) -> list[tuple[object, ...]]:
    """Return a row a test; a test that the data cannot hold has its reason alone."""
    from xl_mmm.bayesian.experiments import lift_priors, ranges
    from xl_mmm.experiments import misfit, usable_tests

    priors = lift_priors(dataset, replace(spec, lift_tests=usable_tests(dataset, spec.lift_tests)))
    of_channel, found = ranges(priors), {prior.test: prior for prior in priors}
    blank = (None,) * (len(PRIOR_HEADERS) - 3)
    body: list[tuple[object, ...]] = []
    for test in spec.lift_tests:
        first = test.channel, day_number(date.fromisoformat(test.start))
        if (wrong := misfit(dataset, test)) is not None:
            body.append((*first, *blank, f"no: {wrong.message}"))
            continue
        prior = found[test]
        ends = (None, None) if prior.unused else of_channel[test.channel][1]
        used = f"no: {prior.unused}" if prior.unused else names.YES
        body.append((
            *first, _WORD[prior.informs], prior.estimate, prior.se, prior.p, prior.p_exact, prior.gamma,
            prior.tau_duration, prior.tau_spend, prior.tau_recency, prior.mean, prior.sd, *ends, used,
        ))  # fmt: skip
    return body


TESTS = Function(
    "MMM_LIFT_TESTS",
    "Results",
    "Says what each lift test measured, what the model foresaw without it and says with it, and whether they agree.",
    (MODEL, RANGE, ROWS),
    "=MMM_LIFT_TESTS(Model!$D$8:$D$71,0.9)",
    "Channel, start; effect measured, before and after, KPI units; ROI before and after; conflict z; verdict.",
    _lift_tests,
)
PRIOR = Function(
    "MMM_LIFT_PRIOR",
    "Model",
    "Turns each lift test into a prior of its channel's ROI and shows every adjustment; no fit is needed.",
    (*NEEDED, PARAMETERS, CONTROLS, FX, COSTS, ROWS),
    "=MMM_LIFT_PRIOR(tblLiftTests[#All],tblData[#All],tblChannels[#All],tblSettings[#All],tblParameters[#All],"
    "tblControls[#All],tblFX[#All],tblCosts[#All])",
    "Channel, start, ROI or mROI, estimate, standard error, p, p exact, gamma, three taus, mean, standard deviation, "
    "90 % range of the channel's prior, used or why not.",
    _lift_prior,
)

EXPERIMENTS: tuple[Function, ...] = (TESTS, PRIOR)
