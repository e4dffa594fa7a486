#!/bin/sh
# A remote agent from start to stop, with curl and jq.
#   HEADSPACE_URL=http://127.0.0.1:5055 HEADSPACE_API_KEY=hs_… sh remote-agent.sh PROJECT PROMPT
set -eu
agents="$HEADSPACE_URL/api/remote-agents"

# The key goes in by a file descriptor: arguments can be seen by other users of the machine.
call() {
  curl --silent --show-error --fail-with-body --config - "$@" <<CONFIG
header = "Authorization: Bearer $HEADSPACE_API_KEY"
header = "Content-Type: application/json"
CONFIG
}

body=$(jq -n --arg project "$1" --arg prompt "$2" '{project: $project, prompt: $prompt}')
# The idempotency key makes the request repeatable: curl may send it again, one agent starts.
id=$(call -H "Idempotency-Key: example-$$-$(date +%s)" --retry 3 --retry-connrefused \
  -d "$body" "$agents" | jq -r .id)
trap 'call -X POST -d "{}" "$agents/$id/stop" >/dev/null' EXIT

# One request waits a minute at the most.
while
  status=$(call "$agents/$id?waitMs=60000&until=your_turn,needs_you,ended")
  [ "$(echo "$status" | jq .reached)" = false ]
do :; done

if [ "$(echo "$status" | jq -r '.agent.attention')" != your_turn ]; then
  echo "$status" | jq -r '"The agent is not done: " + (.agent.reason // .reason // .status)' >&2
  exit 1
fi
call "$agents/$id/turns" | jq -r '.turns[] | select(.actor == "agent") | .text'
