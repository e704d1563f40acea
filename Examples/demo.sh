#!/bin/sh
# The demo: the real program polls the sample feeds of Examples/feeds over HTTP on this machine and shows its digest.
# Everything it makes is in .demo. Run it twice: the second time there is nothing new. `make demo` is the way to call it.
set -eu
cd "$(dirname "$0")/.."
export LIBDISPATCH_LOG=NO

programs=.build/release
demo=.demo
config=$demo/durbeen.toml
server=

fail() {
    echo "demo: $*" >&2
    exit 1
}

stop_server() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    [ -z "$server" ] || wait "$server" 2>/dev/null || true
    server=
}
trap stop_server EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# On a terminal the build shows its own progress line; elsewhere it stays silent unless it fails.
build() {
    echo "Building Durbeen (some minutes the first time)..."
    if [ -t 1 ]; then
        "${MAKE:-make}" --no-print-directory -s build
    elif ! "${MAKE:-make}" --no-print-directory -s build >"$demo/build.log" 2>&1; then
        tail -n 40 "$demo/build.log" >&2
        fail "the build failed; all of it is in $demo/build.log"
    fi
}

# Serves Examples/feeds at the port given, 0 for one of the kernel's choice; sets `port`.
serve() {
    rm -f "$demo/port.now"
    "$programs/sample-feeds" Examples/feeds --port "$1" --port-file "$demo/port.now" >"$demo/sample-feeds.log" 2>&1 &
    server=$!
    tries=0
    while [ ! -s "$demo/port.now" ]; do
        kill -0 "$server" 2>/dev/null || { server=; return 1; }
        tries=$((tries + 1))
        [ "$tries" -lt 100 ] || { stop_server; return 1; }
        sleep 0.1
    done
    port=$(tr -cd '0-9' <"$demo/port.now")
}

# A feed's address is its identity, so a second run has to serve at the first one's port. Where that is taken by now,
# the demo begins anew.
start_server() {
    if [ -s "$demo/port" ]; then
        if serve "$(cat "$demo/port")"; then return; fi
        echo "Port $(cat "$demo/port") of the last demo is taken; starting afresh."
        rm -rf "$demo/state" "$demo/digests" "$demo/port"
    fi
    serve 0 || fail "the server of the sample feeds did not start: $(tail -n 1 "$demo/sample-feeds.log")"
    echo "$port" >"$demo/port"
}

# The editions that exist, in a fixed order.
editions() {
    find "$demo/digests" -type f -name '[0-9]*' 2>/dev/null | sort
}

mkdir -p "$demo"
build
start_server
for file in demo.toml feeds.opml; do
    sed "s|http://127\.0\.0\.1:8080/|http://127.0.0.1:$port/|" "Examples/$file" >"$demo/$file"
done
mv "$demo/demo.toml" "$config"

echo "Serving $(find Examples/feeds -type f ! -name '*.md' | wc -l) sample feeds (invented publishers and news) at http://127.0.0.1:$port/"
editions >"$demo/before"
echo "Polling them: durbeen once --all --digest now --config $config"
"$programs/durbeen" once --all --digest now --config "$config"
editions >"$demo/after"
stop_server

[ -s "$demo/after" ] || fail "no digest was made; see what $programs/durbeen status --config $config says"
new=$(comm -13 "$demo/before" "$demo/after")
if [ -z "$new" ]; then
    echo
    echo "Nothing new: every entry is in an earlier digest, and none is sent twice. They are still here:"
    new=$(cat "$demo/after")
    again="To begin anew: rm -r $demo && make demo"
else
    echo
    "$programs/durbeen" digest show latest --config "$config"
    again="Now once more, to see that nothing repeats: make demo"
fi
echo
printf '%s\n' "$new" | sed "s|^|  $PWD/|"
echo
echo "$again"
