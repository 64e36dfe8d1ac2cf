"""The only place where sheet, table, header and setting names are spelled.

Everything a reader, writer, builder or host must agree on about the workbook's words stands here; nothing else does.
Conventions: tables are found by name (`tbl...`), never by address; headers are matched as written; a blank input
cell means "the default"; multiples of today are numbers with 1 = today's spend of the window; yes and no are text.
`tblData` carries the user's own headers: `tblSettings`, `tblChannels` and `tblControls` say which role each one plays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xl_mmm.spec import ADSTOCK_NAMES, METHODS, SATURATION_NAMES
from xl_mmm.spec import SIGNS as SIGN_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterable

# ---------------------------------------------------------------- sheets, in FAST order
START = "Start"
DATA = "Data"
ASSUMPTIONS = "Assumptions"
EXPERIMENTS = "Experiments"
MODEL = "Model"
CONTRIBUTIONS = "Contributions"
ROI = "ROI"
COMPARE = "Compare"
CHART_DATA = "ChartData"
SCENARIOS = "Scenarios"
OPTIMIZER = "Optimizer"
REGIONS = "Regions"  # only in books of data with a region column; not among `SHEETS`
PLAN = "Plan"
BOARD = "Board"
CHECKS = "Checks"
LOG = "Log"
GLOSSARY = "Glossary"
SHEETS = (
    START, DATA, ASSUMPTIONS, EXPERIMENTS, MODEL, CONTRIBUTIONS, ROI, COMPARE, CHART_DATA, SCENARIOS, OPTIMIZER,
    PLAN, BOARD, CHECKS, LOG, GLOSSARY,
)  # fmt: skip

# ---------------------------------------------------------------- words used as values
YES, NO = "yes", "no"
PAID, ORGANIC = "paid", "organic"
NONE = "none"  # "Revenue per KPI" when the KPI has no money value
ON_REQUEST, LIVE = "on request", "live"
AS_DATA = "as data"
IN_THE_FIT, AS_PRIORS, LEAVE_OUT = "in the fit", "as ROI priors", "leave out"
LIFT_USES = {IN_THE_FIT: "likelihood", AS_PRIORS: "prior", LEAVE_OUT: "none"}  # as typed -> `ModelSpec.lift_route`
GRAINS = (AS_DATA, "daily", "weekly", "monthly")
PASS, REVIEW, FAIL, NOT_RUN = "PASS", "REVIEW", "FAIL", "NOT RUN"
THE_WINDOW, YEAR_AHEAD = "the window", "the year ahead"
MONTHS = "months"
FISCAL_CALENDARS = (MONTHS, "ISO weeks", "4-4-5", "4-5-4", "5-4-4")  # as `planning.fiscal` calls them
TIMES = "\u00d7"  # multiplication sign
TIMES_TODAY = f"{TIMES} today"
TODAY = "Today"  # the scenario that every difference is measured from
OPTIMIZED_PLAN = "optimized plan"  # what the Board shows unless a scenario is named
ALL_CHANNELS, ALL_REGIONS = "all channels", "All regions"
MONEY, SHARE = "money", "share"
REVENUE, PROFIT = "revenue", "profit"
EXACT, AT_MOST, FREE = "exact", "at most", "free"
OPTIMIZED_FLIGHTING = "optimized"
FLIGHTINGS = ("as last year", "even", "front-loaded", "back-loaded", "bursts", OPTIMIZED_FLIGHTING)
RISKS = {"mean": "mean", "quantile": "quantile", "CVaR": "cvar", "regret": "regret"}  # as typed -> `Objective.risk`

# ---------------------------------------------------------------- tblSettings
SET_DATE = "Date column"
SET_KPI = "KPI column"
SET_KPI_UNIT = "KPI unit"
SET_REVENUE_PER_KPI = "Revenue per KPI"
SET_GEO = "Geo column"
SET_CURRENCY = "Currency"
SET_GRAIN = "Model grain"
SET_WINDOW_START = "Window start"
SET_WINDOW_END = "Window end"
SET_METHOD = "Method"
SET_SEED = "Seed"
SET_DRAWS = "Draws"
SET_LIFT_TESTS = "Lift tests"
SET_SEASONALITY = "Seasonality"
SET_TREND = "Trend"
SET_KNOTS = "Knots"
SET_HOLIDAYS = "Holidays country"
SET_MARGIN = "Margin"
SET_LEVEL = "Range level"
SET_BUDGET = "Budget"
SET_LEAST = "Default least"
SET_MOST = "Default most"
SET_MAXIMIZE = "Maximize"
SET_LIFETIME = "Lifetime value"
SET_DISCOUNT = "Discount rate"
SET_TOTAL = "Total"
SET_LEAST_ROI = "Least ROI"
SET_LEAST_MROI = "Least mROI"
SET_LEAST_OUTCOME = "Least outcome"
SET_STEP = "Largest step"
SET_RISK = "Risk"
SET_TAIL = "Tail"
SET_FOLLOWS = "Plan follows"
SET_BOARD = "Board shows"
SET_PLAN_OVER = "Plan over"
SET_PLAN_START = "Plan start"
SET_PLAN_PERIODS = "Plan periods"
SET_FISCAL = "Fiscal calendar"
SET_FISCAL_START = "Fiscal year starts"
SET_FLIGHTING = "Flighting"
SET_PAYMENT = "Payment days"
SET_REFIT = "Refit"


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of `tblSettings`.

    Attributes
    ----------
    name
        Text in the setting column; the key.
    kind
        What the value cell may hold: `header` (a header of `tblData`), `text`, `choice`, `whole`, `number`, `share`
        (0-1), `money`, `date`, `yes_no`, or `value_per_kpi` (a number above zero, `none`, or a header of `tblData`).
    default
        Value when the cell is blank; None where blank itself means something (no geo, today's budget ...) or the
        value is required (`required`).
    unit
        Unit column.
    note
        One plain sentence for the planner.
    choices
        Allowed values of a `choice`.
    low, high
        Inclusive bounds of a number; None for no bound. Those in `ABOVE_ZERO` must also be above zero.
    required
        Whether a blank is a fault.
    """

    name: str
    kind: str
    default: str | float | None
    unit: str
    note: str
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    required: bool = False


