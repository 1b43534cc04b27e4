#!/usr/bin/env bash
# Does the deployment do its job, and only that? Run where it is up, with the compose command in $DC.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
DC=${DC:-docker compose}
OURS="beat fetch parse desk backup"

# "docker compose" is two words, on purpose.
dc() { $DC "$@" </dev/null; }
say() { printf 'lab-check: %s\n' "$*"; }
networks_of() { docker inspect --format '{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}' "$(dc ps -q "$1")"; }
die() { printf 'lab-check: FAILED: %s\n' "$*" >&2; exit 1; }

# within SECONDS COMMAND...: until the command succeeds.
within() {
  local limit=$((SECONDS + $1)); shift
  until "$@"; do [ "$SECONDS" -lt "$limit" ] || return 1; sleep 2; done
}

# ── It works ──────────────────────────────────────────────────────────────────────────────────────

ask() { dc exec -T postgres psql -qAt -U serieswatch -d serieswatch -c "$1"; }

polled() { [ "$(ask "select count(*) from feeds where last_attempt_at is not null")" -gt 0 ]; }
within 120 polled || die "no feed was polled in two minutes: $(dc logs --no-color --tail 5 beat fetch)"
say "feeds polled: $(ask "select count(*) from feeds where last_attempt_at is not null") of $(ask "select count(*) from feeds")"

# The outlets' own servers are out of reach in a lab, so feeds that fail are no finding here; all else is.
dc exec -T beat sh -c 'serieswatch doctor --json | python3 -c "
import json, sys
wrong = [f for f in json.load(sys.stdin)[\"findings\"] if not f[\"ok\"] and f[\"what\"] != \"feeds\"]
sys.exit(str(wrong) if wrong else 0)"' || die "the doctor finds something wrong"
say "the doctor is content"

# The sample newsroom the whole way: fetch serves its feeds to itself, polls them, parse reads and places. Each feed shows
# what its last document holds; what is printed is how many stories came of them.
SERIESWATCH_ALLOW_INSIDE=127.0.0.1/32 SERIESWATCH_HOST_GAP_SECONDS=0 $DC up -d --wait --no-deps fetch </dev/null >/dev/null 2>&1 || die "fetch does not start again"
$DC exec -T fetch python3 - <<'PY' || die "the sample newsroom cannot be written"
import pathlib, shutil
from cli.sample.newsroom import write_newsroom
at, origin = pathlib.Path("/tmp/newsroom"), pathlib.Path("/tmp/origin")
write_newsroom(at)
origin.mkdir(exist_ok=True)
for folder in sorted(path for path in at.iterdir() if path.is_dir()):
    documents = sorted(path for path in folder.iterdir() if path.suffix in {".xml", ".json", ".rss", ".atom"})
    if documents:
        shutil.copy(documents[-1], origin / f"{folder.name}.xml")
shutil.rmtree(at)
PY
title="Envoys meet in Geneva for ceasefire talks, lab edition $$"
$DC exec -T fetch sh -c 'cat >/tmp/origin/lab.xml' <<FEED
<rss version="2.0"><channel><title>Lab</title><link>https://newsroom.example/</link><description>Invented.</description>
<item><title>$title</title><link>https://newsroom.example/$$</link><guid>lab-$$</guid>
<pubDate>$(LC_ALL=C date -u '+%a, %d %b %Y %H:%M:%S GMT')</pubDate></item></channel></rss>
FEED
dc exec -d fetch python3 -m http.server --bind 127.0.0.1 --directory /tmp/origin 8000
sleep 1
feeds=$(dc exec -T fetch ls /tmp/origin)
for feed in $feeds; do dc exec -T fetch serieswatch feeds add --unchecked "http://127.0.0.1:8000/$feed" >/dev/null || die "the feed $feed cannot be added"; done
dc exec -T fetch serieswatch feeds poll >/dev/null || die "the feeds cannot be polled now"  # those of an earlier look, too
arrived() { dc exec -T desk serieswatch stories list --words "$title" | grep -F -- "$title" >/dev/null; }
within 120 arrived || die "a story did not arrive in two minutes: $(dc exec -T desk serieswatch feeds list | grep 8000; dc logs --no-color --tail 5 fetch parse)"
read_all() { [ "$(ask "select count(*) from feeds where url like 'http://127.0.0.1:8000/%' and last_attempt_at is null")" = 0 ] && [ "$(ask "select (select count(*) from documents where work_state = 'ready') + (select count(*) from stories where work_state = 'ready')")" = 0 ]; }
within 180 read_all || die "the sample newsroom is not through: $(dc exec -T beat serieswatch doctor)"
say "the sample newsroom came the whole way: $(wc -w <<<"$feeds") feeds, $(ask "select count(*) from stories") stories, $(ask "select count(*) from development_stories") placed, $(ask "select count(*) from matches") matches, $(ask "select count(*) from setaside" 2>/dev/null || ask "select count(*) from set_aside") set aside"
one=$(ask "select max(s.id) from stories s join story_versions v on v.story_id = s.id where v.title = '$title'")
trail=$($DC logs --no-log-prefix --no-color </dev/null 2>&1 | grep -E "$(dc exec -T desk serieswatch stories trail "$one")" || true)
for step in polled parsed placed; do grep -F "\"message\": \"$step\"" <<<"$trail" >/dev/null || die "one grep does not find where story $one was $step: $trail"; done
say "one grep finds its way in the logs: $(wc -l <<<"$trail") lines"
$DC up -d --wait --no-deps fetch </dev/null >/dev/null 2>&1 || die "fetch does not start again"

port=$(dc port proxy 8080)
case $port in 127.0.0.1:*) ;; *) die "the proxy is published on $port: only this machine should reach it" ;; esac
answer=$(exec 3<>"/dev/tcp/127.0.0.1/${port##*:}" && printf 'GET / HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n' >&3 && head -n 1 <&3)
case $answer in *" 200 "* | *" 303 "* | *" 302 "*) say "the desk answers through the proxy: ${answer%$'\r'}" ;; *) die "the desk answers: $answer" ;; esac
answer=$(exec 3<>"/dev/tcp/127.0.0.1/${port##*:}" && printf 'GET /metrics HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n' >&3 && head -n 1 <&3)
case $answer in *" 404 "*) say "the proxy keeps the figures inside" ;; *) die "the figures leave the house: $answer" ;; esac

