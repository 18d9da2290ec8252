"""Facts over the whole company: materials and suppliers."""

from datetime import date

import pandas as pd

from riskplug.catalogue import GRAINS, frame
from riskplug.facts.master import KEY, in_force, keyed, named_in
from riskplug.model import Frames
from riskplug.plan import supplier_lateness

YEAR_DAYS = 365
# What a measure is said to be where its items differ: a step that has ended does not end the measure.
_STRONGEST = ("in_force", "unknown", "suspended_presumed", "suspended", "announced", "not_yet", "ended")
PRESENT = 0.5
_PART = ("on_hand", "on_order", "daily_demand", "stock_out_date", "restricted_runway_days_state")


def material_facts(
    part: pd.DataFrame,
    product: pd.DataFrame,
    content: pd.DataFrame,
    concentration: pd.DataFrame,
    controlled: frozenset[str],
    idle: pd.DataFrame,
    designations: pd.DataFrame,
) -> pd.DataFrame:
    """Grain `material`: kilograms of the parts that hold it by their own evidence (so that nothing counts twice).

    Parts whose mass is unknown add nothing to the kilograms; `parts` counts them all.
    """
    rows = content[(content["probability"] >= PRESENT) & content["material"].isin(controlled)]
    own = keyed(rows[~rows["rolled_up"].fillna(False).astype(bool)])
    part = named_in(part[[*KEY, *_PART]], own)
    amounts = own.merge(part, on=KEY, how="left")
    kg = amounts[["on_hand", "on_order", "daily_demand"]].mul(amounts["mass_g_typ"] / 1000, axis=0)
    totals = kg.groupby(amounts["material"]).sum(min_count=1)
    per_material = pd.DataFrame(
        {
            "stock_kg": totals["on_hand"],
            "on_order_kg": totals["on_order"],
            "yearly_demand_kg": totals["daily_demand"] * YEAR_DAYS,
            "parts": own.groupby("material")["part_no"].nunique().astype(float),
        }
    )
    worst = _worst_products(product, keyed(rows))
    known = concentration.drop_duplicates("material").set_index("material") if len(concentration) else pd.DataFrame()
    joined = per_material.join(worst, how="outer").join(_stops(part, own)).join(known, how="left")
    joined = joined.join(idle.set_index("material"))
    joined = joined.rename_axis("material").reset_index()
    joined = joined.merge(designations, on="material", how="left")
    return frame(GRAINS["material"], {name: joined[name] for name in joined if name in GRAINS["material"].names})


def _stops(part: pd.DataFrame, own: pd.DataFrame) -> pd.DataFrame:
    """By material: the first day on which a part that holds it by its own evidence is missing, and what is left out.

    ``own``: part_no, site, material, mass_g_typ. A part with a need but without a known runway may stop earlier.
    """
    held = own.sort_values("mass_g_typ").drop_duplicates([*KEY, "material"])[[*KEY, "material", "mass_g_typ"]]
    rows = held.merge(part, on=KEY, how="left")
    first = rows.sort_values(["stock_out_date", *KEY]).drop_duplicates("material").set_index("material")
    stops = first["stock_out_date"].notna()
    blind = rows["restricted_runway_days_state"].astype("object") == "unknown"
    return pd.DataFrame(
        {
            "first_stop_date": first["stock_out_date"],
            "first_stop_part": first["part_no"].where(stops),
            "first_stop_site": first["site"].where(stops),
            "parts_without_mass": rows["mass_g_typ"].isna().groupby(rows["material"]).sum().astype(float),
            "parts_without_runway": blind.groupby(rows["material"]).sum().astype(float),
        }
    )


