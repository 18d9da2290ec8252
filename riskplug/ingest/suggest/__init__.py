"""`riskplug inspect --suggest`: proposes a profile for exports nobody has declared yet, with its doubts.

Declare, never guess: what values prove is written down, what they leave open is a comment with its evidence. A
suggestion has no side effects and is nothing until a person has saved it.
"""

from riskplug.ingest.suggest.draft import Doubt
from riskplug.ingest.suggest.suggestion import Suggestion, suggest_profile

__all__ = ["Doubt", "Suggestion", "suggest_profile"]