SETTINGS: tuple[Setting, ...] = (
    Setting(SET_DATE, "header", None, "header of Data", "The column of dates: one row per period.", required=True),
    Setting(SET_KPI, "header", None, "header of Data", "The column to be explained.", required=True),
    Setting(SET_KPI_UNIT, "text", "revenue", "text", "What one unit of the KPI is: revenue, orders, sign-ups."),
    Setting(
        SET_REVENUE_PER_KPI,
        "value_per_kpi",
        1.0,
        "money per KPI unit",
        "1 when the KPI is revenue; a number; a header of Data; or none when the KPI has no money value.",
    ),
    Setting(SET_GEO, "header", None, "header of Data", "Region column; blank for national data."),
    Setting(
        SET_CURRENCY,
        "text",
        None,
        "currency code",
        "Reporting currency: the KPI's money and every amount but spend columns with a currency of their own.",
    ),
    Setting(SET_GRAIN, "choice", AS_DATA, "grain", "Periods of the model; finer data are summed up.", choices=GRAINS),
    Setting(SET_WINDOW_START, "date", None, "date", "First period of the model; earlier rows only give carry-in."),
    Setting(SET_WINDOW_END, "date", None, "date", "Last period of the model; blank: the last row."),
    Setting(
        SET_METHOD,
        "choice",
        "bayes",
        "method",
        "How the model is estimated; Compare says which method to read.",
        choices=METHODS,
    ),
    Setting(SET_SEED, "whole", 1.0, "number", "Same seed, same data: same numbers.", low=0, high=2**31 - 1),
    Setting(
        SET_DRAWS,
        "whole",
        None,
        "draws",
        "Draws kept for the ranges; blank: 200 refits of ols, ridge, lasso, 1,000 draws of bayes.",
        low=20,
        high=5000,
    ),
    Setting(
        SET_LIFT_TESTS,
        "choice",
        IN_THE_FIT,
        "use",
        "What bayes does with Experiments: explain their effects like the KPI, take adjusted ROI priors, or nothing.",
        choices=tuple(LIFT_USES),
    ),
    Setting(SET_SEASONALITY, "whole", 2.0, "waves a year", "Yearly pattern: 0 none, 2 usual, 4 sharp.", low=0, high=10),
    Setting(
        SET_TREND, "choice", YES, "yes / no", "Whether the baseline may grow in a straight line.", choices=(YES, NO)
    ),
    Setting(SET_KNOTS, "whole", 0.0, "bends", "Bends of the baseline beyond the straight line.", low=0, high=50),
    Setting(SET_HOLIDAYS, "text", None, "country code", "Two letters, such as US or DE; blank for no holidays."),
    Setting(
        SET_MARGIN,
        "share",
        1.0,
        "share of revenue",
        "Profit per unit of revenue before media; break-even ROI is 1 / margin.",
        low=0,
        high=1,
    ),
    Setting(SET_LEVEL, "share", 0.90, "share", "Width of every range.", low=0.5, high=0.99),
    Setting(SET_BUDGET, "money", None, "money", "To be optimized, of all that is planned; blank: as today.", low=0),
    Setting(SET_LEAST, "number", 0.5, TIMES_TODAY, "Least spend of a channel without its own bound.", low=0),
    Setting(SET_MOST, "number", 1.5, TIMES_TODAY, "Most spend of a channel without its own bound.", low=0),
    Setting(
        SET_STEP,
        "share",
        None,
        "share of today",
        "Measured steps: no channel moves further from today than this (3 % is one); blank: no limit.",
        low=0,
        high=1,
    ),
    Setting(
        SET_TOTAL,
        "choice",
        None,
        "kind",
        "exact: the budget is spent in full; at most; free: no budget. Blank: exact, at most with a target.",
        choices=(EXACT, AT_MOST, FREE),
    ),
    Setting(
        SET_MAXIMIZE,
        "choice",
        REVENUE,
        "goal",
        "revenue (KPI units without a money value), or profit: margin × revenue - spend - fees.",
        choices=(REVENUE, PROFIT),
    ),
    Setting(
        SET_LIFETIME,
        "number",
        1.0,
        f"{TIMES} revenue",
        "Worth of a customer's revenue in the long run; 1 = as booked.",
        low=0,
    ),
    Setting(
        SET_DISCOUNT, "share", 0.0, "a year", "Later revenue and spend count less: 0.08 is 8 % a year.", low=0, high=1
    ),
    Setting(
        SET_LEAST_ROI, "number", None, "revenue / cost", "Target: the plan as a whole returns at least this.", low=0
    ),
    Setting(SET_LEAST_MROI, "number", None, "revenue / cost", "Target: spend until the next unit returns less.", low=0),
    Setting(SET_LEAST_OUTCOME, "number", None, "outcome", "Target: reach this outcome at the least cost.", low=0),
    Setting(
        SET_RISK,
        "choice",
        "mean",
        "measure",
        "mean, with a proof; quantile, CVaR (mean of the worst Tail) or regret: the best of several starts.",
        choices=tuple(RISKS),
    ),
    Setting(SET_TAIL, "share", 0.1, "share of draws", "How bad a case the other measures look at.", low=0.01, high=0.5),
    Setting(SET_FOLLOWS, "text", TODAY, "scenario", "The scenario that the sheet Plan lays over the time ahead."),
    Setting(SET_BOARD, "text", OPTIMIZED_PLAN, "plan", f"Board shows the {OPTIMIZED_PLAN} or a scenario, by name."),
    Setting(
        SET_PLAN_OVER,
        "choice",
        THE_WINDOW,
        "horizon",
        "What Scenarios and Optimizer speak of: the window of the data, or the year ahead with what it carries out.",
        choices=(THE_WINDOW, YEAR_AHEAD),
    ),
    Setting(SET_PLAN_START, "date", None, "date", "First period of the year ahead; blank: the one after the last row."),
    Setting(
        SET_PLAN_PERIODS,
        "whole",
        None,
        "periods",
        "Length of the year ahead; blank: 52 weeks, 12 months or 364 days.",
        low=1,
        high=1100,
    ),
    Setting(
        SET_FISCAL,
        "choice",
        MONTHS,
        "calendar",
        "Names the periods of plans: months, ISO weeks, or periods of 4 and 5 weeks.",
        choices=FISCAL_CALENDARS,
    ),
    Setting(SET_FISCAL_START, "whole", 1.0, "month", "Month 1-12 that the fiscal year starts in.", low=1, high=12),
    Setting(
        SET_FLIGHTING,
        "choice",
        FLIGHTINGS[0],
        "template",
        "How each channel's money is spread over the plan's periods; commitments stand. optimized: by Optimize weeks.",
        choices=FLIGHTINGS,
    ),
    Setting(
        SET_PAYMENT, "whole", 0.0, "days", "Days from the end of a period until its media are paid.", low=0, high=365
    ),
    Setting(
        SET_REFIT,
        "choice",
        ON_REQUEST,
        "when",
        "on request: when Fit is pressed or xl-mmm run; live: at every change of a cell, which takes seconds.",
        choices=(ON_REQUEST, LIVE),
    ),
)
# break-even ROI is 1 / margin; nothing is planned with no money, and a target of zero is none
ABOVE_ZERO = {SET_MARGIN, SET_BUDGET, SET_LIFETIME, SET_LEAST_ROI, SET_LEAST_MROI, SET_LEAST_OUTCOME}
SETTING: dict[str, Setting] = {setting.name: setting for setting in SETTINGS}