def _worst_products(product: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    held = named_in(rows[[*KEY, "material"]], product).drop_duplicates()
    inside = held.merge(product[[*KEY, "time_to_survive_days", "time_to_survive_days_state"]], on=KEY)
    order = inside.sort_values(["time_to_survive_days", "part_no", "site"], na_position="last")
    worst = order.drop_duplicates("material").set_index("material")
    return pd.DataFrame(
        {
            "products": inside.groupby("material")["part_no"].nunique().astype(float),
            "worst_runway_days": worst["time_to_survive_days"],
            "worst_runway_days_state": worst["time_to_survive_days_state"].astype("object"),
            "worst_product": worst["part_no"].where(worst["time_to_survive_days"].notna()),
        }
    )


def supplier_facts(tables: Frames, part: pd.DataFrame, screened: pd.DataFrame, on: date, currency: str) -> pd.DataFrame:
    """Grain `supplier`: what hangs on each supplier of the supplier list, the sourcing list or an open order.

    ``open_value`` leaves out lines in another currency than the workspace's. ``screened``: supplier, entity_*.
    """
    about = tables["suppliers"].assign(supplier=tables["suppliers"]["supplier"].astype("str"))
    about = about.drop_duplicates("supplier").set_index("supplier")
    sources = in_force(tables["sourcing"], on)
    sources = sources.assign(supplier=sources["supplier"].astype("str"), part_no=sources["part_no"].astype("str"))
    held = part.loc[part["materials"].notna(), ["part_no", "materials"]]
    inside = held.drop_duplicates("part_no").set_index("part_no")["materials"]
    orders = tables["purchase_orders"]
    same = orders["currency"].isna() | (orders["currency"] == currency)
    priced = orders["open_quantity"] * orders["unit_price"].where(same)
    value = priced.groupby(orders["supplier"].astype("str")).sum(min_count=1)
    grouped = sources.groupby("supplier")
    listed = (
        pd.DataFrame(
            {
                "name": about["name"],
                "country": about["country"].astype("object"),
            }
        )
        .join(
            pd.DataFrame(
                {
                    "parts": grouped["part_no"].nunique().astype(float),
                    "materials": _merged(sources["supplier"], sources["part_no"].map(inside)),
                    "origins": _merged(sources["supplier"], sources["country_of_origin"]),
                }
            ),
            how="outer",
        )
        .join(value.rename("open_value"), how="outer")
    )
    listed = listed[listed.index.notna() & (listed.index != "nan")].rename_axis("supplier").reset_index()
    listed = listed.merge(screened, on="supplier", how="left")
    listed = listed.merge(supplier_lateness(tables["goods_receipts"], on), on="supplier", how="left")
    if len(tables["goods_receipts"]):
        listed["lines_measured"] = listed["lines_measured"].fillna(0.0)
    return frame(GRAINS["supplier"], {str(name): listed[name] for name in listed.columns})


def _merged(suppliers: pd.Series, texts: pd.Series) -> pd.Series:
    """The words of all texts of each supplier, comma-separated as in the texts; left out where there is none."""
    once = pd.DataFrame({"supplier": suppliers, "text": texts.astype("str")}).dropna().drop_duplicates()
    words = once.assign(text=once["text"].str.split(",")).explode("text").drop_duplicates()
    return words[words["text"] != ""].sort_values("text").groupby("supplier")["text"].agg(",".join)


def measure_facts(measures: pd.DataFrame, exposure: pd.DataFrame, waiting: pd.DataFrame) -> pd.DataFrame:
    """Grain `measure`: one row per measure, its items taken together.

    `parts` counts the parts it touches directly; under a measure announced or suspended (``waiting``: EXPOSURE columns)
    those it would touch, so that nobody takes a suspension that nobody has verified for one that concerns nothing.
    """
    columns = ["measure", "part_no", "route"]
    direct = pd.concat([judged[columns].astype("str") for judged in (exposure, waiting)], ignore_index=True)
    direct = direct[direct["route"] == "direct"]
    parent = measures.set_index("measure")["parent"]
    whole = direct["measure"].map(parent).fillna(direct["measure"])
    touched = direct.groupby(whole)["part_no"].nunique().astype(float)
    strength = measures["measure_status"].astype("str").map({name: n for n, name in enumerate(_STRONGEST)})
    order = measures.assign(strength=strength).sort_values("strength", kind="stable").drop_duplicates("parent")
    rows = order.assign(measure=order["parent"], parts=order["parent"].map(touched).fillna(0.0))
    return frame(GRAINS["measure"], {name: rows[name] for name in rows if name in GRAINS["measure"].names})
