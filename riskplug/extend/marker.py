"""What marks a hook implementation, and the number of the interface that it is written for."""

import pluggy

PROJECT = "riskplug"
API_VERSION = 1
hookimpl = pluggy.HookimplMarker(PROJECT)
