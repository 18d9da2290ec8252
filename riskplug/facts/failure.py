"""Single points of failure: the parts, suppliers and origins whose loss stops products, through all levels."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from riskplug.bom import Needs, products_stopped
from riskplug.catalogue import GRAINS, frame
from riskplug.model import BomGraph

Flags = npt.NDArray[np.bool_]
NAMED_PARTS = 5


@dataclass(frozen=True)
class Loss:
    """What is lost with each candidate. ``pairs``: number (of the candidate), node, sure; ``ids``: kind and id."""

    ids: pd.DataFrame
    pairs: pd.DataFrame


def failure_points(
    graph: BomGraph, part: pd.DataFrame, sources: pd.DataFrame, names: pd.Series, worth: npt.NDArray[np.float64]
) -> pd.DataFrame:
    """Grain `failure_point`: one row per part, supplier or origin and site where a product would stop.

    ``part``: grain `part` in node order; ``sources``: sources_of(); ``names`` of suppliers by number; ``worth``:
    revenue per node. Candidates are bought parts with a controlled material inside or magnets of unproven grade,
    and the suppliers and origins of such parts, which take all that they alone deliver with them. A source known not to
    be qualified rescues nothing; one whose release or origin is unknown leaves it open (``products_stopped_most``).
    """
    leaf = np.diff(graph.as_built.indptr) + np.diff(graph.fixed.indptr) == 0
    procured = (part["procurement"].isin(["buy", "both"]) | (part["procurement"].isna() & leaf)).to_numpy()
    watched = procured & (part["materials"].fillna("").ne("") | part["magnet_unproven"].fillna(False)).to_numpy(bool)
    usable = sources[(sources["qualified"].fillna(True)) & procured[sources["node"]]]
    sourced = np.isin(np.arange(len(part)), usable["node"])
    needs = Needs.of(graph, (part["procurement"] == "both").to_numpy() & sourced)
    found = [
        _parts(graph, needs, part, watched, worth),
        *(
            _outside(kind, loss, graph, needs, part, watched, worth)
            for kind, loss in (("supplier", _supplier_loss(usable)), ("origin", _origin_loss(usable)))
        ),
    ]
    rows = pd.concat(found, ignore_index=True)
    suppliers = rows["id"].map(names.astype("object")).where(rows["kind"] == "supplier")
    return _finished(rows.assign(name=rows["name"].fillna(suppliers)), part)


def _finished(rows: pd.DataFrame, part: pd.DataFrame) -> pd.DataFrame:
    sold = part.loc[part["is_product"].fillna(False).astype(bool), "site"].value_counts()
    rows = rows[rows["products_stopped_most"] > 0]
    total = rows["site"].map(sold).astype(float)
    rows = rows.assign(
        products_of_site=total,
        products_share_pct=100 * rows["products_stopped"] / total,
        products_share_most_pct=100 * rows["products_stopped_most"] / total,
    ).sort_values(
        ["products_stopped", "revenue_at_risk", "products_stopped_most", "kind", "id", "site"],
        ascending=[False, False, False, True, True, True],
        ignore_index=True,
    )
    rows["rank"] = np.arange(1.0, len(rows) + 1)
    return frame(GRAINS["failure_point"], {name: rows[name] for name in rows if name in GRAINS["failure_point"].names})


def _parts(
    graph: BomGraph, needs: Needs, part: pd.DataFrame, watched: Flags, worth: npt.NDArray[np.float64]
) -> pd.DataFrame:
    """Parts themselves. Where nothing on the way up could take over, all products above stop, which is known."""
    rows = part[watched & (part["products"] > 0).to_numpy()]
    rows = rows.assign(node=rows.index, stopped=rows["products"], lost_revenue=rows["revenue_at_risk"])
    open_ = rows["node"].to_numpy()[needs.rescued[rows["node"]]]
    lost = pd.DataFrame({"candidate": np.arange(len(open_)), "node": open_, "way": "part"})
    found = _stopped(graph, needs, part, lost, worth).set_index("candidate")
    at = pd.Index(open_)
    rows.loc[at, "stopped"] = found["products"].reindex(range(len(at)), fill_value=0.0).to_numpy()
    rows.loc[at, "lost_revenue"] = found["revenue"].reindex(range(len(at)), fill_value=0.0).to_numpy()
    suppliers = _counted(rows["qualified_suppliers"]).where(rows["qualified_suppliers"].notna(), "not known")
    return pd.DataFrame(
        {
            "kind": "part",
            "id": rows["part_no"],
            "site": rows["site"],
            "name": rows["description"],
            "part_no": rows["part_no"],
            "owner": rows["owner"],
            "parts": 1.0,
            "products_stopped": rows["stopped"],
            "products_stopped_most": rows["stopped"],
            "revenue_at_risk": rows["lost_revenue"],
            "sole_source": (rows["qualified_suppliers"] == 1).where(rows["qualified_suppliers"].notna()),
            "materials": rows["materials"],
            "why": "goes into " + _counted(rows["products"]) + " product(s), qualified suppliers: " + suppliers,
        }
    ).reset_index(drop=True)


def _supplier_loss(usable: pd.DataFrame) -> Loss:
    """Parts whose only source is the supplier (sure), or may be: no other one is known to be qualified."""
    rows = usable[usable["listed"] & usable["supplier"].ne("")]
    rows = rows.assign(known=rows["qualified"].fillna(False).astype(bool))
    pairs = rows.groupby(["node", "supplier"])["known"].any().reset_index()
    by = pairs.groupby("node")
    others = by["known"].transform("sum") - pairs["known"]
    pairs = pairs.assign(sure=by["supplier"].transform("size") == 1)[others == 0]
    return _numbered(pairs.rename(columns={"supplier": "id"}), "supplier")


def _origin_loss(usable: pd.DataFrame) -> Loss:
    """Parts all of whose sources have the origin (sure), or may: no qualified source is known to have another."""
    rows = usable.assign(elsewhere=usable["qualified"].fillna(False).astype(bool) & usable["country"].ne(""))
    pairs = rows.groupby(["node", "country"])["elsewhere"].any().reset_index()
    by = pairs.groupby("node")
    others = by["elsewhere"].transform("sum") - pairs["elsewhere"]
    pairs = pairs.assign(sure=by["country"].transform("size") == 1)[(others == 0) & pairs["country"].ne("")]
    return _numbered(pairs.rename(columns={"country": "id"}), "origin")


def _numbered(pairs: pd.DataFrame, kind: str) -> Loss:
    number, ids = pd.factorize(pairs["id"], sort=True)
    return Loss(pd.DataFrame({"kind": kind, "id": ids.astype("object")}), pairs.assign(number=number))


def _outside(
    kind: str,
    loss: Loss,
    graph: BomGraph,
    needs: Needs,
    part: pd.DataFrame,
    watched: Flags,
    worth: npt.NDArray[np.float64],
) -> pd.DataFrame:
    """Suppliers or origins of watched parts, with all that hangs on them."""
    at = pd.MultiIndex.from_arrays([loss.pairs["number"], part["site"].take(loss.pairs["node"].to_numpy())])
    pairs = loss.pairs[at.isin(at[watched[loss.pairs["node"]]])]
    count, number = len(loss.ids), pairs["number"].to_numpy()
    doubtful = np.zeros(count, dtype=bool)
    doubtful[number[~pairs["sure"]]] = True
    # what is sure alone differs from what may be lost for few
    sure = pairs[pairs["sure"] & doubtful[number]]
    both = pd.concat([pairs.assign(candidate=number), sure.assign(candidate=sure["number"] + count)])
    found = _stopped(graph, needs, part, both[["candidate", "node"]].assign(way="supply"), worth)
    most = found[found["candidate"] < count]
    certain = pd.concat([most[~doubtful[most["candidate"]]], found[found["candidate"] >= count]])
    certain["candidate"] %= max(count, 1)
    rows = most.merge(certain, on=["candidate", "site"], how="left", suffixes=("_most", ""))
    rows = rows.merge(_told(pairs[pairs["sure"]], part), left_on=["candidate", "site"], right_index=True, how="left")
    return _worded(rows.assign(id=loss.ids["id"].take(rows["candidate"].to_numpy()).to_numpy()), kind)


def _worded(rows: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Columns of the grain; ``rows``: site, id, products, revenue, products_most, parts, materials, named."""
    stopped, up_to = rows["products"].fillna(0.0), rows["products_most"]
    source = "qualified source" if kind == "supplier" else "origin"
    why = ("only " + source + " of " + rows["named"]).fillna(f"no part is known to have no other {source}")
    doubt = "; up to " + _counted(up_to) + " product(s) if the sources of unknown release or origin fail"
    return pd.DataFrame(
        {
            "kind": kind,
            "id": rows["id"],
            "site": rows["site"],
            "parts": rows["parts"].fillna(0.0),
            "products_stopped": stopped,
            "products_stopped_most": up_to,
            "revenue_at_risk": rows["revenue"].where(stopped > 0, 0.0),
            "sole_source": pd.Series(True, index=rows.index, dtype="boolean").where(rows["parts"] > 0),
            "materials": rows["materials"],
            "why": why + doubt.where(up_to > stopped, ""),
        }
    ).assign(name=None, part_no=None, owner=None)


