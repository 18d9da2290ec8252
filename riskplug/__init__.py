"""riskplug: nightly scan of ERP data for critical-mineral and rare-earth procurement risk."""

__version__ = "0.1.0"
__all__ = ["__version__"]
