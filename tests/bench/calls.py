#!/usr/bin/env python3
"""What a call costs: a real `govhotline serve` on loopback, sipp as citizens and as agents' phones, CPU time read from /proc.


usage: calls.py GOVHOTLINE [PART ..]     parts: setup menu rate overload waits memory long (default: all but long)
Every figure is printed beside its bound. What a call costs is taken at a rate that keeps a processor at work: one that sleeps between
two calls wakes slow and with cold caches, and that counts as time of the call. Exit status 1 when something that must not depend on
the speed of the machine is wrong (failed calls, memory); a figure beyond its bound is marked with `!`.
"""
import csv
import json
import os
import pathlib
import re
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time

AGENTS = 200
OVERLOAD_S = 60
SETTLED_S = 45  # a finished transaction is kept for 32 s (RFC 3261 timer J): what is kept is level by then
TICK = os.sysconf('SC_CLK_TCK')


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


sinks = []


def media_port():
    """A port that takes packets and lets them be: to one that nobody has, each packet would cost an ICMP message too."""
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    s.bind(('127.0.0.1', 0))
    sinks.append(s)
    return s.getsockname()[1]


def sdp(port):
    return ('v=0\no=- 1 1 IN IP4 127.0.0.1\ns=-\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio %d RTP/AVP 8 101\na=rtpmap:8 PCMA/8000\n'
            'a=rtpmap:101 telephone-event/8000\na=fmtp:101 0-15\n' % port)


def request(method, cseq, user, in_dialog, body='', extra='', retrans=True):
    kind = 'Content-Type: application/sdp\n' if body.startswith('v=0') else 'Content-Type: application/dtmf-relay\n' if body else ''
    tag = '[peer_tag_param]' if in_dialog else ''
    return (f'<send{" retrans=" + chr(34) + "500" + chr(34) if retrans else ""}{extra}><![CDATA[\n'
            f'{method} sip:{user}@[remote_ip]:[remote_port] SIP/2.0\nVia: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]\n'
            f'From: <sip:1380000[call_number]@[local_ip]:[local_port]>;tag=[pid]c[call_number]\nTo: <sip:{user}@[remote_ip]:[remote_port]>{tag}\n'
            f'Call-ID: [call_id]\nCSeq: {cseq} {method}\nContact: <sip:c@[local_ip]:[local_port]>\nMax-Forwards: 70\n{kind}'
            f'Content-Length: [len]\n\n{body}]]></send>\n')


def reply(status, body=''):
    kind = 'Content-Type: application/sdp\n' if body else ''
    return (f'<send><![CDATA[\nSIP/2.0 {status}\n[last_Via:]\n[last_From:]\n[last_To:];tag=[pid]a[call_number]\n[last_Call-ID:]\n[last_CSeq:]\n'
            f'Contact: <sip:a@[local_ip]:[local_port]>\n{kind}Content-Length: [len]\n\n{body}]]></send>\n')


def reply_bare(status):
    return (f'<send><![CDATA[\nSIP/2.0 {status}\n[last_Via:]\n[last_From:]\n[last_To:]\n[last_Call-ID:]\n[last_CSeq:]\n'
            'Content-Length: 0\n\n]]></send>\n')


def scenario(*parts):
    return '<?xml version="1.0" encoding="UTF-8"?>\n<scenario name="bench">\n' + ''.join(parts) + '</scenario>\n'


def citizen(number, hold_ms, port, key=''):
    info = f'Signal={key}\nDuration=100\n'
    parts = [request('INVITE', 1, number, False, sdp(port), ' start_rtd="1"'),
             '<recv response="100" optional="true"/><recv response="180" optional="true"/>',
             '<recv response="503" optional="true" rtd="1" next="refused"/>', '<recv response="200"/>',
             request('ACK', 1, number, True, retrans=False)]
    if key:
        parts += [request('INFO', 2, number, True, info), '<recv response="200"/>']
    parts += [f'<pause milliseconds="{hold_ms}"/>', request('BYE', 3, number, True), '<recv response="200"/>']
    parts += ['<nop next="end"/>', '<label id="refused"/>', request('ACK', 1, number, True, retrans=False), '<label id="end"/>']
    return scenario(*parts)


