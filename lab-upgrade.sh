#!/usr/bin/env bash
# An upgrade and the way back on images, by the very words of docs/operations/upgrade.md, with work in hand.
#
#     lab-upgrade.sh [OLD [NEW]]      two commits; usually the last before the newest migration, and this one
#
# Run where a container daemon is and no stack of ours; the compose command is in $DC (with "-p NAME" beside one). Deploys OLD from a clone of
# its own, lets it follow the sample newsroom, and runs the page's commands meanwhile: backup, upgrade, back, and
# forth again. Counts rows before and after each, and at the end holds them against what the sample is known to hold.
# Takes everything away afterwards, volumes and images too.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
DC=${DC:-docker compose}
SOURCE=$PWD PAGE=$PWD/docs/operations/upgrade.md
newest=$(git log --diff-filter=A --format=%H -1 -- "$(ls migrations/versions/[0-9]*.py | tail -1)")
OLD=$(git rev-parse --verify "${1:-$newest^}^{commit}")
NEW=$(git rev-parse --verify "${2:-HEAD}^{commit}")
PORT=${DESK_PORT:-18080}

say() { printf 'lab-upgrade: %4ss  %s\n' "$SECONDS" "$*"; }
die() { printf 'lab-upgrade: FAILED: %s\n' "$*" >&2; exit 1; }
# "docker compose" is two words, on purpose.
dc() { $DC "$@" </dev/null; }
ask() { dc exec -T postgres psql -qAt -F ' ' -U serieswatch -d serieswatch -c "$1"; }
within() { local limit=$((SECONDS + $1)); shift; until "$@"; do [ "$SECONDS" -lt "$limit" ] || return 1; sleep 1; done; }

[ -z "$(dc ps -aq)" ] || die "a stack of ours is here already"
work=$(mktemp -d); looking=
clean() {
  [ -z "$looking" ] || kill "$looking" 2>/dev/null || true
  docker rm -f serieswatch-sample >/dev/null 2>&1 || true
  (cd "$work/serieswatch" 2>/dev/null && dc down -v --remove-orphans >/dev/null 2>&1) || true
  docker images -q --filter 'reference=serieswatch*:2026.1[12]' | xargs -r docker rmi -f >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap clean EXIT

# by_the_page WORDS: run the block of commands on the page that holds these words.
by_the_page() {
  "$SOURCE/ops/by-the-page.sh" "$PAGE" "$1" >"$work/block"
  sed -E "s/\bNEW\b/$NEW/; s/\bOLD\b/$OLD/; s|docker compose|$DC|" "$work/block" >"$work/commands"
  sed 's/^/      | /' "$work/block"
  bash -euo pipefail "$work/commands" </dev/null >"$work/said" 2>&1 || { tail -20 "$work/said" >&2; dc ps -a >&2; die "that did not work"; }
}

# ── The release before ────────────────────────────────────────────────────────────────────────────

git clone -q "$SOURCE" "$work/serieswatch"
cd "$work/serieswatch"
git checkout -q "$OLD"
cp .env.example .env
cat >>.env <<ENV
DESK_PORT=$PORT
DESK_TLS_PORT=$((PORT + 1))
SERIESWATCH_ALLOW_INSIDE=10.0.0.0/8,172.16.0.0/12,192.168.0.0/16
SERIESWATCH_HOST_GAP_SECONDS=0
SERIESWATCH_HOST_AT_ONCE=8
ENV
sed -i 's/^#*RELEASE=.*/RELEASE=2026.11/' .env
dc up -d --build --wait >"$work/said" 2>&1 || { tail -20 "$work/said" >&2; die "the release before does not come up"; }
say "$(git log -1 --format='%h of %cs') is up, tables $(ask 'select version_num from alembic_version')"

# The sample newsroom in a container of its own, which no upgrade touches: it shows each feed's documents one after the
# other, dated as if they were of these days, and goes on when all of a moment were fetched.
dc run -d --no-deps --name serieswatch-sample -e PYTHONPATH=/app fetch python3 -c "$(cat <<'PY'
import functools, http.server, json, os, pathlib, re, threading, time
from datetime import date
from email.utils import formatdate
import psycopg
from cli.sample.newsroom import expected, write_newsroom

root, shown, go = pathlib.Path("/tmp/newsroom"), pathlib.Path("/tmp/shown"), pathlib.Path("/tmp/go")
shown.mkdir()
write_newsroom(root)
shift = date.today() - date(2026, 3, 15)
def iso(found): return (date.fromisoformat(found[0]) + shift).isoformat()
def mail(found): return (date(2026, 3, int(found[1])) + shift).strftime("%d %b %Y")
moments = {}
for path in root.glob("*/*"):
    moments.setdefault(path.stem, []).append(path)
class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 64
class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_): pass
served = Server(("", 8000), functools.partial(Quiet, directory=shown))
threading.Thread(target=served.serve_forever, daemon=True).start()
pathlib.Path("/tmp/expected").write_text(f"{expected().documents} {expected().stories_at_least} {expected().stories_at_most}")
address = pathlib.Path("/srv/secrets/app/database_url").read_text().strip()
def ask(words):
    while True:
        try:
            with psycopg.connect(address, autocommit=True) as connection:
                asked = connection.execute(words)
                return asked.fetchone()[0] if asked.description else None
        except psycopg.OperationalError:
            time.sleep(.2)
