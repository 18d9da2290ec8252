"""Content mapper `plm_evidence`: what a PLM system says a part is made of, from an export of its attributes."""

import csv
import io
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from riskplug.errors import PluginFault
from riskplug.extend import hookimpl
from riskplug.extend.protocols import ContentMapper, ScanContext
from riskplug.model import CONTENT_COLUMNS

if TYPE_CHECKING:
    import pandas as pd

DEFAULT_FILE = Path("plm_attributes.csv")
Column = Literal["part", "attribute", "value", "unit", "revision", "state", "date"]
NEEDED: tuple[Column, ...] = ("part", "attribute", "value", "unit", "revision", "state")
MOST_VARIANTS = 16
_SEPARATOR = " | "
_SHOWN_STATES = 5
# Free texts of a PLM system are longer than what the csv module takes by itself.
_LONGEST_FIELD = 10_000_000


class PlmEvidenceOptions(BaseModel):
    """How the export is to be read. ``file``: from the workspace's folder; else plm_attributes.csv, if there is one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: Path | None = None
    columns: dict[Column, str] = Field(default={}, description="Headings of the file, where they are not these words.")
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    encoding: str = "utf-8-sig"
    released: tuple[str, ...] = Field(default=("released",), description="States in which a revision counts.")
    texts: tuple[str, ...] = Field(
        default=("material", "alloy", "grade", "magnet grade", "coating", "dimensions"),
        description="Attributes that say what a part is made of.",
    )
    masses: tuple[str, ...] = Field(default=("mass", "weight"), description="Attributes with the mass of one piece.")


class PlmEvidence:
    """Material, grade, coating and mass of parts as a PLM system exports them, one row per part and attribute.

    Only released revisions count, and of those the newest of each part, whole: A before B before AA, 9 before 10. What
    the attributes say is read with the same knowledge of grades and densities as the texts of the part master. A mass
    without a known unit is unknown, and so is one of a part that is not counted in pieces. Values of one attribute that
    contradict each other all count: the content is what any of them allows, and the source names them.
    """

    kind: ClassVar[str] = "plm_evidence"
    Options: ClassVar[type[BaseModel]] = PlmEvidenceOptions

    def __init__(self, options: PlmEvidenceOptions | None = None) -> None:
        self.options = options or PlmEvidenceOptions()

    def map_content(self, parts: "pd.DataFrame", context: ScanContext) -> "pd.DataFrame":
        """CONTENT_COLUMNS. PluginFault where a file that is named is not there, or cannot be read."""
        import pandas as pd

        file = context.root / (self.options.file or DEFAULT_FILE)
        if self.options.file is None and not file.is_file():
            return pd.DataFrame(columns=list(CONTENT_COLUMNS))
        rows = self._newest(self._rows(file), file)
        rows = rows[rows["part"].isin(parts["part_no"].astype("str"))]
        variants = self._variants(rows, file)
        if variants.empty:
            return pd.DataFrame(columns=list(CONTENT_COLUMNS))
        return _together(_read(variants, parts, context), variants)

    def _rows(self, file: Path) -> "pd.DataFrame":
        """The file as text under our names, with the line of each row; attributes in small letters."""
        import pandas as pd

        options = self.options
        heading, *lines = self._cells(file) or [[]]
        odd = next((at for at, line in enumerate(lines, 2) if line and len(line) != len(heading)), None)
        if odd is not None:
            what = f"another number of fields than the {len(heading)} of the heading"
            raise PluginFault(what, f"{file}, row {odd}", "export it again: a quote is missing, or it was cut off")
        self._refuse_double(heading, file)
        filled = [(at, line) for at, line in enumerate(lines, 2) if line]
        read = pd.DataFrame([line for _, line in filled], columns=heading, dtype="str")
        names = {options.columns.get(name, name): name for name in (*NEEDED, "date")}
        lacking = [title for title, name in names.items() if title not in read and name in {*NEEDED, *options.columns}]
        if lacking:
            fix = f"name the headings under `columns`; the file has {', '.join(heading) or 'none'}"
            raise PluginFault(f"no column {', '.join(lacking)}", f"{file}:1", fix)
        rows = read[[title for title in names if title in read]].rename(columns=names)
        rows = rows.assign(**{str(name): rows[name].str.strip() for name in rows}, line=[at for at, _ in filled])
        return rows.assign(attribute=rows["attribute"].str.casefold())

    def _cells(self, file: Path) -> list[list[str]]:
        """All rows of the file, the heading first."""
        csv.field_size_limit(max(csv.field_size_limit(), _LONGEST_FIELD))
        cells: list[list[str]] = []
        content, where = b"", str(file)
        fix = "put the export there, or correct the options of plm_evidence"
        try:
            content = file.read_bytes()
            text = io.StringIO(content.decode(self.options.encoding), newline="")
            for row in csv.reader(text, delimiter=self.options.delimiter, strict=True):
                cells.append(row)
            return cells
        except csv.Error as error:
            what, where = str(error), f"{file}, row {len(cells) + 1}"
            fix = "export it again: a quote is missing, or it was cut off"
        except UnicodeDecodeError as error:
            before = content.count(b"\n", 0, error.start)
            what, where = str(error), f"{file}, row {before + 1}"
            fix = "export it again, or correct `encoding` in the options of plm_evidence"
        except (OSError, ValueError, LookupError) as error:
            what = str(error)
        raise PluginFault(f"the PLM attributes cannot be read: {what}", where, fix)

    def _refuse_double(self, heading: list[str], file: Path) -> None:
        """PluginFault where it cannot be told which column is meant."""
        titles = [(self.options.columns.get(name, name), name) for name in (*NEEDED, "date")]
        for title, name in titles:
            places = ", ".join(str(at) for at, one in enumerate(heading, 1) if one == title)
            if "," in places:
                fix = "export it with one of them, or name another heading under `columns` of plm_evidence"
                raise PluginFault(f"heading {title!r} stands over columns {places}", f"{file}, row 1", fix)
            others = [other for one, other in titles if one == title and other != name]
            if others and title in heading:
                fix = "name another heading for one of them under `columns` of plm_evidence"
                what = f"heading {title!r} is meant for {name} and for {', '.join(others)}"
                raise PluginFault(what, f"{file}, row 1", fix)

    def _newest(self, rows: "pd.DataFrame", file: Path) -> "pd.DataFrame":
        """Rows with a value of the newest released revision of each part; PluginFault where no row is released."""
        released = rows[rows["state"].str.casefold().isin([state.casefold() for state in self.options.released])]
        if released.empty and not rows.empty:
            states = rows["state"].replace("", "(empty)").value_counts().index
            found = ", ".join(states[:_SHOWN_STATES]) + (" ..." if len(states) > _SHOWN_STATES else "")
            what = f"{len(rows)} rows, none in state {' or '.join(self.options.released)}; states found: {found}"
            raise PluginFault(what, str(file), "set `released` in the options of plm_evidence to the states that count")
        order = {name: at for at, name in enumerate(sorted(released["revision"].unique(), key=_revision_key))}
        rank = released["revision"].map(order)
        newest = released[rank == rank.groupby(released["part"]).transform("max")]
        return newest[newest["value"] != ""].drop_duplicates(["part", "attribute", "value", "unit"])

    def _variants(self, rows: "pd.DataFrame", file: Path) -> "pd.DataFrame":
        """part, text, mass_g, source, date: a row per part; where values contradict each other, per combination."""
        import pandas as pd

        masses = [name.casefold() for name in self.options.masses]
        rows = rows[rows["attribute"].isin([*map(str.casefold, self.options.texts), *masses])]
        rows = rows.assign(is_mass=rows["attribute"].isin(masses)).sort_values(["part", "attribute", "line"])
        several = rows.groupby(["part", "attribute"])["line"].transform("size") > 1
        doubtful = several.groupby(rows["part"]).transform("any")
        apart = [one for _, group in rows[doubtful].groupby("part", sort=True) for one in _combinations(group, file)]
        every = pd.concat([rows[~doubtful].assign(variant=0, doubt=""), *apart], ignore_index=True)
        every = every.assign(grams=_grams(every.where(every["is_mass"])), shown=every["line"].astype("str"))
        by = every.groupby(["part", "variant"], sort=True)
        texts = every[~every["is_mass"]].groupby(["part", "variant"])["value"].agg(_SEPARATOR.join)
        made = by.agg(mass_g=("grams", "min"), revision=("revision", "first"), doubt=("doubt", "first"))
        made = made.assign(
            text=texts.reindex(made.index).fillna(""), date=by["date"].first() if "date" in every else ""
        )
        lines = every.drop_duplicates(["part", "line"]).sort_values("line").groupby("part")["shown"].agg(", ".join)
        made = made.reset_index().merge(lines, left_on="part", right_index=True)
        said = "PLM " + file.name + ":" + made["shown"] + ", revision " + made["revision"] + made["doubt"]
        return made.assign(source=said)[["part", "text", "mass_g", "source", "date"]]


def _combinations(group: "pd.DataFrame", file: Path) -> "Iterator[pd.DataFrame]":
    """The rows of a part, once per combination of what its attributes say; people made these few by mistake."""
    values = [list(found.index) for _, found in group.groupby("attribute", sort=True)]
    chosen = list(product(*values))
    if len(chosen) > MOST_VARIANTS:
        what = f"{group['part'].iloc[0]}: {len(chosen)} combinations of contradicting values"
        where = f"{file}:{group['line'].min()}"
        raise PluginFault(what, where, "correct the attributes in the PLM system")
    doubts = "; ".join(" or ".join(group.loc[some, "value"]) for some in values if len(some) > 1)
    for at, combination in enumerate(chosen):
        yield group.loc[list(combination)].assign(variant=at, doubt=f"; values contradict each other: {doubts}")


def _grams(rows: "pd.DataFrame") -> "pd.Series":
    """Grams of values with their units: NaN without a known unit, and for what is no number above zero."""
    import pandas as pd

    from riskplug import units

    unit = units.canonical(rows["unit"]).astype("object")
    plain = rows["value"].where(rows["value"].str.fullmatch(r"\d*\.?\d+", na=False))
    number = pd.to_numeric(plain)
    return number.where(number > 0) * units.factors(unit, pd.Series("g", index=rows.index))


def _revision_key(revision: str) -> tuple[tuple[int, int, str], ...]:
    """9 before 10, A before B before AA: letters by length first."""
    found = re.findall(r"\d+|[^\W\d_]+", revision.upper())
    return tuple((0, int(one), "") if one.isdecimal() else (1, len(one), one) for one in found)


def _read(variants: "pd.DataFrame", parts: "pd.DataFrame", context: ScanContext) -> "pd.DataFrame":
    """What the core's own knowledge makes of the texts: its content, with ``variant``, the position of the text."""
    import pandas as pd

    from riskplug import units
    from riskplug.content import load_knowledge, map_content
    from riskplug.extend.discovery import shipped_folder
    from riskplug.tables import TABLES, conform, empty

    own = context.root / "materials"
    knowledge = load_knowledge(shipped_folder("rules") / "materials", own if own.is_dir() else None)
    unit = parts.drop_duplicates("part_no").set_index("part_no")["base_unit"].astype("object")
    base = variants["part"].map(dict(unit))
    counted = base.map(lambda name: units.factor(str(name), "pc") == 1)
    index = pd.Index([f"{at:09d}" for at in range(len(variants))], dtype="str")
    made = pd.DataFrame(
        {
            "part_no": index,
            "description": variants["text"],
            "base_unit": base,
            "unit_mass_g": variants["mass_g"].where(counted),
        }
    )
    tables = {name: empty(name, index) for name in TABLES} | {"parts": conform("parts", made, index)}
    read = map_content(tables, knowledge, on=context.business_date)
    return read.own.assign(variant=read.own["part_no"].astype("str").astype("int64"))