# ---------------------------------------------------------------- headers
H_SETTING, H_VALUE, H_UNIT, H_NOTE = "Setting", "Value", "Unit", "Source / note"

H_CHANNEL, H_KIND, H_SPEND_COLUMN, H_MEDIA_COLUMN = "Channel", "Kind", "Spend column", "Media column"
H_ADSTOCK, H_SATURATION, H_MAX_LAG = "Adstock", "Saturation", "Max lag"
H_PRIOR_ON, H_PRIOR_LOW, H_PRIOR_HIGH, H_TYPICAL_WEEK = "Prior on", "Prior low", "Prior high", "Typical week"

H_CURRENCY, H_RATE, H_FROM, H_COST, H_PER = "Currency", "Rate", "From", "Cost", "Per units"

H_PARAMETER, H_LOW, H_HIGH, H_BY_HAND = "Parameter", "Low", "High", "By hand"

H_CONTROL, H_REFERENCE, H_SIGN = "Control", "Reference", "Sign"

H_START, H_END, H_SPEND_CHANGE, H_INCREMENTAL_KPI = "Start", "End", "Spend change", "Incremental KPI"
H_STANDARD_ERROR, H_MEASURED_UNTIL = "Standard error", "Measured until"
H_LOW_90, H_HIGH_90 = "90 % low", "90 % high"
H_POPULATION_SHARE, H_IN_DATA = "Population share", "In data"

