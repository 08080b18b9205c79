#!/usr/bin/env bash
# Blends on a Slurm cluster: an array of N jobs, each makes a share of the shards, then one job that checks them
# and writes the manifest. All nodes need the same path to the data, the output and the program.
#
#   deploy/blend-slurm.sh N recipes/paper-7b.yaml --data /data --out /shared/shards
#
# SBATCH_* variables set what sbatch asks for: SBATCH_PARTITION=cpu SBATCH_TIMELIMIT=2:00:00 deploy/blend-slurm.sh ...
# VISUALCHAT names the program; CPUS the processors of each job (8).
set -euo pipefail
shares=${1:?usage: deploy/blend-slurm.sh N RECIPE --data ROOT --out SHARDS}
shift
program=${VISUALCHAT:-visualchat} cpus=${CPUS:-8}

# The line that a job runs, with every word quoted once more for the job's shell.
blend=$(printf '%q ' "$program" blend "$@" --workers "$cpus")

array=$(sbatch --parsable --job-name=blend --array="0-$((shares - 1))" --cpus-per-task="$cpus" \
  --output=blend-%A-%a.log --wrap "$blend --partition auto/$shares")
manifest=$(sbatch --parsable --job-name=manifest --dependency="afterok:$array" --cpus-per-task="$cpus" \
  --output=blend-%j.log --wrap "$blend")
echo "Job $array makes $shares shares (blend-$array-*.log); job $manifest writes the manifest (blend-$manifest.log)."
echo "If a share fails: the manifest's job, or the same line again, makes what is missing."
