"""Markets with known truth, for tests, the demo and the benchmarks.

Conventions
-----------
The market is additive like the model, so that truth has names that fits can be held against; its parameters are drawn
from uniform ranges that are not the model's priors. Money is rounded to cents. Spend before the first row is nil.
Everything is drawn from one generator, so that a seed gives the same bits.
"""

from __future__ import annotations

from xl_mmm.simulation.market import HABITS, Habit
from xl_mmm.simulation.regional import SimulatedRegions, simulate_regions
from xl_mmm.simulation.simulated import Simulated, simulate
from xl_mmm.simulation.truth import Truth

__all__ = ["HABITS", "Habit", "Simulated", "SimulatedRegions", "Truth", "simulate", "simulate_regions"]
