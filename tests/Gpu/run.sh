#!/usr/bin/env bash
# The run that proves what is said of GPUs: run.sh [--device cuda|cpu] [--small] [--out FOLDER] [--libtorch FOLDER]
# Runs in the folder that .gpu/app.tar.xz was unpacked to (see pack.sh). docs/gpu.md says what it measures.
# Needs bash, timeout, python3 with numpy; on a GPU, python3 with PyTorch 2.10 or 2.11, whose libtorch is used.
# Each step has its own time limit, and all together have 8 minutes: what is left then is skipped. A step that fails
# is recorded, and the run continues. OUT/results.jsonl has every figure as soon as it is measured, OUT/table.md all
# of them at the end.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

device=cuda
small=()
out=$here/out
libtorch=${VISUALCHAT_LIBTORCH:-}
while [ $# -gt 0 ]; do
  case $1 in
    --small) small=(--small) && shift && continue ;;
  esac
  if [ $# -lt 2 ]; then
    sed -n '2,8s/^# //p' "${BASH_SOURCE[0]}" >&2
    exit 2
  fi
  case $1 in
    --device) device=$2 ;;
    --out) out=$2 ;;
    --libtorch) libtorch=$2 ;;
    *) sed -n '2,8s/^# //p' "${BASH_SOURCE[0]}" >&2 && exit 2 ;;
  esac
  shift 2
done

python=${PYTHON:-python3}
if [ -z "$libtorch" ]; then
  libtorch=$("$python" -c 'import torch, os; print(os.path.join(os.path.dirname(torch.__file__), "lib"))') || {
    echo "No libtorch: name the folder of one with --libtorch, or make 'import torch' work in $python." >&2
    exit 2
  }
fi
mkdir -p "$out" || exit 2
work=$(mktemp -d "$([ -w /dev/shm ] && echo /dev/shm || echo /tmp)/visualchat-gpu.XXXXXX") || exit 2
trap 'rm -rf "$work"' EXIT

export DOTNET_ROOT=$here/rt DOTNET_TieredPGO=0 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
export VISUALCHAT_LIBTORCH=$libtorch VISUALCHAT_CACHE=$work/cache
options=(--results "$out/results.jsonl" --device "$device" ${small[@]+"${small[@]}"} --work "$work" --packed "$here")
: >"$out/results.jsonl"
: >"$out/log.txt"
failed=0
# On a CPU, which may be a busy one, nothing is measured.
patience=$([ "$device" = cpu ] && echo 5 || echo 1)
deadline=$((SECONDS + 480 * patience))

seconds() { local now=$EPOCHREALTIME; echo "${now/[.,]/.}"; }
since() { awk -v from="$1" -v to="$(seconds)" 'BEGIN { printf "%.1f", to - from }'; }

# step NAME SECONDS COMMAND...: runs it and records how it ended.
step() {
  local name=$1 limit=$(($2 * patience)) left=$((deadline - SECONDS)) from code
  [ $left -lt "$limit" ] && limit=$left
  if [ "$limit" -lt 5 ]; then
    skip "$name" "$2"
    return 1
  fi
  shift 2
  from=$(seconds)
  echo "== $name" >>"$out/log.txt"
  timeout --kill-after=3 "$limit" "$@" >>"$out/log.txt" 2>&1
  code=$?
  [ $code -eq 0 ] || failed=1
  local line="{\"step\":\"$name\",\"exit\":$code,\"seconds\":$(since "$from"),\"limit\":$limit}"
  echo "$line" >>"$out/results.jsonl"
  echo "$line"
  return $code
}

# skip NAME SECONDS: records that it was not started.
skip() {
  failed=1
  echo "{\"step\":\"$1\",\"seconds\":0,\"limit\":$2}" | tee -a "$out/results.jsonl"
}

ours() { step "$1" "$2" "$here/rt/dotnet" "$here/app/visualchat-gpu.dll" "${3:-$1}" "${options[@]}" "${@:4}"; }

loads=0
# What needs the bridge is not tried where it does not load.
model() { if [ $loads -eq 0 ]; then ours "$@"; else skip "$1" "$2"; fi; }

ours environment 15
ours abi 20
ours bridge 25
loads=$?
[ $loads -eq 1 ] && loads=0
if [ $loads -eq 0 ]; then
  step train 40 "$here/rt/dotnet" "$here/app/visualchat.dll" train "$here/recipes/quickstart.yaml" \
    --set "data.sample_world.samples=$(cat "$here/samples.txt")" --shards "$here/shards" --out "$work/run" \
    --device "$device" --max-steps 3
else
  skip train 40
fi
model parity 90
model gradients 20 oracle
step oracle 20 "$python" "$here/oracle.py" "$work/oracle" "$out/results.jsonl"
model ceilings 15
model weights 45
model updates-kept 70 updates
model updates-recomputed 60 updates --recomputed
TORCH_CUDNN_SDPA_DEPRIORITIZED=0 model cudnn-first 40
model generation 50
step yardsticks 60 "$python" "$here/yardsticks.py" "$out/results.jsonl" "$device" ${small[@]+"${small[@]}"}
"$here/rt/dotnet" "$here/app/visualchat-gpu.dll" table "${options[@]}" >"$out/table.md"
cat "$out/table.md"
exit $failed
