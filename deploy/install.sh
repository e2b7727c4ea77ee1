#!/bin/sh
# Lays a packed sockeye into a folder that becomes the root of an image: sh install.sh sockeye-cli-1.0.0.tgz /image
# The Dockerfile runs it; so does the test of what the image holds.
set -eu
tarball=$1
image=$2

npm install --global --prefix "$image/opt/sockeye" --omit=dev --ignore-scripts --no-audit --no-fund --loglevel=error "$tarball"

# The Kubernetes operator for k6 starts its containers with `k6`.
mkdir -p "$image/usr/local/bin"
for name in sockeye k6; do
  ln -s /opt/sockeye/lib/node_modules/sockeye-cli/dist/cli/main.js "$image/usr/local/bin/$name"
done
