"""asyncio: events as async iterators fed by the event descriptor, requests awaited with neither a thread nor a blocked loop."""
from __future__ import annotations

import asyncio
from typing import Any, AsyncIterator, Dict, Optional

from . import core, events
from .errors import GovhotlineError, check
from .hotline import Hotline, Requests
from .records import Outcome


class Monitor:
    """What a filter matches, from its start on: `async for event in monitor:`."""

    def __init__(self, session: 'AsyncSession', number: int) -> None:
        self.number = number
        self._session = session
        self._queue: 'asyncio.Queue[Optional[events.Event]]' = asyncio.Queue()

    def put(self, event: Optional[events.Event]) -> None:
        """Called by the session; None ends the iteration."""
        self._queue.put_nowait(event)

    def stop(self) -> None:
        """Stop telling; what is queued can still be read."""
        self._session.forget(self)

    def __aiter__(self) -> AsyncIterator[events.Event]:
        return self

    async def __anext__(self) -> events.Event:
        event = await self._queue.get()
        if event is None:
            raise StopAsyncIteration
        return event


class AsyncSession(Requests):
    """A session on the running asyncio loop: `async with AsyncSession.open(hotline) as s: await s.call_clear(call)`."""

    def __init__(self, handle: Any) -> None:
        super().__init__(handle)
        self._loop = asyncio.get_running_loop()
        self._fd: int = check(core.ghl_event_fd(handle))
        self._waiting: Dict[int, 'asyncio.Future[Outcome]'] = {}
        self._early: Dict[int, Outcome] = {}
        self._monitors: Dict[int, Monitor] = {}
        self._loop.add_reader(self._fd, self._drain)

    @classmethod
    def open(cls, hotline: Hotline) -> 'AsyncSession':
        """A session as the owner."""
        code, handle = core.ghl_session_open_local(hotline.handle)
        check(code)
        return cls(handle)

    def open_as(self, principal: str) -> 'AsyncSession':
        """A session of another principal; needs the right session.impersonate."""
        return AsyncSession(self._open_as(principal))

    async def __aenter__(self) -> 'AsyncSession':
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the session: what is awaited fails with GHL_ECLOSED, monitors end."""
        if self._handle is None:
            return
        self._loop.remove_reader(self._fd)
        super().close()
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(GovhotlineError(core.GHL_ECLOSED))
        self._waiting.clear()
        for monitor in self._monitors.values():
            monitor.put(None)
        self._monitors.clear()

    def _drain(self) -> None:
        while self._handle is not None:
            code, raw = core.ghl_event_next(self._handle)
            if code != 1:
                return
            self._take(events.take(raw))

    def _take(self, event: events.Event) -> None:
        if event.type == core.GHL_EV_COMPLETED:
            outcome = Outcome.of(event)
            future = self._waiting.pop(event.number('request'), None)
            if future is None:
                self._early[event.number('request')] = outcome
            elif not future.done():
                future.set_result(outcome)
        elif event.monitor in self._monitors:
            self._monitors[event.monitor].put(event)

    async def wait(self, request: int) -> Outcome:
        """The outcome of a request; raises GovhotlineError when it failed."""
        if request in self._early:
            return self._early.pop(request).checked()
        future: 'asyncio.Future[Outcome]' = self._loop.create_future()
        self._waiting[request] = future
        return (await future).checked()

    def monitor(self, filter_text: str = '', snapshot: bool = False) -> Monitor:
        """Start a monitor; iterate over it."""
        monitor = Monitor(self, self.monitor_start(filter_text, snapshot))
        self._monitors[monitor.number] = monitor
        return monitor

    def forget(self, monitor: Monitor) -> None:
        """Stop a monitor and end its iteration."""
        if self._monitors.pop(monitor.number, None) is not None:
            self._drain()
            self.monitor_stop(monitor.number)
            monitor.put(None)

    async def call_make(self, account: str, called: str, ring_ms: int = 0) -> Outcome:
        """Ring a phone, then the number, and join them (CSTA Make Call)."""
        return await self.wait(self._ask_call_make(account, called, ring_ms))

    async def call_dial(self, called: str, ring_ms: int = 0) -> Outcome:
        """The same from this session's own phone."""
        return await self.wait(self._ask_call_dial(called, ring_ms))

    async def call_clear(self, call: int) -> Outcome:
        """End a call (CSTA Clear Call)."""
        return await self.wait(self._ask_call_clear(call))

    async def conn_clear(self, conn: int) -> Outcome:
        """End one party's part in a call (CSTA Clear Connection)."""
        return await self.wait(self._ask_conn_clear(conn))

    async def call_data_set(self, call: int, key: str, value: str) -> Outcome:
        """Bind a text to a call; it travels with it."""
        return await self.wait(self._ask_call_data_set(call, key, value))

    async def agent_login(self, agent: str, seat: str = '') -> Outcome:
        """Log an agent on at a phone, its own where none is named."""
        return await self.wait(self._ask_agent_login(agent, seat))

    async def agent_state(self, agent: str, state: int, reason: str = '') -> Outcome:
        """Make an agent ready, not ready, or log it off."""
        return await self.wait(self._ask_agent_state(agent, state, reason))
