#!/bin/bash
# Every public header compiles alone, as C11 and as C++.
cd "$(dirname "$0")/.." || exit 2
status=0
for h in include/govhotline/*.h; do
	echo "#include <${h#include/}>" | gcc -std=c11 -Wall -Wextra -Wpedantic -Werror -fsyntax-only -Iinclude -xc - || status=1
	echo "#include <${h#include/}>" | g++ -std=c++11 -Wall -Wextra -Wpedantic -Werror -fsyntax-only -Iinclude -xc++ - || status=1
done
exit $status
