"""One client only: an export with several holds test data or another company's parts."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pyarrow as pa
import pyarrow.compute as pc

from riskplug.errors import DataRefused, suggestion
from riskplug.ingest.extract import Extract, one_array
from riskplug.ingest.keys import clean
from riskplug.ingest.profile import Profile


@dataclass
class Clients:
    """The client of a table: of all its files, and of everything that is joined to them.

    ``found``: clients seen so far, where none was named.
    """

    profile: Profile
    found: set[str] = field(default_factory=set)

    def only_ours(self, extracts: Sequence[Extract], beside: bool = False) -> list[Extract]:
        """The rows of the profile's client; DataRefused where several are there and none was named.

        A table that is joined (``beside``) may have no client column: units of measure belong to nobody.
        """
        return [self._only_ours(extract, beside) for extract in extracts]

    def _only_ours(self, extract: Extract, beside: bool) -> Extract:
        client = self.profile.client
        if client is None:
            return extract
        names = extract.columns.column_names
        name = next((name for name in client.column if name in names), None)
        if name is None:
            near = suggestion(client.column[0], names)
            near = near if near.startswith("did you mean") else ""
            # in a database some tables belong to every company; a name that is nearly right is a mistake
            if client.only and not beside and (near or self.profile.reader != "sql"):
                what = f"no column {' or '.join(client.column)} with the client; found: {', '.join(names)}"
                raise DataRefused(what, extract.file, near or "correct `client`")
            return extract
        words = clean(one_array(extract.columns.column(name)).cast(pa.string()), self.profile.null_words)
        if not client.only:
            self._refuse_several(words, name, extract.file)
            return extract
        ours = pc.fill_null(pc.is_in(words, pa.array(client.only, pa.string())), False)
        away = extract.columns.num_rows - (pc.sum(ours).as_py() or 0)
        if not away:
            return extract
        if away == extract.columns.num_rows and not beside:
            there = ", ".join(sorted(word for word in pc.unique(words).to_pylist() if word is not None)[:10])
            what = f"no row of client {', '.join(client.only)}; column {name} holds {there or 'blanks'}"
            raise DataRefused(what, extract.file, "correct `client`, or export the client that counts")
        dropped = {**extract.dropped, f"client is not {', '.join(client.only)}": away}
        keep = ours.to_numpy(zero_copy_only=False)
        return replace(extract, columns=extract.columns.filter(ours), lines=extract.lines[keep], dropped=dropped)

    def _refuse_several(self, words: pa.Array, name: str, file: str) -> None:
        self.found |= {word for word in pc.unique(words).to_pylist() if word is not None}
        if len(self.found) > 1:
            clients = sorted(self.found)
            raise DataRefused(
                f"{len(clients)} clients in one export: {', '.join(clients[:10])} in column {name}",
                file,
                f"say which one counts in the profile: `client: {{column: {name}, only: {clients[0]}}}`",
            )
