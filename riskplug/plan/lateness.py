"""How late suppliers are, measured on past goods receipts against the day they had confirmed, else agreed."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from riskplug.plan.calendar import day_numbers
from riskplug.plan.nodes import Floats, Ints, codes_over

# Fewer order lines say little of a supplier; as many weeks of consumption are asked for.
FEWEST_LINES = 8
# Older receipts tell of other people and another market.
LOOK_BACK_DAYS = 730
LATENESS_COLUMNS = (
    "lines_measured",
    "late_pct",
    "lateness_mean_days",
    "lateness_spread_days",
    "lateness_median_days",
    "lateness_p90_days",
)
_LINE = ["source", "company", "site", "order_no", "line", "part_no", "supplier", "expected"]


def observations(goods_receipts: pd.DataFrame, on: date) -> pd.DataFrame:
    """part_no, supplier, days: one row per order line of the last two years, by the day its last delivery came in.

    Days late in calendar days; early is negative. A line without line number is one delivery. Returns, receipts
    without a date they were expected on, and those dated after the business date are left out.
    """
    rows = goods_receipts.assign(expected=goods_receipts["confirmed_date"].fillna(goods_receipts["due_date"]))
    came, dated = day_numbers(rows["received_on"], on)
    recent = dated & (came <= 0) & (came >= -LOOK_BACK_DAYS)
    counts = recent & (rows["quantity"] > 0).to_numpy() & rows["expected"].notna().to_numpy()
    rows = rows[counts].reset_index(drop=True)
    # by codes: of a million part numbers few have receipts, and a group by categories looks at all of them
    keys = [_coded(rows[name]) for name in _LINE]
    keys.append(np.where(rows["line"].isna(), np.arange(len(rows)), -1))
    lines = pd.Series(came[counts]).groupby(keys, dropna=False, sort=False)
    first = rows.iloc[np.unique(lines.ngroup().to_numpy(), return_index=True)[1]].reset_index(drop=True)
    expected = day_numbers(first["expected"], on)[0]
    return first[["part_no", "supplier"]].assign(days=lines.max().to_numpy(dtype=np.int64) - expected)


def _coded(column: pd.Series) -> np.ndarray:
    """The codes of categories, missing being one of them; other columns as they are."""
    return (column.cat.codes if isinstance(column.dtype, pd.CategoricalDtype) else column).to_numpy()


@dataclass(frozen=True)
class Lateness:
    """Sorted days late of each group with FEWEST_LINES or more: ``days[starts[g]:starts[g + 1]]``.

    A group is a supplier, or a part from a supplier. ``of_supplier``: group by supplier code; ``of_pair``: by part code
    x suppliers + supplier code; -1 where too few lines were measured.
    """

    days: Ints
    starts: Ints
    suppliers: pd.Index
    part_nos: pd.Index
    of_supplier: Ints
    pairs: pd.Index
    of_pair: Ints

    @classmethod
    def of(cls, goods_receipts: pd.DataFrame, part_nos: pd.Index, on: date) -> "Lateness":
        seen = observations(goods_receipts, on)
        suppliers: pd.Index = pd.Index(seen["supplier"].dropna().astype("str").unique(), dtype="str")
        supplier, part = codes_over(seen["supplier"], suppliers), codes_over(seen["part_no"], part_nos)
        days = seen["days"].to_numpy(dtype=np.int64)
        named = supplier >= 0
        by_supplier = _Groups.of(supplier[named], days[named])
        both = named & (part >= 0)
        by_pair = _Groups.of(part[both].astype(np.int64) * len(suppliers) + supplier[both], days[both])
        of_supplier = np.full(len(suppliers), -1, dtype=np.int64)
        of_supplier[by_supplier.keys] = np.arange(len(by_supplier.keys))
        return cls(
            np.concatenate([by_supplier.days, by_pair.days]),
            np.concatenate([by_supplier.starts, by_pair.starts[1:] + len(by_supplier.days)]),
            suppliers,
            part_nos,
            of_supplier,
            pd.Index(by_pair.keys),
            len(by_supplier.keys) + np.arange(len(by_pair.keys)),
        )

    def groups_of(self, part_no: pd.Series, supplier: pd.Series) -> Ints:
        """Group of each row: the part from this supplier where enough lines were measured, else the supplier; or -1."""
        code = codes_over(supplier, self.suppliers)
        part = codes_over(part_no, self.part_nos).astype(np.int64)
        keys = np.where((code < 0) | (part < 0), -1, part * max(len(self.suppliers), 1) + code)
        pair = np.append(self.of_pair, -1)[self.pairs.get_indexer(pd.Index(keys))]
        return np.where(pair >= 0, pair, np.append(self.of_supplier, -1)[code])

    def quantile(self, group: Ints, share: Floats) -> Ints:
        """Days late that a share of the group's lines stays below: its empirical distribution turned round.

        ``group`` >= 0 and ``share`` in [0, 1) are broadcast. Draws of a uniform share are draws of the past lines.
        """
        size = self.starts[group + 1] - self.starts[group]
        return np.asarray(self.days[self.starts[group] + (share * size).astype(np.int64)])

    def extremes(self, group: Ints) -> tuple[Ints, Ints]:
        """(earliest, latest) days of groups; both 0 for -1."""
        none = group < 0
        at = np.where(none, 0, group)
        days = self.days if len(self.days) else np.zeros(1, dtype=np.int64)
        first, last = days[self.starts[at]], days[self.starts[np.minimum(at + 1, len(self.starts) - 1)] - 1]
        return np.where(none, 0, first), np.where(none, 0, last)

    def mean_and_spread(self, group: Ints) -> tuple[Floats, Floats]:
        """(mean, standard deviation) of days late; NaN for -1."""
        if not len(self.days):
            return np.full(len(group), np.nan), np.full(len(group), np.nan)
        size = np.diff(self.starts)
        mean = np.add.reduceat(self.days, self.starts[:-1]) / size
        squares = np.add.reduceat((self.days - np.repeat(mean, size)) ** 2, self.starts[:-1])
        spread = np.sqrt(squares / (size - 1))
        return np.append(mean, np.nan)[group], np.append(spread, np.nan)[group]


@dataclass(frozen=True)
class _Groups:
    keys: Ints
    starts: Ints
    days: Ints

    @classmethod
    def of(cls, key: Ints, days: Ints) -> "_Groups":
        """The keys with enough days, sorted; their days in order."""
        keys, at, count = np.unique(key, return_inverse=True, return_counts=True)
        kept = np.flatnonzero((count >= FEWEST_LINES)[at])
        order = kept[np.lexsort((days[kept], at[kept]))]
        enough = count >= FEWEST_LINES
        starts = np.concatenate([[0], np.cumsum(count[enough])]).astype(np.int64)
        return cls(keys[enough].astype(np.int64), starts, days[order])


def supplier_lateness(goods_receipts: pd.DataFrame, on: date) -> pd.DataFrame:
    """``supplier`` and LATENESS_COLUMNS of every supplier with a measured line; all but the count are missing below
    FEWEST_LINES. Quantiles are those of the lines themselves: the smallest days that half, or nine in ten, stay within.
    """
    seen = observations(goods_receipts, on)
    seen = seen.assign(supplier=seen["supplier"].astype("str"), late=seen["days"] > 0).dropna(subset=["supplier"])
    days = seen.groupby("supplier")["days"]
    found = pd.DataFrame(
        {
            "lines_measured": days.size().astype(float),
            "late_pct": seen.groupby("supplier")["late"].mean() * 100,
            "lateness_mean_days": days.mean(),
            "lateness_spread_days": days.std(),
            "lateness_median_days": _within(seen, 0.5),
            "lateness_p90_days": _within(seen, 0.9),
        }
    )
    few = found["lines_measured"] < FEWEST_LINES
    found.loc[few, list(LATENESS_COLUMNS[1:])] = np.nan
    return found.rename_axis("supplier").reset_index()


def _within(seen: pd.DataFrame, share: float) -> pd.Series:
    """Per supplier the smallest days that a share of its lines stays within. Worked: nine in ten of ten: the ninth."""
    rows = seen.sort_values("days", kind="stable")
    by = rows.groupby("supplier")["days"]
    # a share such as 0.9 of 10 must not round up to the tenth
    chosen = by.cumcount() + 1 == np.ceil(share * by.transform("size") - 1e-9)
    found: pd.Series = rows[chosen].set_index("supplier")["days"].astype(float)
    return found
