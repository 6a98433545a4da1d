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
import subprocess
import sys
import tempfile
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

    def test_the_nearest_command_and_option_are_proposed(self):
        self.assertIn('"config check"?', self.bad(2, 'config', 'chek').stderr)
        self.assertIn('--secrets?', self.bad(2, 'config', 'show', '--secret').stderr)
        self.assertIn('no command "zebra"', self.bad(2, 'zebra').stderr)

    def test_missing_and_surplus_operands_are_wrong_usage(self):
        self.assertIn('lacks an operand', self.bad(2, 'db', 'backup').stderr)
        self.assertIn('one operand too many', self.bad(2, 'db', 'backup', 'a', 'b').stderr)
        self.assertIn('needs a value', self.bad(2, 'config', 'check', '-C').stderr)

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

    def test_what_is_effective_reads_back_to_the_same(self):
        first = self.good('config', 'show', '--secrets').stdout
        (self.folder / 'again.yaml').write_text(first)
        self.assertEqual(self.good('-C', 'again.yaml', 'config', 'show', '--secrets').stdout, first)
        self.assertNotIn('ha1', self.good('config', 'show').stdout)

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


class Store(Case):
    def test_without_a_store_there_is_nothing_to_look_at(self):
        for verb in ('stat', 'check'):
            self.assertIn('no store', self.bad(3, 'db', verb).stderr)


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
    unittest.main(argv=[sys.argv[0], '-v'])
