"""Content and roll-up of the sample by families of parts are those of the whole, to the bit."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from replayed import EXPORTED, Sample

from riskplug.scale import Local, families
from riskplug.scale.families import Company, content_and_roll_up


class Apart(Local):
    """Works here, and is told that others do."""

    apart = True


@pytest.fixture(scope="module")
def company(sample: Sample) -> Company:
    """The sample with what its exports lack: declarations by manufacturer's number, doubted suppliers, what a mapper
    says of parts known and unknown."""
    analysis = sample.on(EXPORTED)
    tables = with_more(sample.tables)
    mapped = [analysis.content.own.head(3).assign(part_no=["M-4711", "nowhere", "K-0805"])]
    said = pd.DataFrame()
    return Company(tables, analysis.foundation.knowledge, mapped, said, EXPORTED, tuple(sample.workspace.sites), 365)


def with_more(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Rows that are no single part's own, beside the sample's."""
    parts, declared = tables["parts"], tables["declarations"]
    numbered = parts.assign(mpn=parts["mpn"].astype("object").where(np.arange(len(parts)) % 40 != 0, "MPN-7"))
    lone = declared.head(3).assign(part_no=None, mpn=["mpn-7 ", "MPN-unknown", None])
    lone["part_no"] = lone["part_no"].astype(declared["part_no"].dtype)
    everywhere = tables["bom_lines"].copy()
    everywhere.loc[everywhere.index[:5], "site"] = None
    return {
        **tables,
        "parts": numbered.astype({"mpn": parts["mpn"].dtype}),
        "declarations": pd.concat([declared, lone.astype({"mpn": declared["mpn"].dtype})], ignore_index=True),
        "bom_lines": everywhere,
    }


@pytest.fixture(scope="module")
def whole(company: Company) -> tuple[Any, pd.DataFrame]:
    """What one process works out of everything at once."""
    content, rolled_up = content_and_roll_up(company, Local())
    return content, rolled_up(company.graph(company.tables))


def test_the_sample_falls_into_families_that_share_no_line_and_no_mpn(company: Company) -> None:
    task = families.families(company.tables, 1)
    lines, parts = company.tables["bom_lines"], company.tables["parts"]
    assert set(task) == {0, 1, 2}
    assert (task[lines["parent"].cat.codes] == task[lines["component"].cat.codes]).all()
    assert len(set(task[parts.loc[parts["mpn"].eq("MPN-7").fillna(False), "part_no"].cat.codes])) == 1
    assert len(task) == len(parts["part_no"].cat.categories)


def test_families_put_together_equal_the_whole_to_the_bit(
    company: Company, whole: tuple[Any, pd.DataFrame], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(families, "PARTS_PER_TASK", 1)
    content, rolled_up = content_and_roll_up(company, Apart())
    for name in ("own", "parts", "rejected"):
        pd.testing.assert_frame_equal(getattr(content, name), getattr(whole[0], name), check_exact=True)
    pd.testing.assert_frame_equal(rolled_up(company.graph(company.tables)), whole[1], check_exact=True)
