#!/bin/sh
# Fuzzes every reader: builds the targets and runs each for so many seconds of wall time, one after the other, from seeds
# that are in this checkout. What it learns stays in FOLDER and is used by the next run. Ends non-zero at the first crash,
# sanitizer report or input that takes more than 20 s; the input lies in FOLDER then.
# Usage: Fuzz/run.sh FOLDER SECONDS
set -eu
cd "$(dirname "$0")/.."
out=$1
seconds=$2
Fuzz/build.sh "$out"

seeds=$out/seeds
rm -rf "$seeds"
mkdir -p "$seeds/XMLFeed" "$seeds/JSONFeed" "$seeds/HTMLText" "$seeds/OPML" "$seeds/Date" "$seeds/Watchlist" "$seeds/Configuration" "$seeds/Mail"
cp Tests/Fixtures/feeds/*.xml "$seeds/XMLFeed"
cp Tests/Fixtures/feeds/*.json "$seeds/JSONFeed"
cp Fuzz/seeds/*.html Tests/Fixtures/feeds/*.xml "$seeds/HTMLText"
# The list as it ships is longer than what is tried, and would be cut.
cp Examples/feeds.opml Fuzz/seeds/*.opml "$seeds/OPML"
cp Fuzz/seeds/*.watch "$seeds/Watchlist"
cp Tests/Fixtures/digests/hostile-day.txt Tests/Fixtures/digests/hostile-day.md "$seeds/Mail"
# As it ships, and with every key that is commented out.
cp config/durbeen.toml "$seeds/Configuration"
sed 's/^# \([a-z_]* = \)/\1/; s/^# \(\[\[*[a-z.]*\]\]*\)$/\1/; /^#/d; /^$/d' config/durbeen.toml > "$seeds/Configuration/keys.toml"
split -l 12 "$seeds/Configuration/keys.toml" "$seeds/Configuration/"
# The words of a language are not found by luck.
sed -n 's/^#* *\([a-z_]*\) = .*/"\1 = "/p; s/^#* *\(\[\[*[a-z.]*\]\]*\)$/"\1"/p' config/durbeen.toml | sort -u > "$seeds/Configuration.dict"
split -C 3000 config/watchlists/pakistan-us.watch "$seeds/Watchlist/"
split -l 1 Fuzz/seeds/dates.txt "$seeds/Date/"

# Backtraces are off: a crash under the address sanitizer can hang in them.
export SWIFT_BACKTRACE=enable=no ASAN_OPTIONS=detect_leaks=1
for target in Fuzz/*Target.swift; do
    name=$(basename "$target" Target.swift)
    mkdir -p "$out/corpus/$name"
    words=
    [ ! -e "$seeds/$name.dict" ] || words="-dict=$seeds/$name.dict"
    printf '%s: ' "$name"
    # shellcheck disable=SC2086 # no word at all, or one
    if ! "$out/$name" $words -max_total_time="$seconds" -timeout=20 -max_len=16384 -print_final_stats=1 \
        -artifact_prefix="$out/$name-" "$out/corpus/$name" "$seeds/$name" > "$out/$name.log" 2>&1; then
        tail -n 40 "$out/$name.log"
        exit 1
    fi
    sed -n 's/^stat::number_of_executed_units: */executions /p' "$out/$name.log"
done
