#!/bin/sh
# package.sh BUILD_DIR STAMP EXTENSION FILE .. - puts the Python package together in BUILD_DIR/package/govhotline.
set -e
to=$1/package/govhotline
stamp=$2
extension=$3
shift 3
rm -rf "$to"
mkdir -p "$to"
cp "$extension" "$@" "$to"
touch "$stamp"
