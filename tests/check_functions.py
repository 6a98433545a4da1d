"""Every public function that takes a session has its row in the table right x function, and every row its function.

usage: check_functions.py libgovhotline.so include/govhotline functions.def
"""

import pathlib
import re
import subprocess
import sys


def prototypes(folder: pathlib.Path) -> set[str]:
    """Names of the functions that are given a session."""
    found = set()
    for header in sorted(folder.glob("*.h")):
        text = re.sub(r"/\*.*?\*/", " ", header.read_text(encoding="utf-8"), flags=re.S)
        for name, args in re.findall(r"\bGHL_API\b[^;()]*?\b(ghl_\w+)\s*\(([^;]*?)\)\s*;", text):
            if re.search(r"struct ghl_session \*(?!\*)", args):
                found.add(name)
    return found


def exports(library: str) -> set[str]:
    """Functions the library exports."""
    out = subprocess.run(["nm", "-D", "--defined-only", library], check=True, capture_output=True, text=True).stdout
    return {line.split()[2].split("@")[0] for line in out.splitlines() if " T " in line}


def main() -> int:
    library, folder, table = sys.argv[1:]
    rows = re.findall(r"^X\((ghl_\w+), RIGHT_\w+\)", pathlib.Path(table).read_text(encoding="utf-8"), flags=re.M)
    wanted, exported = prototypes(pathlib.Path(folder)), exports(library)
    wrong = [f"{name}: declared and exported without a row in functions.def" for name in sorted(wanted & exported - set(rows))]
    wrong += [f"{name}: a row without a function that takes a session" for name in sorted(set(rows) - wanted)]
    wrong += [f"{name}: declared but not exported" for name in sorted(wanted - exported)]
    wrong += [f"{name}: two rows" for name in sorted({r for r in rows if rows.count(r) > 1})]
    for line in wrong:
        print(line)
    print(f"{len(rows)} rows, {len(wanted)} functions with a session, {len(exported)} exports")
    return 1 if wrong or not rows else 0


if __name__ == "__main__":
    sys.exit(main())
