#!/bin/sh
# Makes the passwords of a deployment, once, each where only those can read it who need it. Run by the one-shot
# service `secrets`; what is there already stays. `adopt` takes files made elsewhere from a tar on standard input.
#
#     owner/   postgres_password, database_url     postgres itself, migrations
#     app/     database_url                        beat, workers, desk: rows, no tables
#     reader/  database_url                        metrics: may look, not touch
#     broker/  redis_password, redis.conf, broker_url
#     pages/   flower_login, grafana_password      the pages of the monitoring profile
set -eu
umask 022
there=${SECRETS:-/srv/secrets}
database=${DATABASE:-postgres/serieswatch}

word() { head -c 24 /dev/urandom | od -An -vtx1 | tr -d ' \n'; }
# keep FILE WORD: written whole or not at all, and only where there is none.
keep() { [ -s "$1" ] || { printf '%s\n' "$2" >"$1.new" && mv "$1.new" "$1"; }; }

mkdir -p "$there/owner" "$there/app" "$there/reader" "$there/broker" "$there/pages"
cd "$there"

if [ "${1:-}" = adopt ]; then
  [ ! -s owner/postgres_password ] || { echo "there are passwords already: adopt before the first start" >&2; exit 1; }
  taken=$(mktemp -d)
  tar -C "$taken" -xf -
  [ -s "$taken/postgres_password" ] || { echo "no postgres_password came in" >&2; exit 1; }
  cat "$taken/postgres_password" >owner/postgres_password
  [ ! -s "$taken/redis_password" ] || cat "$taken/redis_password" >broker/redis_password
  rm -r "$taken"
fi

keep owner/postgres_password "$(word)"
keep owner/database_url "postgresql://serieswatch:$(cat owner/postgres_password)@$database"
keep app/database_url "postgresql://serieswatch_app:$(word)@$database"
keep reader/database_url "postgresql://serieswatch_reader:$(word)@$database"
keep broker/redis_password "$(word)"
keep broker/redis.conf "requirepass $(cat broker/redis_password)"
keep broker/broker_url "redis://:$(cat broker/redis_password)@redis:6379/0"
keep pages/grafana_password "$(word)"
keep pages/no_database "postgresql://nobody@none/none"
keep pages/flower_login "operator:$(word)"
echo "the passwords are there"
