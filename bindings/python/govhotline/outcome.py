"""What became of a request, and the base of query results."""
from __future__ import annotations

import dataclasses
from typing import ClassVar

from . import events
from .errors import GovhotlineError


class Item:
    """An item of a query result; CONVERT names the function that makes dicts of the C list."""

    CONVERT: ClassVar[str] = ''


@dataclasses.dataclass(frozen=True)
class Outcome:
    """`status` is 0 or a GHL_E* code; `id` is what was made: a call, a recording; 0 for nothing."""

    status: int
    id: int
    sip_status: int
    q850: int
    text: str

    @classmethod
    def of(cls, event: events.Event) -> 'Outcome':
        """From a completion."""
        return cls(event.number('status'), event.call or event.number('recording'), event.number('sip_status'),
                   event.number('q850'), event.text('text'))

    def checked(self) -> 'Outcome':
        """Itself, or GovhotlineError when it failed."""
        if self.status < 0:
            raise GovhotlineError(self.status, self.text, self.sip_status, self.q850)
        return self
