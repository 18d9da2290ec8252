"""One client only: an export with several holds test data or another company's parts."""

from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from riskplug.errors import DataRefused
from riskplug.ingest.extract import Extract, one_array
from riskplug.ingest.keys import clean
from riskplug.ingest.profile import Profile


def of_one_client(extract: Extract, profile: Profile) -> Extract:
    """The rows of the profile's client; DataRefused where several are there and none was named."""
    client = profile.client
    name = next((name for name in (client.column if client else ()) if name in extract.columns.column_names), None)
    if client is None or name is None:
        return extract
    words = clean(one_array(extract.columns.column(name)).cast(pa.string()), profile.null_words)
    found = sorted(word for word in pc.unique(words).to_pylist() if word is not None)
    if not client.only:
        if len(found) > 1:
            raise DataRefused(
                f"{len(found)} clients in one export: {', '.join(found[:10])} in column {name}",
                extract.file,
                f"say which one counts in the profile: `client: {{column: {name}, only: {found[0]}}}`",
            )
        return extract
    ours = pc.fill_null(pc.is_in(words, pa.array(client.only, pa.string())), False)
    away = extract.columns.num_rows - pc.sum(ours).as_py() if extract.columns.num_rows else 0
    if not away:
        return extract
    dropped = {**extract.dropped, f"client is not {', '.join(client.only)}": away}
    keep = ours.to_numpy(zero_copy_only=False)
    return replace(extract, columns=extract.columns.filter(ours), lines=extract.lines[keep], dropped=dropped)
