#!/usr/bin/python3
"""The command, run as people run it: a folder, a configuration, and what comes out on standard output, standard error and as status.

usage: test_command.py GOVHOTLINE SOURCE_ROOT
"""
import csv
import io
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest

COMMAND = os.path.abspath(sys.argv[1])
ROOT = pathlib.Path(sys.argv[2])


class Case(unittest.TestCase):
    """A folder of its own with the example's configuration and dialogue."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='ghl-command-'))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        for name in ('hotline.yaml', 'main.vxml'):
            shutil.copy(ROOT / 'examples' / 'hotline' / name, self.folder)

    def run_command(self, *words, text='', **environment):
        env = {k: v for k, v in os.environ.items() if not k.startswith('GOVHOTLINE')}
        env.update(environment)
        return subprocess.run([COMMAND, *words], input=text, capture_output=True, text=True, cwd=self.folder, env=env,
                              timeout=60, check=False)

    def good(self, *words, **more):
        done = self.run_command(*words, **more)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done

    def bad(self, status, *words, **more):
        done = self.run_command(*words, **more)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        self.assertTrue(done.stderr, 'a refusal says why')
        return done


class CommandLine(Case):
    def test_help_is_data_and_complaints_are_not(self):
        done = self.good('--help')
        self.assertIn('config check', done.stdout)
        self.assertEqual(done.stderr, '')
        self.assertEqual(self.bad(2).stdout, '')

    def test_every_command_has_help_and_changes_nothing_by_it(self):
        listed = [line[2:20].strip() for line in self.good('--help').stdout.splitlines() if line.startswith('  ') and line[2] != ' '
                  and not line.startswith('  -')]
        self.assertGreater(len(listed), 5)
        before = sorted(self.folder.iterdir())
        for name in listed:
            done = self.good(*name.split(), '--help')
            self.assertIn('usage: govhotline ' + name, done.stdout)
        self.assertEqual(sorted(self.folder.iterdir()), before)

    def test_the_man_page_names_every_command_and_status(self):
        page = (ROOT / 'docs' / 'man' / 'govhotline.1').read_text(encoding='utf-8')
        for line in self.good('--help').stdout.splitlines():
            if line.startswith('  ') and line[2] not in ' -':
                name = line[2:20].strip()
                self.assertTrue(name == 'demo' or '.It Cm ' + name in page, name)
        for status in range(6):
            self.assertIn(f'.It {status}\n', page)

    def test_the_nearest_command_and_option_are_proposed(self):
        self.assertIn('"config check"?', self.bad(2, 'config', 'chek').stderr)
        self.assertIn('--secrets?', self.bad(2, 'config', 'show', '--secret').stderr)
        self.assertIn('no command "zebra"', self.bad(2, 'zebra').stderr)

    def test_missing_and_surplus_operands_are_wrong_usage(self):
        self.assertIn('lacks an operand', self.bad(2, 'db', 'backup').stderr)
        self.assertIn('one operand too many', self.bad(2, 'db', 'backup', 'a', 'b').stderr)
        self.assertIn('needs a value', self.bad(2, 'config', 'check', '-C').stderr)

    def test_help_is_a_word_too(self):
        self.assertEqual(self.good('help').stdout, self.good('--help').stdout)
        self.assertEqual(self.good('help', 'call', 'list').stdout, self.good('call', 'list', '--help').stdout)
        self.assertIn('govhotline call clear', self.good('help', 'call').stdout)
        self.assertIn('"call list"?', self.bad(2, 'help', 'cal', 'list').stderr)

    def test_two_formats_exclude_each_other(self):
        self.assertIn('--json and --csv', self.bad(2, 'config', 'show', '--json', '--csv').stderr)
        self.assertIn('Markdown only', self.bad(2, 'config', 'reference', '--json').stderr)

    def test_no_colour_where_there_is_no_terminal(self):
        self.assertNotIn('\033', self.run_command('doctor').stdout)

    def test_the_configuration_is_found_by_option_environment_and_folder(self):
        (self.folder / 'other.yaml').write_text('site: {name: other}\n')
        self.assertIn('name: "12345"', self.good('config', 'show').stdout)
        self.assertIn('name: "other"', self.good('-C', 'other.yaml', 'config', 'show').stdout)
        self.assertIn('name: "other"', self.good('config', 'show', '--config=other.yaml').stdout)
        self.assertIn('name: "other"', self.good('config', 'show', GOVHOTLINE_CONFIG='other.yaml').stdout)
        (self.folder / 'hotline.yaml').unlink()
        self.assertIn('there is no configuration', self.bad(3, 'config', 'show').stderr)


class Configuration(Case):
    def test_the_example_is_in_order(self):
        self.assertIn('in order', self.good('config', 'check').stderr)

    def test_all_mistakes_are_named_with_their_places(self):
        (self.folder / 'hotline.yaml').write_text('queues:\n  water: {ring: 3}\nroutes:\n  - {to: "queue:watr"}\n')
        done = self.bad(3, 'config', 'check')
        self.assertIn('hotline.yaml:2:17: "3" is not a duration', done.stderr)
        self.assertIn('hotline.yaml:4:10: queue "watr" is not defined; "water"?', done.stderr)
        done = self.run_command('config', 'check', '--json')
        self.assertEqual([(m['line'], m['column']) for m in json.loads(done.stdout)], [(2, 17), (4, 10)])

    def test_the_dialogues_are_held_against_the_configuration(self):
        (self.folder / 'main.vxml').write_text(
            '<vxml version="2.1" xmlns="http://www.w3.org/2001/vxml">\n<form>\n  <transfer name="a" dest="queue:watr"/>\n'
            '<transfer name="b" dest="agent:1O01"/><transfer name="c" dest="queue:tax"/></form>\n</vxml>\n')
        (self.folder / 'late.vxml').write_text('<vxml version="2.1" xmlns="http://www.w3.org/2001/vxml">\n<form><blok/></form>\n</vxml>\n')
        path = self.folder / 'hotline.yaml'
        path.write_text(path.read_text(encoding='utf-8').replace('dialogues:\n', 'dialogues:\n  late: {file: late.vxml}\n'), encoding='utf-8')
        said = self.bad(3, 'config', 'check').stderr
        self.assertIn('main.vxml:3:3: queue "watr" is not defined; "water"?', said)
        self.assertIn('main.vxml:4:1: agent "1O01" is not defined; "1001"?', said)
        self.assertIn('late.vxml:2:7: element <blok>', said)
        found = json.loads(self.run_command('config', 'check', '--json').stdout)
        self.assertEqual([(m['line'], m['column']) for m in found][:2], [(2, 7), (3, 3)])
        self.assertIn('late.vxml:2:7', self.bad(3, 'serve').stderr)

    def test_what_is_effective_reads_back_to_the_same(self):
        first = self.good('config', 'show', '--secrets').stdout
        (self.folder / 'again.yaml').write_text(first)
        self.assertEqual(self.good('-C', 'again.yaml', 'config', 'show', '--secrets').stdout, first)
        self.assertNotIn('ha1', self.good('config', 'show').stdout)

    def test_what_is_effective_is_json_and_csv_too(self):
        text = self.good('config', 'show', '--json', '--secrets').stdout
        shown = json.loads(text)
        self.assertEqual((shown['queues']['water']['max_wait'], shown['media']['port_min']), ('5min', 20000))
        (self.folder / 'again.yaml').write_text(text)  # JSON is YAML, and so a configuration
        self.assertEqual(self.good('-C', 'again.yaml', 'config', 'show', '--secrets').stdout, self.good('config', 'show', '--secrets').stdout)
        rows = {r['setting']: r['value'] for r in csv.DictReader(io.StringIO(self.good('config', 'show', '--csv').stdout))}
        self.assertEqual((rows['queues.water.max_wait'], rows['sip.listen.0'], rows['routes.0.to']),
                         ('5min', 'udp:127.0.0.1:5060', 'dialogue:main'))
        self.assertNotIn('accounts.1001.password', rows)
        self.assertEqual(self.bad(3, '-C', 'nowhere.yaml', 'config', 'show', '--csv').stdout, '')

    def test_mistakes_are_rows_of_csv_too(self):
        (self.folder / 'hotline.yaml').write_text('queues:\n  water: {ring: 3}\n')
        done = self.run_command('config', 'check', '--csv')
        self.assertEqual(done.returncode, 3)
        self.assertEqual([(r['line'], r['column']) for r in csv.DictReader(io.StringIO(done.stdout))], [('2', '17')])

    def test_the_reference_page_is_what_the_command_writes(self):
        page = (ROOT / 'docs' / 'configuration.md').read_text(encoding='utf-8')
        self.assertEqual(self.good('config', 'reference').stdout, page, 'run: govhotline config reference > docs/configuration.md')

    def test_a_file_that_is_not_there_is_not_found(self):
        self.assertIn('nowhere.yaml', self.bad(3, 'config', 'check', 'nowhere.yaml').stderr)


class Dialogue(Case):
    def test_a_dialogue_runs_with_typed_keys(self):
        done = self.good('ivr', 'run', 'main.vxml', text='1\n')
        self.assertIn('queue:water', done.stdout)

    def test_the_protocol_is_one_json_object_a_line(self):
        done = self.good('ivr', 'run', 'main.vxml', '--jsonl', text='{"dtmf":"3"}\n')
        events = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertIn('queue:housing', [e.get('dest') for e in events if e['event'] == 'transfer'])

    def test_a_document_with_mistakes_is_refused_with_their_lines(self):
        (self.folder / 'bad.vxml').write_text('<vxml version="2.1" xmlns="http://www.w3.org/2001/vxml">\n<form><blok/></form>\n</vxml>\n')
        self.assertIn('bad.vxml:2', self.bad(3, 'ivr', 'check', 'bad.vxml').stderr)
        self.bad(3, 'ivr', 'run', 'bad.vxml')
        self.bad(3, 'ivr', 'check', 'nowhere.vxml')
        self.good('ivr', 'check', 'main.vxml')


HISTORY = """id,started_at,calling,called,trunk,queue,agent,group,seat,offered_at,answered_at,ended_at,acw_s
a1,2026-11-20T09:00:05,+8613800000001,12345,carrier,water,1001,hall,1001,2026-11-20T09:00:10,2026-11-20T09:00:22,2026-11-20T09:02:22,30
a2,2026-11-20T09:01:00,,12345,carrier,water,,,,2026-11-20T09:01:10,,2026-11-20T09:01:40,
"a""3",2026-11-20T01:16:00Z,+8613800000003,12345,carrier,,,,,,,2026-11-20T09:16:30,
"""


class Store(Case):
    def rows(self, *words):
        return json.loads(self.good(*words, '--json').stdout)

    def put(self, name, text):
        (self.folder / name).write_text(text, encoding='utf-8')

    def test_without_a_store_there_is_nothing_to_look_at(self):
        for verb in ('stat', 'check'):
            self.assertIn('no store', self.bad(3, 'db', verb).stderr)
        for words in (('call', 'list'), ('call', 'show', 'call-1'), ('record', 'list'), ('record', 'verify', '--all'), ('report', 'calls'),
                      ('db', 'upgrade')):
            self.assertIn('there is no store', self.bad(3, *words).stderr)
        self.assertFalse((self.folder / 'var').exists(), 'who looks makes nothing')

    def test_facts_are_shown_as_the_principal_may_see_them(self):
        path = self.folder / 'hotline.yaml'
        path.write_text(path.read_text(encoding='utf-8') + '\nprincipals: {auditor: {roles: [reader]}}\n', encoding='utf-8')
        self.put('h.csv', HISTORY)
        self.good('call', 'import', 'h.csv')
        self.assertEqual(len(self.rows('call', 'list', '--as', 'auditor')), 3)
        self.assertEqual(len(self.rows('call', 'list', '--as', 'agent:1001')), 1)
        self.assertIn('has not the right "call.import"', self.bad(5, 'call', 'import', 'h.csv', '--as', 'auditor').stderr)
        self.assertIn('there is no principal "nobody"', self.bad(3, 'call', 'list', '--as', 'nobody').stderr)

    def test_an_upgrade_of_a_store_of_this_version_changes_nothing(self):
        self.put('h.csv', HISTORY)
        self.good('call', 'import', 'h.csv')
        before = self.good('call', 'list', '--json').stdout
        self.assertIn("has this version's format", self.good('db', 'upgrade').stderr)
        self.assertEqual(self.good('call', 'list', '--json').stdout, before)

    def test_history_is_imported_once(self):
        self.put('h.csv', HISTORY)
        self.assertEqual(self.rows('call', 'import', 'h.csv', '--dry-run'), {'rows': 3, 'imported': 0, 'known': 0, 'mistakes': 0})
        self.assertEqual(self.rows('call', 'list'), [])
        self.assertEqual(self.rows('call', 'import', 'h.csv', '--source', 'old')['imported'], 3)
        again = self.rows('call', 'import', 'h.csv', '--source', 'old')
        self.assertEqual((again['imported'], again['known']), (0, 3))
        calls = self.rows('call', 'list')
        self.assertEqual([c['disposition'] for c in calls], ['answered', 'abandoned', 'dialogue'])
        self.assertEqual([(c['wait_ms'], c['talk_ms']) for c in calls], [(12000, 120000), (30000, 0), (0, 0)])
        self.assertEqual(calls[2]['started_at_us'], 1795137360000000)
        self.assertEqual({c['source'] for c in calls}, {'old'})

    def test_every_bad_row_is_named_and_nothing_is_kept(self):
        self.put('bad.csv', 'id,started_at,queue,ended_at,wait_s\n'
                 'x1,yesterday,water,2026-11-20T09:00:00,abc\n'
                 'x2,2026-11-20T09:00:00,water,2026-11-20T08:00:00,1\n'
                 'x3,2026-11-20T09:00:00,water,2026-11-20T09:00:00\n'
                 'x4,2026-11-20T09:00:00,water,2026-11-20T09:01:00,1.5\n'
                 'x4,2026-11-20T09:00:00,water,2026-11-20T09:01:00,1.5\n')
        said = self.bad(3, 'call', 'import', 'bad.csv').stderr
        for place in ('bad.csv:2:2: ', 'bad.csv:2:5: ', 'bad.csv:3: ', 'bad.csv:4: ', 'bad.csv:6: '):
            self.assertIn(place, said)
        self.assertNotIn('bad.csv:5', said)
        self.assertEqual(self.rows('call', 'list'), [])
        self.put('head.csv', 'id,started,ended_at\n')
        said = self.bad(3, 'call', 'import', 'head.csv').stderr
        self.assertIn('there is no column "started"', said)
        self.assertIn('column "started_at" is missing', said)

    def test_calls_are_picked_by_what_is_asked(self):
        self.put('h.csv', HISTORY)
        self.good('call', 'import', 'h.csv')
        self.assertEqual(len(self.rows('call', 'list', '--queue', 'water')), 2)
        self.assertEqual(len(self.rows('call', 'list', '--disposition', 'abandoned')), 1)
        self.assertEqual(len(self.rows('call', 'list', '--number', '+8613800000003')), 1)
        self.assertEqual(len(self.rows('call', 'list', '--from', '2026-11-20T09:01', '--until', '2026-11-20T09:02')), 1)
        newest = self.rows('call', 'list', '--newest', '--limit', '1')
        self.assertEqual([c['calling'] for c in newest], ['+8613800000003'])
        self.assertIn('+8613800000003', self.good('call', 'show', newest[0]['call']).stdout)
        self.bad(3, 'call', 'show', 'call-999999')
        self.bad(2, 'call', 'show', 'zebra')
        self.bad(2, 'call', 'list', '--disposition', 'anwsered')

    def test_a_report_can_be_recounted_from_the_calls(self):
        self.put('h.csv', HISTORY)
        self.good('call', 'import', 'h.csv')
        calls = self.rows('call', 'list')
        water = [c for c in calls if c['queue'] == 'water']
        answered = [c for c in water if c['disposition'] == 'answered']
        report = self.rows('report', 'queues', '--from', '2026-11-20', '--interval', 'day')
        self.assertEqual(len(report), 1)
        self.assertEqual(report[0]['offered'], len(water))
        self.assertEqual(report[0]['asa_ms'], sum(c['wait_ms'] for c in answered) // len(answered))
        self.assertEqual(report[0]['talk_ms'], sum(c['talk_ms'] for c in water))
        self.assertEqual(report[0]['max_wait_ms'], max(c['wait_ms'] for c in water))
        total = self.rows('report', 'calls', '--from', '2026-11-20', '--interval', 'total')
        self.assertEqual(total[0]['calls'], len(calls))
        rows = list(csv.DictReader(io.StringIO(self.good('report', 'calls', '--from', '2026-11-20', '--csv').stdout)))
        self.assertEqual([r['interval'] for r in rows], ['2026-11-20 09:00', '2026-11-20 09:15'])
        self.assertEqual(rows[1]['asa_ms'], '', 'an empty denominator prints nothing')

    def test_a_backup_is_whole_and_comes_back(self):
        self.put('h.csv', HISTORY)
        self.good('call', 'import', 'h.csv')
        calls = self.good('call', 'list', '--json').stdout
        self.good('db', 'backup', 'kept')
        self.assertEqual(self.rows('db', 'stat')['calls'], 3)
        self.good('db', 'check')
        self.bad(1, 'db', 'restore', 'kept')
        shutil.rmtree(self.folder / 'var' / 'store')
        self.good('db', 'restore', 'kept')
        self.assertEqual(self.good('call', 'list', '--json').stdout, calls)
        self.good('db', 'upgrade')

    def test_a_table_is_aligned_also_for_wide_letters(self):
        self.put('h.csv', 'id,started_at,ended_at,calling,queue\n1,2026-11-20T09:00:00,2026-11-20T09:00:09,+861,水务\n'
                 '2,2026-11-20T09:00:01,2026-11-20T09:00:09,+862,water\n')
        self.good('call', 'import', 'h.csv')
        lines = self.good('call', 'list').stdout.splitlines()
        wide = lambda text: sum(2 if ord(c) > 0x2e80 else 1 for c in text)
        self.assertEqual(wide(lines[1][:lines[1].index('abandoned')]), wide(lines[2][:lines[2].index('abandoned')]))


class Serving(Case):
    """A running hotline on ports of the system's choice."""

    def setUp(self):
        super().setUp()
        path = self.folder / 'hotline.yaml'
        path.write_text(self.configure(path.read_text(encoding='utf-8').replace('127.0.0.1:5060', '127.0.0.1:0')), encoding='utf-8')
        self.server = subprocess.Popen([COMMAND, 'serve'], cwd=self.folder, stderr=subprocess.PIPE, text=True)
        self.addCleanup(self.end)
        self.said = []
        for line in self.server.stderr:
            self.said.append(line)
            if 'ready' in line:
                return
        self.fail(''.join(self.said))

    def configure(self, text):
        """What a class changes of the example."""
        return text

    def end(self):
        if self.server.poll() is None:
            self.server.kill()
        self.server.wait(timeout=30)
        self.server.stderr.close()

    def agent(self, name):
        return [a for a in json.loads(self.good('agent', 'list', '--json').stdout) if a['name'] == name][0]


