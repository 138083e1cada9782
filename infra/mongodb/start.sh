#!/bin/bash
# mongod takes its key file only when it owns it and nobody else may read it; a mounted secret is neither.
set -euo pipefail
install -m 0400 /run/secrets/mongodb_keyfile /tmp/keyfile
# A killed client's open transaction keeps its locks for 60 s by default; ours are done or given up after 10.
exec docker-entrypoint.sh mongod --replSet rs0 --keyFile /tmp/keyfile --bind_ip_all \
  --setParameter transactionLifetimeLimitSeconds=15 "$@"