H_SCENARIO, H_PERIOD = "Scenario", "Period"
H_MARKET, H_MEDIA_COST = "Market", "Media cost"
CHANGE = "\u0394 "  # before a control: what is added to it
EXPECTED, COMMITTED = "Expected ", "Committed "  # before a control, a channel: in `tblCalendar`

H_LEAST, H_MOST, H_IN = "Least", "Most", "In"
H_COMMITTED, H_MINIMUM, H_STEP, H_INCREMENT = "Committed", "Minimum if used", "Largest step", "Increment"
H_FROZEN, H_FEE = "Frozen", "Fee"

H_GROUP, H_CHANNELS = "Group", "Channels"

H_TIME, H_USER, H_METHOD, H_SEED, H_DATA_HASH = "Time", "User", "Method", "Seed", "Data hash"
H_MODEL_HASH, H_VERSION, H_R2, H_HEADLINE = "Model hash", "Version", "R²", "ROI headline"

H_DATE, H_WHO, H_WHAT, H_WHY = "Date", "Who", "What", "Why"

# ---------------------------------------------------------------- tables
TBL_DATA = "tblData"
TBL_SETTINGS = "tblSettings"
TBL_CHANNELS = "tblChannels"
TBL_PARAMETERS = "tblParameters"
TBL_CONTROLS = "tblControls"
TBL_FX = "tblFX"
TBL_COSTS = "tblCosts"
TBL_LIFT_TESTS = "tblLiftTests"
TBL_SCENARIOS = "tblScenarios"
TBL_CONSTRAINTS = "tblConstraints"
TBL_GROUPS = "tblGroups"
TBL_CALENDAR = "tblCalendar"
TBL_RUNS = "tblRuns"
TBL_CHANGES = "tblChanges"

