"""ERPNext's bills of material: the default before the others, and variants that have none but their template's."""

from datetime import date
from typing import TYPE_CHECKING, ClassVar

from riskplug.model import Frames

if TYPE_CHECKING:
    import pandas as pd


def in_use(boms: "pd.DataFrame") -> "pd.DataFrame":
    """Submitted and active BOMs: drafts (docstatus 0) and cancelled ones (2) are none."""
    return boms[(boms["docstatus"] == "1") & (boms["is_active"] != "0")]


def ranked(boms: "pd.DataFrame") -> "pd.DataFrame":
    """The BOMs in use with their ``rank`` among those of their item: the default is 1, the others follow by name."""
    used = in_use(boms)
    order = used.assign(other=used["is_default"] != "1").sort_values(["item", "other", "name"], kind="stable")
    return order.assign(rank=order.groupby("item", sort=False).cumcount() + 1)


class ErpnextBomLines:
    """Lines per item, those of a template's BOM for each variant without one of its own.

    Process loss is of what comes out: of `quantity` pieces only 100 less that many per cent are good, so the need is
    divided by the rest.
    """

    kind: ClassVar[str] = "erpnext_bom_lines"

    def reshape(self, rows: "pd.DataFrame", inputs: Frames, business_date: date) -> "pd.DataFrame":
        import pandas as pd

        boms = ranked(inputs["boms"])
        loss = pd.Series(boms.get("process_loss_percentage", "0"), index=boms.index)  # since version 14
        good = 100 - pd.to_numeric(loss, errors="coerce").fillna(0)
        made = pd.DataFrame(
            {
                "parent": boms["name"],
                "(parent)": boms["item"],
                "(alternative)": boms["rank"].astype("str"),
                "(yield)": good.astype("str").where(good != 100).astype("str"),
            }
        )
        return rows.merge(_with_variants(made, inputs["items"]), on="parent")


def _with_variants(boms: "pd.DataFrame", items: "pd.DataFrame") -> "pd.DataFrame":
    import pandas as pd

    template = items[["name", "variant_of"]].dropna() if "variant_of" in items else items.iloc[:0]
    without = template[~template["name"].isin(boms["(parent)"])]
    inherited = boms.merge(without, left_on="(parent)", right_on="variant_of") if len(without) else boms.iloc[:0]
    if inherited.empty:
        return boms
    theirs = inherited.drop(columns=["(parent)", "variant_of"]).rename(columns={"name": "(parent)"})
    return pd.concat([boms, theirs], ignore_index=True)
