#!/bin/sh
# Sends digests through real servers on this machine: Postfix by STARTTLS and by implicit TLS with a log-in, and as sendmail, behind
# it Dovecot, which delivers by LMTP into Maildirs. Every message must arrive as it was frozen, byte for byte, and pass read-mail.py.
# A certificate that is not trusted must be refused before anything is sent.
#
# Usage, as root: real-mail-servers.sh DURBEEN      Debian: apt-get install postfix dovecot-core dovecot-lmtpd openssl python3
# Nothing of the system's own mail set-up is touched; the servers listen on 127.0.0.1 and end with the script.
set -eu
durbeen=$(realpath "$1")
tools=$(dirname "$(realpath "$0")")
export LIBDISPATCH_LOG=NO
work=$(mktemp -d /tmp/durbeen-mail.XXXXXX)
chmod 755 "$work"
feeds=
stop() {
    postfix -c "$work/postfix" stop >/dev/null 2>&1 || true
    doveadm -c "$work/dovecot.conf" stop >/dev/null 2>&1 || true
    [ -z "$feeds" ] || kill "$feeds" 2>/dev/null || true
    rm -rf "$work"
}
trap stop EXIT
fail() { echo "real-mail-servers: $*" >&2; tail -n 20 "$work"/*.log >&2 2>/dev/null || true; exit 1; }

# ---- a certificate authority that the digests trust, and the servers' certificate
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=Test authority" -keyout "$work/ca.key" -out "$work/ca.pem" 2>/dev/null
openssl req -newkey rsa:2048 -nodes -subj "/CN=localhost" -keyout "$work/key.pem" -out "$work/request" 2>/dev/null
printf 'subjectAltName=DNS:localhost\n' >"$work/names"
openssl x509 -req -in "$work/request" -CA "$work/ca.pem" -CAkey "$work/ca.key" -CAcreateserial -days 2 \
    -extfile "$work/names" -out "$work/cert.pem" 2>/dev/null

# ---- Dovecot: log-ins and the last mile
useradd --system --no-create-home durbeen-mail 2>/dev/null || true
uid=$(id -u durbeen-mail); gid=$(id -g durbeen-mail)
mkdir "$work/mail" "$work/run"; chown durbeen-mail "$work/mail"
echo "sender:{PLAIN}secret word" >"$work/users"
cat >"$work/dovecot.conf" <<END
base_dir = $work/run
log_path = $work/dovecot.log
protocols = lmtp
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login
first_valid_uid = 1
mail_location = maildir:$work/mail/%n
passdb {
  driver = passwd-file
  args = $work/users
}
userdb {
  driver = static
  args = uid=$uid gid=$gid home=$work/mail/%n allow_all_users=yes
}
service auth {
  unix_listener $work/auth {
    mode = 0666
  }
}
service lmtp {
  inet_listener lmtp {
    address = 127.0.0.1
    port = 10024
  }
}
END
dovecot -c "$work/dovecot.conf" || fail "Dovecot does not start"

# ---- Postfix: submission with STARTTLS on 10587, with implicit TLS on 10465, and sendmail
mkdir "$work/postfix" "$work/queue" "$work/data"; chown postfix "$work/data"
cat >"$work/postfix/main.cf" <<END
compatibility_level = 3.6
queue_directory = $work/queue
data_directory = $work/data
maillog_file = $work/postfix.log
maillog_file_prefixes = $work
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = localhost
mydestination =
virtual_mailbox_domains = example.test
virtual_transport = lmtp:inet:127.0.0.1:10024
smtpd_tls_cert_file = $work/cert.pem
smtpd_tls_key_file = $work/key.pem
smtpd_sasl_type = dovecot
smtpd_sasl_path = $work/auth
smtpd_relay_restrictions = permit_sasl_authenticated, reject
END
cat >"$work/postfix/master.cf" <<END
127.0.0.1:10587 inet n - n - - smtpd -o smtpd_tls_security_level=encrypt -o smtpd_sasl_auth_enable=yes
127.0.0.1:10465 inet n - n - - smtpd -o smtpd_tls_wrappermode=yes -o smtpd_sasl_auth_enable=yes
pickup unix n - n 1 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
retry unix - - n - - error
lmtp unix - - n - - lmtp
showq unix n - n - - showq
tlsmgr unix - - n 1000? 1 tlsmgr
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
proxymap unix - - n - - proxymap
postlog unix-dgram n - n - 1 postlogd
END
postfix -c "$work/postfix" start >"$work/start.log" 2>&1 || fail "Postfix does not start"
printf '#!/bin/sh\nexec /usr/sbin/sendmail -C %s "$@"\n' "$work/postfix" >"$work/sendmail"; chmod 755 "$work/sendmail"

# ---- one feed
mkdir "$work/www"
python3 - "$work/www/feed.xml" <<'END'
import sys
items = "".join(f"<item><guid>{n}</guid><title>Reko Diq report {'abcdefghij'[n]} معدنیات</title><link>https://a.example/{n}</link>"
                f"<description>From the record.\n.\n.dots stay; Pakistan and the United States, part {n}.</description></item>" for n in range(10))
open(sys.argv[1], "w", encoding="utf-8").write(f'<rss version="2.0"><channel><title>Herald</title>{items}</channel></rss>')
END
(cd "$work/www" && exec python3 -m http.server 10080 --bind 127.0.0.1 >/dev/null 2>&1) & feeds=$!
printf '[watch "Minerals"]\ntopic = critical-minerals\nthreshold = 4\n+5 "Reko Diq"\n' >"$work/a.watch"
echo "secret word" >"$work/password"; chmod 600 "$work/password"

# send NAME SINK PORT TLS CA: one digest, in a store of its own
send() {
    mkdir "$work/$1"
    cat >"$work/$1/durbeen.toml" <<END
[state]
folder = "state"
[fetch]
allow_addresses = ["127.0.0.0/8"]
host_spacing = "0s"
$5
[[feeds.feed]]
url = "http://127.0.0.1:10080/feed.xml"
[watchlists]
files = ["$work/a.watch"]
[[profile]]
name = "daily"
first_fill = "all"
sinks = ["$2"]
to = ["$1-one@example.test", "$1-two@example.test"]
[mail]
host = "localhost"
port = $3
tls = "$4"
user = "sender"
password_file = "$work/password"
from = "durbeen@example.test"
rate = 0
[sendmail]
path = "$work/sendmail"
END
    tries=0
    until "$durbeen" once --force --digest now --config "$work/$1/durbeen.toml" >"$work/$1.log" 2>&1; do
        tries=$((tries + 1)); [ $tries -lt 20 ] || fail "$1: the feed cannot be read"; sleep 0.2
    done
}

# arrived NAME: both readers have one message, and it is the frozen one
arrived() {
    for reader in one two; do
        tries=0
        until [ -n "$(ls "$work/mail/$1-$reader/new" 2>/dev/null)" ]; do
            tries=$((tries + 1)); [ $tries -lt 100 ] || fail "$1-$reader: nothing arrived"; sleep 0.2
        done
        python3 - "$work" "$1-$reader" "$1" "$tools" <<'END' || fail "$1-$reader: not as it was sent"
import glob, sqlite3, subprocess, sys
work, reader, name, tools = sys.argv[1:]
paths = glob.glob(f"{work}/mail/{reader}/new/*")
assert len(paths) == 1, paths
got = open(paths[0], "rb").read().replace(b"\r\n", b"\n")
own, shared, state = sqlite3.connect(f"{work}/{name}/state/durbeen.sqlite").execute(
    "SELECT delivery_files.bytes, shared_bytes.bytes, state FROM deliveries JOIN delivery_files ON delivery = deliveries.id"
    " JOIN shared_bytes ON shared_bytes.id = shared WHERE recipient LIKE ?", (reader + "@%",)).fetchone()
sent = own + shared
assert state == "accepted", state
# Servers put their trace before the message and change nothing behind it.
assert got.endswith(sent.replace(b"\r\n", b"\n")), "bytes differ"
trace = {line.split(b":")[0] for line in got[:len(got) - len(sent.replace(b'\r\n', b'\n'))].splitlines() if line[:1] not in b" \t"}
assert trace <= {b"Return-Path", b"Delivered-To", b"Received"}, trace
assert b"Return-Path: <durbeen@example.test>" in got
open(f"{work}/frozen.eml", "wb").write(sent)
subprocess.run([sys.executable, f"{tools}/read-mail.py", f"{work}/frozen.eml"], check=True, stdout=subprocess.DEVNULL)
END
    done
    echo "$1: two messages arrived as they were frozen"
}

send starttls mail 10587 starttls "ca_file = \"$work/ca.pem\""
arrived starttls
send implicit mail 10465 implicit "ca_file = \"$work/ca.pem\""
arrived implicit
send program sendmail 10587 starttls ""
arrived program
send untrusted mail 10587 starttls ""
grep -q "2 will be tried again" "$work/untrusted.log" || fail "untrusted: was not put off"
[ ! -e "$work/mail/untrusted-one" ] || fail "untrusted: was delivered"
! grep -q "untrusted" "$work/postfix.log" || fail "untrusted: Postfix saw a recipient"
echo "untrusted: nothing was said to a server whose certificate is not trusted"
