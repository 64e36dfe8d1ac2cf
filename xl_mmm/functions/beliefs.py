"""MMM_PRIORS: what was believed before seeing the data, and what was found after."""

from __future__ import annotations

from xl_mmm.functions.asking import MODEL, RANGE, ROWS, level_of
from xl_mmm.functions.cells import Cells, table
from xl_mmm.functions.models import model_of
from xl_mmm.functions.record import Function

PRIOR_HEADERS = (
    "Channel", "Unknown", "Believed low", "Believed middle", "Believed high", "Found mean", "Found low", "Found high",
    "Unit", "From data", "Belief",
)  # fmt: skip
SAID = {
    "roi": "ROI", "mroi": "mROI", "share": "Share of KPI", "half_life": "Half-life",
    "half_effect_spend": "Half of the effect at", "half_saturation": "Half of the effect at", "decay": "Decay",
    "peak_lag": "Peak lag", "weibull_shape": "Weibull shape", "weibull_scale": "Weibull scale", "slope": "Slope",
    "exponent": "Exponent", "curvature": "Curvature",
}  # fmt: skip


def _priors(model: Cells, level: float | None, rows: float | None) -> Cells:
    from xl_mmm.measures import beliefs

    found = beliefs(model_of(model).posterior, level_of(level)).reset_index()
    found["unknown"] = found["unknown"].map(SAID)
    ends = ["believed_low", "believed_middle", "believed_high", "found_mean", "found_low", "found_high"]
    return table(
        PRIOR_HEADERS, found[["channel", "unknown", *ends, "unit", "from_data", "belief"]].to_numpy().tolist(), rows
    )


PRIORS = Function(
    "MMM_PRIORS",
    "Results",
    "Sets what was believed of each channel before seeing the data beside what was found after, and the data's share.",
    (MODEL, RANGE, ROWS),
    "=MMM_PRIORS(Model!$D$8:$D$71,0.9)",
    "Channel, unknown, ends and middle of the belief, mean and ends found, unit, data's share 0-1, whose belief it is.",
    _priors,
)
