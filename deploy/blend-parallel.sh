#!/usr/bin/env bash
# Blends in N shares with GNU parallel, on one machine or over ssh on several, then writes the manifest.
#
#   deploy/blend-parallel.sh N recipes/paper-7b.yaml --data /data --out /shared/shards
#
# PARALLEL sets its options: PARALLEL="--sshlogin node1,node2 --workdir .". VISUALCHAT names the program.
set -euo pipefail
shares=${1:?usage: deploy/blend-parallel.sh N RECIPE --data ROOT --out SHARDS}
shift
program=${VISUALCHAT:-visualchat}

# No word of the line may look like a place for the share's number, such as {}.
seq "$shares" | parallel --will-cite --halt now,fail=1 -I @share@ --quote \
  "$program" blend "$@" --partition "@share@/$shares"
"$program" blend "$@"
