"""The buttons, and the macros that Excel or Python calls by name: plain data for the template, VBA and tests.

Conventions: a macro's name differs from every function's, whatever the case, because VBA and Excel tell names apart by
spelling only (`MMM_Fit` would hide `MMM_FIT`); hence `MMM_Press...`.
"""

from __future__ import annotations

from dataclasses import dataclass

POLL = "MMM_Poll"  # called by Application.OnTime while work is under way
POLL_LATER = "MMM_PollLater"  # has Excel call POLL in a second; forgotten when the workbook closes
SAVE_COPY = "MMM_SaveCopy"  # saves a copy under the path given: on macOS Python cannot ask for it otherwise


@dataclass(frozen=True, slots=True)
class Button:
    """One button.

    Attributes
    ----------
    macro
        Name of its Sub.
    caption
        Words on it.
    function
        What it runs: a function of `xl_mmm.hosts.macros`.
    tooltip
        What it does, in one sentence; also its alternative text.
    """

    macro: str
    caption: str
    function: str
    tooltip: str

    @property
    def options(self) -> dict[str, str]:
        """Options for XlsxWriter's `insert_button`; size and place are the sheet's to choose."""
        return {"macro": self.macro, "caption": self.caption, "description": self.tooltip}


BUTTONS: tuple[Button, ...] = (
    Button("MMM_PressCheck", "Check data", "check", "Judges the data and goes to the first faulty cell."),
    Button("MMM_PressFit", "Fit", "fit", "Estimates the model from the data and keeps it in this workbook."),
    Button("MMM_PressScenarios", "Update scenarios", "scenarios", "Computes the scenarios anew from the kept model."),
    Button("MMM_PressOptimize", "Optimize", "optimize", "Searches the best split of the budget and keeps the plan."),
    Button("MMM_PressCompare", "Compare", "compare", "Fits by every method, side by side; the model in use stays."),
    Button("MMM_PressWeeks", "Optimize weeks", "weeks", "Times the plan's money week by week; channels keep theirs."),
    Button("MMM_PressFreeze", "Freeze plan", "freeze", "Keeps the plan as it stands, to hold actuals against it."),
    Button("MMM_PressRegions", "Plan regions", "regions", "Fits every region and plans the budget by region."),
    Button("MMM_PressExport", "Export PDF", "export_pdf", "Prints the sheets for readers into a PDF file."),
    Button("MMM_PressRestore", "Restore previous", "restore", "Opens the workbook as it was before the last results."),
    Button("MMM_PressCancel", "Cancel", "cancel", "Ends the work under way; nothing is written."),
    Button("MMM_PressHelp", "Help", "help", "Says where help is and which release answers."),
)
REGIONAL = "regions"  # the button of the sheet Regions, which only books of regional data have
BY_FUNCTION: dict[str, Button] = {button.function: button for button in BUTTONS}