AGAIN = "(last_modified is null and reason like '%the same document again%' and last_attempt_at > '{}'::timestamptz + interval '5 s')"
OURS = "url like 'http://serieswatch-sample:8000/%'"
while not pathlib.Path("/tmp/followed").exists():
    for folder in root.iterdir():
        (shown / folder.name).mkdir(exist_ok=True)
        if not (shown / folder.name / "feed").exists():
            (shown / folder.name / "feed").write_bytes(b'<rss version="2.0"><channel><title>x</title></channel></rss>')
            os.utime(shown / folder.name / "feed", (1_600_000_000,) * 2)  # older than all that follow
    time.sleep(.5)
told = 0
for moment in sorted(moments):
    for path in moments[moment]:
        body = path.read_bytes().decode("utf-8", "surrogateescape")
        body = re.sub(r"2026-03-\d\d", iso, body)
        body = re.sub(r"\b(\d\d) Mar 2026", mail, body)
        at = shown / path.parent.name / "feed"
        at.with_name("new").write_bytes(body.encode("utf-8", "surrogateescape"))
        os.utime(at.with_name("new"), (1_700_000_000 + told * 10,) * 2)
        at.with_name("new").rename(at)
        told += 1
    began = time.monotonic()
    # Fetched is what the feed's row has the date of, or whose answer is of no use, as some are on purpose: a document in
    # which nothing is new is not kept. Of one that is torn no date is kept: it is there once it has come again.
    since = ask("select now()")
    dates = {path.parent.name: [formatdate(path.stat().st_mtime, usegmt=True)] for path in shown.glob("*/feed")}
    SHOWN = f"'{json.dumps(dates)}'::jsonb"
    while True:
        ask(f"update feeds set due_at = now() where {OURS} and due_at > now() and (lease_until is null or lease_until < now())")
        behind = ask(f"select count(*) from feeds where {OURS} and last_modified is distinct from ({SHOWN}) -> split_part(url, '/', 4) ->> 0 and (last_attempt_at is null or last_attempt_at < '{since}' or state in ('ok', 'not_modified') and not {AGAIN.format(since)})")
        if not behind and (go.exists() or time.monotonic() - began > 12):
            break
        time.sleep(.5)
    print(f"{moment}: {told} documents", flush=True)
print("all", flush=True)
time.sleep(36000)
PY
)" >/dev/null
within 120 docker exec serieswatch-sample test -e /tmp/shown/two-rivers-radio/feed || die "the sample does not start: $(docker logs serieswatch-sample 2>&1 | tail -5)"
docker exec -i serieswatch-sample python3 - <<'PY' >/dev/null || die "the feeds cannot be added"
import os
from cli.main import main
for one in sorted(os.listdir("/tmp/shown")):
    if main(["feeds", "add", "--unchecked", f"http://serieswatch-sample:8000/{one}/feed"]):
        raise SystemExit(one)
PY
docker exec serieswatch-sample touch /tmp/followed

# How the desk answers through the proxy meanwhile.
look() {
  while sleep 0.5; do
    answer=$( (exec 3<>"/dev/tcp/127.0.0.1/$PORT" && printf 'GET /sign-in HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n' >&3 && head -n 1 <&3) 2>/dev/null | cut -d' ' -f2 || true)
    printf '%s %s\n' "$(date +%s.%N)" "${answer:-none}"
  done
}
look >"$work/answers" 2>/dev/null &
looking=$!
away() { awk -v from="$1" '$1 >= from { if ($2 != 200) { if (!since) since = $1 } else { if (since && $1 - since > most) most = $1 - since; since = 0 } } END { if (since && $1 - since > most) most = $1 - since; printf "%.0f", most }' "$work/answers"; }

