"""BOM lines to edges: which lines are in force, and how much of the component one unit of the parent takes."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from riskplug.bom.nodes import Codes, Flags, Keys, Master, codes_over, true_of
from riskplug.units import factors

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
# Shares of alternates are kept by ERPs with up to three decimals.
SHARE_TOLERANCE_PCT = 0.01
UNEVEN_SHARES = "shares of the alternates"


@dataclass(frozen=True)
class Lines:
    """Lines in force, expanded to sites. ``row`` points into the canonical table; parent and component are nodes."""

    row: Rows
    parent: Codes
    component: Codes

    def __getitem__(self, kept: Flags) -> "Lines":
        return self if kept.all() else Lines(self.row[kept], self.parent[kept], self.component[kept])


@dataclass
class Complaints:
    """Lines that had to be left out, or whose result is in doubt, with the reason."""

    frames: list[pd.DataFrame] = field(default_factory=list)
    doubted: list[Codes] = field(default_factory=list)

    def add(self, lines: Lines, why: str | Iterable[str], *, partial: bool = True) -> None:
        if len(lines.row):
            self.frames.append(
                pd.DataFrame({"parent": lines.parent, "component": lines.component}).assign(
                    reason=why if isinstance(why, str) else list(why)
                )
            )
            if partial:
                self.doubted.append(lines.parent)

    def split(self, lines: Lines, bad: Flags, why: str, *, partial: bool = True) -> Lines:
        """The lines without the bad ones, which are reported."""
        if not bad.any():
            return lines
        self.add(lines[bad], why, partial=partial)
        return lines[~bad]


def in_force(table: pd.DataFrame, on: date) -> tuple[Flags, Flags]:
    """(lines in force on the date, lines whose validity ends before it starts).

    Both ends are inclusive. A status other than `active` and a usage other than `production` are out; missing counts.
    """
    today = np.datetime64(on, "s")
    start, end = (table[name].to_numpy().astype("datetime64[s]", copy=False) for name in ("valid_from", "valid_to"))
    counted = counts(table)
    reversed_ = counted & (start > end)
    return counted & ~(start > today) & ~(end < today) & ~reversed_, reversed_


def starts_within(table: pd.DataFrame, on: date, horizon: int) -> Flags:
    """Lines that count and start on one of the days after the date."""
    today = np.datetime64(on, "s")
    start, end = (table[name].to_numpy().astype("datetime64[s]", copy=False) for name in ("valid_from", "valid_to"))
    later = (start > today) & (start <= today + np.timedelta64(horizon, "D")) & ~(start > end)
    return later & counts(table) if later.any() else later


def counts(table: pd.DataFrame) -> Flags:
    """Lines of status `active` and usage `production`, whatever their validity; missing counts."""
    return _is_or_missing(table["status"], "active") & _is_or_missing(table["usage"], "production")


def _is_or_missing(column: pd.Series, word: str) -> Flags:
    """Row-wise `column is word or missing`; the only string work is over the distinct values."""
    keys = column.astype("category")
    accepted = np.append(np.asarray(keys.cat.categories.astype("str").str.casefold() == word, dtype=bool), True)
    if accepted.all():
        return np.ones(len(column), dtype=bool)
    return accepted[keys.cat.codes.to_numpy()]


def kind_is(table: pd.DataFrame, word: str) -> Flags:
    kinds = table["line_kind"].astype("category")
    if word not in kinds.cat.categories:
        return np.zeros(len(table), dtype=bool)
    return np.asarray(kinds.cat.codes == kinds.cat.categories.get_loc(word), dtype=bool)


def is_output(table: pd.DataFrame) -> Flags:
    """By-products and negative quantities leave the process: outputs, never consumption."""
    return kind_is(table, "by_product") | (table["quantity"].to_numpy() < 0)


def spread(chosen: Rows, keys: Keys, component: Codes, number: Codes, parts: int, sites: int) -> Lines:
    """Lines as pairs of nodes; a line for every site stands at each site where its parent is a node."""
    site, parent, below = keys.site[chosen], keys.part[chosen], component[chosen]
    blank = site < 0
    if not blank.any():
        start = site.astype(np.int64) * parts
        return Lines(chosen, number[start + parent], number[start + below])
    found = [spread(chosen[~blank], keys, component, number, parts, sites)] if not blank.all() else []
    chosen, parent, below = chosen[blank], parent[blank], below[blank]
    for offset in range(0, sites * parts, parts):
        here = number[offset : offset + parts]
        at = Lines(chosen, here[parent], here[below])
        stands = at.parent >= 0
        found.append(at if stands.all() else at[stands])
    if len(found) == 1:
        return found[0]
    return Lines(*(np.concatenate([getattr(part, name) for part in found]) for name in ("row", "parent", "component")))


def one_alternative(lines: Lines, table: pd.DataFrame, nodes: int) -> Lines:
    """The lines of each parent's lowest alternative. Numbers sort as numbers; missing is lowest."""
    rank = _natural_rank(table["alternative"])
    if rank is None:
        return lines
    lowest = np.full(nodes, np.iinfo(np.int32).max, dtype=np.int32)
    np.minimum.at(lowest, lines.parent, rank[lines.row])
    return lines[rank[lines.row] == lowest[lines.parent]]


