"""One scan, first to last. The only room that knows the order of the stages."""

import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from importlib.metadata import version
from zoneinfo import ZoneInfo

from riskplug.alerts import reconcile
from riskplug.analysis import Analysis, analyse
from riskplug.deliver import plan_digests, send_outbox
from riskplug.errors import DataRefused
from riskplug.explain import state_folder
from riskplug.extend.host import PluginHost
from riskplug.extend.protocols import ScanContext
from riskplug.ingest import ingest
from riskplug.model import Outcome, ScanRecord, Stage
from riskplug.report import render_brief
from riskplug.rules import RuleSet, evaluate
from riskplug.setup import profiles_of, rules_of
from riskplug.stages import Stages
from riskplug.state import State, open_state
from riskplug.state.records import write_record
from riskplug.state.snapshots import Snapshot, accepted_rows, newest_of, read_snapshot, write_snapshot
from riskplug.tables import TABLES
from riskplug.trace import trace
from riskplug.validate import validate
from riskplug.workspace import Workspace

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Options:
    """How this scan differs from the nightly one."""

    business_date: date | None = None
    dry_run: bool = False
    deliver: bool = True
