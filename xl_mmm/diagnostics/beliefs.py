"""Checks of what was typed in before the data spoke."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xl_mmm.diagnostics.check import CHECKS, PASS, Check, judged
from xl_mmm.diagnostics.reported import listed
from xl_mmm.measures import beliefs
from xl_mmm.measures.beliefs import DEFAULT
from xl_mmm.resolution import typical_week

if TYPE_CHECKING:
    from xl_mmm.dataset import Dataset
    from xl_mmm.posterior import Posterior, PriorSensitivity
    from xl_mmm.spec import ModelSpec

LITTLE = 1.5  # times: not worth a word


def check_typical_weeks(dataset: Dataset, spec: ModelSpec) -> Check:
    """Compare typed typical weeks with the data's: after a change of unit or currency they mean something else."""
    off, findings = 1.0, []
    for name, own in zip((*dataset.channels, *dataset.organic), typical_week(dataset), strict=True):
        typed = spec.channel(name).typical_week
        if typed is None:
            continue
        times = max(own / typed, typed / own)
        off = max(off, times)
        findings.append((times, f"{name}: {typed:,.4g} is typed, the data have {own:,.4g}"))
    if not findings:
        return judged("typical_week", off, "None is typed: default curves follow the data at each fit.", "")
    worst = [text for times, text in sorted(findings, key=lambda one: -one[0]) if times > LITTLE]
    message = listed(worst) + "." if worst else "Typed typical weeks agree with the data's."
    return judged(
        "typical_week", off, message,
        "If the unit or currency of the data changed, clear the cells under Typical week, or type it in the new unit.",
    )  # fmt: skip


def check_prior_sensitivity(posterior: Posterior) -> Check:
    """Name the media whose range is the prior's rather than the data's, and those where the two contradict.

    A size follows its prior when powers of the priors move it beyond the limit and further than powers of the data do;
    that asks for a look where the prior is nobody's belief. The two contradict when both move it and the mean found
    lies outside the 90 % range believed.
    """
    limit, record = CHECKS["prior_sensitivity"], posterior.prior_sensitivity
    if record is None:
        unheard = [name for name in posterior.media.names if posterior.spec.channel(name).size is not None]
        if unheard and posterior.method != "bayes":
            return judged(
                "prior_sensitivity", len(unheard),
                f"Typed under Prior for {listed(unheard)}: the method {posterior.method} uses no beliefs.",
                "Fit with bayes, which learns from them, or clear them.",
            )  # fmt: skip
        message = f"The method {posterior.method} uses no beliefs, and none is typed."
        if posterior.method == "bayes":
            message = "Not judged: too few draws are kept, or every size is fixed."
        return Check(limit.name, PASS, None, limit.review, message)
    before = beliefs(posterior)
    defaults: list[str] = []
    typed: list[str] = []
    torn, curves = [], []
    for k, name in enumerate(posterior.media.names):
        by_sizes, by_transforms, by_data = _moved(record, k)
        row = before.loc[name].iloc[0]
        outside = not row["believed_low"] <= row["found_mean"] <= row["believed_high"]
        if outside and min(by_sizes, by_data) > record.limit:
            believed = f"{row['believed_low']:.2g} to {row['believed_high']:.2g}"
            torn.append(f"{name} ({row['found_mean']:.2g}, believed {believed})")
        elif by_sizes > max(record.limit, by_data):
            (defaults if row["belief"] == DEFAULT else typed).append(name)
        if by_transforms > max(record.limit, by_data):
            curves.append(name)
    said = [
        f"{what} {listed(names)}."
        for what, names in (
            ("Belief and data contradict:", torn), ("Ranges follow the default prior more than the data:", defaults),
            ("Ranges follow what you typed, or a test:", typed), ("Assumed curves matter as well:", curves),
        )
        if names
    ] or ["Every range follows the data."]  # fmt: skip
    action = "Look at units and dates of these first, then at the belief. " if torn else ""
    if defaults:
        action += f"Type your own belief under Prior, or test {defaults[0]}; until then its range is an assumption."
    return judged("prior_sensitivity", len(torn) + len(defaults), " ".join(said), action.strip())


def _moved(record: PriorSensitivity, k: int) -> tuple[float, float, float]:
    """Return how far the size of column `k` moves with the sizes' priors, the transforms' and the data; 0 if fixed."""
    by_sizes, by_transforms, by_data = (
        each[k] or 0.0 for each in (record.by_sizes, record.by_transforms, record.by_data)
    )
    return by_sizes, by_transforms, by_data
