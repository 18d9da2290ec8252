"""Which open order lines a measure catches, and which of them wait for a licence: grain `order_line`."""

from collections.abc import Sequence
from datetime import date
from typing import Protocol, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from riskplug.model import BomGraph, Frames
from riskplug.regimes.licences import LICENCE, LICENSED, licence_facts, licence_states
from riskplug.regimes.matching import MASSES, coded_content, guessed_magnets, judged, normal, strongest
from riskplug.regimes.measures import Measure
from riskplug.regimes.origins import (
    Places,
    first_known,
    lookup,
    origin_sets,
    part_codes,
    stage_column,
    stage_texts,
    told_alike,
    valid_sources,
)
from riskplug.regimes.scope import BASE_STATES, Scope, scope_on
from riskplug.regimes.shares import shares_of
from riskplug.units import canonical, factors
from riskplug.workspace import Workspace

ORDER_LINE = (
    "po_index",
    "order_no",
    "line",
    "measure",
    "part_no",
    "site",
    "material",
    "supplier",
    "measure_status",
    "measure_kind",
    "applies",
    "why",
    "origin_country",
    "licence_status",
    "licence_valid_to",
    *LICENCE,
    "stopped",
    "due_date",
    "days_until_due",
    "open_quantity",
    "value_at_risk",
    "licence_days",
)


class OwnContent(Protocol):
    """What the content stage says of parts by their own evidence.

    ``own``: part_no, material, form, mass_g_*, probability, evidence. ``parts``: part_no, magnet_unproven.
    """

    @property
    def own(self) -> pd.DataFrame: ...
    @property
    def parts(self) -> pd.DataFrame: ...


def judge_orders(
    tables: Frames,
    own_content: OwnContent,
    measures: Sequence[Measure],
    *,
    workspace: Workspace,
    on: date,
    states: Sequence[str] = BASE_STATES,
    graph: BomGraph | None = None,
) -> pd.DataFrame:
    """Every open order line with every measure item that concerns it: ORDER_LINE columns.

    ``po_index`` is the row label in ``purchase_orders``. Origin is the order's country_of_origin, else that of the
    supplier's source, else the part master's; shipping from a country is no origin, but it is an export from there.
    ``stopped``: the measure is in force and stops goods, applies (yes, likely, and unknown as the policy says), and the
    line has neither left the country of origin nor a licence that is good on its due date. With the ``graph``, shares
    of value add up through bills of material.
    """
    scope = scope_on(measures, on, workspace.policy, states).bound_for(
        site.country for site in workspace.sites.values()
    )
    places = Places(_index_of(tables["purchase_orders"], tables["parts"]), list(workspace.sites))
    orders = _orders(tables, places, workspace, on)
    rows = _content_of(orders, own_content, scope, places)
    about = orders[["control_code", "hs_code", "origins", "origin_from", "ship_from", "destination"]]
    about = about.take(rows["order"].to_numpy()).reset_index(drop=True)
    rows = pd.concat([rows.reset_index(drop=True), about], axis=1).assign(rolled_up=False, ordered=True, made_in="")
    rows["stages"] = _stages(rows, orders, places, tables, on, scope)
    if scope.inputs:
        own = _at_places(own_content.own, orders, places, scope, graph)
        keys = orders["key"].to_numpy()[rows["order"].to_numpy()]
        rows = pd.concat([rows, shares_of(own, keys, tables, places, workspace, on, scope, graph)], axis=1)
    found = judged(rows, scope)
    carried = rows[["order", "material", "probability"]].take(found["row"].to_numpy()).reset_index(drop=True)
    return _finish(pd.concat([carried, found], axis=1), orders, workspace, on)


def _orders(tables: Frames, places: Places, workspace: Workspace, on: date) -> pd.DataFrame:
    """Open lines by position, with what is known of their part, origin and destination."""
    table = tables["purchase_orders"]
    orders = table[~(table["open_quantity"] == 0)].rename_axis("po_index").reset_index()
    key = places.keys(orders)
    known = {
        name: places.master(tables["parts"], name, key).astype("str")
        for name in ("control_code", "hs_code", "base_unit", "country_of_origin")
    }
    origins = first_known(
        {
            "order": orders["country_of_origin"],
            "supplier": _supplied(orders, key, places, tables, on),
            "part": known["country_of_origin"],
        }
    )
    countries = {name: site.country for name, site in workspace.sites.items()}
    return orders.assign(
        key=key,
        control_code=known["control_code"],
        hs_code=known["hs_code"],
        base_unit=known["base_unit"],
        origins=origins["origins"],
        origin_from=origins["origin_from"],
        part_code=part_codes(orders["part_no"], places.parts),
        ship_from=orders["ship_from_country"].astype("str").fillna(""),
        destination=orders["site"].astype("str").map(countries).astype("str").fillna(""),
    )


