"""The brief: one HTML file a buyer can open, print and forward. No script, no network, tables behind every chart."""

from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from riskplug.model import ScanRecord
from riskplug.report.balances import balance_svg
from riskplug.report.charts import material_bars, runway_bars
from riskplug.report.figures import figures

UNKNOWN = "unknown"
PAGE = "brief.html.j2"
_STATES = {"covered_to_horizon": "beyond the horizon", "no_demand": "no demand", "unknown": UNKNOWN}


def render_brief(record: ScanRecord) -> str:
    """The whole page. Data are escaped; the only markup let through is the drawn charts."""
    shown = figures(record)
    page = environment().get_template(PAGE)
    return page.render(
        record=record,
        shown=shown,
        material_chart=Markup(material_bars(shown.material_bars)) if shown.material_bars else "",
        balances=[(balance, Markup(balance_svg(balance))) for balance in record.balances],
        runway_chart=Markup(runway_bars(shown.runway_bars)) if shown.runway_bars else "",
    )


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The templates and what they may use; compiled once in a process."""
    folder = Path(__file__).with_name("templates")
    made = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(number=number, day=day, grams=grams, runway=runway, text=text, percent=percent, cell=cell)
    return made


def number(value: object, digits: int = 0) -> str:
    """A number with thousands marks, or ``unknown``."""
    return f"{value:,.{digits}f}" if isinstance(value, (int, float)) else UNKNOWN


def percent(value: object) -> str:
    """A percentage, or ``unknown``."""
    return f"{value:.0f} %" if isinstance(value, (int, float)) else UNKNOWN


def day(value: object) -> str:
    """A date as 28 Apr 2025, or ``unknown``."""
    return f"{value:%d %b %Y}" if isinstance(value, (date, datetime)) else UNKNOWN


def grams(row: Mapping[str, object]) -> str:
    """A mass interval."""
    low, typical, high = (row[f"mass_g_{bound}"] for bound in ("min", "typ", "max"))
    if not isinstance(typical, float):
        return UNKNOWN
    return f"{typical:.3g} g" + (
        f" ({low:.3g} to {high:.3g})" if isinstance(low, float) and isinstance(high, float) else ""
    )


def runway(row: Mapping[str, object], name: str) -> str:
    """A runway in words: days, or the state that it is in."""
    state, days = row[f"{name}_state"], row[name]
    if state == "already_short":
        return "short now"
    return f"{days:.0f} days" if isinstance(days, float) and state == "runs_out" else _STATES.get(str(state), UNKNOWN)


def text(value: object) -> str:
    """Text, or a dash where there is none."""
    return str(value) if value not in (None, "") else "–"


def cell(value: object) -> str:
    """A plain value of a plugin's table: numbers with thousands marks, dates as everywhere, missing as ``unknown``."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return f"{value:,.10g}"
    return UNKNOWN if value is None else day(value) if isinstance(value, date) else str(value)
