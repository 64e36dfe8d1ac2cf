"""The posteriors of several regions side by side: one posterior of the whole market, whose media are regions' own.

Whatever is a function of a posterior then speaks of regions and of the whole at once: contributions, ROI, plans,
scenarios, the time ahead.

Conventions
-----------
* A medium of a region is called `TV | North`, and so is a control. Columns stand region by region, paid channels first.
* Draw i of the whole is draw i of every region. Each region's fit knows its own data alone.
* The KPI is the sum of the regions'. All have the same baseline columns, so a coefficient of the whole's baseline is
  the sum of theirs.
* Noise of the whole: the regions' standard deviations, put together by how their residuals move together.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xl_mmm.dataset import Dataset, GeoPanel
from xl_mmm.dataset.record import assemble
from xl_mmm.design import build_design
from xl_mmm.errors import PlanError, SpecError
from xl_mmm.posterior import Posterior, Sampling, rounded
from xl_mmm.resolution import resolved
from xl_mmm.response import MediaParameters, effective_media, media_block, outcome_weights, saturate

if TYPE_CHECKING:
    from xl_mmm.spec import ChannelSpec, ModelSpec

Array = NDArray[np.float64]

SEPARATOR = " | "
BLOCK_CELLS = 1_500_000  # draws x weeks x columns worked on at once


@dataclass(frozen=True, slots=True, eq=False)
class Joint:
    """One posterior of all regions, and which of its paid channels is whose.

    Attributes
    ----------
    posterior
        The whole market.
    regions, channels
        Names, each once.
    cells
        (region, channel) of each paid channel of `posterior`; a channel that never ran in a region has none.
    together
        Mean correlation of the residuals of two regions: how far their noise is one.
    """

    posterior: Posterior
    regions: tuple[str, ...]
    channels: tuple[str, ...]
    cells: tuple[tuple[str, str], ...]
    together: float

    def in_region(self, region: str) -> tuple[str, ...]:
        """Return a region's paid channels as the posterior calls them.

        Raises
        ------
        PlanError
            No such region.
        """
        if region not in self.regions:
            raise PlanError(f"No region is called {region!r}; the model has {', '.join(self.regions)}.", [region])
        return tuple(joint_name(c, r) for r, c in self.cells if r == region)

    def of_channel(self, channel: str) -> tuple[str, ...]:
        """Return a channel in all its regions as the posterior calls them.

        Raises
        ------
        PlanError
            No such channel.
        """
        if channel not in self.channels:
            raise PlanError(f"No channel is called {channel!r}; the model has {', '.join(self.channels)}.", [channel])
        return tuple(joint_name(c, r) for r, c in self.cells if c == channel)


def joint_name(column: str, region: str) -> str:
    """Return what a region's medium or control is called in the whole."""
    return f"{column}{SEPARATOR}{region}"


def check_one_value(datasets: Iterable[Dataset]) -> None:
    """Refuse regions whose KPI is worth different money: one KPI of the whole would have no value of its own.

    Raises
    ------
    SpecError
        Naming the remedy.
    """
    rates = [outcome_weights(one) for one in datasets]
    if any(not np.array_equal(rates[0], rate) for rate in rates[1:]):
        raise SpecError(
            "A KPI unit is worth different money in different regions, so regions cannot be planned together in KPI "
            "units: make revenue (KPI times its value) the KPI column."
        )


def side_by_side(posteriors: Mapping[str, Posterior]) -> Joint:
    """Put the posteriors of regions together.

    Parameters
    ----------
    posteriors
        Region -> its model; all of one method, number of draws, dates, baseline and margin.

    Raises
    ------
    SpecError
        Fewer than two regions, or models that do not belong together; says in what they differ.
    """
    models = list(posteriors.values())
    _check_alike(models)
    check_one_value(model.dataset for model in models)
    cells = tuple((region, channel) for region, model in posteriors.items() for channel in model.dataset.channels)
    dataset = _dataset(posteriors)
    spec = _spec(posteriors, dataset)
    design = build_design(dataset, spec)
    n_baseline = models[0].design.group.count("baseline")
    linear = np.column_stack([
        sum(model.linear[:, :n_baseline] for model in models), *(model.linear[:, n_baseline:] for model in models),
    ])  # fmt: skip
    correlation = np.corrcoef([_mean_residual(model) for model in models])
    sigma, rho = _noise(models, correlation)
    first, pairs = models[0], np.triu_indices(len(models), 1)
    channels = tuple(dict.fromkeys(channel for _, channel in cells))
    posterior = Posterior(
        dataset, spec, design, first.method, first.seed, _media(posteriors), rounded(linear), rounded(sigma),
        rounded(rho), first.range_label, _sampling(models),
    )  # fmt: skip
    return Joint(posterior, tuple(posteriors), channels, cells, float(correlation[pairs].mean()))


def _check_alike(models: list[Posterior]) -> None:
    """Raise SpecError when models cannot be one market's."""
    if len(models) < 2:
        raise SpecError("Regions are put together from two on; fit the data without a region column instead.")
    first = models[0]

    def facts(model: Posterior) -> dict[str, object]:
        data, spec = model.dataset, model.spec
        return {
            "method": model.method, "number of draws": model.n_draws, "dates": data.dates.tolist(),
            "window": data.n_history, "grain": data.grain, "KPI": data.roles.kpi,
            "baseline": (spec.seasonality, spec.trend, spec.knots, spec.holidays), "margin": spec.margin,
        }  # fmt: skip

    for model in models[1:]:
        own = facts(model)
        if differs := [name for name, value in facts(first).items() if own[name] != value]:
            raise SpecError(f"The regions' models differ in their {differs[0]}: fit them alike.")