def _natural_rank(column: pd.Series) -> Codes | None:
    keys = column.astype("category")
    names = [str(name) for name in keys.cat.categories]
    codes = keys.cat.codes.to_numpy()
    if not names or (len(names) == 1 and not (codes < 0).any()):
        return None
    order = sorted(
        range(len(names)),
        key=lambda i: (not names[i].isdecimal(), int(names[i]) if names[i].isdecimal() else 0, names[i]),
    )
    rank = np.empty(len(names) + 1, dtype=np.int32)
    rank[order] = np.arange(len(names))
    rank[-1] = -1
    return rank[codes]


def share_of_alternates(lines: Lines, table: pd.DataFrame, complaints: Complaints) -> tuple[Lines, Floats]:
    """Lines that take part of the need, and the part each takes (1 outside alternate groups).

    A group with shares is split by them; one without gives all to its lowest priority (missing priority is last, ties
    go to the first part number).
    """
    share = np.ones(len(lines.row))
    groups = codes_over(table["alt_group"], pd.Index(table["alt_group"].dropna().unique()))[lines.row]
    member = np.flatnonzero(groups >= 0)
    if not len(member):
        return lines, share
    frame = pd.DataFrame(
        {
            "parent": lines.parent[member],
            "group": groups[member],
            "component": lines.component[member],
            "name": names_at(table["component"], lines.row[member]),
            "priority": table["alt_priority"].to_numpy()[lines.row[member]],
            "share": table["alt_share_pct"].to_numpy()[lines.row[member]] / 100,
        }
    )
    frame["priority"] = frame["priority"].fillna(np.inf)
    by = frame.groupby(["parent", "group"], sort=False)
    total = by["share"].transform(lambda shares: shares.sum(min_count=1)).to_numpy()
    best = frame.sort_values(["priority", "name"]).groupby(["parent", "group"], sort=False).first()
    best = best[["component", "priority"]].rename(columns={"component": "chosen", "priority": "lowest"})
    first = frame.join(best, on=["parent", "group"])
    takes_all = (first["component"] == first["chosen"]) & (first["priority"] == first["lowest"])
    share[member] = np.where(np.isnan(total), takes_all, frame["share"].fillna(0.0))
    uneven = np.abs(np.nan_to_num(total, nan=1.0) - 1.0) * 100 > SHARE_TOLERANCE_PCT
    if uneven.any():
        odd = Lines(*(getattr(lines, name)[member[uneven]] for name in ("row", "parent", "component")))
        complaints.add(odd, _uneven(odd, table, total[uneven] * 100))
    taken = share > 0
    return lines[taken], share[taken]


def _uneven(lines: Lines, table: pd.DataFrame, total_pct: Floats) -> Iterable[str]:
    """What is said of each line of a group whose shares are less or more than the whole: the group, and where it is."""
    groups, files, rows = (names_at(table[name], lines.row) for name in ("alt_group", "file", "row"))
    for group, file, row, total in zip(groups, files, rows, total_pct, strict=True):
        place = "" if pd.isna(file) else f" ({file})" if pd.isna(row) else f" ({file}:{row:.0f})"
        less = "less" if total < 100 else "more"
        yield f"{UNEVEN_SHARES} of group {group}{place} add up to {total:.6g} %, {less} than 100"


def countable(lines: Lines, table: pd.DataFrame, complaints: Complaints) -> Lines:
    """Lines with a quantity that goes into every unit."""
    optional = kind_is(table, "optional")
    lines = complaints.split(lines, optional[lines.row], "optional: not part of every unit", partial=False)
    quantity, base = (table[name].to_numpy(dtype=float) for name in ("quantity", "base_quantity"))
    lines = complaints.split(lines, np.isnan(quantity)[lines.row], "the quantity is unknown")
    # ERP users enter 0 for "as required": some of it is used, nobody says how much
    lines = complaints.split(lines, (quantity == 0)[lines.row], "the quantity is zero, so what is used is unknown")
    lines = complaints.split(lines, (base <= 0)[lines.row], "the base quantity is not above zero")
    return complaints.split(lines, (table["yield_pct"].to_numpy(dtype=float) <= 0)[lines.row], "a yield of zero")


def names_at(column: pd.Series, rows: Rows) -> npt.NDArray[np.object_]:
    """Words of some rows of a coded column; codes follow the order of files, words do not."""
    return column.iloc[rows].astype("object").to_numpy()


