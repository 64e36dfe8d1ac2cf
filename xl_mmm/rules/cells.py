"""Reading one raw cell: strictly, or with the reason why not. Nothing is converted that a reader could doubt.

Raw cells are what openpyxl, xlwings and pandas hand over: None, bool, int, float, str, datetime, date, Timestamp,
numpy scalars and `CellErrorValue`.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import numpy as np

from xl_mmm.rules.catalog import shown

LARGEST = 1e15  # the last size at which a double still resolves a tenth of a unit
FIRST_YEAR, LAST_YEAR = 1950, 2150

# CVErr codes as COM hands them over: the seven classic ones, then the newer ones that xlwings passes on as integers.
ERROR_CODES: dict[int, str] = {
    -2146826288: "#NULL!",
    -2146826281: "#DIV/0!",
    -2146826273: "#VALUE!",
    -2146826265: "#REF!",
    -2146826259: "#NAME?",
    -2146826252: "#NUM!",
    -2146826246: "#N/A",
    -2146826245: "#GETTING_DATA",
    -2146826243: "#SPILL!",
    -2146826242: "#CONNECT!",
    -2146826241: "#BLOCKED!",
    -2146826240: "#UNKNOWN!",
    -2146826239: "#FIELD!",
    -2146826238: "#CALC!",
}
_FIRST_CODE, _LAST_CODE = -2146826300, -2146826200  # codes still to come are errors too
_ERROR_TEXT = re.compile(r"#(N/A|[A-Z0-9_/]+[!?]|GETTING_DATA|BUSY!)( .*)?", re.IGNORECASE)
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}(T00:00(:00(\.0+)?)?| 00:00(:00(\.0+)?)?)?")
_SLASHED = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{2}|\d{4})")
_SPACES = dict.fromkeys(map(ord, "\u00a0\u2007\u202f\u2009\u200b\ufeff \t'"), None)  # ' is the Swiss thousands mark
_TOTAL = re.compile(
    r"\W*(grand\s+|sub)?(total|totals|sum|summe|gesamt|gesamtsumme|somme|totale|average|mean)\b.*", re.I
)


@dataclass(frozen=True, slots=True)
class CellErrorValue:
    """A spreadsheet error cell, kept as such.

    Attributes
    ----------
    code
        As the spreadsheet shows it, for example `"#REF!"`.
    """

    code: str

    def __str__(self) -> str:
        return self.code


@dataclass(frozen=True, slots=True)
class Broken:
    """Why a cell cannot be read.

    Attributes
    ----------
    rule
        Name of the rule it breaks.
    facts
        Fields of that rule's sentence, as (name, text) pairs.
    """

    rule: str
    facts: tuple[tuple[str, str], ...] = ()


def is_blank(value: object) -> bool:
    """Whether the cell is empty: None, NaN, NaT or text of white space only."""
    if value is None:
        return True
    if isinstance(value, str):
        return not value.translate(_SPACES).strip()
    if isinstance(value, float):
        return math.isnan(value)
    if isinstance(value, np.datetime64 | np.timedelta64):
        return bool(np.isnat(value))
    return type(value).__name__ in {"NaTType", "NAType"}  # pandas' own blanks, known without importing pandas


def error_code(value: object) -> str | None:
    """Return the error that the cell shows (`"#REF!"`), or None.

    Text counts as well: readers hand errors over as text, and nobody means `#N/A` as a word in a column of figures.
    """
    if isinstance(value, CellErrorValue):
        return value.code
    if isinstance(value, str):
        return value.strip() if _ERROR_TEXT.fullmatch(value.strip()) else None
    if isinstance(value, (int, float, np.integer)) and _FIRST_CODE <= value <= _LAST_CODE:
        return ERROR_CODES.get(int(value), f"error {int(value)}")
    return None


def broken_error(value: object) -> Broken:
    """Return the reason for an error cell, naming the error where the cell holds only its number."""
    code = error_code(value)
    return Broken("error_cell", (("code", "" if isinstance(value, str | CellErrorValue) else f" ({code})"),))


def is_total(value: object) -> bool:
    """Whether the text heads a total row (`"Total"`, `"Grand total"`, `"Summe"`, ...)."""
    return isinstance(value, str) and _TOTAL.fullmatch(value.strip()) is not None


def parse_number(value: object) -> float | Broken:
    """Return the cell as a finite float, or the reason why it is not one.

    Parameters
    ----------
    value
        Raw cell.

    Returns
    -------
    float or Broken
        Only int and float (and their numpy kin) are numbers; text never is, whatever it looks like.

    Examples
    --------
    >>> parse_number(120), parse_number("1,234").rule, parse_number(True).rule
    (120.0, 'text_number', 'true_false')
    """
    if type(value) is float and _LAST_CODE < value <= LARGEST:  # nearly every cell; the rest go the long way
        return value
    if is_blank(value):
        return Broken("blank")
    if error_code(value) is not None:
        return broken_error(value)
    if isinstance(value, (bool, np.bool_)):
        return Broken("true_false")
    if isinstance(value, str):
        reading = _text_reading(value)
        return Broken("text_number", (("reading", f" (perhaps {reading})" if reading else ""),))
    if isinstance(value, (date, time, timedelta, np.datetime64)):
        return Broken("date_number")
    if isinstance(value, int | float | np.integer | np.floating):
        return _finite(value)
    return _decimal(value)


def _finite(value: int | float | np.integer | np.floating) -> float | Broken:
    if isinstance(value, int) and abs(value) > LARGEST:
        return Broken("huge")
    number = float(value)
    if not math.isfinite(number):
        return Broken("not_finite")
    return number if abs(number) <= LARGEST else Broken("huge")


def _decimal(value: object) -> float | Broken:
    """Accept `decimal.Decimal` and `fractions.Fraction`, which databases hand over; anything else is text."""
    from numbers import Number

    if isinstance(value, Number) and not isinstance(value, complex) and hasattr(value, "__float__"):
        return _finite(float(value))
    return Broken("text_number", (("reading", ""),))


def _text_reading(text: str) -> str:
    """Guess what a text number means, only to help in the sentence; empty when there is no guess."""
    bare = text.translate(_SPACES).lower()
    bare = re.sub(r"^(usd|eur|gbp|chf)|(usd|eur|gbp|chf)$|[$€£¥₹]", "", bare)
    sign = -1.0 if re.fullmatch(r"\(.*\)|.*-|[-\u2212].*", bare) else 1.0
    bare = bare.strip("()-+\u2212")
    factor = {"k": 1e3, "m": 1e6, "%": 0.01}.get(bare[-1:], 1.0)
    bare = bare[:-1] if factor != 1.0 else bare
    if re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", bare):
        bare = bare.replace(",", "")
    elif re.fullmatch(r"\d{1,3}(\.\d{3})+(,\d+)?", bare) or re.fullmatch(r"\d+,\d+", bare):
        bare = bare.replace(".", "").replace(",", ".")
    if not re.fullmatch(r"\d+(\.\d+)?|\.\d+", bare) or len(bare) > 30:
        return ""
    return shown(sign * factor * float(bare))


def parse_date(value: object) -> np.datetime64 | Broken:
    """Return the cell as a day (`datetime64[D]`), or the reason why it is not one.

    Text in the form YYYY-MM-DD is read, since it has one meaning; `is_iso_text` tells the caller. No other text is.
    """
    if is_blank(value):
        return Broken("date_blank")
    if error_code(value) is not None:
        return broken_error(value)
    if isinstance(value, (bool, np.bool_)):
        return Broken("date_text", (("reading", ""),))
    if isinstance(value, str):
        return _text_date(value)
    if isinstance(value, np.datetime64):
        day = value.astype("datetime64[D]")
        return _plausible(day) if day == value else Broken("date_time")
    if isinstance(value, datetime):
        if value.tzinfo is not None or value.time() != time(0):
            return Broken("date_time")
        return _plausible(np.datetime64(value.date(), "D"))
    if isinstance(value, date):
        return _plausible(np.datetime64(value, "D"))
    if isinstance(value, int | float | np.integer | np.floating):
        return _serial_date(float(value))
    return Broken("date_text", (("reading", ""),))


def is_iso_text(value: object) -> bool:
    """Whether the cell is text of the form YYYY-MM-DD (a midnight after it allowed)."""
    return isinstance(value, str) and _ISO.fullmatch(value.strip()) is not None


def _plausible(day: np.datetime64) -> np.datetime64 | Broken:
    year = int(day.astype("datetime64[Y]").astype(int)) + 1970
    return day if FIRST_YEAR <= year <= LAST_YEAR else Broken("date_implausible")


def _text_date(text: str) -> np.datetime64 | Broken:
    bare = text.strip()
    if _ISO.fullmatch(bare):
        try:
            return _plausible(np.datetime64(date.fromisoformat(bare[:10]), "D"))
        except ValueError:
            return Broken("date_text", (("reading", " (no such day)"),))
    match = _SLASHED.fullmatch(bare)
    if match is None:
        return Broken("date_text", (("reading", ""),))
    first, second, year = int(match[1]), int(match[2]), int(match[3])
    year += 2000 if year < 100 else 0
    readings = [_iso(year, second, first), _iso(year, first, second)]  # day first, month first
    known = [reading for reading in readings if reading]
    if len(set(known)) == 2:
        return Broken("date_ambiguous", (("first", known[0]), ("second", known[1])))
    return Broken("date_text", (("reading", f" (perhaps {known[0]})" if known else ""),))


def _iso(year: int, month: int, day: int) -> str:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return ""


def _serial_date(number: float) -> Broken:
    """Say which day a number is: a spreadsheet's serial (1900 system) or YYYYMMDD."""
    if number == 60:
        return Broken("date_serial_60")
    reading = ""
    if 0 < number < 100_000:
        origin = date(1899, 12, 30) if number > 60 else date(1899, 12, 31)
        day = origin + timedelta(days=math.floor(number))
        reading = f" (as a spreadsheet date {day.isoformat()})"
    elif number == number // 1 and FIRST_YEAR * 10_000 < number < LAST_YEAR * 10_000:
        year, rest = divmod(int(number), 10_000)
        iso = _iso(year, *divmod(rest, 100))
        reading = f" (perhaps {iso})" if iso else ""
    return Broken("date_serial", (("reading", reading),))