def _stopped(
    graph: BomGraph, needs: Needs, part: pd.DataFrame, lost: pd.DataFrame, worth: npt.NDArray[np.float64]
) -> pd.DataFrame:
    """products_stopped() with the name of the site."""
    products = np.flatnonzero(part["is_product"].fillna(False).to_numpy(dtype=bool))
    code, sites = pd.factorize(part["site"])
    found = products_stopped(needs, lost, products, code[products], worth[products])
    return found.assign(site=np.asarray(sites, dtype=object)[found["site"].to_numpy(dtype=np.int64)])


def _told(sure: pd.DataFrame, part: pd.DataFrame) -> pd.DataFrame:
    """parts, materials and their names in words, by candidate and site."""
    about = part[["site", "part_no", "materials", "products"]].take(sure["node"].to_numpy())
    rows = sure.reset_index(drop=True).join(about.reset_index(drop=True))
    rows = rows.sort_values(["products", "part_no"], ascending=[False, True]).rename(columns={"number": "candidate"})
    by = rows.groupby(["candidate", "site"])
    held = rows.drop_duplicates(["candidate", "site", "materials"])
    held = held.assign(material=held["materials"].fillna("").str.split(",")).explode("material")
    held = held[held["material"].ne("")].drop_duplicates(["candidate", "site", "material"]).sort_values("material")
    count = by.size().astype(float)
    first = rows[by.cumcount() < NAMED_PARTS].groupby(["candidate", "site"])["part_no"].agg(", ".join)
    more = np.where(count > NAMED_PARTS, " ...", "")
    named = _counted(count) + " part(s): " + first.astype("str") + pd.Series(more, index=count.index, dtype="str")
    materials = held.groupby(["candidate", "site"])["material"].agg(",".join)
    return pd.DataFrame({"parts": count, "named": named, "materials": materials.reindex(count.index).astype("str")})


def _counted(values: pd.Series) -> pd.Series:
    """Whole numbers as text."""
    return values.map("{:.0f}".format).astype("str")