class Live(Serving):
    """What it answers while it runs."""

    def test_it_ends_cleanly_when_asked_and_then_nobody_answers(self):
        self.good('status')
        self.server.terminate()
        self.assertEqual(self.server.wait(timeout=30), 0)
        self.assertIn('no hotline runs', self.bad(4, 'status').stderr)
        self.good('db', 'check')

    def test_a_second_one_is_refused(self):
        self.bad(1, 'serve')

    def test_status_shows_queues_and_agents(self):
        status = json.loads(self.good('status', '--json').stdout)
        self.assertEqual(status['calls'], 0)
        self.assertEqual([q['name'] for q in status['queues']], ['housing', 'tax', 'water'])
        self.assertEqual(len(status['agents']), 5)
        self.assertNotIn('\033', self.good('status').stdout)

    def test_an_agent_goes_through_its_states(self):
        self.assertEqual(self.agent('1001')['state'], 'logged_off')
        self.bad(1, 'agent', 'ready', '1001')
        self.good('agent', 'login', '1001')
        said = self.good('agent', 'ready', '1001').stderr
        self.assertIn('phone "1001" is not registered: agent "1001" is ready as soon as it is', said)
        self.assertEqual((self.agent('1001')['state'], self.agent('1001')['reason']), ('not_ready', 'lost'))
        self.good('agent', 'not-ready', '1001', '--reason', 'meal')
        self.assertEqual((self.agent('1001')['state'], self.agent('1001')['reason']), ('not_ready', 'meal'))
        self.good('agent', 'logout', '1001')
        self.assertEqual(self.agent('1001')['state'], 'logged_off')
        self.assertIn('no agent "9999"', self.bad(3, 'agent', 'ready', '9999').stderr)

    def test_a_principal_may_only_what_its_role_may(self):
        self.bad(3, '--as', 'nobody', 'agent', 'list')
        path = self.folder / 'hotline.yaml'
        path.write_text(path.read_text(encoding='utf-8') + '\nprincipals: {auditor: {roles: [reader]}}\n', encoding='utf-8')
        self.good('config', 'apply')
        self.good('--as', 'auditor', 'agent', 'list')
        self.bad(5, '--as', 'auditor', 'agent', 'login', '1001')
        self.assertEqual(self.agent('1001')['state'], 'logged_off')

    def test_a_wrong_configuration_is_not_applied_and_a_right_one_is(self):
        path = self.folder / 'hotline.yaml'
        good = path.read_text(encoding='utf-8')
        path.write_text(good.replace('skill: tax', 'skill: taxi'), encoding='utf-8')
        self.assertIn('no agent has the skill "taxi"', self.bad(3, 'config', 'apply').stderr)
        path.write_text(good.replace('  housing:\n', '  parks: {}\n  housing:\n', 1), encoding='utf-8')
        self.good('config', 'apply')
        self.assertIn('parks', self.good('queue', 'list').stdout)
        path.write_text(good.replace('realm: govhotline', 'realm: other'), encoding='utf-8')
        self.assertIn('sip.realm', self.bad(1, 'config', 'apply').stderr)

    def test_events_are_told_in_their_order(self):
        self.good('agent', 'login', '1002')
        self.good('agent', 'ready', '1002')
        done = self.good('event', 'tail', '--resume', '0', '--filter', 'kind=fact', '--count', '3', '--json')
        events = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual([e['event'] for e in events], ['engine_started', 'agent_logged_on', 'agent_span'])

    def snapshot(self, *words):
        done = self.good('event', 'tail', '--snapshot', '--json', *words)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def test_a_snapshot_tells_what_stands_and_then_its_end(self):
        self.good('agent', 'login', '1002')
        told = self.snapshot('--count', '10')
        self.assertEqual([e['event'] for e in told], ['snap_trunk'] + ['snap_queue'] * 3 + ['snap_agent'] * 5 + ['snap_end'])
        self.assertEqual((told[0]['trunk'], told[0]['state']), ('loopback', 'unknown'))
        self.assertEqual({e['queue']: (e['waiting'], e['ready']) for e in told[1:4]}, {q: (0, 0) for q in ('water', 'tax', 'housing')})
        self.assertEqual([(e['agent'], e['state']) for e in told[4:9] if e['state'] != 'logged_off'], [('1002', 'not_ready')])
        told = self.snapshot('--count', '2', '--filter', 'agent=1002')
        self.assertEqual([e['event'] for e in told], ['snap_agent', 'snap_end'])
        told = self.snapshot('--count', '2', '--as', 'agent:1003', '--filter', 'agent=1*')
        self.assertEqual(told[0]['agent'], '1003', 'an agent sees itself')

    def test_events_are_rows_of_csv_too(self):
        self.good('agent', 'login', '1002')
        done = self.good('event', 'tail', '--resume', '0', '--filter', 'kind=fact', '--count', '2', '--csv')
        rows = list(csv.DictReader(io.StringIO(done.stdout)))
        self.assertEqual([(r['event'], r['agent']) for r in rows], [('engine_started', ''), ('agent_logged_on', '1002')])
        self.assertEqual(json.loads(rows[1]['whole'])['seat'], '1002')

    def test_a_refusal_says_what_it_is_about(self):
        self.assertIn('"call-9": there is no such', self.bad(3, 'call', 'clear', 'call-9').stderr)
        self.assertIn('agent "1001" is logged_off', self.bad(1, 'agent', 'ready', '1001').stderr)
        self.good('agent', 'login', '1001')
        self.assertIn('agent "1001" is logged on at "1001"', self.bad(1, 'agent', 'login', '1001').stderr)
        self.assertIn('agent "1001" sits at "1001"', self.bad(1, 'agent', 'login', '1002', '--seat', '1001').stderr)
        self.assertIn('"quene" is no name', self.bad(2, 'event', 'tail', '--filter', 'quene=a').stderr)

    def test_a_reader_that_has_enough_is_no_failure_to_talk_about(self):
        for words in (('agent', 'list'), ('config', 'show'), ('event', 'tail', '--snapshot'), ('status', '--json')):
            read, write = os.pipe()
            os.close(read)
            done = subprocess.run([COMMAND, *words], stdout=write, stderr=subprocess.PIPE, text=True, cwd=self.folder, timeout=60, check=False)
            os.close(write)
            self.assertEqual((done.returncode, done.stderr), (1, ''), words)

    def on_terminal(self, *words, **environment):
        env = {k: v for k, v in os.environ.items() if not k.startswith('GOVHOTLINE') and k != 'NO_COLOR'}
        env.update(environment)
        done = subprocess.run(['script', '-qec', ' '.join([COMMAND, *words]), '/dev/null'], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, cwd=self.folder, env=env, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stdout)
        return done.stdout

    def test_colour_is_for_terminals_that_want_it(self):
        self.assertIn('\033[1m', self.on_terminal('agent', 'list'))
        self.assertNotIn('\033', self.on_terminal('agent', 'list', NO_COLOR='1'))
        self.assertNotIn('\033', self.on_terminal('agent', 'list', '--json'))

    def test_history_is_seen_by_the_running_hotline(self):
        (self.folder / 'h.csv').write_text(HISTORY, encoding='utf-8')
        self.good('call', 'import', 'h.csv')
        self.assertEqual(len(json.loads(self.good('call', 'list', '--json').stdout)), 3)
        self.assertEqual(json.loads(self.good('call', 'list', '--live', '--json').stdout), [])
        self.bad(3, 'call', 'clear', 'call-1')

    def test_a_backup_can_be_taken_while_it_runs(self):
        self.good('db', 'backup', 'kept')
        self.good('db', 'check')


