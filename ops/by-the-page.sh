#!/bin/sh
# Prints the block of commands on a page of docs/operations that holds these words, so that what a check runs is what
# an operator reads:
#
#     ops/by-the-page.sh docs/operations/upgrade.md "git checkout NEW"
set -eu
awk -v words="$2" '
  /^    / { block = block substr($0, 5) "\n"; next }
  { if (!found && index(block, words)) { found = 1; printf "%s", block } block = "" }
  END { if (!found && index(block, words)) { found = 1; printf "%s", block } exit !found }' "$1" ||
  { echo "$1 has no commands with: $2" >&2; exit 1; }
