#!/bin/sh
# Polls feeds from a real server that offers HTTP/2: all requests must go over one connection, as streams side by side. Then
# from the same server without HTTP/2, where each request under way needs a connection of its own.
#
# Usage: http2-server.sh DURBEEN      Debian: apt-get install nginx-light openssl
set -eu
durbeen=$(realpath "$1")
export LIBDISPATCH_LOG=NO
work=$(mktemp -d /tmp/durbeen-http2.XXXXXX)
server=
stop() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    rm -rf "$work"
}
trap stop EXIT
chmod 755 "$work"
fail() { echo "http2-server: $*" >&2; tail -n 20 "$work"/*.log >&2 2>/dev/null || true; exit 1; }

feeds=40
port=28443
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "/CN=localhost" \
    -addext "subjectAltName=IP:127.0.0.1" -keyout "$work/key.pem" -out "$work/cert.pem" 2>/dev/null
mkdir "$work/www"
number=0
while [ "$number" -lt "$feeds" ]; do
    echo "<rss version=\"2.0\"><channel><title>$number</title><item><guid>$number</guid><title>Item</title></item></channel></rss>" \
        >"$work/www/$number.xml"
    number=$((number + 1))
done

# start_server HTTP2: an answer takes its time, so that the next request comes while the first is under way.
start_server() {
    cat >"$work/nginx.conf" <<END
worker_processes 1; daemon off; pid $work/nginx.pid; error_log $work/error.log;
events { worker_connections 256; }
http {
    types { application/rss+xml xml; }
    log_format plain '\$server_protocol \$connection \$status';
    access_log $work/access.log plain;
    server {
        listen 127.0.0.1:$port ssl $1;
        ssl_certificate $work/cert.pem; ssl_certificate_key $work/key.pem;
        root $work/www;
        location / { limit_rate 100; }
    }
}
END
    : >"$work/access.log"
    nginx -c "$work/nginx.conf" -e "$work/error.log" >/dev/null 2>&1 &
    server=$!
    tries=0
    until openssl s_client -connect 127.0.0.1:$port </dev/null >/dev/null 2>&1; do
        tries=$((tries + 1)); [ "$tries" -lt 100 ] || fail "nginx does not answer"
        sleep 0.1
    done
}
stop_server() { kill "$server"; wait "$server" 2>/dev/null || true; server=; }

# poll NAME: one round; the state stays for the next.
poll() {
    {
        printf '[state]\nfolder = "state-%s"\n[fetch]\ncontact = "mailto:test@example.org"\nca_file = "cert.pem"\n' "$1"
        printf 'allow_addresses = ["127.0.0.1"]\nhost_spacing = "0s"\nhost_budget = 0\nhost_connections = %s\n' "$feeds"
        printf 'floor = "1s"\nmin_floor = "1s"\n'
        number=0
        while [ "$number" -lt "$feeds" ]; do
            printf '[[feeds.feed]]\nurl = "https://127.0.0.1:%s/%s.xml"\n' "$port" "$number"
            number=$((number + 1))
        done
        printf '[watchlists]\nfiles = ["*.watch"]\n[[profile]]\nname = "reader"\nzone = "UTC"\n[files]\nfolder = "digests"\n'
    } >"$work/durbeen.toml"
    printf '[watch "A"]\ntopic = trade-investment\narea = economy\nthreshold = 1\n+1 accord\n' >"$work/a.watch"
    "$durbeen" once --all --config "$work/durbeen.toml" >"$work/poll.log" 2>&1 || fail "polling failed"
}
# count PROTOCOL STATUS, and connections PROTOCOL STATUS
count() { awk -v p="$1" -v s="$2" '$1 == p && $3 == s { n++ } END { print n + 0 }' "$work/access.log"; }
connections() { awk -v p="$1" -v s="$2" '$1 == p && $3 == s { print $2 }' "$work/access.log" | sort -u | wc -l; }

start_server http2
poll h2
sleep 1.5
poll h2
stop_server
[ "$(count HTTP/2.0 200)" -eq "$feeds" ] || fail "of $feeds feeds $(count HTTP/2.0 200) came by HTTP/2"
[ "$(count HTTP/2.0 304)" -eq "$feeds" ] || fail "of $feeds feeds $(count HTTP/2.0 304) were unchanged by HTTP/2"
for status in 200 304; do
    [ "$(connections HTTP/2.0 $status)" -eq 1 ] || fail "$(connections HTTP/2.0 $status) connections where one does"
done

start_server ""
poll h1
stop_server
[ "$(count HTTP/1.1 200)" -eq "$feeds" ] || fail "of $feeds feeds $(count HTTP/1.1 200) came by HTTP/1.1"
echo "$feeds feeds by HTTP/2 over one connection, twice; by HTTP/1.1 over $(connections HTTP/1.1 200)"