# Who asks is whoever connects to the proxy; a proxy in front of it is believed only where it is named.
guessed_from() { $DC exec -T desk python3 - <<'PY'
import http.cookiejar, re, urllib.error, urllib.parse, urllib.request as r
opened = r.build_opener(r.HTTPCookieProcessor(http.cookiejar.CookieJar()))
page = opened.open("http://proxy:8080/sign-in").read().decode()
token = re.search(r'name="token" value="([^"]+)"', page)[1]
form = urllib.parse.urlencode({"token": token, "name": "nobody", "password": "a wrong guess"}).encode()
try:
    opened.open(r.Request("http://proxy:8080/sign-in", form, {"X-Forwarded-For": "198.51.100.9"}))
except urllib.error.HTTPError as refused:
    print(refused.code)
PY
  ask "select address from sign_in_attempts order by id desc limit 1"; }
guess=$(guessed_from)
case $guess in *198.51.100.9*) die "a visitor chooses the address that guesses are counted by" ;; 403*) ;; *) die "a wrong password is not refused: $guess" ;; esac
front=$(tail -n 1 <<<"$guess")  # where the desk itself comes from, on the network it shares with the proxy
FRONT_PROXIES=$front $DC up -d --wait --no-deps proxy </dev/null >/dev/null 2>&1 || die "the proxy does not start behind another"
case $(guessed_from) in *198.51.100.9*) ;; *) die "a proxy in front is not believed where it is named" ;; esac
dc up -d --wait --no-deps proxy >/dev/null 2>&1 || die "the proxy does not start again"
port=$(dc port proxy 8080)
say "a proxy in front of ours is believed where it is named, and nowhere else"

