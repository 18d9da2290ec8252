"""The numbers of the brief: what each section shows, picked and sorted. Pure functions over a ScanRecord."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from riskplug.model import ScanRecord
from riskplug.report.law import touch_of, turn_of
from riskplug.report.runs import conspicuous, rule_runs
from riskplug.report.scenarios import Shown, shown

DRAWN_PARTS, TOP_ALTERNATES = 3, 3
TOP_PARTS, TOP_ORDERS, TOP_FINDINGS, TOP_FAILURES, TOP_DISRUPTIONS = 12, 20, 40, 8, 6
_HIT = ("yes", "likely")
_RUNS_OUT = ("runs_out", "already_short")
SEVERITY_ORDER = ("critical", "warning", "info")

Row = Mapping[str, object]


@dataclass(frozen=True)
class Figures:
    """Everything the template shows, in the order it shows it."""

    counts: Mapping[str, int]
    headline: str
    law: list[Row]
    findings: list[Row]
    more_findings: int
    materials: list[Row]
    material_bars: list[Row]
    runways: list[Row]
    runway_bars: list[Row]
    products: list[Row]
    failures: list[Row]
    disruptions: list[Row]
    orders: list[Row]
    more_orders: int
    undetermined: list[Row]
    quarantine: list[Row]
    checks: Mapping[str, int]
    failed_checks: list[Row]
    coverage: list[Row]
    on_trial: list[Row]
    more_on_trial: int
    scenarios: list[Shown]
    rules: list[dict[str, object]]


def figures(record: ScanRecord) -> Figures:
    """All sections of a record."""
    findings = _by_severity(record.outcome.findings)
    worst = worst_exposures(record.facts["exposure"])
    orders = orders_to_chase(record.facts["order_line"])
    on_trial = _by_severity(record.on_trial.findings) if record.on_trial else findings.iloc[:0]
    failed = record.checks[~record.checks["success"].astype(bool)]
    return Figures(
        counts={name: int((findings["severity"] == name).sum()) for name in SEVERITY_ORDER},
        headline=headline(findings, worst),
        law=law_rows(record),
        findings=_rows(findings.head(TOP_FINDINGS)),
        more_findings=max(0, len(findings) - TOP_FINDINGS),
        materials=_rows(record.facts["material"].sort_values(["worst_runway_days", "parts"], ascending=[True, False])),
        material_bars=_material_bars(record.facts["exposure"]),
        runways=[
            {**row, "alternates": named_alternates(record.suggested, str(row["part_no"]))}
            for row in _rows(with_warnings(worst, record.facts["part"]))
        ],
        runway_bars=[_bar(row) for row in _rows(worst)],
        products=_rows(products_at_risk(record.facts["product"])),
        disruptions=_rows(worst_disruptions(record.facts["disruption"])),
        failures=_rows(record.facts["failure_point"].head(TOP_FAILURES)),
        orders=_rows(orders.head(TOP_ORDERS)),
        more_orders=max(0, len(orders) - TOP_ORDERS),
        undetermined=_undetermined(record.outcome.undetermined),
        quarantine=_rows(record.quarantine),
        failed_checks=_rows(failed),
        checks={"run": len(record.checks), "failed": len(failed)},
        coverage=_coverage(record.facts["part"]),
        on_trial=_rows(on_trial.head(TOP_FINDINGS)),
        more_on_trial=max(0, len(on_trial) - TOP_FINDINGS),
        scenarios=shown(record.scenarios, record.currency),
        rules=conspicuous(rule_runs(record)),
    )


def headline(findings: pd.DataFrame, worst: pd.DataFrame) -> str:
    """One sentence for a phone: the part that runs out first, and when."""
    critical = int((findings["severity"] == "critical").sum())
    if worst.empty:
        return "No part that a measure in force touches runs out within the horizon, as far as the data says."
    first = worst.iloc[0]
    when = f"{first['stock_out_date']:%d %B %Y}" if pd.notna(first["stock_out_date"]) else "now"
    return (
        f"{critical} critical. First to run out without licences: {first['part_no']} at {first['site']}, "
        f"{when} ({first['restricted_runway_days']:.0f} days)."
    )


def named_alternates(suggested: pd.DataFrame, part_no: object) -> str:
    """Possible alternates of a part in words, the best first; empty where nobody names one."""
    mine = suggested[suggested["part_no"] == part_no].drop_duplicates("alternate_part_no")
    said = [
        f"{name} by {finder} ({basis}{'' if pd.isna(free_of) else f', without {free_of}'})"
        for name, finder, basis, free_of in mine.head(TOP_ALTERNATES)[
            ["alternate_part_no", "finder", "basis", "free_of"]
        ].itertuples(index=False)
    ]
    more = len(mine) - len(said)
    return "; ".join([*said, *([f"and {more} more"] if more else [])])


def law_rows(record: ScanRecord) -> list[Row]:
    """What changed in law since the last scan, and what of ours it touches."""
    return [
        {
            "measure": change.measure,
            "instrument": change.instrument,
            "title": change.title,
            "turn": turn_of(change),
            "touch": touch_of(change, record.currency),
            "parts": ", ".join(change.touched.parts[:TOP_PARTS]) if change.touched else "",
        }
        for change in record.law.changes
    ]


def worst_exposures(exposure: pd.DataFrame) -> pd.DataFrame:
    """Parts that an in-force measure catches directly and whose stock runs out, soonest first, one row per part."""
    hit = exposure[
        exposure["applies"].isin(_HIT)
        & (exposure["measure_status"] == "in_force")
        & (exposure["route"] == "direct")
        & exposure["restricted_runway_days_state"].isin(_RUNS_OUT)
    ]
    ordered = hit.sort_values(["restricted_runway_days", "part_no", "site", "measure"])
    materials = ordered.groupby(["part_no", "site"])["material"].agg(lambda names: ", ".join(sorted(set(names))))
    first = ordered.drop_duplicates(["part_no", "site"]).head(TOP_PARTS)
    keys = pd.MultiIndex.from_frame(first[["part_no", "site"]])
    return first.assign(
        materials=materials.reindex(keys).to_numpy(), wait=first["lead_time_days"].fillna(0.0) + first["licence_days"]
    )


def with_warnings(rows: pd.DataFrame, part: pd.DataFrame) -> pd.DataFrame:
    """The rows with what looks wrong in the data of their part."""
    said = part.set_index(["part_no", "site"])["data_warning"]
    keys = pd.MultiIndex.from_frame(rows[["part_no", "site"]])
    return rows.assign(data_warning=said.reindex(keys).to_numpy())


def to_draw(exposure: pd.DataFrame) -> pd.DataFrame:
    """The parts whose balance the brief draws: the first of those that run out."""
    return worst_exposures(exposure).head(DRAWN_PARTS)


def orders_to_chase(lines: pd.DataFrame) -> pd.DataFrame:
    """Open lines that an in-force measure stops, the most urgent first, one row per line."""
    hit = lines[
        lines["applies"].isin(_HIT)
        & (lines["measure_status"] == "in_force")
        & lines["stopped"].fillna(False).astype(bool)
    ]
    ordered = hit.sort_values(["days_until_needed", "due_date", "order_no", "line"], na_position="last")
    return ordered.drop_duplicates(["order_no", "line", "site"])


def products_at_risk(product: pd.DataFrame) -> pd.DataFrame:
    """Products, the one that stops first on top."""
    return product.sort_values(["time_to_survive_days", "part_no", "site"], na_position="last")


def worst_disruptions(disruption: pd.DataFrame) -> pd.DataFrame:
    """Those that stop products before supply is back: measures in force first, then by the margin lost.

    Sites are left out: everybody knows that a closed plant makes nothing.
    """
    hit = disruption[disruption["exposed"].fillna(False).astype(bool) & (disruption["kind"] != "site")]
    order = hit.assign(made=hit["standing"].astype("object") == "in_force")
    return order.sort_values(["made", "rank"], ascending=[False, True]).head(TOP_DISRUPTIONS)


def _by_severity(findings: pd.DataFrame) -> pd.DataFrame:
    rank = findings["severity"].map({name: n for n, name in enumerate(SEVERITY_ORDER)})
    return findings.assign(_rank=rank).sort_values(["_rank", "rule", "metric", "identity"], kind="stable")


def _material_bars(exposure: pd.DataFrame) -> list[Row]:
    hit = exposure[
        (exposure["measure_status"] == "in_force")
        & (exposure["route"] == "direct")
        & exposure["applies"].isin([*_HIT, "unknown"])
    ]
    ranks = {"yes": 0, "likely": 1, "unknown": 2}
    best = hit.assign(rank=hit["applies"].astype("str").map(ranks)).sort_values("rank")
    best = best.drop_duplicates(["part_no", "site", "material"])
    counts = best.groupby(["material", "rank"]).size().reset_index(name="parts")
    names = {rank: name for name, rank in ranks.items()}
    return _rows(counts.assign(applies=counts["rank"].map(names)))


def _bar(row: Row) -> Row:
    everything = row["all_runway_days"]
    return {
        "label": f"{row['part_no']} {row['site']}",
        "restricted": row["restricted_runway_days"],
        "all": everything,
        "wait": row["wait"],
        "says": f"{row['restricted_runway_days']:.0f} days",
    }


def _undetermined(rows: pd.DataFrame) -> list[Row]:
    open_ = rows[rows["reason"] == "missing"] if "reason" in rows else rows
    counted = open_.groupby(["rule", "columns"]).size().reset_index(name="count") if len(open_) else open_
    return _rows(counted)


def _coverage(part: pd.DataFrame) -> list[Row]:
    """Per site: parts, parts with evidence, magnets, magnets that nothing proves."""
    counted = part.assign(
        proven=part["evidence"].notna(),
        magnet=part["likely_magnet"].fillna(False).astype(bool),
        doubt=part["magnet_unproven"].fillna(False).astype(bool),
        unknown=part["restricted_runway_days_state"] == "unknown",
    )
    summed = counted.groupby("site")[["proven", "magnet", "doubt", "unknown"]].sum()
    return _rows(summed.assign(parts=counted.groupby("site").size()).reset_index())


def _rows(frame: pd.DataFrame) -> list[Row]:
    plain = frame.astype("object")
    return [
        {str(key): value for key, value in row.items()} for row in plain.where(plain.notna(), None).to_dict("records")
    ]