TABLES="documents stories story_versions development_stories tags matches items duplicates decisions users"
counted() { for table in $TABLES; do printf '%s %s\n' "$table" "$(ask "select count(*) from $table" 2>/dev/null || echo -)"; done; }
leases() { ask "select (select count(*) from feeds where lease_until > now()) + (select count(*) from documents where lease_until > now()) + (select count(*) from stories where lease_until > now())"; }
waiting() { ask "select (select count(*) from documents where work_state = 'ready') + (select count(*) from stories where work_state = 'ready')"; }
is_busy() { in_hand=$(leases); [ "$in_hand" -gt 0 ]; }
more_came() { [ "$(ask "select count(*) from documents where work_state = 'done'")" -ge "$1" ]; }
# step WHAT COMMAND...: with work in hand, and nothing of what was there is gone afterwards.
step() {
  local what=$1 from began; shift
  within 120 is_busy || die "nothing is in hand before: $what"
  counted >"$work/before"; from=$(date +%s.%N) began=$SECONDS
  say "$what: $in_hand leases in hand, $(waiting) rows wait; $(paste -sd' ' "$work/before")"
  "$@"
  counted >"$work/after"
  join "$work/before" "$work/after" 2>/dev/null | awk '$2 != "-" && $3 < $2 { print; bad = 1 } END { exit bad }' >&2 || die "there are fewer rows than before: $what"
  within 180 more_came "$(($(awk '$1 == "documents" { print $2 }' "$work/before") + 1))" || die "nothing goes on after: $what"
  say "$what: took $((SECONDS - began)) s; the desk was away for $(away "$from") s; tables $(ask 'select version_num from alembic_version'); image of parse $(dc ps --format '{{.Image}}' parse)"
}

within 300 more_came 20 || die "the sample is not followed: $(docker logs --tail 5 serieswatch-sample 2>&1)"
step "a backup" by_the_page "serieswatch backup"
step "the upgrade" by_the_page "git checkout NEW"
step "the way back" by_the_page "git checkout OLD"
sed -i '/^SERIESWATCH_NEWER_TABLES=/d' .env
step "forth again" by_the_page "git checkout NEW"

# ── What came of it ───────────────────────────────────────────────────────────────────────────────

docker exec serieswatch-sample touch /tmp/go
all_shown() { docker logs --tail 1 serieswatch-sample 2>&1 | grep -qx all; }
within 900 all_shown || die "not everything was fetched: $(docker logs --tail 2 serieswatch-sample 2>&1)"
is_through() { [ "$(waiting)" = 0 ] && ! is_busy; }
within 600 is_through || die "not everything is read and placed: $(waiting) wait, $(leases) leases"
read -r _ least most <<<"$(docker exec serieswatch-sample cat /tmp/expected)"
ours="feed_id in (select id from feeds where url like 'http://serieswatch-sample:8000/%')"
twice=$(ask "select count(*) from (select from documents where $ours group by feed_id, body_hash, captured_at having count(*) > 1) as twice")
stories=$(ask "select count(*) from stories") placed=$(ask "select count(distinct story_id) from development_stories")
dead=$(ask "select (select count(*) from documents where work_state = 'dead') + (select count(*) from stories where work_state = 'dead') + (select count(*) from feeds where work_state = 'dead')")
say "at the end: $(counted | paste -sd' ')"
say "documents twice: $twice; stories $stories of $least to $most, $placed placed; dead $dead; leases $(leases)"
[ "$twice" = 0 ] && [ "$stories" -ge "$least" ] && [ "$stories" -le "$most" ] && [ "$placed" = "$stories" ] && [ "$dead" = 0 ] || die "something is lost, doubled or stuck"
dc exec -T beat serieswatch doctor --json | python3 -c '
import json, sys
wrong = [f for f in json.load(sys.stdin)["findings"] if not f["ok"] and f["what"] != "feeds"]
sys.exit(str(wrong) if wrong else 0)' || die "the doctor finds something wrong"
say "nothing lost, nothing doubled, nothing stuck"
