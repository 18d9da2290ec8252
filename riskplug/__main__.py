"""`python -m riskplug`."""

from riskplug.cli import main

main()
