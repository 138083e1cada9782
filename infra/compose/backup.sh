#!/bin/bash
# Back up the suite in containers, or restore it: see --help, and docs/operations.md.
set -euo pipefail

usage() {
  cat <<'TEXT'
backup.sh backup FOLDER     while the suite serves: one file a service in FOLDER, which is new or empty
backup.sh restore FOLDER    into empty volumes, the suite being down: restores, verifies, starts the suite

Run it in the repository's folder, where docker-compose.yml is; COMPOSE_FILE and .env count as ever. Each service is taken, and
put back, by a container of its own image that runs as the owner of FOLDER, in the order that loses nothing: whoever hears
before whom it hears. Not in FOLDER: secrets/ and .env; keep those too. Ends with 0 when all was done, else says why not.
TEXT
}

fail() { echo "$*" >&2; exit 1; }

SERVICES=(stats gateway works generation auth) # common.backup.ORDER
NEVER=1000000000 # seconds: what the backup has not yet published goes out when the suite starts, and is no finding before

job() { # SERVICE COMMAND …
  docker compose run --rm --no-deps --no-TTY --user "$(stat -c %u:%g "$folder")" --volume "$folder:/backup" "$1" \
    python -m "$1.main" "${@:2}" </dev/null
}

backup() {
  mkdir -p -m 700 "$folder"
  [ -z "$(ls -A "$folder")" ] || fail "$folder is not empty: a backup goes into a folder of its own."
  for service in "${SERVICES[@]}"; do job "$service" backup "/backup/$service.tar"; done
  echo "Backed up to $folder. Keep secrets/ and .env with it."
}

restore() {
  for service in "${SERVICES[@]}"; do
    [ -r "$folder/$service.tar" ] || fail "Nothing was restored: $folder/$service.tar cannot be read."
  done
  [ -z "$(docker compose ps --quiet "${SERVICES[@]}" generation-worker)" ] ||
    fail "Nothing was restored: the suite runs. A restore needs empty volumes: docker compose down --volumes"
  docker compose up --detach --wait mongodb rabbitmq minio
  docker compose run --rm --no-TTY mongodb-setup </dev/null
  for service in "${SERVICES[@]}"; do job "$service" restore "/backup/$service.tar"; done
  for service in "${SERVICES[@]}"; do
    job "$service" verify --settled "$NEVER" || fail "Restored, but $service is not sound: the suite was not started."
  done
  docker compose up --detach --wait
  echo "Restored from $folder; the suite serves."
}

case "${1:-}" in
  -h | --help) usage; exit ;;
  backup | restore) [ $# -eq 2 ] || { usage >&2; exit 1; } ;;
  *) usage >&2; exit 1 ;;
esac
folder=$(realpath -m "$2")
"$1"