# Every process serves its own figures on the inner network. (Asked with Python: the image has no curl.)
figures() { dc exec -T "$1" python3 -c 'import urllib.request as r; print(r.urlopen("http://127.0.0.1:9100/metrics").read().decode())'; }
for service in $OURS; do
  figures "$service" | grep "^serieswatch_process_memory_bytes{role=\"$service\"}" >/dev/null || die "$service serves no figures"
done
say "$OURS serve their figures"

# ── It is shut in ─────────────────────────────────────────────────────────────────────────────────

for service in $OURS; do
  seen=$(dc exec -T "$service" sh -c '
    id -u; grep -E "^(CapEff|NoNewPrivs|Seccomp):" /proc/1/status | tr -d "\t"; touch /app/x 2>/dev/null && echo writable; true')
  want=$'10001\nCapEff:0000000000000000\nNoNewPrivs:1\nSeccomp:2'
  [ "$seen" = "$want" ] || die "$service runs with: $seen"
done
say "ours run as 10001, without capabilities, without write access to their own files"

for service in postgres redis proxy; do
  [ "$(dc exec -T "$service" id -u)" != 0 ] || die "$service runs as root"
done
for service in $OURS postgres redis; do
  [ -z "$(dc ps --format '{{.Ports}}' "$service" | grep -e '->' || true)" ] || die "$service publishes a port"
done
say "postgres, redis and the proxy run as themselves; nothing is published but the proxy"

# The role that works may not make tables, the one that looks may not write; neither reads what is not its own.
as() { $DC exec -T desk python3 - "$1" "$2" <<'PY'
import pathlib, sys, psycopg
address = pathlib.Path("/srv/secrets/app/database_url").read_text().strip()
with psycopg.connect(address) as connection:
    print(connection.execute(sys.argv[2]).statusmessage)
PY
}
refused() { grep -F -- "$2" <<<"$(as app "$1" 2>&1 || true)" >/dev/null; }
refused "CREATE TABLE public.mine (a int)" "permission denied" || die "the application makes tables"
refused "ALTER TABLE stories ADD COLUMN mine int" "must be owner" || die "the application changes tables"
if grep -E "database_url|redis_password" <<<"$(dc exec -T desk ls /srv/secrets/owner /srv/secrets/broker 2>&1 || true)" >/dev/null; then die "the desk sees passwords that are not its own"; fi
[ "$(ask "select rolsuper or rolcreatedb or rolcreaterole from pg_roles where rolname = 'serieswatch_app'")" = f ] || die "the application's role is too strong"
say "the application's role makes and changes no tables"

# An internal network has no way out. (Older daemons still give its containers a default route, and drop what
# takes it: so the network is asked, not the routes.)
for service in beat parse desk backup postgres redis; do
  for network in $(networks_of "$service"); do
    [ "$(docker network inspect --format '{{.Internal}}' "$network")" = true ] || die "$service has a way out"
  done
done
outward=$(for network in $(networks_of fetch); do docker network inspect --format '{{.Internal}}' "$network"; done)
grep -q false <<<"$outward" || die "fetch has no way out"
say "of ours and the servers, fetch alone has a way out"

case $(dc exec -T redis redis-cli ping 2>&1) in *NOAUTH*) say "redis asks for its password" ;; *) die "redis lets strangers in" ;; esac

# shellcheck disable=SC2086
all=$(dc config; dc logs --no-color; for service in $OURS postgres redis; do dc exec -T $service cat /proc/1/cmdline /proc/1/environ 2>/dev/null || true; done | tr '\0' '\n')
for secret in owner/postgres_password broker/redis_password; do
  holder=redis; [ "${secret%%/*}" = broker ] || holder=postgres
  if grep -qF -- "$(dc exec -T $holder cat /srv/secrets/$secret)" <<<"$all"; then die "what $secret holds shows in configuration, logs, environment or arguments"; fi
