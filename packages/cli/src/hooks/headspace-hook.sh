#!/bin/sh
# headspace-hook @VERSION@
#
# Claude Code calls this for every event: `headspace-hook <EventName>`, JSON on standard input.
# The event is written into the spool first, then handed to the server; once the server has it,
# the spool file goes away. Whatever fails, this stays silent, ends with 0 and is quick, because
# Claude waits for it. Installed by `headspace hooks install`; changes made here are overwritten.
#
# POSIX sh (dash, bash, busybox). Processes cost most of the time, so builtins do what they can.

exec 2>/dev/null
umask 077
set -f
trap '' PIPE
[ -n "$1" ] && [ ! -t 0 ] || exit 0
event=$1
home=${0%/*}
home=${home%/*}
PATH=$PATH:/usr/bin:/bin:/usr/local/bin:/opt/homebrew/bin
nl='
'

# Milliseconds since 1970. Two equal readings mean a plain variable that somebody exported.
now=${EPOCHREALTIME-}
if [ -n "$now" ] && [ "$now" != "$EPOCHREALTIME" ]; then
  fraction=${now#*[.,]}
  now=${now%[.,]*}${fraction%???}
else
  now=$(date +%s%3N)
  # A date without %N (BSD, macOS) leaves letters behind.
  case $now in '' | *[!0-9]*) now=$(date +%s)000 ;; esac
fi

payload=$(cat)
[ -n "$payload" ] || exit 0

host=
read -r host <"$home/host-id"
id=
read -r id </proc/sys/kernel/random/uuid
[ -n "$id" ] || id=$host-$now-$$

@PROCESS_MARKS@

# A number that grows with every event of this process of Claude Code, also where the clock is set
# back. Events that fire at the same moment may share it. The file is written over and never cut,
# so that such an event reads a whole number.
spool=$home/spool
[ -d "$spool/tmp" ] && [ -d "$spool/sequence" ] || mkdir -p "$spool/tmp" "$spool/sequence"
sequence=$now
last=
read -r last <"$spool/sequence/$pid-$start"
case $last in '' | *[!0-9]*) last=0 ;; esac
[ "$last" -lt "$sequence" ] || sequence=$((last + 1))
printf '%s\n' "$sequence" 1<>"$spool/sequence/$pid-$start"

case $event in
@SLUGS@
  *) slug=$event ;;
esac

set --
request="POST /hook/$slug$nl"
for field in \
  "x-headspace-event-id $id" \
  "x-headspace-sent-at $now" \
  "x-headspace-sequence $sequence" \
  "x-headspace-host $host" \
  "x-headspace-pid-namespace $namespace" \
  "x-claude-pid $pid" \
  "x-claude-proc-start $start" \
  "x-claude-entrypoint ${CLAUDE_CODE_ENTRYPOINT-}" \
  "x-headspace-launch ${HEADSPACE_LAUNCH-}" \
  "x-tmux ${TMUX-}" \
  "x-tmux-pane ${TMUX_PANE-}"; do
  case $field in *' ' | *[[:cntrl:]]*) continue ;; esac
  set -- "$@" -H "${field%% *}: ${field#* }"
  request=$request${field%% *}:\ ${field#* }$nl
done

# The spool: one file per event; its name sorts in the order in which they fired. It appears under
# its name when complete.
file=$spool/$sequence-$$-$event.event
partial=$spool/tmp/$sequence-$$
if printf '%s\n%s' "$request" "$payload" >"$partial" && mv "$partial" "$file"; then :; else
  rm -f "$partial"
  file=
fi

@HOOK_AUTH@
[ -n "$token" ] || exit 0

# No .curlrc, no proxy, no waiting for "100 Continue".
post() {
  printf '%s' "$payload" |
    curl -q -s --noproxy '*' --connect-timeout 0.2 -m 1.5 \
      -H "@$home/hook-auth" "$@" -H 'content-type: application/json' -H 'expect:' \
      --data-binary @- "${url:-http://127.0.0.1:5055}/hook/$slug"
}

# After a server that did not answer, events go to the spool only: it costs one event its time, and
# no other. Every 5 to 60 seconds one of them is tried in the background; the next time is written
# first, so that no other is.
seconds=${now%???}
until=0
pause=0
read -r until pause <"$spool/hold"
case $until$pause in '' | *[!0-9]*) until=0 pause=0 ;; esac
if [ "$pause" -gt 0 ]; then
  [ "$seconds" -lt "$until" ] && [ $((until - seconds)) -le 60 ] && exit 0
  pause=$((pause * 2))
  [ "$pause" -le 60 ] || pause=60
  printf '%s %s\n' $((seconds + pause)) "$pause" >"$spool/hold"
  # Nobody reads its answer: as if it came from the spool.
  { post "$@" -H 'x-headspace-spooled: 1' -f -o /dev/null && rm -f "$spool/hold" "$file"; } </dev/null >/dev/null &
  exit 0
fi

answer=$(post "$@" -w '\n%{http_code}')
result=$?
case ${answer##*"$nl"} in
  200 | 201 | 202 | 204)
    answer=${answer%"$nl"*}
    [ -n "$answer" ] && printf '%s\n' "$answer"
    [ -n "$file" ] && rm -f "$file"
    ;;
  *)
    [ "$result" -eq 28 ] && printf '%s 5\n' $((seconds + 5)) >"$spool/hold"
    ;;
esac
exit 0