def phone(port):
    return scenario('<recv request="INVITE"/>', reply('180 Ringing'), reply('200 OK', sdp(port)), '<recv request="ACK"/>',
                    '<recv request="BYE"/>', reply_bare('200 OK'))


def waiting_citizen(number, port):
    return scenario(request('INVITE', 1, number, False, sdp(port)),
                    '<recv response="100" optional="true"/><recv response="180" optional="true"/><recv response="200"/>',
                    request('ACK', 1, number, True, retrans=False), '<recv request="BYE"/>', reply_bare('200 OK'))


def leaving_phone(port, talk_ms):
    """Answers at once, talks, and hangs up itself: RFC 3261 section 15.1.1 from the called side."""
    keep = ''.join(f'<ereg regexp="{what}" search_in="hdr" header="{header}" assign_to="{to}"/>' for what, header, to in (
        ('&lt;sip:[^&gt;]*&gt;.*', 'From:', 'peer'), ('&lt;sip:[^&gt;]*&gt;', 'To:', 'self'), ('sip:[^&gt;]*', 'Contact:', 'target')))
    bye = ('<send retrans="500"><![CDATA[\nBYE [$target] SIP/2.0\nVia: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]\n'
           'From: [$self];tag=[pid]a[call_number]\nTo: [$peer]\nCall-ID: [call_id]\nCSeq: 1 BYE\nMax-Forwards: 70\n'
           'Content-Length: 0\n\n]]></send>\n')
    return scenario(f'<recv request="INVITE"><action>{keep}</action></recv>', reply('180 Ringing'), reply('200 OK', sdp(port)),
                    '<recv request="ACK"/>', f'<pause milliseconds="{talk_ms}"/>', bye, '<recv response="200"/>')


REGISTER = scenario(
    '<send retrans="500"><![CDATA[\nREGISTER sip:[remote_ip]:[remote_port] SIP/2.0\n'
    'Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]\nFrom: <sip:[field0]@[remote_ip]>;tag=[pid]r[call_number]\n'
    'To: <sip:[field0]@[remote_ip]>\nCall-ID: [call_id]\nCSeq: 1 REGISTER\nContact: <sip:[field0]@127.0.0.1:[field2]>;expires=3600\n'
    'Max-Forwards: 70\nContent-Length: 0\n\n]]></send>\n<recv response="401" auth="true"/>\n'
    '<send retrans="500"><![CDATA[\nREGISTER sip:[remote_ip]:[remote_port] SIP/2.0\n'
    'Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]\nFrom: <sip:[field0]@[remote_ip]>;tag=[pid]r[call_number]\n'
    'To: <sip:[field0]@[remote_ip]>\nCall-ID: [call_id]\nCSeq: 2 REGISTER\nContact: <sip:[field0]@127.0.0.1:[field2]>;expires=3600\n'
    '[field1]\nMax-Forwards: 70\nContent-Length: 0\n\n]]></send>\n<recv response="200"/>\n')

DIALOGUE = '''<?xml version="1.0" encoding="UTF-8"?>
<vxml version="2.1" xmlns="http://www.w3.org/2001/vxml">
  <menu id="main"><property name="timeout" value="10s"/><prompt><audio src="prompt.wav"/></prompt>
    <choice dtmf="1" next="#all"/></menu>
  <form id="all"><transfer name="t" dest="queue:all" bridge="false"/></form>
</vxml>
'''


