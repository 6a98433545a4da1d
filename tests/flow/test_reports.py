#!/usr/bin/python3
"""Every figure of `report calls` and `report queues` counted once more, naively, from `call list --json`, on random days with and
without a change of the clock.

usage: test_reports.py GOVHOTLINE
"""
import csv
import datetime
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import unittest
import zoneinfo

COMMAND = os.path.abspath(sys.argv[1])
SEED = int(os.environ.get('GHL_TEST_SEED', '20261123'))
ZONE = zoneinfo.ZoneInfo('Europe/Berlin')
US = 1000000
QUARTER = 900 * US
SHORT_ABANDON_MS = 5000
COLUMNS = ['id', 'started_at', 'direction', 'calling', 'called', 'trunk', 'queue', 'agent', 'group', 'seat', 'offered_at', 'answered_at',
           'ended_at', 'wait_s', 'ring_s', 'talk_s', 'hold_s', 'acw_s', 'threshold_s', 'disposition']
PERSON = ('agent', 'seat', 'group')
COUNTS = ('calls', 'answered', 'abandoned', 'abandoned_short', 'outflow', 'dequeued', 'inflow', 'blocked', 'accepted', 'accepted_15s',
          'abandoned_in_time', 'passed', 'answered_wait_ms', 'abandoned_wait_ms', 'left_wait_ms', 'ring_ms', 'talk_ms', 'hold_ms', 'acw_ms',
          'duration_ms', 'waiting_ms', 'max_wait_ms', 'max_waiting')


def instant(at_us):
    return datetime.datetime.fromtimestamp(at_us / US, datetime.timezone.utc).strftime('%Y-%m-%dT%H:%M:%SZ') if at_us else ''


