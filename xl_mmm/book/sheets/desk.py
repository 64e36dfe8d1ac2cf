"""What every sheet is drawn from, and the few moves that several sheets share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xl_mmm.book import styles as st
from xl_mmm.book.canvas import HAS_MODEL, Formula
from xl_mmm.book.layout import letters
from xl_mmm.functions.sentences import ROW_OF
from xl_mmm.tables import names as n

if TYPE_CHECKING:
    from xl_mmm.book.canvas import Canvas, Page, TableArea
    from xl_mmm.book.inputs import BuildInputs, CellValue, Scales
    from xl_mmm.book.layout import Layout


@dataclass(frozen=True, slots=True)
class Desk:
    """The canvas with the planner's inputs, the places of results, and number formats."""

    canvas: Canvas
    inputs: BuildInputs
    layout: Layout
    scales: Scales

    @property
    def is_money(self) -> bool:
        """Whether the KPI has a money value."""
        return self.inputs.setting(n.SET_REVENUE_PER_KPI) != n.NONE

    @property
    def currency(self) -> str:
        """Currency label, or the word money."""
        return str(self.inputs.setting(n.SET_CURRENCY) or "money")

    def priced(self, text: str) -> str:
        """Head a column of money with the currency, where there is one."""
        label = self.inputs.setting(n.SET_CURRENCY)
        return text if label is None else f"{text}, {label}"

    @property
    def kpi_unit(self) -> str:
        """What one unit of the KPI is."""
        return str(self.inputs.setting(n.SET_KPI_UNIT))

    @property
    def outcome(self) -> str:
        """What plans are measured in."""
        return "Revenue" if self.is_money else self.kpi_unit

    def said(self, topic: str, waiting: str = "") -> Formula:
        """Make a formula that says a finding, and `waiting` until there is a model."""
        return Formula(f'=IF({HAS_MODEL},{finding_cell(self.layout, topic)}&"","{waiting}")')

    @property
    def outcome_scale(self) -> st.Scale:
        """Number format of plans."""
        return self.scales.revenue if self.is_money else self.scales.kpi_total


def finding_cell(layout: Layout, topic: str) -> str:
    """Refer to the sentence on a topic."""
    return layout.blocks["findings"].cell("text", ROW_OF[topic])


Looks = Mapping[str, tuple[str, str | None]]


def fill_table(page: Page, area: TableArea, rows: Sequence[Mapping[str, CellValue]], looks: Looks) -> None:
    """Place the rows of an input table, blank inputs below them."""
    for i in range(area.height):
        row = rows[i] if i < len(rows) else {}
        for j, header in enumerate(area.headers):
            style, number = looks[header]
            page.put(area.row + 1 + i, area.col + j, row.get(header), style, number)


def drop_down(page: Page, rows: tuple[int, int], col: int, choices: Sequence[str], title: str, prompt: str) -> None:
    """Offer a list of choices with a plain prompt."""
    page.sheet.data_validation(
        rows[0],
        col,
        rows[1],
        col,
        {
            "validate": "list",
            "source": list(choices),
            "input_title": title[:32],
            "input_message": prompt[:255],
            "error_title": "Not on the list",
            "error_message": f"Choose one of: {', '.join(choices)}."[:255],
        },
    )


def drop_down_cells(
    page: Page, rows: tuple[int, int], col: int, ref: str, title: str, prompt: str, *, strict: bool = True
) -> None:
    """Offer the cells of `ref` as choices; others may be typed unless `strict`."""
    page.sheet.data_validation(
        rows[0],
        col,
        rows[1],
        col,
        {
            "validate": "list",
            "source": f"={ref}",
            "input_title": title[:32],
            "input_message": prompt[:255],
            "show_error": strict,
            "error_title": "Not known",
            "error_message": f"{title}: choose one from the list."[:255],
        },
    )


def number_between(
    page: Page,
    rows: tuple[int, int],
    col: int,
    bounds: tuple[float | None, float | None],
    title: str,
    prompt: str,
    *,
    whole: bool = False,
) -> None:
    """Accept numbers within bounds only."""
    low, high = bounds
    rule: dict[str, object] = {"validate": "integer" if whole else "decimal"}
    if low is not None and high is not None:
        rule |= {"criteria": "between", "minimum": low, "maximum": high}
        say = f"from {low:g} to {high:g}"
    else:
        rule |= {"criteria": ">=", "value": 0 if low is None else low}
        say = f"{0 if low is None else low:g} or more"
    page.sheet.data_validation(
        rows[0],
        col,
        rows[1],
        col,
        {
            **rule,
            "input_title": title[:32],
            "input_message": prompt[:255],
            "error_title": "Not a valid number",
            "error_message": f"{title} is a {'whole ' if whole else ''}number, {say}. Leave it blank for the default."[
                :255
            ],
        },
    )


def as_money_where_said(page: Page, rows: tuple[int, int], cols: tuple[int, int], unit: int) -> None:
    """Show cells as amounts in the rows where the column `unit` says money."""
    look = page.canvas.book.add_format({"num_format": "#,##0"})
    rule = {"type": "formula", "criteria": f'=${letters(unit)}{rows[0] + 1}="{n.MONEY}"', "format": look}
    page.sheet.conditional_format(rows[0], cols[0], rows[1], cols[1], rule)


def any_date(page: Page, rows: tuple[int, int], col: int, title: str, prompt: str) -> None:
    """Accept dates only."""
    from datetime import date

    page.sheet.data_validation(
        rows[0],
        col,
        rows[1],
        col,
        {
            "validate": "date",
            "criteria": ">=",
            "value": date(1950, 1, 1),
            "input_title": title[:32],
            "input_message": prompt[:255],
            "error_title": "Not a date",
            "error_message": f"{title} is a date, such as 2024-01-22.",
        },
    )


def name_width(names: Sequence[str], least: float = 16.0, most: float = 34.0) -> float:
    """Column width for names."""
    return min(max([least, *(st.text_width(name) + 3 for name in names)]), most)
