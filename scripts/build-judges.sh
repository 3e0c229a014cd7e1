#!/usr/bin/env bash
# Builds Kubo 0.39.0 from the Go module proxy into .judges/ipfs: a real daemon, as backend and to be
# compared with, and the `ipfs` command. What is there already is kept. When it cannot be built that is
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

mkdir -p .judges
[ -x .judges/ipfs ] && exit 0
if ! command -v go >/dev/null; then
  skipped "Go is not installed, so Kubo is not built."
  exit 0
fi
echo "Building Kubo (minutes the first time) ..."
build_kubo || skipped "Kubo could not be built."
exit 0
