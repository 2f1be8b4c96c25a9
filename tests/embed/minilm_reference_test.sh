#!/usr/bin/env bash
# minilm_reference_test.sh EMBED_DUMP DEPS_DIR: our MiniLM against minilm_reference.py, which runs in
# a virtual environment of its own (made once) with pinned numpy and tokenizers.
set -euo pipefail
embed_dump=$1
deps=$2
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
venv="$deps/venv-embed"
if [[ ! -e "$venv/.ready" ]]; then
  rm -rf "$venv"
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check --only-binary=:all: \
    numpy==1.26.4 tokenizers==0.21.0
  touch "$venv/.ready"
fi
exec "$venv/bin/python" "$here/minilm_reference.py" "$embed_dump" "$deps/minilm"
