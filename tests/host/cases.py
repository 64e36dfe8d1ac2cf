"""One table of cases for every host: a function, its arguments, and the same answer wherever it is asked.

An argument is what a sheet holds: a number, text, an error, None for one that is left out, a rectangle as rows (blanks
are None, days are serial numbers), or the name of a shared rectangle in braces, such as `"{model}"`, which `shared()`
makes once. `resolved(case)` puts the rectangles in.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from tests.host.market import shared
from xl_mmm.functions import Cell, Cells, call
from xl_mmm.rules import CellErrorValue

NA, REF = CellErrorValue("#N/A"), CellErrorValue("#REF!")
SPEND: Cells = [[1000.0], [0.0], [250.5], [1e-3], [3e7], [120.0]]

FIT_TABLES = ("{data}", "{channels}", "{controls}", "{lift_tests}")
CHOICES = ("{settings}", "{parameters}")
ACTUALS = ("{channels}", "{settings}", "{controls}", "{parameters}")
EVALUATED = ("{data}", "{channels}", "{controls}", "{settings}")


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A function and its arguments.

    Attributes
    ----------
    name
        What it is about.
    function
        Key of `FUNCTIONS`.
    arguments
        As the module says; trailing ones may be missing.
    """

    name: str
    function: str
    arguments: tuple[object, ...] = ()


