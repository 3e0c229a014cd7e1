#!/usr/bin/env bash
# Builds the foreign programs our tests are judged by into .judges/, from the Go module proxy:
#   ipfs                 Kubo 0.39.0: a real daemon as backend, for comparison, and the `ipfs` command
#   gateway-conformance  the suite of the gateway specifications
# What is there already is kept. What cannot be built is named, and is no failure: the tests that need
# it are skipped and say so.
set -uo pipefail
cd "$(dirname "$0")/.."

# Longest time one build may take, downloads included.
readonly BUILD_SECONDS=1200
readonly CONFORMANCE=github.com/ipfs/gateway-conformance

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

# `go install package@version` is not possible where the proxy lists no versions.
build_conformance() {
  local folder
  folder=$(mktemp -d)
  (cd "$folder" && go mod init judge && go mod edit -require "$CONFORMANCE@v0.13.2" &&
    CGO_ENABLED=0 limited go build -mod=mod -o conformance "$CONFORMANCE/cmd/gateway-conformance") &&
    mv "$folder/conformance" .judges/gateway-conformance
  local status=$?
  rm -rf "$folder"
  return "$status"
}

mkdir -p .judges
missing=()
[ -x .judges/ipfs ] || missing+=(kubo)
[ -x .judges/gateway-conformance ] || missing+=(conformance)
[ "${#missing[@]}" = 0 ] && exit 0
if ! command -v go >/dev/null; then
  skipped "Go is not installed, so these are not built: ${missing[*]}."
  exit 0
fi
for judge in "${missing[@]}"; do
  echo "Building $judge (minutes the first time) ..."
  "build_$judge" || skipped "$judge could not be built."
done
exit 0