def _dataset(posteriors: Mapping[str, Posterior]) -> Dataset:
    """Return all regions' data as one national dataset whose columns are the regions' own."""
    data = {region: model.dataset for region, model in posteriors.items()}
    first = next(iter(data.values()))

    def beside(part: str) -> Array:
        return np.concatenate([getattr(one, part) for one in data.values()], axis=1)[None]

    def named(part: str) -> tuple[str, ...]:
        return tuple(joint_name(name, region) for region, one in data.items() for name in getattr(one, part))

    columns = (*named("channels"), *named("organic"), *named("controls"))
    if twice := {name for name in columns if columns.count(name) > 1}:
        raise SpecError(f"{min(twice)!r} could be two things; rename the region or the column, without {SEPARATOR!r}.")
    roles = dataclasses.replace(
        first.roles, geo=None, spend=named("channels"), organic=named("organic"), controls=named("controls"),
        media={joint_name(c, region): header for region, one in data.items() for c, header in one.roles.media.items()},
    )  # fmt: skip
    panel = GeoPanel(
        (), np.sum([one.kpi for one in data.values()], axis=0)[None], beside("spend"), beside("media"),
        beside("organic_media"), beside("control_values"),
        None if first.revenue_per_kpi is None else first.revenue_per_kpi[None],
    )  # fmt: skip
    levels = np.concatenate([one.control_reference for one in data.values()]).tolist()
    references = dict(zip(named("controls"), levels, strict=True))
    return assemble(panel, first.dates, roles, first.grain, first.n_history, (), references)


def _spec(posteriors: Mapping[str, Posterior], whole: Dataset) -> ModelSpec:
    """Return all regions' choices, each medium under its name in the whole."""
    total, choices = whole.window_kpi.sum(), {}
    signs: dict[str, str] = {}
    for region, model in posteriors.items():
        known, part = resolved(model.dataset, model.spec), model.dataset.window_kpi.sum() / total
        for name in model.media.names:
            choices[joint_name(name, region)] = _share_of_whole(known.channel(name), float(part))
        signs |= {joint_name(name, region): sign for name, sign in model.spec.control_signs.items()}
    first = next(iter(posteriors.values())).spec
    return dataclasses.replace(first, channels=choices, control_signs=signs, lift_tests=())


def _share_of_whole(choice: ChannelSpec, part: float) -> ChannelSpec:
    """Turn a belief about a share of the region's KPI into one about the whole's."""
    if choice.share is None:
        return choice
    share = choice.share * part if isinstance(choice.share, float) else (choice.share[0] * part, choice.share[1] * part)
    return dataclasses.replace(choice, share=share)


def _media(posteriors: Mapping[str, Posterior]) -> MediaParameters:
    """Return all regions' media, paid channels first."""
    order = [(region, model.media, k) for region, model in posteriors.items() for k in range(_n_paid(model))]
    order += [
        (region, model.media, k)
        for region, model in posteriors.items()
        for k in range(_n_paid(model), len(model.media.names))
    ]
    parameters = dict.fromkeys(name for _, media, _ in order for name in media.values)
    widest = max(len(media.names) for _, media, _ in order)
    blank = np.full((len(order[0][1].coefficient), widest), np.nan)
    return MediaParameters(
        tuple(joint_name(media.names[k], region) for region, media, k in order),
        tuple(media.adstock[k] for _, media, k in order),
        tuple(media.saturation[k] for _, media, k in order),
        tuple(media.max_lag[k] for _, media, k in order),
        {
            name: np.column_stack([media.values.get(name, blank)[:, k] for _, media, k in order])
            for name in parameters
        },
        np.column_stack([media.coefficient[:, k] for _, media, k in order]),
    )


def _n_paid(model: Posterior) -> int:
    return len(model.dataset.channels)


def _noise(models: list[Posterior], correlation: Array) -> tuple[Array, Array]:
    """Return (draw,) standard deviation and lag-one autocorrelation of the sum of the regions' noise."""
    sigma = np.stack([model.sigma for model in models])  # (region, draw)
    rho = np.stack([model.rho for model in models])
    variance = np.einsum("rd,rs,sd->d", sigma, correlation, sigma)
    lagged = np.einsum("rd,rs,sd->d", rho * sigma, correlation, sigma)
    return np.sqrt(variance), np.clip(lagged / variance, -0.999, 0.999)


def _mean_residual(model: Posterior) -> Array:
    """Return (week,) what a model leaves of the KPI, mean over draws."""
    dataset, block = model.dataset, media_block(model.dataset)
    media = np.zeros(dataset.n_weeks)
    for part in model.blocks(max(1, BLOCK_CELLS // max(block.window.size, 1))):
        shape = saturate(effective_media(block, part.media), part.media)
        media += np.einsum("dtk,dk->t", shape, part.media.coefficient)
    linear: Array = model.design.matrix[dataset.window] @ model.linear.mean(axis=0)
    return dataset.window_kpi - linear - media / model.n_draws


def _sampling(models: list[Posterior]) -> Sampling | None:
    """Return the worst of how the regions were sampled; None where one was not."""
    all_of = [model.sampling for model in models if model.sampling is not None]
    if len(all_of) < len(models):
        return None
    worst = max(all_of, key=lambda one: (not one.converged, one.r_hat))
    return dataclasses.replace(
        worst, r_hat=max(one.r_hat for one in all_of), tail_ess=min(one.tail_ess for one in all_of),
        evaluations=sum(one.evaluations for one in all_of),
    )  # fmt: skip
