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

case $event in
@SLUGS@
  *) slug=$event ;;
esac

set --
request="POST /hook/$slug$nl"
for field in \
  "x-headspace-event-id $id" \
  "x-headspace-sent-at $now" \
  "x-headspace-host $host" \
  "x-headspace-pid-namespace $namespace" \
  "x-claude-pid $pid" \
  "x-claude-proc-start $start" \
  "x-claude-entrypoint ${CLAUDE_CODE_ENTRYPOINT-}" \
  "x-tmux ${TMUX-}" \
  "x-tmux-pane ${TMUX_PANE-}"; do
  case $field in *' ' | *[[:cntrl:]]*) continue ;; esac
  set -- "$@" -H "${field%% *}: ${field#* }"
  request=$request${field%% *}:\ ${field#* }$nl
done

# The spool: one file per event; its name sorts by time. It appears under its name when complete.
spool=$home/spool
file=$spool/$now-$$-$event.event
partial=$spool/tmp/$now-$$
[ -d "$spool/tmp" ] || mkdir -p "$spool/tmp"
if printf '%s\n%s' "$request" "$payload" >"$partial" && mv "$partial" "$file"; then :; else
  rm -f "$partial"
  file=
fi

# After a server that took the connection but did not answer, later events go to the spool only,
# for a time that doubles from 5 to 60 seconds, so that a hung server does not slow the session.
seconds=${now%???}
until=0
pause=0
limit=1.5
read -r until pause <"$spool/hold"
case $until$pause in '' | *[!0-9]*) until=0 pause=0 ;; esac
if [ "$pause" -gt 0 ]; then
  limit=0.3
  [ "$seconds" -lt "$until" ] && [ $((until - seconds)) -le 60 ] && exit 0
fi

@HOOK_AUTH@
[ -n "$token" ] || exit 0

# No .curlrc, no proxy, no waiting for "100 Continue".
answer=$(
  printf '%s' "$payload" |
    curl -q -s --noproxy '*' --connect-timeout 0.2 -m "$limit" \
      -H "@$home/hook-auth" "$@" -H 'content-type: application/json' -H 'expect:' \
      --data-binary @- -w '\n%{http_code}' "${url:-http://127.0.0.1:5055}/hook/$slug"
)
result=$?
case ${answer##*"$nl"} in
  200 | 201 | 202 | 204)
    answer=${answer%"$nl"*}
    [ -n "$answer" ] && printf '%s\n' "$answer"
    [ "$pause" -gt 0 ] && rm -f "$spool/hold"
    [ -n "$file" ] && rm -f "$file"
    ;;
  *)
    if [ "$result" -eq 28 ]; then
      pause=$((pause * 2))
      [ "$pause" -ge 5 ] || pause=5
      [ "$pause" -le 60 ] || pause=60
      printf '%s %s\n' $((seconds + pause)) "$pause" >"$spool/hold"
    fi
    ;;
esac
exit 0
