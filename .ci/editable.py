"""Build hook: an editable install reads plugins and rules where they are, so it gets no copies of them.

Copies would do harm: pytest takes the modules that a distribution with a pytest plugin has installed for its own, and
without riskplug's in the list it takes the folder `_plugins/email` for Python's module `email`.
"""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Editable(BuildHookInterface):  # type: ignore[type-arg]
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":  # an empty mapping would mean what the wheel has
            build_data["force_include_editable"] = {"README.md": "riskplug/_plugins/README.md"}
