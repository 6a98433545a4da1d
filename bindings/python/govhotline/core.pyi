# The C API under its own names; see govhotline/*.h. Functions return the status, followed by what they made.
from typing import Any

def __getattr__(name: str) -> Any: ...
