#!/bin/bash
# Put a new version of one service in the place of the old one while it serves: roll.sh SERVICE.
# New replicas start beside the old ones; when they are healthy the old ones are told to stop, one after the other: each says
# that it is not ready, answers on for DRAIN_SECONDS, finishes what it has begun, and ends.
set -euo pipefail
service=${1:?which service? roll.sh SERVICE}
old=$(docker compose ps --quiet "$service")
count=$(wc -w <<<"$old")
[ "$count" -gt 0 ] || { echo "$service does not run; start it: docker compose up --detach $service" >&2; exit 1; }
echo "$service: starting $count beside $count …"
docker compose up --detach --wait --no-deps --no-recreate --scale "$service=$((2 * count))" "$service"
for container in $old; do
  echo "$service: stopping ${container:0:12} …"
  docker stop "$container" >/dev/null
  docker rm "$container" >/dev/null
done
docker compose ps "$service"
