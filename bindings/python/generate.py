#!/usr/bin/env python3
"""Reads the result structs of the public headers and writes what Python needs of them, so that none can be forgotten:

usage: generate.py INCLUDE_DIR API_I TABLES_H RECORDS_PY

API_I: enumerators and prototypes for SWIG, without the struct and enum names, some of which are functions' names too;
TABLES_H: a table of members for each struct and a function `<struct>_dicts(list)`; RECORDS_PY: a dataclass for each.
"""
import pathlib
import re
import sys

# the struct, its dataclass, what it is
STRUCTS = [
    ('ghl_call_info', 'Call', 'A call, live or past.'),
    ('ghl_record_info', 'Recording', 'A recording.'),
    ('ghl_agent_info', 'Agent', 'An agent as it is now.'),
    ('ghl_acd_queue_info', 'Queue', 'A queue as it is now.'),
    ('ghl_report_calls_info', 'ReportCalls', 'A row of the report of calls or queues.'),
    ('ghl_report_agents_info', 'ReportAgents', 'A row of the report of agents.'),
    ('ghl_report_now_info', 'ReportNow', "A queue's day so far."),
    ('ghl_hotline_status', 'Status', "One screen's worth of figures."),
]
KINDS = {'uint16_t': 'U16', 'uint32_t': 'U32', 'int32_t': 'I32', 'uint64_t': 'U64', 'int64_t': 'I64', 'bool': 'BOOL',
         'const char *': 'TEXT', 'ghl_call': 'U64', 'ghl_conn': 'U64', 'ghl_agent': 'U64', 'ghl_queue': 'U64',
         'ghl_recording': 'U64', 'ghl_principal': 'U64'}


def declarations(text, struct):
    body = re.search(r'struct %s\s*\{(.*?)\n\};' % struct, text, re.S)
    if not body:
        sys.exit(f'generate.py: struct {struct} is in no header')
    for statement in body.group(1).split(';'):
        statement = ' '.join(statement.split())
        if not statement:
            continue
        m = re.match(r'((?:const char )|(?:(?:struct|enum) )?\w+)\s*(.*)', statement)
        base = m.group(1).strip()
        for part in m.group(2).split(','):
            part = part.strip()
            kind = base
            if part.startswith('*'):
                kind, part = base + ' *', part[1:].strip()
            yield kind, part


def members(text, struct, prefix=''):
    """(name in Python, place in C, kind)"""
    for kind, name in declarations(text, struct):
        if name == 'size' or '[' in name:
            continue
        if kind.startswith('struct '):
            for inner, place, inner_kind in members(text, kind.split()[1], prefix + name + '.'):
                yield inner, place, inner_kind
        elif kind.startswith('enum '):
            yield name, prefix + name, 'U32'
        elif kind in KINDS:
            yield name, prefix + name, KINDS[kind]
        else:
            sys.exit(f'generate.py: {struct}.{name} has the type {kind}, which is not known here')


def prototypes(text):
    text = re.sub(r'\\\n', ' ', text)
    text = re.sub(r'^\s*#.*$', '', text, flags=re.M)
    text = re.sub(r'^(extern "C" \{|\})$', '', text, flags=re.M)
    text = re.sub(r'struct \w+\s*\{.*?\n\};', '', text, flags=re.S)
    text = re.sub(r'enum \w+(\s*\{)', r'enum\1', text)
    text = re.sub(r'enum \w+ (?=\*?\w)', 'int ', text)
    return re.sub(r'\n\s*\n+', '\n', text)


def main():
    include, api, tables, records = map(pathlib.Path, sys.argv[1:])
    first = ['error.h', 'id.h', 'session.h', 'event.h']
    paths = sorted(include.glob('*.h'), key=lambda p: (p.name not in first, p.name))
    text = '\n'.join(p.read_text() for p in paths)
    text = re.sub(r'/\*.*?\*/', '', text, flags=re.S)
    c = ['/* Made by generate.py from the public headers. */', '#include "items.h"', '']
    py = ['"""Query results as dataclasses. Made from the public headers."""', 'from __future__ import annotations', '',
          'import dataclasses', 'from typing import ClassVar', '', 'from .outcome import Item, Outcome', '',
          '__all__ = [' + ', '.join(repr(n) for n in ['Item', 'Outcome'] + [s[1] for s in STRUCTS]) + ']', '']
    for struct, name, what in STRUCTS:
        found = list(members(text, struct))
        c += [f'static const struct member {struct}_members[] = {{']
        c += [f'\t{{"{n}", MEMBER_{k}, offsetof(struct {struct}, {place})}},' for n, place, k in found]
        c += ['};', f'static PyObject *{struct}_dicts(struct ghl_list *l)', '{',
              f'\treturn list_dicts(l, {struct}_members, sizeof({struct}_members) / sizeof({struct}_members[0]));', '}', '']
        py += ['', '@dataclasses.dataclass(frozen=True)', f'class {name}(Item):', f'    """{what} The members are those of struct {struct}."""',
               f"    CONVERT: ClassVar[str] = '{struct}_dicts'"]
        py += [f"    {n}: {'str' if k == 'TEXT' else 'bool' if k == 'BOOL' else 'int'}" for n, _, k in found] + ['']
    api.write_text(prototypes(text))
    tables.write_text('\n'.join(c))
    records.write_text('\n'.join(py))


main()
