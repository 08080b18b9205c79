#!/usr/bin/env bash
# Packs what a bare machine with a GPU needs into .gpu/app.tar.xz: pack.sh [--built FOLDER] [--out FILE] [--fast]
# The program and its runtime, without libtorch (the machine has one), the scripts, and a small blend.
#   --built FOLDER  the output of a build of tests/Gpu, instead of building it
#   --fast          packs less tightly, for a rehearsal
# Needs the .NET SDK, whose runtime is packed, tar and xz. There: tar xJf app.tar.xz -C FOLDER; FOLDER/run.sh
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)

built=
file=$root/.gpu/app.tar.xz
level=-6
samples=90
# What may travel to a lent machine: the repository's files and this one together.
most_bytes=$((64 * 1024 * 1024))
while [ $# -gt 0 ]; do
  case $1 in
    --fast) level=-0 && shift && continue ;;
  esac
  case ${2:+$1} in
    --built) built=$2 ;;
    --out) file=$2 ;;
    *) sed -n '2,6s/^# //p' "${BASH_SOURCE[0]}" >&2 && exit 2 ;;
  esac
  shift 2
done
for tool in dotnet tar xz; do
  command -v $tool >/dev/null || { echo "pack.sh needs $tool, and it is not there." >&2; exit 2; }
done

if [ -z "$built" ]; then
  dotnet build "$here" -c Release -v q -nologo
  built=$here/bin/Release/net10.0
fi
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT

# The program: managed code, the bridge, and native code for this kind of machine alone.
mkdir -p "$stage/app/libtorch"
tar -C "$built" -cf - --exclude='*.pdb' --exclude='*.xml' --exclude=./libtorch --exclude=./runtimes . |
  tar -C "$stage/app" -xf -
cp "$built/libtorch/libLibTorchSharp.so" "$stage/app/libtorch/"
for natives in "$built"/runtimes/linux-x64 "$built"/runtimes/linux "$built"/runtimes/unix; do
  if [ -d "$natives" ]; then
    mkdir -p "$stage/app/runtimes"
    cp -r "$natives" "$stage/app/runtimes/"
  fi
done

# The runtime: the newest of this major version that the SDK has.
sdk=$(dirname "$(readlink -f "$(command -v dotnet)")")
major=$(sed -n 's/.*"tfm": "net\([0-9]*\)\..*/\1/p' "$built/visualchat-gpu.runtimeconfig.json")
mkdir -p "$stage/rt"
cp "$sdk/dotnet" "$stage/rt/"
for part in host/fxr shared/Microsoft.NETCore.App shared/Microsoft.AspNetCore.App; do
  newest=$(find "$sdk/$part" -mindepth 1 -maxdepth 1 -name "$major.*" | sort -V | tail -n 1)
  if [ -z "$newest" ]; then
    echo "'$sdk/$part' has no version $major: is this the SDK's own folder?" >&2
    exit 1
  fi
  mkdir -p "$stage/rt/$part"
  cp -r "$newest" "$stage/rt/$part/"
done
# What only a debugger, a profiler or another garbage collector uses.
for part in libmscordaccore.so libmscordbi.so libcoreclrtraceptprovider.so libclrgc.so libclrgcexp.so createdump; do
  find "$stage/rt" -name $part -delete
done

mkdir -p "$stage/recipes"
cp "$root/recipes/quickstart.yaml" "$stage/recipes/"
cp -r "$root/recipes/quickstart" "$stage/recipes/"
echo $samples >"$stage/samples.txt"
VISUALCHAT_CACHE=$stage/cache "$stage/rt/dotnet" "$stage/app/visualchat.dll" blend "$stage/recipes/quickstart.yaml" \
  --out "$stage/shards" --set data.sample_world.samples=$samples 2>"$stage/blend.log" || {
  cat "$stage/blend.log" >&2
  exit 1
}
rm -rf "$stage/cache" "$stage/blend.log"
cp "$here"/*.sh "$here"/*.py "$stage/"
rm "$stage/pack.sh"

mkdir -p "$(dirname "$file")"
tar -C "$stage" --owner=0 --group=0 --sort=name -cf - . | xz -T0 $level >"$file.unfinished"
mv "$file.unfinished" "$file"
packed=$(stat -c %s "$file")
tracked=$(cd "$root" && git ls-files -z | xargs -0 stat -c %s 2>/dev/null | awk '{ sum += $1 } END { print sum + 0 }')
megabytes() { awk -v bytes="$1" 'BEGIN { printf "%.1f MB", bytes / 1e6 }'; }
for part in app rt recipes shards; do
  printf '%-28s %s\n' "$part" "$(megabytes "$(du -sb "$stage/$part" | cut -f1)")"
done
printf '%-28s %s\n' "$file" "$(megabytes "$packed")" "the repository's files" "$(megabytes "$tracked")"
if [ $level = -6 ] && [ $((packed + tracked)) -gt $most_bytes ]; then
  echo "Together they are more than the $(megabytes $most_bytes) that may travel." >&2
  exit 1
fi
