"""A remote agent from start to stop, with the standard library of Python 3.9 or newer.

HEADSPACE_URL=http://127.0.0.1:5055 HEADSPACE_API_KEY=hs_... python3 remote_agent.py PROJECT PROMPT
"""

import json
import os
import sys
import time
import urllib.error
import urllib.request
import uuid

AGENTS = os.environ["HEADSPACE_URL"] + "/api/remote-agents"


def call(path, body=None):
    """JSON of the answer. A POST is sent again after a lost answer: its key makes it one request."""
    headers = {
        "Authorization": "Bearer " + os.environ["HEADSPACE_API_KEY"],
        "Content-Type": "application/json",
        "Idempotency-Key": str(uuid.uuid4()),
    }
    data = None if body is None else json.dumps(body).encode()
    for attempt in range(4):
        try:
            request = urllib.request.Request(AGENTS + path, data, headers)
            with urllib.request.urlopen(request, timeout=90) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code != 503 or attempt == 3:
                problem = json.load(error)
                sys.exit(f"{problem['title']}. {problem.get('detail', '')} {problem['cure']}")
        except OSError:
            if attempt == 3:
                raise
        time.sleep(2**attempt)


def main():
    project, prompt = sys.argv[1:]
    agent = call("", {"project": project, "prompt": prompt})
    path = "/" + agent["id"]
    try:
        while True:
            # One request waits a minute at the most.
            status = call(path + "?waitMs=60000&until=your_turn,needs_you,ended")
            if status["reached"]:
                break
        if status["agent"] is None or status["agent"]["attention"] != "your_turn":
            sys.exit(f"The agent is not done: {status['agent'] or status['reason']}")
        for turn in call(path + "/turns")["turns"]:
            if turn["actor"] == "agent":
                print(turn["text"])
    finally:
        call(path + "/stop", {})


main()
