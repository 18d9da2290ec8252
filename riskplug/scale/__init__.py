"""Where the heavy work of a scan runs: here, or on workers of Dask. Same code, same order, same bits."""

from riskplug.scale.choosing import check_scale, engine_of, said_of
from riskplug.scale.engine import LOCAL, Engine, Local

__all__ = ["LOCAL", "Engine", "Local", "check_scale", "engine_of", "said_of"]
