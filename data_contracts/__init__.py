"""What each agency agreed to send, and the local area that receives it."""

from data_contracts.contract import load
from data_contracts.local_area import load_local_area
from data_contracts.mistakes import Mistakes

__all__ = ["Mistakes", "load", "load_local_area"]
