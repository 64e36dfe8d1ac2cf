"""Glossary: one definition a metric, in the words and formulas that the code uses."""

from __future__ import annotations

from xl_mmm.book.sheets.desk import Desk
from xl_mmm.tables import names as n

HEAD_ROW = 4
# word, what it means, formula, where it stands
TERMS: tuple[tuple[str, str, str, str], ...] = (
    ("KPI", "What is explained: revenue, orders, sign-ups.", "Data, KPI column", n.DATA),
    (
        "Window",
        "The periods the model is estimated on; earlier rows only feed carry-in.",
        "Window start to Window end",
        n.ASSUMPTIONS,
    ),
    (
        "Baseline",
        "KPI with all media at zero and controls at their reference.",
        "intercept + trend + seasons + holidays + bends",
        n.CONTRIBUTIONS,
    ),
    (
        "Control",
        "A driver that is not media; measured against its reference, the rest is baseline.",
        "coefficient × (value − reference)",
        n.CONTRIBUTIONS,
    ),
    (
        "Sign",
        "Which way more of a control moves the KPI, known before the data. Method bayes keeps to it; Checks tells for "
        "the others.",
        "coefficient > 0 or < 0",
        n.ASSUMPTIONS,
    ),
    (
        "Contribution",
        "Incremental KPI of a medium in the window. Point values are means over draws, so they add up.",
        "c × [S(u) − S(u⁰)]",
        n.CONTRIBUTIONS,
    ),
    ("Carry-in", "Effect in the window of media from before the window.", "c × S(u⁰)", n.CONTRIBUTIONS),
    ("Residual", "What the model does not explain.", "actual − all components", n.CONTRIBUTIONS),
    (
        "Adstock",
        "Share of a week's media that still works in later weeks; weights sum to 1.",
        "u = Σ weight(lag) × media",
        n.ASSUMPTIONS,
    ),
    ("Decay", "Share retained a week by geometric adstock.", "0 ≤ decay < 1", n.MODEL),
    ("Half-life", "Weeks until half of the weight has passed.", "geometric: ln ½ / ln decay", n.ROI),
    (
        "Half of the effect at",
        "Money a week at which half of the full effect is reached; the planner's form of half-saturation.",
        "half_saturation × cost per media unit",
        n.ASSUMPTIONS,
    ),
    (
        "Typical week",
        "Mean media in a week of activity, written once when the book is made: what default curves are relative to.",
        "media / active weeks",
        n.ASSUMPTIONS,
    ),
    (
        "Exchange rate",
        "Reporting currency for one unit of a currency, from a date on; spend in that currency is turned at its day's.",
        "spend × rate",
        n.ASSUMPTIONS,
    ),
    (
        "Unit cost",
        "What units cost where only units are booked: CPM a thousand impressions, CPC a click, GRP a rating point.",
        "spend = units × cost / per units × rate",
        n.ASSUMPTIONS,
    ),
    (
        "Prior",
        "Belief before seeing the data: a 90 % range of ROI, mROI or share of KPI. Only bayes estimates with it.",
        "log-normal",
        n.ASSUMPTIONS,
    ),
    (
        "From data",
        "How much the data narrowed a belief: 0 % only the belief speaks, 100 % only the data.",
        "1 − Var(given data) / Var(believed)",
        n.ASSUMPTIONS,
    ),
    (
        "Saturation",
        "Curve from effective spend to effect: more spend adds less.",
        "hill: u^slope / (u^slope + h^slope)",
        n.ASSUMPTIONS,
    ),
    ("Half-saturation", "Effective spend a week at half of the limit, in money or media units.", "S(h) = ½", n.MODEL),
    (
        "Saturated",
        "How much of the limit is reached at mean effective spend; blank without a limit.",
        "S(mean u) / limit",
        n.ROI,
    ),
    (
        "ROI",
        "Incremental revenue for each unit of money spent, before margin. 1 returns the money as revenue.",
        "contribution × value / spend",
        n.ROI,
    ),
    (
        "ROI, long run",
        "ROI with the effect that falls after the window.",
        "(contribution + carry-out) × value / spend",
        n.ROI,
    ),
    ("ROI, median", "The middle draw; medians do not add up, so tables use means.", "median over draws", n.ROI),
    ("Net ROI", "Profit for each unit of money spent.", "(margin × incremental revenue − spend) / spend", n.ROI),
    (
        "mROI, next unit",
        "Return of the next unit of money, all weeks scaled alike.",
        "Σ value × c × S′(u) × (u − u⁰) / Σ spend",
        n.ROI,
    ),
    ("CPIK", "Cost per incremental KPI unit.", "spend / contribution", n.ROI),
    (
        "Lift test",
        "A measured change of spend. In the fit, its effect is explained like the KPI; as a prior, it says what is "
        "believed of ROI.",
        "Σ [f(x) − f(x − Δ)] over measured weeks",
        n.EXPERIMENTS,
    ),
    (
        "Conflict z",
        "How far a test lies from what the model foresaw without it; 2 or more is a conflict.",
        "(measured − foreseen) / √(se² + sd²)",
        n.EXPERIMENTS,
    ),
    (
        "p exact",
        "Share of the tested spend's carryover that falls in the measured weeks; 'as a pulse' takes it all as spent at "
        "the start.",
        "mean over tested weeks of Σ weight(lag)",
        n.EXPERIMENTS,
    ),
    ("Gamma", "Stretches a test's estimate to the whole carryover.", "1 / p exact", n.EXPERIMENTS),
    (
        "Tau duration, spend, recency",
        "What a test adds to its variance as a prior: carryover not measured, spend unlike the window's, age.",
        "(1 − p) / p; max / min of daily spend − 1; 2^(weeks / 52) − 1",
        n.EXPERIMENTS,
    ),
    ("Break-even", "ROI at which media pays for itself.", "1 / margin", n.ROI),
    (
        "Chance it pays",
        "Share of draws in which the channel returns more than break-even.",
        "P(ROI > 1 / margin)",
        n.ROI,
    ),
    ("Elasticity", "Percent more revenue for one percent more spend.", "mROI × spend / actual revenue", n.ROI),
    (
        "Share of effect, of spend",
        "A channel's part of what all media bring, and of what they cost.",
        "own / all",
        n.ROI,
    ),
    (
        "From data, not belief",
        "How much the data narrowed the belief about ROI: 0 nothing, 1 all.",
        "1 − Var(log ROI, data) / Var(log ROI)",
        n.ROI,
    ),
    ("Range", "Ends of the middle part of the draws, equal tails; 90 % unless set.", "quantiles over draws", n.ROI),
    (
        "Bootstrap range",
        "Range from refits to resampled residual blocks, the search for curves repeated each time.",
        "method ols",
        n.MODEL,
    ),
    (
        "Credible range",
        "Range from draws of the posterior: what is believed after the data, given the priors.",
        "method bayes",
        n.MODEL,
    ),
    (
        "Stability range",
        "The same for ridge and lasso: how far answers move, not how likely they are true.",
        "method ridge, lasso",
        n.MODEL,
    ),
    ("R²", "Share of the KPI's movement that the model explains.", "1 − Σ residual² / Σ (actual − mean)²", n.MODEL),
    ("wMAPE", "Typical miss of a period, weighted by size.", "Σ |residual| / Σ |actual|", n.MODEL),
    ("NRMSE", "Root mean squared miss over the KPI's spread.", "RMSE / (max − min)", n.MODEL),
    (
        "Weeks inside",
        "Part of the weeks that the fit had not seen whose KPI fell into the forecast's range.",
        "weeks inside / weeks forecast",
        n.COMPARE,
    ),
    (
        "Rank correlation",
        "How alike methods order the channels by return: 1 the same order, 0 unrelated, −1 reversed.",
        "Spearman, mean over pairs of methods",
        n.COMPARE,
    ),
    (
        "LOO",
        "How well periods are foretold by draws that have not seen them; compare only on the same data.",
        "Σ log density without the period",
        n.MODEL,
    ),
    (
        "Pareto k",
        "How far one period alone moves the draws; 0.7 or more: look at that period.",
        "tail of 1 / density over draws",
        n.CHECKS,
    ),
    ("DECOMP.RSSD", "Distance between shares of effect and of spend.", "√ Σ (effect share − spend share)²", n.MODEL),
    (
        "Outcome",
        "Incremental revenue of paid media, carryover moving with spend, and what a scenario assumes of the baseline.",
        "Σ value × contribution + assumed",
        n.SCENARIOS,
    ),
    (
        "Chance it brings more",
        "Share of draws in which the plan beats today, draw by draw.",
        "P(plan > today)",
        n.SCENARIOS,
    ),
    ("Profit", "What is left after margin and spend.", "margin × outcome − spend", n.SCENARIOS),
    (
        "Market",
        "Assumption of a scenario: a multiple of the baseline; what media adds does not follow it.",
        "(market − 1) × baseline",
        n.SCENARIOS,
    ),
    (
        "Media cost",
        "Assumption of a scenario: a multiple of what a unit of media costs; and its part in a bridge between plans.",
        "exposure = spend / media cost",
        n.SCENARIOS,
    ),
    (
        "Spend (bridge)",
        "Part of the difference between two plans: the change of money at the mean of both plans' long returns.",
        "(X_B − X_A) (r_A + r_B) / 2",
        n.SCENARIOS,
    ),
    (
        "Efficiency (bridge)",
        "Part of the difference between two plans: the change of the long return, by saturation or by other weeks.",
        "(r_B − r_A) (X_A + X_B) / 2",
        n.SCENARIOS,
    ),
    (
        "Carryover timing",
        "Part of the difference between two plans: effect that moves past the end of what is planned, or back into it.",
        "−(carry-out of B − carry-out of A)",
        n.SCENARIOS,
    ),
    (
        "Goal seek",
        "The multiple of a channel's spend, or of all, with which a plan's mean outcome, profit or ROI is the target.",
        "m: measure(m) = target",
        n.SCENARIOS,
    ),
    (
        "Year ahead",
        "Plans over the periods after the data: the same channels a year before, with what their money carries out.",
        "outcome of the year + carry-out",
        n.ASSUMPTIONS,
    ),
    (
        "Carry-in (year)",
        "What spend before the plan still brings in its periods; no part of the plan's own outcome.",
        "value × carry-in of paid media",
        n.PLAN,
    ),
    (
        "After the year",
        "What the plan's spend brings after its last period, and what of it is paid then.",
        "carry-out × value of the last period",
        n.PLAN,
    ),
    ("Cash", "Money paid in a period: spend, later by the payment days.", "spend, payment days later", n.PLAN),
    ("Pace", "Spent against planned in the periods that are over.", "spent / planned", n.PLAN),
    (
        "Frozen plan",
        "The plan as it was signed, with the model it was made with; actuals are held against it.",
        "text in the sheet Plan",
        n.PLAN,
    ),
    (
        "Volume, mix, rate",
        "Parts of plan against actual: money in all; where and when it went; what it bought.",
        "each step given those before",
        n.PLAN,
    ),
    (
        "Effectiveness (plan)",
        "Part of plan against actual: media work otherwise than the plan's model says; known after a new fit.",
        "media now − media then, as spent",
        n.PLAN,
    ),
    (
        "KKT residual",
        "How far a plan is from the conditions of an optimum; 0 is exact.",
        "largest relative violation",
        n.OPTIMIZER,
    ),
    (
        "Shadow price",
        "What one more unit of budget is worth at the plan; confirmed by solving again with a little more.",
        "λ of the budget",
        n.OPTIMIZER,
    ),
    (
        "Upper bound",
        "A figure that no plan within the limits can beat; proven for one model and one set of limits.",
        "best plan on curves raised above the true ones",
        n.OPTIMIZER,
    ),
    ("Gap", "How much better than this plan any other could be at most.", "(upper bound − worth) / worth", n.OPTIMIZER),
    ("Bad case", "What a plan gains on average when it goes badly.", "mean of the worst tenth of draws", n.OPTIMIZER),
    (
        "Cost of a limit",
        "What one more unit of room in a limit would bring; for packages and minimums, what leaving them out would.",
        "multiplier of the limit",
        n.OPTIMIZER,
    ),
    ("Committed", "Money already bought: the plan cannot go below it.", "plan ≥ committed", n.OPTIMIZER),
    (
        "Minimum if used",
        "Below it a channel is not worth starting: nothing, or at least this.",
        "plan = 0 or plan ≥ minimum",
        n.OPTIMIZER,
    ),
    (
        "Optimized weeks",
        "When each channel's money is best spent: the same money, other periods; what comes after the end counts.",
        "most outcome with Σ over periods = the channel's money",
        n.PLAN,
    ),
    (
        "Largest step",
        "Measured steps: how far a channel may move from today at once, so that the next data can judge the move. A "
        "step of 3 % cost less than 1 % of the outcome in each of 100 simulated markets.",
        "|plan − today| ≤ step × today",
        n.OPTIMIZER,
    ),
    ("Region", "A part of the market with rows of its own; fitted alone, planned with the others.", n.SET_GEO, n.DATA),
    ("Increment", "Spend comes in packages of this size.", "plan = whole number × increment", n.OPTIMIZER),
    ("Group", "Least and most of several channels together, as a share of the plan or in money.", "", n.OPTIMIZER),
    ("Fee", "Agency and platform fees on top of spend; they count as cost.", "cost = spend × (1 + fee)", n.OPTIMIZER),
    (
        "Board shows",
        "The plan on the Board: the optimized one, or a scenario. What it assumes stands on both sides of its gain.",
        "gain = plan − today, both under its market",
        n.ASSUMPTIONS,
    ),
    (
        "Not enough evidence",
        "The range of a plan's gain holds zero: more or less than today are both plausible.",
        "low ≤ 0 ≤ high of the paired gain",
        n.BOARD,
    ),
    (
        "Risk",
        "What is maximized over the draws: their mean, a low quantile, or the mean of the worst (CVaR).",
        "mean has a proof, the others do not",
        n.ASSUMPTIONS,
    ),
    (
        "Backtest",
        "The model fitted again without the last quarters, each forecast from before it and compared with what came.",
        "four quarters, latest first",
        n.CHECKS,
    ),
    (
        "CRPS",
        "Miss of a forecast that is a number and a range: small when the range is narrow and holds the actual.",
        "E|X − actual| − ½ E|X − X′|",
        n.CHECKS,
    ),
    (
        "Placebo channel",
        "An invented channel, a copy of a real one later by about half of the weeks; it sold nothing.",
        "low end ≤ 0.5 % of the KPI",
        n.CHECKS,
    ),
    ("Tie-out", "Two ways to the same number, compared by a formula in the workbook.", "difference ≤ 0.01", n.CHECKS),
)


def draw(desk: Desk) -> None:
    """Draw the sheet."""
    page = desk.canvas.page(
        n.GLOSSARY,
        "Glossary",
        "What does each word mean? One word, one formula.",
        4,
        {1: 26, 2: 84, 3: 46, 4: 24},
        chip=1,
    )
    page.headers(HEAD_ROW, 1, ["Word", "Meaning", "Formula", "Where"], (0, 1, 2, 3))
    for i, (word, meaning, formula, where) in enumerate(TERMS):
        row = HEAD_ROW + 1 + i
        page.put(row, 1, word, "td_left_bold")
        page.put(row, 2, meaning, "td_left")
        page.put(row, 3, formula, "note")
        page.put(row, 4, where, "note")
        page.height(row, 18)
    page.sheet.freeze_panes(HEAD_ROW + 1, 2)
    page.sheet.repeat_rows(1, HEAD_ROW)
    page.sheet.protect("", {"format_columns": True, "format_rows": True})