def random_call(rng, number, first_us, span_us):
    """A row of an older system: what a call may be, at random."""
    start = first_us + rng.randrange(span_us // US) * US
    row = dict.fromkeys(COLUMNS, '')
    row.update(id=f'c{number}', direction=rng.choice(['inbound'] * 9 + ['outbound']), calling=f'+4930{rng.randrange(99)}', called='12345',
               trunk=rng.choice(['north', 'south']), started_at=instant(start))
    kind = rng.choice(['answered'] * 5 + ['abandoned', 'abandoned', 'outflow', 'dequeued', 'dialogue', 'refused'])
    wait = rng.choice([0, 3, 5, 6, 14, 15, 16, 20, 21, rng.randrange(4000)])
    offered = start + rng.randrange(90) * US
    row['disposition'] = kind
    if kind in ('dialogue', 'refused'):
        row['ended_at'] = instant(start + rng.randrange(600) * US)
        return row
    row.update(queue=rng.choice(['water', 'tax', 'roads']), offered_at=instant(offered), wait_s=wait,
               threshold_s=rng.choice([15, 20, 20, 20]))
    left = offered + wait * US
    if kind != 'answered':
        row['ended_at'] = instant(left)
        return row
    talk, hold = rng.randrange(1500), rng.randrange(60)
    agent = rng.randrange(5)
    row.update(agent=f'{1001 + agent}', group='hall' if agent < 3 else 'desk', seat=f's{rng.randrange(4)}', answered_at=instant(left),
               ring_s=min(wait, rng.randrange(9)), talk_s=f'{talk}.{rng.randrange(1000):03d}', hold_s=hold, acw_s=rng.randrange(90),
               ended_at=instant(left + (talk + hold + 1) * US))
    return row


def interval_of(at_us, kind):
    """Where the interval begins that holds this instant, by the calendar on the wall."""
    offset_us = int(datetime.datetime.fromtimestamp(at_us // US, ZONE).utcoffset().total_seconds()) * US
    if kind in ('15m', '30m', '60m'):
        length = int(kind[:-1]) * 60 * US
        return (at_us + offset_us) // length * length - offset_us
    day = datetime.datetime.fromtimestamp(at_us // US, ZONE).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    if kind == 'week':
        day -= datetime.timedelta(days=day.weekday())
    if kind == 'month':
        day = day.replace(day=1)
    return int(day.replace(tzinfo=ZONE).timestamp()) * US


def names_of(call, by):
    """The rows a call belongs to by that dimension."""
    counted = call['queue'] and call['disposition'] in ('answered', 'abandoned', 'outflow', 'dequeued')
    if by == 'all':
        return ['']
    if by == 'trunk':
        return [call['trunk']]
    if by == 'queue':
        return [call['queue']] if counted else []
    return [call[by]] if counted and call['disposition'] == 'answered' and call[by] else []


def add(row, call, by):
    kind, wait = call['disposition'], call['wait_ms']
    row['calls'] += 1
    if by in ('all', 'trunk'):
        row['duration_ms'] += (call['ended_at_us'] - call['started_at_us']) // 1000
    if kind == 'refused':
        row['blocked'] += 1
    if not call['queue']:
        return
    if kind == 'answered':
        row['answered'] += 1
        row['accepted'] += wait <= call['threshold_ms']
        row['accepted_15s'] += wait <= 15000
        row['answered_wait_ms'] += wait
        for name in ('ring_ms', 'talk_ms', 'hold_ms', 'acw_ms'):
            row[name] += call[name]
    elif kind == 'abandoned':
        row['abandoned'] += 1
        row['abandoned_short'] += wait <= SHORT_ABANDON_MS
        row['abandoned_in_time'] += wait <= call['threshold_ms']
        row['abandoned_wait_ms'] += wait
    elif kind in ('outflow', 'dequeued'):
        row[kind] += 1
        row['passed'] += wait > call['threshold_ms']
        row['left_wait_ms'] += wait
    if kind in ('answered', 'abandoned'):
        row['max_wait_ms'] = max(row['max_wait_ms'], wait)
    if by == 'queue':
        row['thresholds'].add(call['threshold_ms'])


def recount(calls, by, interval, basis):
    rows = {}

    def row_at(at_us, name):
        key = ('total' if interval == 'total' else interval_of(at_us, interval), name)
        return rows.setdefault(key, dict.fromkeys(COUNTS, 0) | {'thresholds': set()})

    for call in calls:
        if call['direction'] != 'inbound':
            continue
        came = call['started_at_us'] if by in ('all', 'trunk') else call['offered_at_us']
        for name in names_of(call, by):
            add(row_at(came if basis == 'arrival' else call['ended_at_us'], name), call, by)
        if basis == 'arrival' and by in ('all', 'queue'):
            for name in names_of(call, 'queue'):
                at, until = call['offered_at_us'], call['offered_at_us'] + call['wait_ms'] * 1000
                row_at(at, name if by == 'queue' else '')
                while at < until:
                    edge = min(until, at // QUARTER * QUARTER + QUARTER)
                    row_at(at, name if by == 'queue' else '')['waiting_ms'] += (edge - at) // 1000
                    at = edge
    return rows


def ratio(over, under, scale=1):
    return (over * scale * 2 + under) // (under * 2) if under > 0 else None


def derived(row, by, basis, length_ms):
    """The figures made of sums, by metrics of BCMS, Cisco and Asterisk."""
    answered, abandoned, accepted, early = (row[n] for n in ('answered', 'abandoned', 'accepted', 'abandoned_in_time'))
    offered = answered + abandoned + row['outflow'] + row['dequeued']
    events = answered + abandoned + row['passed']
    lost = 0 if by in PERSON else abandoned
    gauge = basis == 'arrival' and by in ('all', 'queue')
    return {
        'offered': offered, 'lost': lost, 'threshold_ms': max(row['thresholds'], default=0), 'threshold_changed': len(row['thresholds']) > 1,
        'asa_ms': ratio(row['answered_wait_ms'], answered),
        'mean_wait_ms': ratio(row['answered_wait_ms'] + row['abandoned_wait_ms'], answered + abandoned),
        'avg_talk_ms': ratio(row['talk_ms'], answered), 'avg_talk_hold_ms': ratio(row['talk_ms'] + row['hold_ms'], answered),
        'avg_acw_ms': ratio(row['acw_ms'], answered), 'avg_abandon_ms': ratio(row['abandoned_wait_ms'], abandoned),
        'aht_ms': ratio(row['talk_ms'] + row['hold_ms'] + row['acw_ms'], answered),
        'mean_waiting_milli': ratio(row['waiting_ms'], length_ms, 1000) if gauge else None,
        'answer_rate': ratio(answered, offered, 10000), 'loss_rate': ratio(lost, offered, 10000),
        'blocking_rate': ratio(row['blocked'], row['calls'], 10000) if by in ('all', 'trunk') else None,
        'in_time_rate': ratio(row['accepted_15s'], answered, 10000), 'sl_bcms': ratio(accepted, offered, 10000),
        'sl_ignore': ratio(accepted, events - early, 10000), 'sl_negative': ratio(accepted, events, 10000),
        'sl_positive': ratio(accepted + early, events, 10000), 'sl_perf': ratio(accepted, answered, 10000),
        'sl_perf2': ratio(accepted + early, answered + abandoned, 10000)}


class Reports(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='ghl-reports-'))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        (self.folder / 'hotline.yaml').write_text(f'site: {{time_zone: {ZONE.key}}}\n', encoding='utf-8')

    def run_command(self, *words):
        env = {k: v for k, v in os.environ.items() if not k.startswith('GOVHOTLINE')}
        done = subprocess.run([COMMAND, *words], capture_output=True, text=True, cwd=self.folder, env=env, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def history(self, rng, first_us, days, count):
        with open(self.folder / 'history.csv', 'w', encoding='utf-8', newline='') as file:
            table = csv.DictWriter(file, COLUMNS)
            table.writeheader()
            for number in range(count):
                table.writerow(random_call(rng, number, first_us, (days * 86400 - 7200) * US))
        self.run_command('call', 'import', 'history.csv')
        calls = json.loads(self.run_command('call', 'list', '--json'))
        self.assertEqual(len(calls), count)
        return calls

    def compare(self, calls, words, by, interval, basis, span):
        rows = json.loads(self.run_command('report', *words, '--interval', interval, '--basis', basis, '--from', span[0], '--until', span[1],
                                           '--json'))
        naive = recount(calls, by, interval, basis)
        self.assertEqual(len(rows), len(naive), (by, interval, basis))
        for row in rows:
            key = ('total' if interval == 'total' else row['from_us'], row['name'])
            want = naive[key]
            want |= derived(want, by, basis, (row['until_us'] - row['from_us']) // 1000)
            if by in PERSON:
                want['calls'] = want['offered']
            for name in want.keys() - {'thresholds'}:
                self.assertEqual(row[name], want[name], (by, interval, basis, key, name))
        return len(rows)

    def check_days(self, first, last, seed):
        rng = random.Random(seed)
        begin = datetime.datetime.fromisoformat(first).replace(tzinfo=ZONE)
        end = datetime.datetime.fromisoformat(last).replace(tzinfo=ZONE)
        days = (end.date() - begin.date()).days
        calls = self.history(rng, int(begin.timestamp()) * US, days, 400)
        seen = 0
        for interval in ('15m', '30m', '60m', 'day', 'week', 'month', 'total'):
            for basis in ('end', 'arrival'):
                seen += self.compare(calls, ['queues'], 'queue', interval, basis, (first, last))
                for by in ('all', 'queue', 'agent', 'seat', 'group', 'trunk'):
                    seen += self.compare(calls, ['calls', '--by', by], by, interval, basis, (first, last))
        self.assertGreater(seen, 2000)
        self.run_command('db', 'check')

    def test_of_days_when_the_clock_goes_back(self):
        self.check_days('2026-10-24', '2026-10-27', SEED)

    def test_of_days_when_the_clock_goes_forward(self):
        self.check_days('2026-03-28', '2026-03-31', SEED + 1)

    def test_of_days_over_the_end_of_a_year(self):
        self.check_days('2025-12-30', '2026-01-02', SEED + 2)


if __name__ == '__main__':
    print('seed', SEED)
    unittest.main(argv=sys.argv[:1])
