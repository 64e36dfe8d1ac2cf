"""MMM_EVALUATE: the model with parameters set by hand, at once and without a fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xl_mmm.errors import MmmError
from xl_mmm.functions.cells import Cells
from xl_mmm.functions.fitting import CHANNELS, CONTROLS, COSTS, DATA, FX, PARAMETERS, SETTINGS, tables_of
from xl_mmm.functions.input_tables import inputs_of
from xl_mmm.functions.models import (
    BY_HAND,
    FAULT,
    NoModel,
    block_of,
    fault_lines,
    height_of,
    is_blank,
    model_lines,
    model_of,
    notes,
    sentences_of,
    text_of,
)  # fmt: skip
from xl_mmm.functions.record import Argument, Function
from xl_mmm.rules import shown
from xl_mmm.tables import names
from xl_mmm.tables.faults import stops

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xl_mmm.tables.asked import Asked


def _evaluate(
    data: Cells,
    channels: Cells,
    controls: Cells | None,
    settings: Cells | None,
    parameters: Cells | None,
    model: Cells | None,
    fx: Cells | None,
    costs: Cells | None,
) -> Cells:
    if model is not None:
        return block_of(_replaced(model, channels, settings, parameters), height_of(model))
    return block_of(_hand_set(inputs_of(tables_of(data, channels, controls, settings, parameters, fx=fx, costs=costs))))


def _hand_set(inputs: Asked) -> list[str]:
    """Return the model whose every parameter is given by hand."""
    from xl_mmm.fitting import evaluate

    if inputs.failed or inputs.dataset is None:
        return fault_lines(stops(inputs.faults))
    try:
        return model_lines(evaluate(inputs.dataset, inputs.spec, inputs.by_hand), [_note(inputs.by_hand)])
    except MmmError as error:
        return fault_lines([str(error)])


def _replaced(block: Cells, channels: Cells, settings: Cells | None, parameters: Cells | None) -> list[str]:
    """Return the model of a block with the table's hand-set values in every draw; a block without a model as it is."""
    try:
        model = model_of(block)
    except NoModel:
        says_why = is_blank(block) or text_of(block).startswith(FAULT)
        return _unchanged(block) if says_why else fault_lines(sentences_of(block))
    inputs = inputs_of(
        {names.TBL_CHANNELS: channels, names.TBL_SETTINGS: settings, names.TBL_PARAMETERS: parameters},
        needed=(names.TBL_CHANNELS,),
    )
    if inputs.failed:
        return fault_lines(stops(inputs.faults))
    if not inputs.by_hand:
        return _unchanged(block)
    from xl_mmm.fitting import FittedMMM
    from xl_mmm.posterior_moves import by_hand

    try:
        moved = FittedMMM(by_hand(model.posterior, inputs.by_hand), by_hand(model.estimate, inputs.by_hand))
    except MmmError as error:
        return fault_lines([str(error)])
    return model_lines(moved, [*notes(block), _note(inputs.by_hand)])


def _unchanged(block: Cells) -> list[str]:
    return text_of(block).split("\n")


def _note(values: Mapping[str, Mapping[str, float]]) -> str:
    """Say what is set by hand: `BY HAND: tv decay 0.5, search slope 1`."""
    return BY_HAND + ", ".join(f"{name} {p} {shown(value)}" for name, own in values.items() for p, value in own.items())


EVALUATE = Function(
    "MMM_EVALUATE",
    "Model",
    "Puts the values under By hand in place of the estimates, in every draw; baseline and controls follow at once.",
    (
        DATA,
        CHANNELS,
        CONTROLS,
        SETTINGS,
        PARAMETERS,
        Argument(
            "model", "model", "The fitted model. Left out: every parameter and coefficient is given by hand.",
            optional=True,
        ),
        FX,
        COSTS,
    ),
    "=MMM_EVALUATE(tblData[#All],tblChannels[#All],tblControls[#All],tblSettings[#All],tblParameters[#All],"
    "Model!$C$8:$C$71,tblFX[#All],tblCosts[#All])",
    "A column of text, as of MMM_FIT; the model unchanged when nothing is set by hand.",
    _evaluate,
)  # fmt: skip
