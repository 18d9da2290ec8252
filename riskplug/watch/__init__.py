"""Who watches the watcher: metrics, a ping, lineage and a log of every scan, none of which can change its result."""

from riskplug.watch.watched import run_watched

__all__ = ["run_watched"]