def _index_of(orders: pd.DataFrame, parts: pd.DataFrame) -> "pd.Index[str]":
    values = parts["part_no"]
    if isinstance(values.dtype, pd.CategoricalDtype):
        return cast("pd.Index[str]", values.cat.categories)
    both = pd.concat([values, orders["part_no"]]).astype("str").dropna()
    texts: pd.Index[str] = pd.Index(both.unique().tolist(), dtype="str")
    return texts


def _supplied(orders: pd.DataFrame, key: npt.NDArray[np.int64], places: Places, tables: Frames, on: date) -> pd.Series:
    """Countries that the order's supplier delivers this part from, by the sources valid on the date."""
    suppliers = pd.Index(orders["supplier"].astype("str").dropna().unique())
    columns = ["part_no", "site", "supplier", "country_of_origin", "share_pct"]
    sources = places.every_site(valid_sources(tables["sourcing"], on)[columns])
    # the order names the supplier, so a source without a planned share speaks too
    sources = sources.assign(share_pct=sources["share_pct"].replace(0.0, np.nan))
    keys, texts = origin_sets(_with_supplier(places.keys(sources), sources, suppliers), sources)
    return lookup(keys, texts, _with_supplier(key, orders, suppliers))


def _with_supplier(key: npt.NDArray[np.int64], frame: pd.DataFrame, suppliers: pd.Index) -> npt.NDArray[np.int64]:
    supplier = part_codes(frame["supplier"], suppliers)
    return np.where((key < 0) | (supplier < 0), -1, key * max(len(suppliers), 1) + supplier)


def _stages(
    rows: pd.DataFrame, orders: pd.DataFrame, places: Places, tables: Frames, on: date, scope: Scope
) -> pd.Series:
    """Stage countries of each row's part and material: what the order's supplier says, or all sources where the order
    names none."""
    wanted = rows["material"].isin(list(scope.stages)).to_numpy(dtype=bool)
    texts = pd.Series("", index=rows.index, dtype="str")
    if not wanted.any():
        return texts
    suppliers = pd.Index(orders["supplier"].astype("str").dropna().unique())
    sources = places.every_site(valid_sources(tables["sourcing"], on))
    sources = sources.assign(share_pct=sources["share_pct"].replace(0.0, np.nan))
    line = orders.take(rows.loc[wanted, "order"].to_numpy())
    key, named = line["key"].to_numpy(), _with_supplier(line["key"].to_numpy(), line, suppliers)
    anyone = line["supplier"].isna().to_numpy()
    asked = {name: stages for name, stages in scope.stages.items() if (rows["material"] == name).any()}
    alike, countries = told_alike(sources, asked), {}
    sources = sources.assign(key=places.keys(sources))
    for name, stage in dict.fromkeys(alike.values()):
        said = stage_column(sources, stage, name)
        theirs = _with_supplier(said["key"].to_numpy(), said, suppliers)
        by_supplier = lookup(*origin_sets(theirs, said, stage), named).astype("str")
        by_part = lookup(*origin_sets(said["key"].to_numpy(), said, stage), key).astype("str")
        countries[name, stage] = by_supplier.mask(anyone, by_part)
    found = {pair: countries[like] for pair, like in alike.items()}
    texts[wanted] = stage_texts(asked, rows.loc[wanted, "material"].reset_index(drop=True), found).to_numpy()
    return texts


def _at_places(
    own: pd.DataFrame, orders: pd.DataFrame, places: Places, scope: Scope, graph: BomGraph | None
) -> pd.DataFrame:
    """Own content of input materials at every place that counts: those ordered, and with a BOM all of its nodes."""
    rows = normal(own[own["material"].isin([material for material, _ in scope.inputs])])
    keys = [orders["key"].to_numpy(), *([places.keys(graph.nodes)] if graph is not None else [])]
    place = pd.DataFrame({"key": np.unique(np.concatenate(keys))})[lambda frame: frame["key"] >= 0]
    place["part"] = places.part_of(place["key"].to_numpy())
    return rows.assign(part=part_codes(rows["part_no"], places.parts)).merge(place, on="part", how="inner")


