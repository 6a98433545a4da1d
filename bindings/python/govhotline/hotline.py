"""A hotline and sessions on it, for programs that wait. Ctrl-C ends every wait: it is a poll(2) on the session's event descriptor."""
from __future__ import annotations

import select
import time
from collections import deque
from typing import Any, Callable, Deque, Dict, List, Optional, Sequence, Type, TypeVar

from . import core, events
from .errors import GovhotlineError, check
from .records import Agent, Call, Item, Outcome, Queue, Recording, ReportAgents, ReportCalls, ReportNow, Status

T = TypeVar('T', bound=Item)


def version() -> str:
    """The version of the library that runs."""
    text: str = core.ghl_version()
    return text


class Hotline:
    """An opened hotline: `with Hotline('hotline.yaml', engine=True) as h:` starts and stops it."""

    def __init__(self, path: str, engine: bool = False) -> None:
        code, handle, why = core.ghl_hotline_open(path, core.GHL_OPEN_ENGINE if engine else core.GHL_OPEN_STORE)
        check(code, why)
        self._handle: Optional[Any] = handle

    @property
    def handle(self) -> Any:
        """The C pointer."""
        if self._handle is None:
            raise GovhotlineError(core.GHL_ECLOSED)
        return self._handle

    def start(self) -> None:
        """Start the library's threads; with the engine, take calls."""
        code, why = core.ghl_hotline_start(self.handle)
        check(code, why)

    def stop(self) -> None:
        """End all calls and the threads."""
        check(core.ghl_hotline_stop(self.handle))

    def close(self) -> None:
        """Stop where it runs, and free everything. Twice does no harm."""
        if self._handle is not None:
            core.ghl_hotline_close(self._handle)
            self._handle = None

    @property
    def folder(self) -> str:
        """Where the store lies."""
        text: str = core.ghl_hotline_dir(self.handle)
        return text

    def session(self) -> 'Session':
        """A session as the owner."""
        code, handle = core.ghl_session_open_local(self.handle)
        check(code)
        return Session(handle)

    def __enter__(self) -> 'Hotline':
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Requests:
    """Every change as a function that asks for it and returns its request; shared by the waiting and the asyncio session."""

    def __init__(self, handle: Any) -> None:
        self._handle: Optional[Any] = handle

    @property
    def handle(self) -> Any:
        """The C pointer."""
        if self._handle is None:
            raise GovhotlineError(core.GHL_ECLOSED)
        return self._handle

    def close(self) -> None:
        """Close the session; calls go on. Twice does no harm."""
        if self._handle is not None:
            core.ghl_session_close(self._handle)
            self._handle = None

    @property
    def principal(self) -> str:
        """Who acts."""
        text: str = core.ghl_session_principal(self.handle)
        return text

    def _open_as(self, principal: str) -> Any:
        code, handle = core.ghl_session_open_as(self.handle, principal)
        check(code)
        return handle

    def _list(self, kind: Type[T], query: Callable[[], Any]) -> List[T]:
        code, items = query()
        check(code)
        try:
            return [kind(**item) for item in getattr(core, kind.CONVERT)(items)]
        finally:
            core.ghl_list_free(items)

    def status(self) -> Status:
        """One screen's worth of figures."""
        code, figures = core.status(self.handle)
        check(code)
        return Status(**figures)

    def calls(self, live: bool = False, from_us: int = 0, until_us: int = 0, number: str = '', queue: str = '', agent: str = '',
              newest_first: bool = False) -> List[Call]:
        """Calls that are up now, or past ones; all pages of them."""
        return self._pages(Call, lambda cursor: core.call_list(self.handle, live, from_us, until_us, number, queue, agent,
                                                               newest_first, cursor))

    def recordings(self, since: str = '', until: str = '', call: int = 0) -> List[Recording]:
        """Recordings by serial in [since, until); all pages of them."""
        return self._pages(Recording, lambda cursor: core.record_list(self.handle, since, until, call, cursor))

    def _pages(self, kind: Type[T], query: Callable[[str], Any]) -> List[T]:
        found: List[T] = []
        cursor = ''
        while True:
            code, items = query(cursor)
            check(code)
            try:
                found += [kind(**item) for item in getattr(core, kind.CONVERT)(items)]
                cursor = core.ghl_list_cursor(items)
            finally:
                core.ghl_list_free(items)
            if not cursor:
                return found

    def agents(self) -> List[Agent]:
        """Every agent as it is now."""
        return self._pages(Agent, lambda cursor: core.ghl_agent_list(self.handle, None, cursor or None))

    def queues(self) -> List[Queue]:
        """Every queue as it is now."""
        return self._pages(Queue, lambda cursor: core.ghl_acd_queue_list(self.handle, None, cursor or None))

    def report_calls(self, from_us: int, until_us: int, by: int = 0, interval: int = 0, basis: int = 0, name: str = '',
                     total: bool = False) -> List[ReportCalls]:
        """Figures of calls by all, queue, agent, seat, group or trunk (GHL_REPORT_BY_*); blanks are GHL_REPORT_BLANK."""
        return self._pages(ReportCalls, lambda cursor: core.report(self.handle, 'calls', by, interval, basis, from_us, until_us, name,
                                                                   total, cursor))

    def report_agents(self, from_us: int, until_us: int, by: int = 2, interval: int = 0, name: str = '',
                      total: bool = False) -> List[ReportAgents]:
        """Agents' time and calls in intervals."""
        return self._pages(ReportAgents, lambda cursor: core.report(self.handle, 'agents', by, interval, 0, from_us, until_us, name,
                                                                    total, cursor))

    def report_now(self) -> List[ReportNow]:
        """Each queue's day so far, and the site's."""
        return self._list(ReportNow, lambda: core.ghl_report_now(self.handle))

    def agent(self, name: str) -> int:
        """The id of an agent by its number."""
        code, agent = core.ghl_agent_find(self.handle, name)
        check(code)
        found: int = agent
        return found

    def monitor_start(self, filter_text: str = '', snapshot: bool = False) -> int:
        """Start telling what matches a filter (see govhotline/event.h); returns the monitor."""
        if snapshot:
            code, monitor = core.ghl_monitor_snapshot(self.handle, filter_text)
        else:
            code, monitor = core.monitor_from_now(self.handle, filter_text)
        check(code)
        made: int = monitor
        return made

    def monitor_stop(self, monitor: int) -> None:
        """Stop a monitor."""
        check(core.ghl_monitor_stop(self.handle, monitor))

    def _ask(self, answer: Sequence[int]) -> int:
        check(answer[0])
        return answer[1]

    def _ask_call_make(self, account: str, called: str, ring_ms: int = 0) -> int:
        return self._ask(core.call_make(self.handle, account, called, ring_ms))

    def _ask_call_dial(self, called: str, ring_ms: int = 0) -> int:
        return self._ask(core.call_dial(self.handle, called, ring_ms))

    def _ask_call_clear(self, call: int) -> int:
        return self._ask(core.ghl_call_clear(self.handle, call))

    def _ask_conn_clear(self, conn: int) -> int:
        return self._ask(core.ghl_call_conn_clear(self.handle, conn))

    def _ask_call_answer(self, call: int) -> int:
        return self._ask(core.ghl_call_answer(self.handle, call))

    def _ask_call_data_set(self, call: int, key: str, value: str) -> int:
        return self._ask(core.ghl_call_data_set(self.handle, call, key, value))

    def _ask_agent_login(self, agent: str, seat: str = '') -> int:
        return self._ask(core.ghl_agent_login(self.handle, self.agent(agent), seat or None))

    def _ask_agent_state(self, agent: str, state: int, reason: str = '') -> int:
        return self._ask(core.ghl_agent_state_set(self.handle, self.agent(agent), state, reason or None))


