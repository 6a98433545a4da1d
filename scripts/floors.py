#!/usr/bin/env python3
"""Holds every include of src/ against src/FLOORS. Exit status 1 and one line a fault."""
import pathlib
import re
import sys

top = pathlib.Path(__file__).resolve().parent.parent / 'src'
allowed = {}
for line in (top / 'FLOORS').read_text().splitlines():
    if line.strip() and not line.startswith('#'):
        name, _, rest = line.partition(':')
        allowed[name.strip()] = set(rest.split())

faults = 0
for path in sorted(top.rglob('*.[ch]')):
    module = path.relative_to(top).parts[0]
    if path.parent == top:
        continue
    if module not in allowed:
        print(f'{path}: module "{module}" is not in src/FLOORS')
        faults += 1
        continue
    for number, line in enumerate(path.read_text().splitlines(), 1):
        m = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
        if not m or '/' not in m.group(1):
            continue
        other = m.group(1).split('/')[0]
        if other in allowed and other != module and other not in allowed[module]:
            print(f'{path}:{number}: {module} may not include {other} (src/FLOORS)')
            faults += 1
sys.exit(1 if faults else 0)