def _content_of(orders: pd.DataFrame, own: OwnContent, scope: Scope, places: Places) -> pd.DataFrame:
    """Own content of the ordered parts, one row per line, material and form; ``order`` is the line's position."""
    ordered = pd.DataFrame({"key": np.arange(len(orders)), "part": orders["part_code"]})
    ordered = ordered[ordered["part"] >= 0]
    said = own.own.assign(part=part_codes(own.own["part_no"], places.parts))
    doubted = own.parts.loc[own.parts["magnet_unproven"].fillna(False).astype(bool), "part_no"]
    unproven = ordered[ordered["part"].isin(part_codes(doubted, places.parts))]
    columns = ["material", "form", *MASSES, "probability", "evidence"]
    rows = ordered.merge(normal(said[said["part"] >= 0])[["part", *columns]], on="part", how="inner")
    rows = rows.assign(unproven=rows["key"].isin(unproven["key"]) & (rows["form"] == "magnet"))
    # a declared absence silences the guess, but not a control code
    present = ordered.merge(said[["part", "material"]], on="part")[["key", "material"]]
    guessed = guessed_magnets(unproven, present, scope)
    told = orders[["control_code", "hs_code"]].assign(key=np.arange(len(orders)))
    known = pd.concat([rows[["key", "material"]], guessed[["key", "material"]]])
    coded = coded_content(told, known, scope).assign(unproven=False)
    return _stacked([rows, guessed, coded], ["key", *columns, "unproven"]).rename(columns={"key": "order"})


def _stacked(frames: Sequence[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    kept = [frame[columns] for frame in frames if len(frame)]
    return pd.concat(kept, ignore_index=True) if kept else frames[0][columns]


def _finish(rows: pd.DataFrame, orders: pd.DataFrame, workspace: Workspace, on: date) -> pd.DataFrame:
    texts = ("measure", "material", "measure_status", "measure_kind", "applies", "why", "origin_country")
    rows = _one_per_measure(rows.astype(dict.fromkeys(texts, "str")))
    line = orders.take(rows["order"].to_numpy()).reset_index(drop=True)
    licence = licence_facts(line, rows, workspace.policy, on)
    rows = _with_licence(rows, line, workspace, on)
    due = line["confirmed_date"].fillna(line["due_date"])
    factor = factors(canonical(line["unit"]), canonical(line["base_unit"]))
    currency = line["currency"].astype("str").fillna(workspace.workspace.currency)
    price = line["unit_price"].where(currency == workspace.workspace.currency)
    kept = ["po_index", "order_no", "line", "part_no", "site", "supplier", "licence_status", "licence_valid_to"]
    return (
        pd.concat([line[kept], rows, licence], axis=1)
        .assign(
            due_date=due,
            days_until_due=(due - pd.Timestamp(on)).dt.days.astype("float64"),
            open_quantity=line["open_quantity"] * factor,
            value_at_risk=line["open_quantity"] * price,
        )[list(ORDER_LINE)]
        .sort_values(["po_index", "measure"], ignore_index=True)
    )


def _one_per_measure(rows: pd.DataFrame) -> pd.DataFrame:
    """One row per line and measure; the strongest answer, with all materials that the measure catches in it."""
    columns = [
        "order",
        "measure",
        "material",
        "measure_status",
        "measure_kind",
        "applies",
        "why",
        "origin_country",
        "licence_days",
        "stops",
    ]
    twice = rows.duplicated(["order", "measure"], keep=False)
    if not twice.any():
        return rows[columns].reset_index(drop=True)
    many = rows[twice]
    listed = many.drop_duplicates(["order", "measure", "material"]).sort_values("material")
    listed = listed.groupby(["order", "measure"])["material"].agg(",".join).reset_index()
    kept = strongest(many, ["order", "measure"])[columns].drop(columns="material")
    return pd.concat(
        [rows.loc[~twice, columns], kept.merge(listed, on=["order", "measure"])[columns]], ignore_index=True
    )


def _with_licence(rows: pd.DataFrame, line: pd.DataFrame, workspace: Workspace, on: date) -> pd.DataFrame:
    """``stopped``, and what the order's licence adds to the reason."""
    # a licence frees nothing from a ban, and what an order says of licences does not speak to one
    day, state = pd.Timestamp(on), licence_states(line, on).where(rows["measure_kind"].isin(LICENSED), "")
    licensed, granted = state == "granted", state.isin(["granted", "expired", "expires_before_due"])
    shipped = (line["shipped_on"] <= day).fillna(False)
    counted = ["yes", "likely", *(["unknown"] if workspace.policy.unknown_origin == "stopped" else [])]
    stopped = rows["stops"] & rows["applies"].isin(counted) & ~licensed & ~shipped
    contradicted = (state == "not_needed_says_order") & (rows["applies"] == "yes")
    notes = np.select(
        [contradicted, shipped, licensed, granted],
        [
            "; the order says that no licence is needed, which contradicts the measure: control_code would settle it",
            "; shipped before today",
            "; licence granted",
            "; the licence ends before the line is due",
        ],
        "",
    )
    return rows.assign(
        applies=rows["applies"].mask(contradicted, "unknown"),
        stopped=stopped.astype("boolean"),
        why=rows["why"] + pd.Series(notes, index=rows.index, dtype="str"),
    )
