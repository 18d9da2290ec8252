"""Reads exports and databases through profiles into canonical tables; what does not fit is set aside with a reason."""

from riskplug.ingest.inspection import Inspection, inspect_file
from riskplug.ingest.profile import Profile
from riskplug.ingest.profile_file import load_profile, load_profiles
from riskplug.ingest.stage import ingest

__all__ = ["Inspection", "Profile", "ingest", "inspect_file", "load_profile", "load_profiles"]