CASES: tuple[Case, ...] = (
    Case("a text without arguments", "MMM_VERSION"),
    Case("a column", "MMM_ADSTOCK", (SPEND, "geometric", 0.5)),
    Case("a row is a row of six weeks of one", "MMM_ADSTOCK", ([[1.0, 2.0, 3.0]], "geometric", 0.5)),
    Case("several columns", "MMM_ADSTOCK", ([[1.0, 10.0], [2.0, 0.0], [0.0, 5.0]], "geometric", 0.5)),
    Case("one cell", "MMM_ADSTOCK", ([[7.5]], "geometric", 0.25)),
    Case("every argument", "MMM_ADSTOCK", (SPEND, "delayed", 0.5, 1.0, 3.0)),
    Case("an argument left out in the middle", "MMM_ADSTOCK", (SPEND, "geometric", 0.5, None, 3.0)),
    Case("an argument too few", "MMM_ADSTOCK", (SPEND, "delayed", 0.5)),
    Case("an argument too many", "MMM_ADSTOCK", (SPEND, "geometric", 0.5, 1.0)),
    Case("an unknown word", "MMM_ADSTOCK", (SPEND, "Geometrisch", 0.5)),
    Case("text for a number", "MMM_ADSTOCK", (SPEND, "geometric", "0.5")),
    Case("a number for text", "MMM_ADSTOCK", (SPEND, 3.0, 0.5)),
    Case("a number outside its bounds", "MMM_ADSTOCK", (SPEND, "geometric", 1.5)),
    Case("a blank cell in a column", "MMM_ADSTOCK", ([[1.0], [None], [3.0]], "geometric", 0.5)),
    Case("text in a column", "MMM_ADSTOCK", ([[1.0], ["n/a"], [3.0]], "geometric", 0.5)),
    Case("an error in a column", "MMM_ADSTOCK", ([[1.0], [NA], [3.0]], "geometric", 0.5)),
    Case("an error for a single value", "MMM_ADSTOCK", (SPEND, "geometric", REF)),
    Case("Hill", "MMM_SATURATE", (SPEND, "hill", 500.0, 1.3)),
    Case("power", "MMM_SATURATE", (SPEND, "power", 0.5)),
    Case("the parameters as ranges", "MMM_SATURATE", (SPEND, "hill", [[500.0]], [[1.3]])),
    Case("a fit", "MMM_FIT", (*FIT_TABLES, "{live}", "{nothing}", "{parameters}", "{fx}", "{costs}")),
    Case("nothing kept yet", "MMM_FIT", (*FIT_TABLES, "{settings}", "{nothing}", "{parameters}")),
    Case("the kept model", "MMM_FIT", (*FIT_TABLES, "{settings}", "{model}", "{parameters}")),
    Case("a table at fault", "MMM_FIT", ([["date", "revenue"], [45000.0, "much"]], "{channels}", *[None] * 5)),
    Case("nothing by hand", "MMM_EVALUATE", (*EVALUATED, "{parameters}", "{model}")),
    Case("no model at all", "MMM_EVALUATE", (*EVALUATED, "{parameters}", "{nothing}")),
    Case(
        "tables and model", "MMM_CHECK",
        (
            *FIT_TABLES, *CHOICES, "{scenarios}", "{constraints}", "{groups}", "{calendar}", "{model}", "{fx}",
            "{costs}", 40.0,
        ),
    ),
    Case("an error in the data", "MMM_CHECK", ([["date", "revenue"], [45000.0, NA]], "{channels}", *[None] * 11)),
    Case("a sound model", "MMM_WHY", ("{model}", 3.0)),
    Case("no model", "MMM_WHY", ("{nothing}",)),
    Case("with headers", "MMM_SUMMARY", ("{model}",)),
    Case("no model", "MMM_SUMMARY", ("{nothing}",)),
    Case("a model that was cut", "MMM_SUMMARY", ([["xl_mmm model"], ["{not a model}"]],)),
    Case("the advice", "MMM_METHODS", ("{comparison}", "advice", "{model}", 6.0)),
    Case("the methods, with headers", "MMM_METHODS", ("{comparison}", "methods", None)),
    Case("returns by channel", "MMM_METHODS", ("{comparison}", "returns", None, 3.0)),
    Case("nothing compared", "MMM_METHODS", ("{nothing}", "advice", "{model}", 6.0)),
    Case("an unknown part", "MMM_METHODS", ("{comparison}", "parts")),
    Case("a width", "MMM_PARAMETERS", ("{model}", 0.5)),
    Case("weeks", "MMM_CONTRIBUTION", ("{model}", 80.0)),
    Case("too few rows prepared", "MMM_CONTRIBUTION", ("{model}", 5.0)),
    Case("the whole window", "MMM_BRIDGE", ("{model}", None, None, 10.0)),
    Case("days as single values", "MMM_BRIDGE", ("{model}", 44200.0, 44400.0)),
    Case("days in cells, one blank", "MMM_BRIDGE", ("{model}", [[44200.0]], [[None]])),
    Case("prepared rows", "MMM_ROI", ("{model}", 0.9, 5.0)),
    Case("with headers", "MMM_ROI", ("{model}",)),
    Case("a width out of bounds", "MMM_ROI", ("{model}", 7.0)),
    Case("beliefs", "MMM_PRIORS", ("{model}", 0.5, 12.0)),
    Case("prepared rows", "MMM_MEDIA", ("{model}", 0.9, 4.0)),
    Case("today", "MMM_MROI", ("{model}", "tv")),
    Case("at a spend", "MMM_MROI", ("{model}", "search", 250_000.0)),
    Case("an unknown channel", "MMM_MROI", ("{model}", "radio")),
    Case("with headers", "MMM_ELASTICITY", ("{model}",)),
    Case("with headers", "MMM_HALF_LIFE", ("{model}",)),
    Case("usual multipliers", "MMM_RESPONSE_CURVE", ("{model}", "tv")),
    Case("chosen multipliers", "MMM_RESPONSE_CURVE", ("{model}", "tv", [[0.0], [1.0], [1.5]], 0.8, 4.0)),
    Case("a test that ols leaves out", "MMM_LIFT_TESTS", ("{model}", 0.9, 3.0)),
    Case("with headers", "MMM_LIFT_TESTS", ("{model}",)),
    Case(
        "every step", "MMM_LIFT_PRIOR",
        ("{lift_tests}", "{data}", "{channels}", "{settings}", "{parameters}", "{controls}", "{fx}", [[None]], 4.0),
    ),
    Case(
        "no test", "MMM_LIFT_PRIOR",
        ([["Channel", "Start"], [None, None]], "{data}", "{channels}", "{settings}", None, None, None, None, 3.0),
    ),
    Case("planned", "MMM_SCENARIO", ("{model}", "{scenarios}", 0.9, "{settings}", 6.0)),
    Case("no plans", "MMM_SCENARIO", ("{model}", None)),
    Case("words", "MMM_COMPARE", ("{model}", "{scenarios}", "Today", None, "words", 0.8, "{settings}", 4.0)),
    Case("reasons", "MMM_COMPARE", ("{model}", "{scenarios}", [[None]], "tv: 20 % less")),
    Case("channels", "MMM_COMPARE", ("{model}", "{scenarios}", None, None, "channels", 0.9, "{settings}", 5.0)),
    Case("a plan that is not there", "MMM_COMPARE", ("{model}", "{scenarios}", "Tomorrow")),
    Case("a goal", "MMM_GOAL", ("{model}", 1e6, "profit", "tv", "{scenarios}", None, None, 0.9, "{settings}", 9.0)),
    Case("no goal yet", "MMM_GOAL", ("{model}", [[None]])),
    Case("searched", "MMM_OPTIMIZE", ("{model}", "{constraints}", "{settings}", "{groups}", 4.0)),
    Case("a plan given", "MMM_PLAN", ("{model}", "{constraints}", "{settings}", "{plan}")),
    Case("no plan yet", "MMM_PLAN", ("{model}", "{constraints}", "{settings}", [[None], [None]], "{groups}", 4.0)),
    *(
        Case(f"a plan given: {part}", "MMM_CERTIFICATE",
             ("{model}", "{constraints}", "{settings}", "{plan}", "{groups}", [[None]] * 6, part, 20.0))
        for part in ("proof", "limits", "notes")
    ),
    Case("cells of the search changed", "MMM_CERTIFICATE",
         ("{model}", "{constraints}", "{settings}", "{plan}", "{groups}", [["made up"], ["9"]], "proof", 20.0)),
    Case("the year", "MMM_CALENDAR",
         ("{model}", "year", "{scenarios}", "{calendar}", "{settings}", [["Date", "TV"], [None, None]], 57.0)),
    Case("no money in the timing", "MMM_CALENDAR",
         ("{model}", "year", "{scenarios}", "{calendar}", "{settings}", [["Date", "TV"], [44621.0, "much"]])),
    Case("its weeks, with headers", "MMM_CALENDAR", ("{model}", "weeks")),
    Case("in words", "MMM_CALENDAR", ("{model}", "words", "{scenarios}", "{calendar}", "{settings}", None, 3.0)),
    Case("the last year again", "MMM_FORECAST", ("{model}", None, 0.8, 53.0)),
    Case("plan and actual", "MMM_VARIANCE", ("{frozen}", "{actuals}", *ACTUALS, "{model}", "{fx}", "{costs}", 10.0)),
    Case("nothing frozen", "MMM_VARIANCE", ("{nothing}", "{data}", *ACTUALS, None, None, None, 10.0)),
    Case("the pace", "MMM_PACING", ("{frozen}", "{actuals}", *ACTUALS)),
    *(
        Case(f"{part} of the board", "MMM_BOARD", ("{model}", part, "{constraints}", "{settings}", "{plan}"))
        for part in ("figures", "steps", "words")
    ),
    Case("no plan yet", "MMM_BOARD", ("{model}", None, None, "{settings}", [[None], [None]], None, None, 7.0)),
    Case("a part that is not there", "MMM_BOARD", ("{model}", "pictures")),
    Case(
        "sentences", "MMM_FINDINGS",
        ("{model}", "{scenarios}", "{constraints}", "{settings}", "{plan}", [["PASS"], ["REVIEW"], [None]]),
    ),
)  # fmt: skip


def resolved(case: Case) -> list[object]:
    """Return a case's arguments with the shared rectangles in place of their names."""
    return [shared()[name_of(value)] if name_of(value) else value for value in case.arguments]


def name_of(value: object) -> str:
    """Return the name of the shared rectangle that an argument is, or nothing."""
    return value[1:-1] if isinstance(value, str) and value.startswith("{") else ""


@cache
def answered(case: Case) -> Cell | Cells:
    """Return what a case gives without any host."""
    return call(case.function, resolved(case))