def _together(content: "pd.DataFrame", variants: "pd.DataFrame") -> "pd.DataFrame":
    """One row per part, material and form: over all variants of a part, those without the material included."""
    import pandas as pd

    about = variants.loc[content["variant"]].reset_index(drop=True)
    rows = content.reset_index(drop=True).assign(part_no=about["part"])
    grouped = rows.groupby(["part_no", "material", "form"], observed=True, sort=True)
    found = grouped.agg(
        mass_g_min=("mass_g_min", "min"),
        mass_g_typ=("mass_g_typ", "mean"),
        mass_g_max=("mass_g_max", "max"),
        probability=("probability", "sum"),
        evidence=("evidence", lambda names: names.astype("str").iloc[-1]),
        known=("mass_g_typ", "count"),
        times=("variant", "nunique"),
        source=("source", "first"),
    ).reset_index()
    of = variants.groupby("part").agg(variants=("text", "size"), said=("source", "first"), date=("date", "first"))
    found = found.merge(of, left_on="part_no", right_index=True)
    bounds = ["mass_g_min", "mass_g_typ", "mass_g_max"]
    found[bounds] = found[bounds].where(found["known"] == found["times"])
    found["mass_g_min"] = found["mass_g_min"].where((found["times"] == found["variants"]), found["mass_g_min"] * 0)
    return found.assign(
        probability=found["probability"] / found["variants"],
        source=found["said"] + ": " + found["source"],
        date=pd.to_datetime(found["date"], format="%Y-%m-%d", errors="coerce"),
    )[list(CONTENT_COLUMNS)]


@hookimpl
def riskplug_content_mappers() -> list[type[ContentMapper]]:
    return [PlmEvidence]
