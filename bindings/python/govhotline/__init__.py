"""Government hotline: calls, queues, dialogues, recordings, records. The C API underneath is govhotline.core."""
from .aio import AsyncSession, Monitor
from .errors import GovhotlineError
from .events import Event
from .hotline import Hotline, Session, version
from .records import Agent, Call, Outcome, Queue, Recording, Status

__all__ = [
    'Agent', 'AsyncSession', 'Call', 'Event', 'GovhotlineError', 'Hotline', 'Monitor', 'Outcome', 'Queue', 'Recording', 'Session',
    'Status', 'version',
]
