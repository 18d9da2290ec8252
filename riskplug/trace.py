"""The walk from one finding back to its sources: rule, figures, evidence, law, orders, files and rows."""

import json
from collections.abc import Iterator

import pandas as pd

from riskplug.analysis import Analysis
from riskplug.model import Frames, Outcome, Step

MAX_ROWS = 4
_RANK = {"critical": 0, "warning": 1, "info": 2}


def trace(outcome: Outcome, analysis: Analysis, tables: Frames) -> tuple[Step, ...]:
    """The worst finding about a part under a measure, walked back; empty when there is none."""
    findings = outcome.findings[outcome.findings["measure"].notna() & outcome.findings["part_no"].notna()]
    if findings.empty:
        return ()
    order = findings.assign(rank=findings["severity"].astype("str").map(_RANK), nothing=findings["metric"].isna())
    worst = order.sort_values(["rank", "nothing", "metric", "identity"], kind="stable").iloc[0]
    part, site = str(worst["part_no"]), str(worst["site"])
    return (
        Step("Finding.", str(worst["message"]), f"rule {worst['rule']}"),
        Step("Figures.", _figures(str(worst["measures"]))),
        *_judgement(analysis.facts["exposure"], part, site, str(worst["measure"])),
        *_law(analysis.measures, str(worst["measure"])),
        *_evidence(analysis.facts["content"], part, site, worst["material"]),
        *_rows("Stock.", tables["inventory"], part, site, ("location", "stock_type", "quantity", "unit")),
        *_rows(
            "Open order.",
            tables["purchase_orders"],
            part,
            site,
            ("order_no", "line", "supplier", "open_quantity", "due_date", "country_of_origin", "licence_status"),
        ),
        *_rows("Source of supply.", tables["sourcing"], part, site, ("supplier", "country_of_origin", "qualified")),
    )


def _figures(measures: str) -> str:
    return ", ".join(f"{name} = {_plain(value)}" for name, value in json.loads(measures).items())


def _plain(value: object) -> str:
    return "unknown" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _judgement(exposure: pd.DataFrame, part: str, site: str, measure: str) -> Iterator[Step]:
    hit = exposure[(exposure["part_no"] == part) & (exposure["site"] == site) & (exposure["measure"] == measure)]
    for row in hit.head(1).to_dict("records"):
        yield Step(
            "Judgement.",
            f"applies: {row['applies']}, route {row['route']}, origin "
            f"{row['origin_country'] if pd.notna(row['origin_country']) else 'unknown'}. {row['why']}",
        )


def _law(measures: pd.DataFrame, measure: str) -> Iterator[Step]:
    for row in measures[measures["measure"] == measure].head(1).to_dict("records"):
        yield Step(
            "Law.",
            f"{row['instrument']}: {str(row['measure_status']).replace('_', ' ')} since {_cell(row['since'])}, "
            f"confidence {row['confidence']}, read as of {_cell(row['as_of'])}, "
            f"to be verified by {_cell(row['verify_by'])}.",
            measure,
        )


def _evidence(content: pd.DataFrame, part: str, site: str, material: object) -> Iterator[Step]:
    hit = content[(content["part_no"] == part) & (content["site"] == site)]
    if isinstance(material, str) and material:
        hit = hit[hit["material"] == material]
    for row in hit.sort_values("evidence_rank").head(MAX_ROWS).to_dict("records"):
        mass = (
            "mass unknown"
            if pd.isna(row["mass_g_typ"])
            else (f"{row['mass_g_typ']:.3g} g ({row['mass_g_min']:.3g} to {row['mass_g_max']:.3g})")
        )
        yield Step(
            "Evidence.",
            f"{row['material']} as {row['form']}: {mass}, probability {row['probability']:.2f}, "
            f"{str(row['evidence']).replace('_', ' ')}.",
            str(row["source"]),
        )


def _rows(label: str, table: pd.DataFrame, part: str, site: str, names: tuple[str, ...]) -> Iterator[Step]:
    here = table["site"].isna() | (table["site"] == site)
    hit = table[(table["part_no"] == part) & here]
    for row in hit.head(MAX_ROWS).to_dict("records"):
        said = ", ".join(f"{name} {_cell(row[name])}" for name in names if pd.notna(row[name]))
        line = f", line {row['row']:.0f}" if pd.notna(row["row"]) else ""
        yield Step(label, said, f"{row['file']}{line}")


def _cell(value: object) -> str:
    return (
        f"{value:%Y-%m-%d}"
        if isinstance(value, pd.Timestamp)
        else f"{value:g}"
        if isinstance(value, float)
        else str(value)
    )