class Session(Requests):
    """A session whose functions wait for their outcome."""

    def __init__(self, handle: Any) -> None:
        super().__init__(handle)
        self._events: Deque[events.Event] = deque()
        self._outcomes: Dict[int, Outcome] = {}

    def open_as(self, principal: str) -> 'Session':
        """A session of another principal; needs the right session.impersonate."""
        return Session(self._open_as(principal))

    def _pull(self, deadline: Optional[float]) -> bool:
        """Take one event of the library in; False when the time has passed."""
        while True:
            code, raw = core.ghl_event_next(self.handle)
            check(code)
            if code == 1:
                break
            poll = select.poll()
            poll.register(check(core.ghl_event_fd(self.handle)), select.POLLIN)
            left = None if deadline is None else max(0, int((deadline - time.monotonic()) * 1000) + 1)
            if not poll.poll(left) and deadline is not None and time.monotonic() >= deadline:
                return False
        event = events.take(raw)
        if event.type == core.GHL_EV_COMPLETED:
            self._outcomes[event.number('request')] = Outcome.of(event)
        else:
            self._events.append(event)
        return True

    def wait(self, request: int, timeout_s: Optional[float] = None) -> Outcome:
        """The outcome of a request; raises when it failed or the time has passed."""
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        while request not in self._outcomes:
            if not self._pull(deadline):
                raise GovhotlineError(core.GHL_ETIMEDOUT)
        return self._outcomes.pop(request).checked()

    def event(self, timeout_s: Optional[float] = None) -> Optional[events.Event]:
        """The next event of the monitors, or None when the time has passed."""
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        while not self._events:
            if not self._pull(deadline):
                return None
        return self._events.popleft()

    def call_make(self, account: str, called: str, ring_ms: int = 0) -> Outcome:
        """Ring a phone, then the number, and join them (CSTA Make Call)."""
        return self.wait(self._ask_call_make(account, called, ring_ms))

    def call_dial(self, called: str, ring_ms: int = 0) -> Outcome:
        """The same from this session's own phone."""
        return self.wait(self._ask_call_dial(called, ring_ms))

    def call_clear(self, call: int) -> Outcome:
        """End a call (CSTA Clear Call)."""
        return self.wait(self._ask_call_clear(call))

    def conn_clear(self, conn: int) -> Outcome:
        """End one party's part in a call (CSTA Clear Connection)."""
        return self.wait(self._ask_conn_clear(conn))

    def call_data_set(self, call: int, key: str, value: str) -> Outcome:
        """Bind a text to a call; it travels with it."""
        return self.wait(self._ask_call_data_set(call, key, value))

    def agent_login(self, agent: str, seat: str = '') -> Outcome:
        """Log an agent on at a phone, its own where none is named."""
        return self.wait(self._ask_agent_login(agent, seat))

    def agent_state(self, agent: str, state: int, reason: str = '') -> Outcome:
        """Make an agent ready, not ready, or log it off."""
        return self.wait(self._ask_agent_state(agent, state, reason))
