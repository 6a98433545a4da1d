#!/usr/bin/env python3
"""Runs clang-tidy over each tracked C file once, as many at a time as there are processors.

usage: tidy.py BUILD [FILE ..]

BUILD is a configured build folder with compile_commands.json. A file that several programs share stands there
once a program; run-clang-tidy would analyse it as often. Each file has a process of its own: clang-tidy 14
takes the va_list of the second file it reads for uninitialized. Warnings go to standard output; 1 if there are any.
"""
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys


def tracked():
    found = subprocess.run(["git", "ls-files", "src/*.c", "tools/*.c", "tests/*.c"], capture_output=True, text=True, check=True)
    return found.stdout.split()


def commands(build):
    """The first command of each file of the build, by the file's real path."""
    once = {}
    for c in json.loads((build / "compile_commands.json").read_text()):
        once.setdefault(os.path.realpath(os.path.join(c["directory"], c["file"])), c)
    return once


def tidy(folder, file):
    done = subprocess.run(["clang-tidy", "--quiet", "-p", str(folder), file], capture_output=True, text=True)
    failed = done.returncode != 0 and not done.stdout.strip()
    return done.stdout + (f"{file}: error: {done.stderr.strip()}\n" if failed else "")


def main():
    build = pathlib.Path(sys.argv[1])
    known = commands(build)
    files = [f for f in sys.argv[2:] or tracked() if os.path.realpath(f) in known]
    folder = build / "tidy"
    folder.mkdir(exist_ok=True)
    (folder / "compile_commands.json").write_text(json.dumps([known[os.path.realpath(f)] for f in files]))
    bad = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for said in pool.map(lambda f: tidy(folder, f), files):
            bad += "warning:" in said or "error:" in said
            print(said, end="", flush=True)
    print(f"{len(files)} files, {bad} with warnings", file=sys.stderr)
    return 1 if bad or not files else 0


if __name__ == "__main__":
    sys.exit(main())
