"""xl_mmm, method bayes. `settings`: `draws` to keep."""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from task import answer, task, timed


def main() -> None:
    """Fit, answer, save the draws as chains."""
    import numpy as np
    import pandas as pd
    import scipy.linalg  # noqa: F401  a fit loads it late; the peers load theirs before a fit, too

    import xl_mmm
    from xl_mmm import Dataset, fit
    from xl_mmm.bayesian import fit as sampling

    given = task()
    # Kept draws are shuffled, which hides how far neighbors in a chain are alike; here they stay in the chains' order.
    sampling.spread_out = lambda n, wanted, _rng: np.floor(
        (np.arange(min(wanted, n)) + 0.5) * (n / min(wanted, n))
    ).astype(int)
    chains = sampling.BATCHES * sampling.STARTS * sampling.CHAINS
    frame = pd.read_csv(given["csv"])
    roles = {name: given[name] for name in ("date", "kpi", "spend", "controls")}

    def fitted():
        return fit(Dataset.from_frame(frame, **roles), method="bayes", **given["settings"])

    model, seconds = timed(fitted)
    roi = model.roi()["roi"].to_dict()
    said = answer(seconds, roi, xl_mmm.__version__)
    posterior, parts = model.posterior, {}
    earned = contributions(posterior)
    for k, name in enumerate(given["spend"]):
        parts[f"roi {name}"] = earned[:, k]  # but for a constant, the spend
        parts[f"carryover {name}"] = posterior.media.values["decay"][:, k]
        parts[f"saturation {name}"] = posterior.media.values["half_saturation"][:, k]
    parts["noise"] = posterior.sigma
    np.savez(given["draws"], **{name: values.reshape(chains, -1) for name, values in parts.items()})
    print(said)


def contributions(posterior):
    """Return each draw's contributions, (draw, channel)."""
    import numpy as np

    from xl_mmm.response import media_contribution

    return np.concatenate([media_contribution(part)[0].sum(axis=1) for part in posterior.blocks(256)])


if __name__ == "__main__":
    main()
