"""Events as dataclasses: one a type, made from the library's own table of types, so that none is missing."""
from __future__ import annotations

import dataclasses
from typing import Dict, Tuple, Type, Union

from . import core

Value = Union[str, int]


@dataclasses.dataclass(frozen=True)
class Event:
    """What happened. `fields` holds the texts and numbers by name; `position` is (fact, epoch, live) to resume from."""

    type: int
    name: str
    at_us: int
    monitor: int
    position: Tuple[int, int, int]
    fields: Dict[str, Value]

    def text(self, field: str) -> str:
        """A text field; '' where it is absent."""
        return str(self.fields.get(field, ''))

    def number(self, field: str) -> int:
        """A number or id; 0 where it is absent."""
        value = self.fields.get(field, 0)
        return value if isinstance(value, int) else 0

    @property
    def call(self) -> int:
        """The id of the call it is about, or 0."""
        return self.number('call')


def _classes() -> Dict[int, Type[Event]]:
    made: Dict[int, Type[Event]] = {}
    for symbol in dir(core):
        if symbol.startswith('GHL_EV_') and symbol != 'GHL_EV_NONE':
            name = ''.join(word.capitalize() for word in symbol[len('GHL_EV_'):].split('_'))
            made[getattr(core, symbol)] = dataclasses.dataclass(frozen=True)(
                type(name, (Event,), {'__doc__': f'{symbol}, see govhotline/event.h.', '__module__': __name__}))
    return made


BY_TYPE = _classes()
globals().update({cls.__name__: cls for cls in BY_TYPE.values()})


def take(raw: object) -> Event:
    """The event as a dataclass; the C event is freed."""
    try:
        kind: int = core.ghl_event_type(raw)
        cls = BY_TYPE.get(kind, Event)
        return cls(kind, core.ghl_event_type_name(kind), core.ghl_event_at_us(raw), core.ghl_event_monitor(raw),
                   core.event_position(raw), core.event_dict(raw))
    finally:
        core.ghl_event_free(raw)
