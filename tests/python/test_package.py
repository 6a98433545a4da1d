"""The Python package over a real hotline on loopback: sessions, requests, events, lists; no phone is needed."""
import asyncio
import dataclasses
import os
import pathlib
import re
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import govhotline
from govhotline import AsyncSession, GovhotlineError, Hotline, core, events, records

YAML = '''
site: {name: test, time_zone: Asia/Shanghai}
sip: {listen: ["udp:127.0.0.1:0"], realm: test}
media: {address: 127.0.0.1}
limits: {disk_reserve: 1MiB, disk_alarm: 2MiB}
trunks:
  city: {sources: [127.0.0.1], options: 0s}
groups:
  front: {display: Front}
accounts:
  "1001": {password: secret-1001}
  "1002": {password: secret-1002}
agents:
  "1001": {display: Anna, group: front, skills: [water]}
  "1002": {display: Boris, group: front, skills: [water]}
queues:
  water: {skill: water}
routes:
  - {called: "12345", to: "queue:water"}
principals:
  watcher: {roles: [reader]}
'''


class Case(unittest.TestCase):
    """A hotline of its own for each case."""

    def setUp(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.yaml = pathlib.Path(self.folder.name, 'hotline.yaml')
        self.yaml.write_text(YAML)
        self.hotline = Hotline(str(self.yaml), engine=True)
        self.hotline.start()

    def tearDown(self) -> None:
        self.hotline.close()
        self.folder.cleanup()

    def test_lists_hold_what_is_configured(self) -> None:
        session = self.hotline.session()
        self.assertEqual([a.name for a in session.agents()], ['1001', '1002'])
        self.assertEqual([q.name for q in session.queues()], ['water'])
        self.assertEqual(session.calls(), [])
        self.assertEqual(session.recordings(), [])
        self.assertTrue(session.status().engine)
        self.assertEqual(session.principal, 'owner')
        session.close()

    def test_a_request_that_fails_raises_with_its_code(self) -> None:
        session = self.hotline.session()
        with self.assertRaises(GovhotlineError) as caught:
            session.call_clear(core.GHL_ID_CALL << 57 | 1)
        self.assertEqual(caught.exception.code, core.GHL_ENOENT)
        with self.assertRaises(GovhotlineError) as caught:
            session.agent_login('9999')
        self.assertEqual(caught.exception.code, core.GHL_ENOENT)
        session.close()

    def test_a_reader_may_look_and_not_touch(self) -> None:
        owner = self.hotline.session()
        reader = owner.open_as('watcher')
        self.assertEqual(len(reader.agents()), 2)
        with self.assertRaises(GovhotlineError) as caught:
            reader.agent_login('1001')
        self.assertEqual(caught.exception.code, core.GHL_EPERM)
        reader.close()
        owner.close()

    def test_states_arrive_as_events_in_their_order(self) -> None:
        async def run() -> list:
            seen = []
            async with AsyncSession.open(self.hotline) as session:
                monitor = session.monitor('event=agent_state')
                await session.agent_login('1001')
                await session.agent_state('1001', core.GHL_AGENT_READY)
                await session.agent_state('1001', core.GHL_AGENT_NOT_READY, 'lunch')
                async for event in monitor:
                    seen.append((event.text('agent'), event.text('state'), event.text('reason')))
                    self.assertIsInstance(event, events.BY_TYPE[core.GHL_EV_AGENT_STATE])
                    if event.text('reason') == 'lunch':
                        return seen
            return seen
        seen = asyncio.run(asyncio.wait_for(run(), 20))
        self.assertEqual(seen[-1], ('1001', 'not_ready', 'lunch'))
        self.assertEqual([reason for _, _, reason in seen], ['login', 'lost', 'lunch'], 'no phone is there to be ready at')

    def commits(self) -> int:
        """How many transactions the store has seen: the newer of LMDB's two meta pages tells."""
        data = pathlib.Path(self.hotline.folder, 'data.mdb').read_bytes()[:8192]
        magic = {struct.unpack_from('<I', data, page + 16)[0] for page in (0, 4096)}
        self.assertEqual(magic, {0xBEEFC0DE})
        return max(struct.unpack_from('<Q', data, page + 144)[0] for page in (0, 4096))

    def test_64_requests_are_awaited_together_and_share_commits(self) -> None:
        async def run() -> None:
            async with AsyncSession.open(self.hotline) as session:
                await session.agent_login('1001')
                before, facts = self.commits(), session.status().facts
                states = [core.GHL_AGENT_READY, core.GHL_AGENT_NOT_READY] * 32
                done = await asyncio.gather(*(session.agent_state('1001', s, 'x') for s in states))
                self.assertEqual(len(done), 64)
                self.assertGreaterEqual(session.status().facts - facts, 64, 'each is a fact of its own')
                self.assertLessEqual(self.commits() - before, 16)
        asyncio.run(asyncio.wait_for(run(), 30))

    def test_a_wrong_argument_is_named(self) -> None:
        session = self.hotline.session()
        for code, text, call in ((core.GHL_EINVAL, 'conn: ', lambda: session.conn_clear(1)),
                                 (core.GHL_EINVAL, 'until_us: not after', lambda: session.report_calls(2, 1)),
                                 (core.GHL_ENOENT, 'no trunk of the configuration', lambda: session.call_make('1001', '13900000001')),
                                 (core.GHL_ESTATE, 'owner is no agent', lambda: session.call_dial('13900000001'))):
            with self.assertRaises(GovhotlineError) as caught:
                call()
            self.assertEqual(caught.exception.code, code)
            self.assertIn(text, str(caught.exception))
        session.close()

    def test_recordings_of_a_hotline_that_was_not_started_are_refused(self) -> None:
        other = tempfile.TemporaryDirectory()
        path = pathlib.Path(other.name, 'hotline.yaml')
        path.write_text(YAML)
        hotline = Hotline(str(path))
        session = hotline.session()
        with self.assertRaises(GovhotlineError) as caught:
            session.recordings()
        self.assertEqual(caught.exception.code, core.GHL_ESTATE)
        session.close()
        hotline.close()
        other.cleanup()

    def test_closing_ends_what_is_awaited(self) -> None:
        async def run() -> None:
            session = AsyncSession.open(self.hotline)
            monitor = session.monitor('event=established')
            asyncio.get_running_loop().call_later(0.05, session.close)
            self.assertEqual([e async for e in monitor], [])
        asyncio.run(asyncio.wait_for(run(), 20))

    def test_ctrl_c_ends_a_wait(self) -> None:
        session = self.hotline.session()
        session.monitor_start('event=established')
        threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
        begun = time.monotonic()
        with self.assertRaises(KeyboardInterrupt):
            session.event(timeout_s=60)
        self.assertLess(time.monotonic() - begun, 50)
        session.close()

    def test_a_broken_configuration_names_its_place(self) -> None:
        broken = pathlib.Path(self.folder.name, 'broken.yaml')
        broken.write_text(YAML.replace('queue:water', 'queue:watr'))
        with self.assertRaises(GovhotlineError) as caught:
            Hotline(str(broken))
        self.assertRegex(str(caught.exception), r'broken\.yaml:\d+:\d+: .*"watr"')
        self.assertIn('"water"', str(caught.exception))


class Package(unittest.TestCase):
    """The package against the headers."""

    def test_every_event_type_has_a_class(self) -> None:
        header = pathlib.Path(os.environ['GHL_INCLUDE'], 'govhotline', 'event.h').read_text()
        numbers = [int(n) for n in re.findall(r'\bGHL_EV_\w+\s*=\s*(\d+)', header) if int(n)]
        self.assertEqual(sorted(events.BY_TYPE), sorted(numbers))

    def test_results_have_every_member_of_their_struct(self) -> None:
        header = pathlib.Path(os.environ['GHL_INCLUDE'], 'govhotline', 'agent.h').read_text()
        body = re.search(r'struct ghl_agent_info \{(.*?)\n\};', header, re.S)
        assert body
        names = re.findall(r'(\w+);', re.sub(r'/\*.*?\*/', '', body.group(1), flags=re.S))
        self.assertEqual([f.name for f in dataclasses.fields(records.Agent)], [n for n in names if n != 'size'])

    def test_mypy_strict_finds_nothing(self) -> None:
        package = pathlib.Path(govhotline.__file__).parent
        run = subprocess.run([sys.executable, '-m', 'mypy', '--strict', '--cache-dir', os.devnull, str(package)],
                             capture_output=True, text=True, check=False)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)


if __name__ == '__main__':
    unittest.main(verbosity=2)
