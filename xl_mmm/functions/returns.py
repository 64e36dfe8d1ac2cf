"""What each channel returned and how it works, by channel."""

from __future__ import annotations

from xl_mmm.functions.asking import MODEL, RANGE, ROWS, level_of
from xl_mmm.functions.cells import Cell, Cells, result, table
from xl_mmm.functions.models import model_of
from xl_mmm.functions.record import Argument, Function

ROI_HEADERS = (
    "Channel", "Spend", "Revenue", "ROI", "ROI low", "ROI high", "P above break-even", "Net ROI", "mROI", "mROI low",
    "mROI high", "CPIK", "CPIK low", "CPIK high",
)  # fmt: skip
MEDIA_HEADERS = (
    "Channel", "Contribution", "Share of KPI", "Share of effect", "Share of spend", "ROI median", "Long ROI",
    "Elasticity", "Saturation", "Half-life", "Carried", "Data share", "Saturation low", "Saturation high",
)  # fmt: skip


def _roi(model: Cells, level: float | None, rows: float | None) -> Cells:
    from xl_mmm.measures import cpik, roi
    from xl_mmm.measures.draws import earned

    posterior, width = model_of(model).posterior, level_of(level)
    ends = ["roi", "roi_low", "roi_high", "p_above_breakeven", "net_roi", "mroi", "mroi_low", "mroi_high"]
    found = roi(posterior, width)
    found.insert(0, "revenue", earned(posterior).revenue.mean(axis=0)[: len(found)])
    whole = found[["spend", "revenue", *ends]].join(cpik(posterior, width))
    return table(ROI_HEADERS, whole.reset_index().to_numpy().tolist(), rows)


def _media(model: Cells, level: float | None, rows: float | None) -> Cells:
    from xl_mmm.measures import elasticity, half_life, immediate_and_carried, roi, saturation_level
    from xl_mmm.measures.draws import earned

    posterior, width = model_of(model).posterior, level_of(level)
    added = earned(posterior).contribution.mean(axis=0)
    paid = roi(posterior, width)[["spend_share", "roi_median", "roi_long", "data_share"]]
    whole = paid.reindex(list(posterior.media.names)).assign(
        contribution=added,
        contribution_share=added / posterior.dataset.window_kpi.sum(),
        effect_share=added / added.sum() if added.sum() > 0 else float("nan"),
        elasticity=elasticity(posterior, width)["elasticity"],
        half_life=half_life(posterior, width)["half_life"],
        carried=immediate_and_carried(posterior, width)["carried_share"],
    ).join(saturation_level(posterior, width))
    columns = [
        "contribution", "contribution_share", "effect_share", "spend_share", "roi_median", "roi_long", "elasticity",
        "saturation", "half_life", "carried", "data_share", "saturation_low", "saturation_high",
    ]  # fmt: skip
    return table(MEDIA_HEADERS, whole[columns].reset_index().to_numpy().tolist(), rows)


def _mroi(model: Cells, channel: str, spend: float | None) -> Cell:
    from xl_mmm.measures import mroi

    return result(mroi(model_of(model).posterior, channel, spend))


def _elasticity(model: Cells, rows: float | None) -> Cells:
    from xl_mmm.measures import elasticity

    found = elasticity(model_of(model).posterior)["elasticity"]
    return table(("Channel", "Elasticity"), found.items(), rows)


def _half_life(model: Cells, rows: float | None) -> Cells:
    from xl_mmm.measures import half_life

    found = half_life(model_of(model).posterior)["half_life"]
    return table(("Channel", "Half-life"), found.items(), rows)


ROI = Function(
    "MMM_ROI",
    "Results",
    "Says what a unit of money returned and what the next one would, by paid channel.",
    (MODEL, RANGE, ROWS),
    "=MMM_ROI(Model!$D$8:$D$71,0.9)",
    "Channel, spend, revenue, ROI with range, P(ROI > break-even), net ROI, marginal ROI and cost per KPI unit gained.",
    _roi,
)
MEDIA = Function(
    "MMM_MEDIA",
    "Results",
    "Says how each medium works: its shares, long return, elasticity, saturation, carryover. Organic media last.",
    (MODEL, RANGE, ROWS),
    "=MMM_MEDIA(Model!$D$8:$D$71)",
    "Channel, contribution in KPI units, shares, ROI median, long ROI, elasticity, saturation with range, half-life.",
    _media,
)
MROI = Function(
    "MMM_MROI",
    "Results",
    "Says what a channel's next unit of money returns, at today's spend or at another one.",
    (
        MODEL,
        Argument("channel", "text", "A paid channel, spelled as in the model."),
        Argument("spend", "number", "Money over the window; today's spend when blank.", optional=True),
    ),
    '=MMM_MROI(Model!$D$8:$D$71,"TV",1200000)',
    "Revenue per unit of money; blank without a money value.",
    _mroi,
)
ELASTICITY = Function(
    "MMM_ELASTICITY",
    "Results",
    "Says by what share revenue rises when a medium's exposure rises by one percent in every week.",
    (MODEL, ROWS),
    "=MMM_ELASTICITY(Model!$D$8:$D$71)",
    "Channel (paid, then organic) and elasticity in percent per percent.",
    _elasticity,
)
HALF_LIFE = Function(
    "MMM_HALF_LIFE",
    "Results",
    "Says after how many weeks half of a medium's effect has passed.",
    (MODEL, ROWS),
    "=MMM_HALF_LIFE(Model!$D$8:$D$71)",
    "Channel (paid, then organic) and half-life in weeks.",
    _half_life,
)

RETURNS: tuple[Function, ...] = (ROI, MEDIA, MROI, ELASTICITY, HALF_LIFE)