done
password=$(dc exec -T desk sh -c 'sed "s/.*app:\(.*\)@.*/\1/" /srv/secrets/app/database_url')
if grep -qF -- "$password" <<<"$all"; then die "the application's password shows in configuration, logs, environment or arguments"; fi
say "no password in configuration, logs, environment or arguments"

# ── It comes back ─────────────────────────────────────────────────────────────────────────────────
# A backup, the database's volume destroyed, and the backup put back, by the words of docs/operations/backup.md.
# With LAB_RESTORE=yes alone, since it starts everything anew, which takes minutes.

if [ "${LAB_RESTORE:-no}" = yes ]; then
  began=$SECONDS dump=NAME
  by_the_page() { bash -euo pipefail -c "$(ops/by-the-page.sh docs/operations/backup.md "$1" | sed "s|docker compose|$DC|; s|NAME.dump|$dump|")" </dev/null 2>&1; }
  standing() { ask "select (select count(*) from stories), (select count(*) from story_versions), (select count(*) from development_stories), (select count(*) from matches), (select count(*) from items), (select count(*) from feeds)"; }
  before=$(standing)
  said=$(by_the_page "serieswatch backup --to /srv/backups --verify") || die "no backup: $said"
  grep -F "restored into a trial database and counted" <<<"$said" >/dev/null || die "the backup was not tried: $said"
  dump=$(dc exec -T backup sh -c 'cd /srv/backups && ls -t *.dump | head -n 1')
  said=$(by_the_page "docker volume rm serieswatch_postgres") || die "the backup is not put back: $(tail -n 20 <<<"$said")"
  [ "$(standing)" = "$before" ] || die "what came back is not what was there: $(standing), not $before"
  arrived || die "the story of before is not there"
  say "the volume was destroyed and the backup put back: $(grep -E 'rows' <<<"$said" | tail -n 1), in $((SECONDS - began)) s"
fi

# ── It is watched ─────────────────────────────────────────────────────────────────────────────────
# The monitoring profile without Grafana, which has no stand-in here: where its images are there, it must do its job.

if ! docker image inspect prom/prometheus:v3.5.0 prom/alertmanager:v0.28.1 >/dev/null 2>&1; then
  say "NOT LOOKED AT: monitoring. Its images are not here; for the lab: LAB_IMAGES=\"... prom/prometheus:v3.5.0 prom/alertmanager:v0.28.1\""
  exit 0
fi
watch() { $DC --profile monitoring "$@" </dev/null; }
watch up -d --build --wait metrics prometheus alertmanager flower >/dev/null 2>&1 || die "monitoring does not come up: $(watch ps -a)"
query() { watch exec -T prometheus promtool query instant http://127.0.0.1:9090 "$1"; }
targets() { [ "$(query 'count(max by (service) (up{job="serieswatch"}) == 1)' | grep -o '=> [0-9]*')" = "=> 6" ]; }
within 120 targets || die "Prometheus does not reach all six services: $(query 'up')"
say "Prometheus has figures of beat, fetch, parse, desk, backup and metrics"
rules() { watch exec -T prometheus promtool check rules /etc/prometheus/rules.yml | grep -F SUCCESS >/dev/null; }
rules || die "Prometheus does not take the rules"
login=$(watch exec -T flower cat /srv/secrets/pages/flower_login)
ask_flower() { watch exec -T -e LOGIN="$1" flower python3 -c '
import base64, os, sys, urllib.error, urllib.request as r
asked = r.Request("http://127.0.0.1:5555/api/tasks?limit=500")
if os.environ["LOGIN"]:
    asked.add_header("Authorization", "Basic " + base64.b64encode(os.environ["LOGIN"].encode()).decode())
try:
    print(r.urlopen(asked).read().decode())
except urllib.error.HTTPError as refused:
    print(refused.code)'; }
[ "$(ask_flower "")" = 401 ] || die "Flower lets strangers in"
shown() { ask_flower "$login" | grep -F workers.dispatch >/dev/null; }
within 60 shown || die "Flower shows no tasks: $(ask_flower "$login" | head -c 300)"
say "Flower shows tasks to whoever has the login, and to nobody else"