PHONE = '''poll_method epoll
sip_listen 127.0.0.1:{listen}
audio_player aubridge,phone
audio_source aubridge,phone
audio_alert aubridge,alert
net_interface 127.0.0.1
module_path /usr/lib/baresip/modules
module g711.so
module aubridge.so
module_tmp account.so
module_app menu.so
'''


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


@unittest.skipUnless(shutil.which('sipp') and shutil.which('baresip'), 'needs sipp and baresip')
class Dial(Serving):
    """A carrier behind the trunk "out" that answers (sipp), and the phone 1001 (baresip)."""

    def configure(self, text):
        self.carrier_port = free_port()
        return text.replace('trunks:\n', f'trunks:\n  out: {{proxy: "sip:127.0.0.1:{self.carrier_port}"}}\n', 1)

    def background(self, *words, **more):
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **more)
        self.addCleanup(process.wait, 30)
        self.addCleanup(process.kill)
        return process

    def phone(self):
        sip_port = json.loads(self.good('status', '--json').stdout)['sip_ports'][0]
        folder = self.folder / 'phone'
        folder.mkdir()
        (folder / 'config').write_text(PHONE.format(listen=free_port()))
        (folder / 'accounts').write_text(f'<sip:1001@127.0.0.1:{sip_port}>;auth_pass=phone-1001;regint=60;answermode=auto\n')
        (folder / 'contacts').write_text('')
        self.background('baresip', '-f', str(folder))
        self.until(lambda: json.loads(self.good('status', '--json').stdout)['phones_registered'] == 1)

    def until(self, true):
        end = time.monotonic() + 30
        while not true():
            self.assertLess(time.monotonic(), end)
            self.good('event', 'tail', '--count', '1', '--snapshot')  # a moment's worth of waiting

    def live(self):
        return json.loads(self.good('call', 'list', '--live', '--json').stdout)

    def test_an_agent_is_ready_when_its_phone_is_there(self):
        self.good('agent', 'login', '1001')
        self.good('agent', 'ready', '1001')
        self.phone()
        self.until(lambda: self.agent('1001')['state'] == 'ready')
        self.good('agent', 'not-ready', '1001')
        self.assertEqual(self.good('agent', 'ready', '1001').stderr, '')
        self.assertEqual(self.agent('1001')['state'], 'ready')

    def test_it_says_why_it_cannot(self):
        said = self.bad(3, 'dial', '13900000001', '--from', '1001').stderr
        self.assertIn('phone "1001" is not registered', said)
        self.assertIn('no trunk "lin" leads out', self.bad(3, 'dial', '13900000001', '--from', '1001', '--trunk', 'lin').stderr)
        self.assertIn('owner is no agent', self.bad(1, 'dial', '13900000001').stderr)
        self.assertIn('agent "1001" is logged_off', self.bad(1, 'dial', '13900000001', '--as', 'agent:1001').stderr)
        self.phone()
        self.assertIn('called: "bob" is no number', self.bad(2, 'dial', 'bob', '--from', '1001').stderr)
        self.assertIn('called: the dial rules do not let out 110', self.bad(5, 'dial', '110', '--from', '1001').stderr)
        self.assertEqual(self.live(), [])

    def test_it_rings_the_phone_and_then_the_number(self):
        self.background('sipp', '-sn', 'uas', '-i', '127.0.0.1', '-p', str(self.carrier_port), '-nostdin', cwd=self.folder)
        self.phone()
        for words in (('--from', '1001'), ('--as', 'agent:1001')):
            if words[0] == '--as':
                self.good('agent', 'login', '1001')
            call = json.loads(self.good('dial', '13900000001', *words, '--json').stdout)['call']
            self.until(lambda: [c['state'] for c in self.live()] == ['established'])
            told = self.good('event', 'tail', '--snapshot', '--count', '2', '--filter', 'call=call-* trunk=out', '--json').stdout
            self.assertEqual([json.loads(told.splitlines()[0])[k] for k in ('event', 'call', 'state', 'trunk')],
                             ['snap_call', call, 'established', 'out'])
            self.assertIn('phone "1001" is in a call', self.bad(1, 'dial', '13900000001', '--from', '1001').stderr)
            self.good('call', 'clear', call)
            self.until(lambda: self.live() == [])
            kept = json.loads(self.good('call', 'show', call, '--json').stdout)
            self.assertEqual((kept['direction'], kept['disposition'], kept['called'], kept['trunk']),
                             ('outbound', 'answered', '+8613900000001', 'out'))


class Doctor(Case):
    def test_findings_are_rows(self):
        found = json.loads(self.run_command('doctor', '--json').stdout)
        self.assertLessEqual({'configuration', 'SIP port', 'store', 'descriptors', 'clock', 'codecs'}, {f['what'] for f in found})
        rows = list(csv.DictReader(io.StringIO(self.run_command('doctor', '--csv').stdout)))
        self.assertEqual([r['what'] for r in rows], [f['what'] for f in found])

    def test_a_wrong_configuration_is_a_finding(self):
        (self.folder / 'hotline.yaml').write_text('sit: {}\n')
        done = self.run_command('doctor')
        self.assertEqual(done.returncode, 1)
        self.assertIn('there is no setting "sit"', done.stdout)

    def test_a_silent_trunk_is_a_finding(self):
        (self.folder / 'hotline.yaml').write_text('trunks: {carrier: {proxy: "sip:127.0.0.1:9"}}\n')
        found = json.loads(self.run_command('doctor', '--json').stdout)
        self.assertIn('no answer', [f['text'] for f in found if f['what'] == 'trunk'][0])


if __name__ == '__main__':
    unittest.main(argv=[sys.argv[0], '-v', *sys.argv[3:]])
