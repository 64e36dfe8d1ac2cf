"""One recalculation of a workbook as hosts see it: the tables of a 156 x 12 market and every call on them, in order.

The blocks have fixed heights, as in the template. `Recalculation.run` evaluates the calls one after another; each gets
the blocks before it, as new texts in new cells, because that is how every spreadsheet hands them over.
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from xl_mmm import functions
from xl_mmm.book.inputs import BuildInputs
from xl_mmm.book.reader import read_book
from xl_mmm.book.template import build_book
from xl_mmm.functions import Cell, Cells
from xl_mmm.rules import CellErrorValue
from xl_mmm.simulation import simulate
from xl_mmm.tables import names

WEEKS, HISTORY, CHANNELS = 130, 26, 8  # 156 rows; date, KPI, 8 channels, 2 controls
LEVEL = 0.9
HANDED_OVER = (
    names.TBL_DATA, names.TBL_CHANNELS, names.TBL_CONTROLS, names.TBL_LIFT_TESTS, names.TBL_SETTINGS,
    names.TBL_PARAMETERS, names.TBL_SCENARIOS, names.TBL_CONSTRAINTS, names.TBL_GROUPS, names.TBL_FX, names.TBL_COSTS,
)  # fmt: skip
Result = Cell | Cells


def market_tables(refit: str, seed: int = 1) -> dict[str, Cells]:
    """Return the tables of a template built for a simulated market, headers first, as a host reads them."""
    market = simulate(WEEKS, CHANNELS, seed=seed, rho=0.3, history=HISTORY)
    columns = {str(header): market.frame[header].tolist() for header in market.frame.columns}
    settings = {names.SET_METHOD: "ols", names.SET_REFIT: refit, names.SET_MARGIN: 0.5}  # a live fit in every edit
    inputs = BuildInputs.start(columns, market.dataset.roles, settings)
    with tempfile.TemporaryDirectory() as folder:
        book = Path(folder) / "book.xlsx"
        build_book(book, inputs)
        found = read_book(book).tables
    return {name: [list(table.headers), *map(list, zip(*table.columns, strict=True))] for name, table in found.items()}


@dataclass
class Recalculation:
    """A sheet that is recalculated again and again.

    Attributes
    ----------
    tables
        Table -> rows; edit them between runs.
    kept
        The model block that the Fit button keeps.
    counted, seconds
        Calls so far by function, and the processor's time that they took.
    """

    tables: dict[str, Cells]
    kept: Cells = field(default_factory=lambda: [[None] for _ in range(names.MODEL_CHUNKS)])
    counted: Counter[str] = field(default_factory=Counter)
    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))

    def run(self) -> dict[str, Result]:
        """Evaluate every call once; return the last result of each function.

        Raises
        ------
        RuntimeError
            A function answered with an error value: nothing would be measured.
        """
        found: dict[str, Result] = {}

        def call(name: str, *arguments: object) -> Cells:
            given = list(map(_handed_over, arguments))
            start = time.process_time()
            answer = found[name] = functions.call(name, given)
            self.seconds[name] += time.process_time() - start
            self.counted[name] += 1
            if isinstance(answer, CellErrorValue):
                raise RuntimeError(f"{name} answered {answer}")
            return answer if isinstance(answer, list) else [[answer]]

        data, channels, controls, lift_tests, settings, parameters, scenarios, constraints, groups, *money = (
            self.tables[name] for name in HANDED_OVER
        )
        fitted = call("MMM_FIT", data, channels, controls, lift_tests, settings, self.kept, parameters, *money)
        model = call("MMM_EVALUATE", data, channels, controls, settings, parameters, fitted, *money)
        plans = None, None, None, None
        checks = call(
            "MMM_CHECK", data, channels, controls, lift_tests, settings, parameters, *plans, model, *money, 60.0
        )
        call("MMM_WHY", model, 10.0)
        call("MMM_SUMMARY", model, 30.0)
        call("MMM_PARAMETERS", model, LEVEL, 60.0)
        call("MMM_PRIORS", model, LEVEL, 60.0)
        call("MMM_CONTRIBUTION", model, 160.0)
        call("MMM_BRIDGE", model, None, None, 20.0)
        returns = call("MMM_ROI", model, LEVEL, 12.0)
        call("MMM_MEDIA", model, LEVEL, 12.0)
        call("MMM_LIFT_TESTS", model, LEVEL, 40.0)
        call("MMM_LIFT_PRIOR", lift_tests, data, channels, settings, parameters, controls, *money, 40.0)
        call("MMM_ELASTICITY", model, 12.0)
        call("MMM_HALF_LIFE", model, 12.0)
        paid = [row for row in returns if row[0]]
        for row in paid:
            call("MMM_RESPONSE_CURVE", model, row[0], None, LEVEL, 21.0)
            call("MMM_MROI", model, row[0])
        call("MMM_SCENARIO", model, scenarios, LEVEL, settings, 12.0)
        for part in ("words", "reasons", "channels"):
            call("MMM_COMPARE", model, scenarios, None, None, part, LEVEL, settings, 20.0)
        spend = [[row[1]] for row in paid]  # the plan: today's money
        call("MMM_PLAN", model, constraints, settings, spend, groups, 12.0)
        for part in ("proof", "notes", "limits"):
            call("MMM_CERTIFICATE", model, constraints, settings, spend, groups, None, part, 20.0)
        for part in ("figures", "steps", "words"):
            call("MMM_BOARD", model, part, constraints, settings, spend, groups, scenarios, 20.0)
        statuses = [[row[1]] for row in checks]
        call("MMM_FINDINGS", model, scenarios, constraints, settings, spend, statuses, groups, 40.0)
        return found


def _handed_over(value: object) -> object:
    """Return rows as a host reads them out of cells: new rows, new texts, blanks as None."""
    if isinstance(value, list):
        return [[(cell + " ")[:-1] or None if isinstance(cell, str) else cell for cell in row] for row in value]
    return value
