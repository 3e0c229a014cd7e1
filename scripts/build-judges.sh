#!/usr/bin/env bash
# Builds Kubo 0.39.0 from the Go module proxy into .judges/ipfs: a real daemon, as backend and to be
# compared with, and the `ipfs` command. Installs Schemathesis from PyPI into .judges/schemathesis: it
# judges the HTTP API by its description. What is there already is kept. When one cannot be had that is
# said, and is no failure: the tests that need it are skipped and say so.
#
# The suite of the gateway specifications cannot be had in this way (the proxy does not serve its
# module): see packages/gateway/README.md for how to run it.
set -uo pipefail
cd "$(dirname "$0")/.."

# Longest time one build may take, downloads included.
readonly BUILD_SECONDS=1200

skipped() {
  printf '\n!!! %s\n!!! The tests that need it will be SKIPPED.\n\n' "$1" >&2
}

limited() {
  if command -v timeout >/dev/null; then timeout "$BUILD_SECONDS" "$@"; else "$@"; fi
}

# The versions of everything in it are pinned by go.mod and go.sum. The tag lets a Go newer than the
# one Kubo was released with build it.
build_kubo() {
  (cd scripts/judges && CGO_ENABLED=0 limited go build -mod=readonly -tags untested_go_version \
    -o ../../.judges/ipfs.new github.com/ipfs/kubo/cmd/ipfs) && mv .judges/ipfs.new .judges/ipfs
}

# The versions of everything in it are pinned. It gets its name last: half of it is none of it.
install_schemathesis() {
  rm -rf .judges/schemathesis.new
  python3 -m venv .judges/schemathesis.new &&
    limited .judges/schemathesis.new/bin/pip install --quiet --disable-pip-version-check \
      --requirement scripts/judges/requirements.txt &&
    rm -rf .judges/schemathesis && mv .judges/schemathesis.new .judges/schemathesis
}

mkdir -p .judges
if ! .judges/schemathesis/bin/python -m schemathesis.cli --version >/dev/null 2>&1; then
  if ! command -v python3 >/dev/null; then
    skipped "Python is not installed, so Schemathesis is not."
  else
    echo "Installing Schemathesis ..."
    install_schemathesis || skipped "Schemathesis could not be installed (it needs Python 3.10, its venv module and PyPI)."
  fi
fi
[ -x .judges/ipfs ] && exit 0
if ! command -v go >/dev/null; then
  skipped "Go is not installed, so Kubo is not built."
  exit 0
fi
echo "Building Kubo (minutes the first time) ..."
build_kubo || skipped "Kubo could not be built."
exit 0
