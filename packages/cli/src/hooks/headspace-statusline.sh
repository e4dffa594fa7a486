#!/bin/sh
# headspace-statusline @VERSION@
#
# Claude Code runs this as its status line: `headspace-statusline ID`, JSON on standard input. The
# input goes to Headspace in the background; then the user's own status line command, which the
# installation kept in ID.command, takes the place of this process, with the same input and
# environment. Without a command of the user it prints nothing. Installed by
# `headspace hooks install`; changes made here are overwritten.
#
# POSIX sh (dash, bash, busybox). Names begin with hs_: an exported variable of the user keeps its
# value. Claude waits for the foreground, which is one `cat`; the background may take its time.

hs_home=${0%/*}
hs_home=${hs_home%/*}
hs_folder=$hs_home/statusline
hs_input=$hs_folder/$$.input

# Tells the server what the status line said. At most one process per Claude Code does it at a time:
# it sends the newest input until there is none, so that nothing piles up behind a slow server.
hs_post() {
  exec </dev/null >/dev/null 2>&1
  umask 077
  set -f
  trap '' PIPE
  PATH=$PATH:/usr/bin:/bin:/usr/local/bin:/opt/homebrew/bin
  home=$hs_home

@HOOK_AUTH@
  if [ -z "$token" ]; then
    rm -f "$hs_input"
    exit 0
  fi

@PROCESS_MARKS@

  host=
  read -r host <"$home/host-id"
  latest=$hs_folder/$pid.latest
  poster=$hs_folder/$pid.poster
  mv "$hs_input" "$latest" || exit 0

  # Another one is at it: it will find what was just put there.
  other=
  other_start=
  read -r other other_start <"$poster"
  hs_start_of "${other:-none}" && [ "$found" = "$other_start" ] && exit 0

  # $$ is the process that becomes the user's command; this one's number is only there.
  self=
  read -r self rest </proc/self/stat
  self=${self:-$$}
  hs_start_of "$self"
  sending=$hs_folder/$self.sending
  while :; do
    printf '%s %s\n' "$self" "$found" >"$poster"
    while mv "$latest" "$sending"; do hs_send; done
    rm -f "$poster"
    # What came between the last look and the end of the claim.
    [ -e "$latest" ] || break
  done
}

# Start time of a process into $found; false where there is none.
hs_start_of() {
  found=
  read -r stat <"/proc/$1/stat" || return 1
  set -- ${stat##*\) }
  shift 19
  found=$1
}

hs_send() {
  # Milliseconds since 1970 at which the input was written. Not every date knows -r or %N.
  now=$(date -r "$sending" +%s%3N)
  case $now in '' | *[!0-9]*) now=$(date +%s)000 ;; esac
  seconds=${now%???}
  # What a killed process left behind.
  case $now in *00) find "$hs_folder" -type f -mmin +10 ! -name '*.command' ! -name hold -exec rm -f {} + ;; esac

  # After a failure it is quiet for 5 seconds, after a server that does not answer for up to 60.
  until=0
  pause=0
  read -r until pause <"$hs_folder/hold"
  case $until$pause in '' | *[!0-9]*) until=0 pause=0 ;; esac
  if [ "$seconds" -lt "$until" ] && [ $((until - seconds)) -le 60 ]; then
    rm -f "$sending"
    return
  fi

  set --
  for field in \
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
  done
  curl -q -s -f -o /dev/null --noproxy '*' --connect-timeout 0.5 -m 2 \
    -H "@$home/hook-auth" "$@" -H 'content-type: application/json' -H 'expect:' \
    --data-binary "@$sending" "${url:-http://127.0.0.1:5055}/hook/status-line"
  result=$?
  rm -f "$sending"
  case $result in
    0)
      [ "$until" -gt 0 ] && rm -f "$hs_folder/hold"
      return
      ;;
    28)
      pause=$((pause * 2))
      [ "$pause" -ge 5 ] || pause=5
      [ "$pause" -le 60 ] || pause=60
      ;;
    *) pause=5 ;;
  esac
  printf '%s %s\n' $((seconds + pause)) "$pause" >"$hs_folder/hold"
}

# The user's command, word for word.
hs_command=
hs_line=
if [ -r "$hs_folder/$1.command" ]; then
  while IFS= read -r hs_line; do
    hs_command="$hs_command$hs_line
"
  done <"$hs_folder/$1.command"
  hs_command=$hs_command$hs_line
fi

{ read -r hs_parent <"/proc/$PPID/stat"; } 2>/dev/null
if { cat >"$hs_input"; } 2>/dev/null; then
  exec <"$hs_input"
  hs_post &
fi
[ -n "$hs_command" ] || exit 0
exec /bin/sh -c "$hs_command"
