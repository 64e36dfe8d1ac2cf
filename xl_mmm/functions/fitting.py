"""MMM_FIT: the model as a value, and refitting as a decision.

A kept model is not fitted again because a cell changed. It is applied to the data as they are now and flagged, so that
numbers follow an edit at once, and the planner decides when to estimate anew.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from xl_mmm.errors import MmmError
from xl_mmm.functions.cells import Cells
from xl_mmm.functions.input_tables import inputs_of
from xl_mmm.functions.models import (
    CHOICES_CHANGED,
    DATA_CHANGED,
    NO_MODEL,
    STALE,
    NoModel,
    block_of,
    fault_lines,
    height_of,
    is_blank,
    model_lines,
    model_of,
    notes,
    text_of,
)  # fmt: skip
from xl_mmm.functions.record import Argument, Function
from xl_mmm.tables import names
from xl_mmm.tables.faults import stops

if TYPE_CHECKING:
    from xl_mmm.fitting import FittedMMM
    from xl_mmm.posterior import Posterior
    from xl_mmm.tables.asked import Asked

DATA = Argument("data", "table", "The data with their headers: tblData[#All].")
CHANNELS = Argument("channels", "table", "Columns, adstock, saturation and beliefs by channel: tblChannels[#All].")
CONTROLS = Argument("controls", "table", "Drivers that are not media: tblControls[#All].", optional=True)
LIFT_TESTS = Argument("lift_tests", "table", "Experiments: tblLiftTests[#All].", optional=True)
SETTINGS = Argument(
    "settings",
    "table",
    "Settings and their values: tblSettings[#All]; FAULT without.",
    optional=True,
)
PARAMETERS = Argument("parameters", "table", "Ranges and hand-set values: tblParameters[#All].", optional=True)
FX = Argument("fx", "table", "What other currencies are worth: tblFX[#All].", optional=True)
COSTS = Argument("costs", "table", "What units of media cost: tblCosts[#All].", optional=True)


def tables_of(
    data: Cells,
    channels: Cells,
    controls: Cells | None = None,
    settings: Cells | None = None,
    parameters: Cells | None = None,
    lift_tests: Cells | None = None,
    fx: Cells | None = None,
    costs: Cells | None = None,
) -> dict[str, Cells | None]:
    """Name the tables that the model's functions take."""
    return {
        names.TBL_DATA: data, names.TBL_SETTINGS: settings, names.TBL_CHANNELS: channels,
        names.TBL_PARAMETERS: parameters, names.TBL_CONTROLS: controls, names.TBL_LIFT_TESTS: lift_tests,
        names.TBL_FX: fx, names.TBL_COSTS: costs,
    }  # fmt: skip


def _fit(
    data: Cells,
    channels: Cells,
    controls: Cells | None,
    lift_tests: Cells | None,
    settings: Cells | None,
    kept: Cells | None,
    parameters: Cells | None,
    fx: Cells | None,
    costs: Cells | None,
) -> Cells:
    inputs = inputs_of(tables_of(data, channels, controls, settings, parameters, lift_tests, fx, costs))
    return block_of(_lines(inputs, kept), height_of(kept))


def _lines(inputs: Asked, kept: Cells | None) -> list[str]:
    """Return the model that the tables ask for, or why there is none."""
    if inputs.failed or inputs.dataset is None:
        return fault_lines(stops(inputs.faults))
    if inputs.refit == names.LIVE:
        return _estimated(inputs)
    if kept is None or is_blank(kept):
        return [NO_MODEL]
    try:
        model = model_of(kept)
    except NoModel as error:
        return fault_lines([str(error)])
    return _kept(kept, model, inputs)


def _estimated(inputs: Asked) -> list[str]:
    """Fit with the settings' method, seed and draws."""
    from xl_mmm.fitting import fit

    if inputs.dataset is None:
        return fault_lines(stops(inputs.faults))
    try:
        return model_lines(fit(inputs.dataset, inputs.spec, method=inputs.method, seed=inputs.seed, draws=inputs.draws))
    except MmmError as error:
        return fault_lines([str(error)])


def _kept(kept: Cells, model: FittedMMM, inputs: Asked) -> list[str]:
    """Return the kept model as it stands to the sheet: unchanged, applied to changed data, or as it is and flagged."""
    from xl_mmm.fitting import FittedMMM
    from xl_mmm.posterior_moves import on_data, other_layout, with_margin

    dataset, said = inputs.dataset, notes(kept)
    if dataset is None:
        return fault_lines(stops(inputs.faults))
    reasons = []
    moves = dataset.sha != model.dataset.sha
    if moves and (other := other_layout(model.dataset, dataset)):
        reasons, moves = [f"other {other}"], False
    elif moves:
        reasons = [DATA_CHANGED]
    if _other_choices(model, inputs):
        reasons.append(CHOICES_CHANGED)
    if not reasons and inputs.margin == model.spec.margin:
        return text_of(kept).split("\n")

    def moved(one: Posterior) -> Posterior:
        return with_margin(on_data(one, dataset) if moves else one, inputs.margin)

    already = [reason for note in said if note.startswith(STALE) for reason in note.removeprefix(STALE).split(", ")]
    stale = list(dict.fromkeys([*already, *reasons]))
    others = [note for note in said if not note.startswith(STALE)]
    flagged = [STALE + ", ".join(stale), *others] if stale else others
    return model_lines(FittedMMM(moved(model.posterior), moved(model.estimate)), flagged)


def _other_choices(model: FittedMMM, inputs: Asked) -> bool:
    """Whether the sheet asks for another model than the kept one; the margin is judged by, not fitted with."""
    asked_for = replace(inputs.spec, margin=model.spec.margin)
    references = {} if inputs.dataset is None else dict(inputs.dataset.given_references)
    kept = (model.method, model.spec, dict(model.dataset.given_references))
    return (inputs.method, asked_for, references) != kept


FIT = Function(
    "MMM_FIT",
    "Model",
    "Returns the model as cells of text: the kept one on the data as they are or, with Refit live, a new fit.",
    (
        DATA,
        CHANNELS,
        CONTROLS,
        LIFT_TESTS,
        SETTINGS,
        Argument("kept", "model", "The model kept by the last fit: a column of text, blank before it.", optional=True),
        PARAMETERS,
        FX,
        COSTS,
    ),
    "=MMM_FIT(tblData[#All],tblChannels[#All],tblControls[#All],tblLiftTests[#All],tblSettings[#All],"
    "Model!$B$8:$B$71,tblParameters[#All],tblFX[#All],tblCosts[#All])",
    "A column of text that other functions take as the model. First line: model, FAULT or NO MODEL; see MMM_WHY.",
    _fit,
)