TABLE_SHEET: dict[str, str] = {
    TBL_DATA: DATA,
    TBL_SETTINGS: ASSUMPTIONS,
    TBL_CHANNELS: ASSUMPTIONS,
    TBL_PARAMETERS: ASSUMPTIONS,
    TBL_CONTROLS: ASSUMPTIONS,
    TBL_FX: ASSUMPTIONS,
    TBL_COSTS: ASSUMPTIONS,
    TBL_LIFT_TESTS: EXPERIMENTS,
    TBL_SCENARIOS: SCENARIOS,
    TBL_CONSTRAINTS: OPTIMIZER,
    TBL_GROUPS: OPTIMIZER,
    TBL_CALENDAR: PLAN,
    TBL_RUNS: LOG,
    TBL_CHANGES: LOG,
}

# Fixed headers of each table. tblData has the user's own; tblScenarios has more columns (`scenario_headers`) between
# H_SCENARIO and H_NOTE. Rows with nothing in the key column (the first) are spare.
TABLE_HEADERS: dict[str, tuple[str, ...]] = {
    TBL_SETTINGS: (H_SETTING, H_VALUE, H_UNIT, H_NOTE),
    # Channel: display name; Spend column and Media column: headers of tblData. Paid needs a spend column, or a media
    # column with its cost in tblCosts; organic a media column and no spend column. Prior low and high: the 90 % belief
    # before seeing the data (both or neither) on ROI, mROI or share of the KPI (`PRIORS`). Typical week: exposure in a
    # week of activity, media units, which default ranges of curves are relative to; blank takes it from the data at
    # each fit. Currency: of the spend column or the cost; blank is the reporting currency.
    TBL_CHANNELS: (
        H_CHANNEL, H_KIND, H_SPEND_COLUMN, H_MEDIA_COLUMN, H_ADSTOCK, H_SATURATION, H_MAX_LAG, H_PRIOR_ON,
        H_PRIOR_LOW, H_PRIOR_HIGH, H_TYPICAL_WEEK, H_CURRENCY, H_UNIT, H_NOTE,
    ),
    # Channel: a channel of tblChannels; Parameter: one of HAND_PARAMETERS. Low = High (or High blank) fixes the value,
    # both blank leave the default, a range is searched. By hand replaces what was estimated, at once and without a fit.
    TBL_PARAMETERS: (H_CHANNEL, H_PARAMETER, H_LOW, H_HIGH, H_BY_HAND, H_UNIT, H_NOTE),
    # Control: a header of tblData; Reference: the level that the baseline holds, blank for the default; Sign: which way
    # more of it moves the KPI, blank for either.
    TBL_CONTROLS: (H_CONTROL, H_REFERENCE, H_SIGN, H_UNIT, H_NOTE),
    # Rate: reporting currency per unit of the currency, from a date on; blank: from the first period on.
    TBL_FX: (H_CURRENCY, H_RATE, H_FROM, H_NOTE),
    # Cost: money, in the channel's currency, of so many units (Per units; blank is what the unit says, 1,000 for CPM)
    # of its media column, from a date on. A channel without a spend column spends its units times this cost.
    TBL_COSTS: (H_CHANNEL, H_UNIT, H_COST, H_PER, H_FROM, H_NOTE),
    # 90 % low and high: the ends of the interval, in place of the standard error.
    TBL_LIFT_TESTS: (
        H_CHANNEL, H_START, H_END, H_SPEND_CHANGE, H_INCREMENTAL_KPI, H_STANDARD_ERROR, H_LOW_90, H_HIGH_90,
        H_MEASURED_UNTIL, H_POPULATION_SHARE, H_IN_DATA, H_UNIT, H_NOTE,
    ),
    TBL_SCENARIOS: (H_SCENARIO, H_NOTE),
    # Least, Most: multiples of today's spend or money (In); blank is the default of the settings. Committed, Minimum if
    # used, Increment: money. Largest step: share of today; blank is the setting. Fee: share on top of spend.
    TBL_CONSTRAINTS: (
        H_CHANNEL, H_LEAST, H_MOST, H_IN, H_COMMITTED, H_MINIMUM, H_STEP, H_INCREMENT, H_FROZEN, H_FEE, H_NOTE,
    ),
    # Channels: their names, separated by commas, or by semicolons where a name has a comma. Least, Most: share of what
    # the plan spends in all, or money (In).
    TBL_GROUPS: (H_GROUP, H_CHANNELS, H_LEAST, H_MOST, H_IN, H_NOTE),
    TBL_CALENDAR: (H_DATE, H_MARKET, H_NOTE),
    TBL_RUNS: (
        H_TIME, H_USER, H_METHOD, H_SEED, H_DATA_HASH, H_MODEL_HASH, H_VERSION, H_R2, H_HEADLINE, H_NOTE,
    ),
    TBL_CHANGES: (H_DATE, H_WHO, H_WHAT, H_WHY),
}  # fmt: skip

