#!/usr/bin/env bash
# Blends with N processes that mpirun starts, on one machine or on those of its host file, then writes the manifest.
#
#   deploy/blend-mpi.sh N recipes/paper-7b.yaml --data /data --out /shared/shards
#
# MPIRUN sets the launcher and its options: MPIRUN="mpirun --hostfile hosts". VISUALCHAT names the program.
set -euo pipefail
shares=${1:?usage: deploy/blend-mpi.sh N RECIPE --data ROOT --out SHARDS}
shift
program=${VISUALCHAT:-visualchat}
read -ra launcher <<<"${MPIRUN:-mpirun}"

"${launcher[@]}" -n "$shares" "$program" blend "$@" --partition auto
"$program" blend "$@"