def unit_factors(lines: Lines, table: pd.DataFrame, master: Master, complaints: Complaints) -> Floats:
    """Factor from each line's unit to the component's base unit; NaN, and reported, where there is none.

    A component missing from the parts list has no base unit: its quantity stays in the unit of the line.
    """
    units = table["unit"].astype("category")
    names, wanted = [*units.cat.categories], [*master.units, None]
    if not names:
        return np.ones(len(lines.row))
    given = units.cat.codes.to_numpy()[lines.row].astype(np.int32)
    base = master.unit[lines.component]
    grid = factors(np.repeat(np.array([*names, None], dtype=object), len(wanted)), wanted * (len(names) + 1))
    found = grid.reshape(len(names) + 1, len(wanted))[given, base]
    found[np.isnan(found) & ~master.listed[lines.component]] = 1.0
    bad = np.isnan(found)
    if bad.any():
        complaints.add(
            lines[bad],
            (
                f"no conversion {names[u]} to {wanted[b] or 'the unknown base unit'}"
                for u, b in zip(given[bad], base[bad], strict=True)
            ),
        )
    return found


def loss_factors(lines: Lines, table: pd.DataFrame) -> Floats:
    """What scrap and yield multiply the need by; NaN where a divided scrap is 100 % or more.

    Two conventions exist, even inside SAP (ECC multiplies, APO divides), so the line says which; multiply is usual.
    """
    scrap, gain = (
        known_or(table[name], usual)[lines.row] / 100 for name, usual in (("scrap_pct", 0), ("yield_pct", 100))
    )
    convention = table["loss_convention"].astype("category")
    divide = np.append(np.asarray(convention.cat.categories == "divide"), False)[convention.cat.codes.to_numpy()]
    divides = divide[lines.row]
    rest = np.where(divides & (scrap < 1), 1 - scrap, np.nan)
    return np.asarray(np.where(divides, 1 / rest, 1 + scrap) / gain)


def known_or(column: pd.Series, usual: float) -> Floats:
    return np.asarray(column.fillna(usual).to_numpy(dtype=float))


def has_loss(table: pd.DataFrame) -> bool:
    return any(bool(table[name].notna().any()) for name in ("scrap_pct", "yield_pct"))


@dataclass(frozen=True)
class Edges:
    """Edges per kind, each (parent, component, quantity)."""

    as_built: tuple[Codes, Codes, Floats]
    consumed: tuple[Codes, Codes, Floats] | None
    fixed: tuple[Codes, Codes, Floats]


def edges(lines: Lines, table: pd.DataFrame, master: Master, complaints: Complaints) -> tuple[Lines, Edges]:
    """(lines that count, their edges). ``consumed`` is None where it equals ``as_built``."""
    lines, share = share_of_alternates(lines, table, complaints)
    need = table["quantity"].to_numpy(dtype=float)[lines.row] * share * unit_factors(lines, table, master, complaints)
    loss = loss_factors(lines, table) if has_loss(table) else None
    kept = ~np.isnan(need)
    if loss is not None:
        complaints.add(lines[kept & np.isnan(loss)], "scrap of 100 % or more cannot divide the need")
        kept &= ~np.isnan(loss)
        loss = loss[kept]
    lines, need = lines[kept], need[kept]
    return lines, _edges(lines, table, master, need, loss)


def _edges(lines: Lines, table: pd.DataFrame, master: Master, need: Floats, loss: Floats | None) -> Edges:
    fixed = true_of(table["fixed"])[lines.row]
    bulk = kind_is(table, "bulk")[lines.row] | master.bulk[lines.component]
    used = need if loss is None else need * loss
    per_unit = ~fixed
    if table["base_quantity"].notna().any():
        base = known_or(table["base_quantity"], 1.0)[lines.row]
        need, used_each = need / base, used / base
    else:
        used_each = used
    same = loss is None and not (bulk & per_unit).any()
    return Edges(
        _of(lines, need, per_unit),
        None if same else _of(lines, used_each, per_unit & ~bulk),
        _of(lines, used, fixed & ~bulk),
    )


def _of(lines: Lines, quantity: Floats, kept: Flags) -> tuple[Codes, Codes, Floats]:
    if kept.all():
        return lines.parent, lines.component, quantity
    return lines.parent[kept], lines.component[kept], quantity[kept]


def report(complaints: Complaints, nodes: pd.DataFrame) -> pd.DataFrame:
    """part_no, component, site, reason: one row per line, sorted so that the order of lines does not show."""
    empty = pd.DataFrame({"parent": np.empty(0, int), "component": np.empty(0, int), "reason": np.empty(0, str)})
    rows = pd.concat([empty.astype({"reason": "str"}), *complaints.frames], ignore_index=True)
    parent, component = rows["parent"].to_numpy(dtype=int), rows["component"].to_numpy(dtype=int)
    columns = {
        "part_no": _take(nodes["part_no"], parent),
        "component": _take(nodes["part_no"], component),
        "site": _take(nodes["site"], parent),
        "reason": rows["reason"].astype("str"),
    }
    return pd.DataFrame(columns).sort_values(["site", "part_no", "component", "reason"], ignore_index=True)


def _take(column: pd.Series, node: npt.NDArray[np.int_]) -> pd.Categorical:
    """Values of a node column; node -1 is missing."""
    codes = np.append(column.cat.codes.to_numpy(), -1).astype(np.int32)[node]
    return pd.Categorical.from_codes(codes, categories=column.cat.categories)
