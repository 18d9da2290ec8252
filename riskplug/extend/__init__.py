"""The door for plugins: mark hook implementations with ``hookimpl``, give classes that satisfy ``protocols``."""

from riskplug.extend.hookspecs import API_VERSION, ExpectationSpec, hookimpl

__all__ = ["API_VERSION", "ExpectationSpec", "hookimpl"]