# ---------------------------------------------------------------- choices of the drop-downs
KINDS = (PAID, ORGANIC)
PRIORS = {"ROI": "roi", "mROI": "mroi", "share": "share"}  # as typed -> what `ChannelSpec` calls it
ADSTOCKS = ADSTOCK_NAMES
SATURATIONS = SATURATION_NAMES
SIGNS = tuple(SIGN_NAMES)
COST_UNITS = {"CPM": 1000.0, "CPC": 1.0, "CPV": 1.0, "GRP": 1.0, "unit": 1.0}  # as typed -> units that it prices
PLAN_UNITS = (TIMES_TODAY, MONEY)  # of tblScenarios and tblConstraints; the first where the cell is blank
PARAMETERS = (
    "half_life", "decay", "peak_lag", "weibull_shape", "weibull_scale", "half_effect_spend", "half_saturation", "slope",
    "exponent", "curvature",
)  # fmt: skip
COEFFICIENT = "coefficient"  # always estimated, so never given a range; it may be set by hand
HAND_PARAMETERS = (*PARAMETERS, COEFFICIENT)
OPTIONAL_HEADERS = {  # columns that a table may lack
    H_BY_HAND, H_SIGN, H_LOW_90, H_HIGH_90, H_CURRENCY, H_UNIT, H_PER, H_FROM, H_NOTE,
    H_IN, H_COMMITTED, H_MINIMUM, H_STEP, H_INCREMENT, H_FROZEN, H_FEE,
}  # fmt: skip
OPTIONAL_TABLES = {TBL_GROUPS, TBL_CALENDAR, TBL_FX, TBL_COSTS}  # tables that a book may lack
GROUP_UNITS = (SHARE, MONEY)

# ---------------------------------------------------------------- the one defined name per idea
NAME_ALL_CHECKS = "AllChecks"  # the ALL CHECKS cell, repeated in every sheet's header
NAME_MODEL = "ModelValue"  # the block of text that is the model
MODEL_CHUNKS = 64  # cells of the model value (fixed, padded)


def scenario_headers(channels: Iterable[str], controls: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the headers of `tblScenarios`.

    One row a scenario and period; a blank period is all of them. Channels: spend, multiples of today or money (In).
    Market: multiple of the baseline. Media cost: multiple of what a unit of media costs. A control: what is added to
    it in every week; a column headed by the control's bare name holds its level instead.
    """
    changes = (CHANGE + control for control in controls)
    return (H_SCENARIO, H_IN, H_PERIOD, *channels, H_MARKET, H_MEDIA_COST, *changes, H_NOTE)


def calendar_headers(channels: Iterable[str], controls: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the headers of `tblCalendar`.

    One row a period ahead that something is known of. Expected and a control: its level, blank as a year before.
    Market: multiple of the baseline. Committed and a channel: money already bought for that period.
    """
    expected = (EXPECTED + control for control in controls)
    return (H_DATE, *expected, H_MARKET, *(COMMITTED + channel for channel in channels), H_NOTE)
