"""Reads exports and databases through profiles into canonical tables; what does not fit is set aside with a reason.

A row is accepted whole or quarantined whole. A value that cannot be read quarantines its row even where the column is
optional, because a number, date or flag that silently went missing would change results; free text is never at fault.
A row has one quarantine entry, for the first of its faults: accepted, quarantined and dropped rows add up to the rows
read. A file that cannot be trusted as a whole refuses its table of that source.
"""

from riskplug.ingest.gather import Reshape
from riskplug.ingest.inspection import Inspection, inspect_file
from riskplug.ingest.plugged import Plugged
from riskplug.ingest.profile import Profile
from riskplug.ingest.profile_file import load_profile, load_profiles
from riskplug.ingest.stage import ingest

__all__ = ["Inspection", "Plugged", "Profile", "Reshape", "ingest", "inspect_file", "load_profile", "load_profiles"]