class Site:
    """A hotline with `agents` phones at one sipp, as a child process."""

    def __init__(self, command, agents, limit=0, talk_ms=0):
        self.command, self.dir = command, pathlib.Path(tempfile.mkdtemp(prefix='ghl-bench-'))
        folders.append(self.dir)
        self.sip, phones = free_port(), free_port()
        names = [str(1001 + i) for i in range(agents)]
        (self.dir / 'main.vxml').write_text(DIALOGUE)
        subprocess.run(['sox', '-n', '-r', '8000', '-b', '16', '-c', '1', str(self.dir / 'prompt.wav'), 'synth', '8', 'sine', '300'], check=True)
        accounts = '\n'.join(f'  "{n}": {{password: pw{n}}}' for n in names)
        seats = '\n'.join(f'  "{n}": {{group: g, skills: [a], wrapup: 0s}}' for n in names)
        self.yaml = self.dir / 'hotline.yaml'
        self.yaml.write_text(f'''
site: {{name: bench}}
paths: {{prompts: .}}
sip: {{listen: ["udp:127.0.0.1:{self.sip}"], realm: bench}}
media: {{address: 127.0.0.1, timeout: 1h}}
limits: {{max_calls: 20000, max_calls_per_s: {limit}, disk_reserve: 1MiB, disk_alarm: 2MiB}}
trunks: {{city: {{sources: [127.0.0.1], options: 0s}}}}
groups: {{g: {{display: G}}}}
accounts:
{accounts}
agents:
{seats}
queues: {{all: {{skill: a, acw: false}}}}
dialogues: {{main: {{file: main.vxml}}}}
routes:
  - {{called: "2000", to: "queue:all"}}
  - {{called: "3000", to: "dialogue:main"}}
''')
        self.serve = subprocess.Popen([command, '-C', str(self.yaml), 'serve'], stdout=subprocess.DEVNULL,
                                      stderr=(self.dir / 'serve.log').open('w'))
        self.until_up()
        # a contact is reached where its REGISTER came from: the phones register from the port they answer at
        (self.dir / 'users.csv').write_text('SEQUENTIAL\n' + ''.join(
            f'{n};[authentication username={n} password=pw{n}];{phones}\n' for n in names))
        self.sipp(REGISTER, 'register', phones, ['-inf', str(self.dir / 'users.csv'), '-m', str(agents), '-r', '100'])
        played = leaving_phone(media_port(), talk_ms) if talk_ms else phone(media_port())
        self.phones = self.sipp(played, 'phones', phones, ['-aa'], wait=False)
        self.until_bound(phones)
        for n in names:
            self.run('agent', 'login', n)
            self.run('agent', 'ready', n)

    def until_up(self):
        for _ in range(200):
            if self.serve.poll() is not None:
                sys.exit('serve ended: ' + (self.dir / 'serve.log').read_text())
            if subprocess.run([self.command, '-C', str(self.yaml), 'status', '--json'], capture_output=True, check=False).returncode == 0:
                return
            time.sleep(0.1)
        sys.exit('serve does not answer')

    @staticmethod
    def until_bound(port):
        mine = f':{port:04X} '
        for _ in range(200):
            if any(mine in line.split(':', 1)[1] for line in pathlib.Path('/proc/net/udp').read_text().splitlines()[1:]):
                return
            time.sleep(0.05)
        sys.exit('sipp does not listen')

    def answered(self):
        """Calls that an agent answered."""
        return sum(1 for c in json.loads(self.run('call', 'list', '--json')) if c['answered_at_us'] and c['agent'])

    def run(self, *args):
        done = subprocess.run([self.command, '-C', str(self.yaml), *args], capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f'govhotline {" ".join(args)}: {done.stderr}')
        return done.stdout

    def sipp(self, text, name, port, args, wait=True):
        path, stat = self.dir / f'{name}.xml', self.dir / f'{name}.csv'
        path.write_text(text)
        argv = ['sipp', '-sf', str(path), '-i', '127.0.0.1', '-p', str(port), '-nostdin', '-trace_stat', '-stf', str(stat), '-fd', '1',
                '-trace_err', '-error_file', str(self.dir / f'{name}.err'), *args, f'127.0.0.1:{self.sip}']
        p = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=(self.dir / f'{name}.log').open('w'), stderr=subprocess.STDOUT)
        return self.result(p, name) if wait else p

    def result(self, process, name):
        """Waits for a sipp and counts."""
        process.wait()
        with (self.dir / f'{name}.csv').open() as f:
            last = list(csv.DictReader(f, delimiter=';'))[-1]
        got = {k: int(last[k]) for k in ('SuccessfulCall(C)', 'FailedCall(C)', 'Retransmissions(C)', 'TotalCallCreated')}
        h, m, sec, us = (last.get('ResponseTime1(C)') or '0:0:0:0').split(':')
        got['refused after ms'] = (int(h) * 3600 + int(m) * 60 + int(sec)) * 1000 + int(us) / 1000
        return got

    @staticmethod
    def cpu_s(process):
        fields = pathlib.Path(f'/proc/{process.pid}/stat').read_text().rsplit(')', 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def memory_kib(self):
        """What the process itself holds: pages of the store's file that happen to be mapped are the system's to take back."""
        return int(re.search(r'RssAnon:\s+(\d+)', pathlib.Path(f'/proc/{self.serve.pid}/status').read_text()).group(1))

    def quiet(self):
        for _ in range(600):
            if json.loads(self.run('status', '--json'))['calls'] == 0:
                return
            time.sleep(0.1)
        sys.exit('calls are left')

    def close(self):
        for p in (self.phones, self.serve):
            p.send_signal(signal.SIGTERM)
            p.wait()


faults = []
# Kept until all parts are over: ext4 without a journal looks for minutes past inodes that were just freed, and the recordings of the
# next part would pay for those of the one before.
folders = []


def tell(name, value, unit, bound, ok=None):
    mark = '' if ok is None or ok else '  !'
    print(f'{name:44} {value:>10} {unit:8} must be {bound}{mark}', flush=True)


def must(ok, text):
    if not ok:
        faults.append(text)
        print('FAULT: ' + text, flush=True)


def idle_cost(site):
    before = site.cpu_s(site.serve)
    time.sleep(2)
    return (site.cpu_s(site.serve) - before) / 2


def cost(site, name, number, key, bound, rate, hold_ms=300, seconds=20):
    calls, base = rate * seconds, idle_cost(site)
    before, phones, begun = site.cpu_s(site.serve), site.cpu_s(site.phones), time.monotonic()
    got = site.sipp(citizen(number, hold_ms, media_port(), key), 'cost', free_port(), ['-r', str(rate), '-m', str(calls), '-l', '2000'])
    site.quiet()
    ms = (site.cpu_s(site.serve) - before - base * (time.monotonic() - begun)) / calls * 1000
    least = (site.cpu_s(site.phones) - phones) / calls * 1000
    answered = site.answered()
    must(answered == calls, f'{name}: {answered} of {calls} calls were answered by an agent')
    tell(name, f'{ms:.2f}', 'ms CPU', f'<= {bound}', ms <= bound)
    print(f'.. sipp for the agents\' legs alone, in the same run: {least:.2f} ms CPU; ratio {ms / least:.1f}')
    must(got['FailedCall(C)'] == 0, f'{name}: {got["FailedCall(C)"]} calls failed')


def part_setup(command):
    site = Site(command, AGENTS)
    cost(site, 'call bridged to an agent, no RTP, 500/s', '2000', '', 0.8, 500)
    site.close()


def part_menu(command):
    site = Site(command, 50)
    cost(site, 'through menu and queue, 50 agents, 300/s', '3000', '1', 1.2, 300, hold_ms=100)
    site.close()


def part_rate(command):
    site = Site(command, AGENTS)
    got = site.sipp(citizen('2000', 200, media_port()), 'rate', free_port(), ['-r', '500', '-m', '15000', '-l', '4000'])
    tell('500 calls/s for 30 s: failed', got['FailedCall(C)'], 'calls', '0', got['FailedCall(C)'] == 0)
    tell('500 calls/s for 30 s: retransmissions', got['Retransmissions(C)'], '', '0', got['Retransmissions(C)'] == 0)
    must(got['FailedCall(C)'] == 0, 'calls failed at 500 a second')
    site.quiet()
    must(site.answered() == 15000, f'{site.answered()} of 15000 calls were answered by an agent')
    site.close()


def part_overload(command):
    site = Site(command, AGENTS, limit=500)
    flood = site.sipp(citizen('2000', 200, media_port()), 'overload', free_port(),
                      ['-r', '1000', '-m', str(1000 * OVERLOAD_S), '-l', '4000'], wait=False)
    time.sleep(SETTLED_S)
    settled = site.memory_kib()
    got = site.result(flood, 'overload')
    grown = (site.memory_kib() / settled - 1) * 100
    site.quiet()
    calls = json.loads(site.run('call', 'list', '--json'))
    served = sum(1 for c in calls if c['answered_at_us'] and c['agent'])
    print(f'1,000 calls/s for {OVERLOAD_S} s, limit 500: {len(calls)} accepted, {1000 * OVERLOAD_S - len(calls)} refused')
    tell('.. accepted, but not served by an agent', len(calls) - served, 'calls', '0', served == len(calls))
    tell('.. neither served nor refused', got['FailedCall(C)'], 'calls', '0', got['FailedCall(C)'] == 0)
    tell('.. mean time to the 503', f'{got["refused after ms"]:.1f}', 'ms', '"at once": <= 20', got['refused after ms'] <= 20)
    tell(f'.. memory, {settled / 1024:.0f} MiB after {SETTLED_S} s, since then', f'{grown:+.0f}', '%', '<= +10', grown <= 10)
    must(len(calls) < 600 * OVERLOAD_S, 'the limit of calls a second was not kept')
    site.close()


def naive_waits_s(stays, agents):
    """First in, first out: [(arrival, talk)] in seconds -> the waits."""
    free, waits = [0.0] * agents, []
    for arrival, talk in sorted(stays):
        free.sort()
        begun = max(arrival, free[0])
        free[0] = begun + talk
        waits.append(begun - arrival)
    return waits


def part_waits(command):
    site = Site(command, 10, talk_ms=1300)
    site.sipp(waiting_citizen('2000', media_port()), 'waits', free_port(), ['-r', '50', '-m', '50'])
    site.quiet()
    calls = json.loads(site.run('call', 'list', '--json'))
    must(len(calls) == 50 and all(c['answered_at_us'] for c in calls), 'not all of 50 callers were answered')
    waits = [(c['answered_at_us'] - c['offered_at_us']) / 1e6 for c in calls]
    naive = naive_waits_s([(c['offered_at_us'] / 1e6, (c['ended_at_us'] - c['answered_at_us']) / 1e6) for c in calls], 10)
    ratio = sum(waits) / sum(naive)
    tell('50 callers in 1 s, 10 agents, 1.3 s talk: mean wait', f'{sum(waits) / 50:.3f}', 's', f'{sum(naive) / 50:.3f} +- 2 %', 0.98 <= ratio <= 1.02)
    site.close()


def part_memory(command):
    site = Site(command, AGENTS)
    site.sipp(citizen('2000', 500, media_port()), 'warm', free_port(), ['-r', '100', '-m', '400'])
    site.quiet()
    before = site.memory_kib()
    p = site.sipp(citizen('2000', 15000, media_port()), 'held', free_port(), ['-r', '50', '-m', str(AGENTS)], wait=False)
    time.sleep(9)
    up = json.loads(site.run('status', '--json'))['calls']
    per = (site.memory_kib() - before) / max(1, up)
    tell(f'memory a bridged and recorded call ({up} up)', f'{per:.0f}', 'KiB', '<= 128', per <= 128)
    p.wait()
    site.close()


def part_long(command):
    site = Site(command, AGENTS)
    marks = {}
    for n in (10000, 90000):
        site.sipp(citizen('2000', 100, media_port()), f'long{n}', free_port(), ['-r', '400', '-m', str(n), '-l', '4000'])
        site.quiet()
        time.sleep(40)
        marks[n] = site.memory_kib()
    grown = (marks[90000] - marks[10000]) / 1024
    tell('memory after 100,000 calls less after 10,000', f'{grown:.2f}', 'MiB', '<= 1', grown <= 1)
    site.close()


def main():
    parts = {k[5:]: v for k, v in globals().items() if k.startswith('part_')}
    names = sys.argv[2:] or [p for p in parts if p != 'long']
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    print(f'{os.cpu_count()} cores, load {os.getloadavg()[0]:.2f}, {soft}..{hard} descriptors')
    try:
        for name in names:
            parts[name](os.path.abspath(sys.argv[1]))
    finally:
        subprocess.run(['rm', '-rf', *map(str, folders)], check=True)
    sys.exit(1 if faults else 0)


main()
