"""Lets Slack's own library judge calls to a request URL, one JSON object a line, from standard input."""

import json
import sys

from slack_sdk.signature import SignatureVerifier

for line in sys.stdin:
    call = json.loads(line)
    verifier = SignatureVerifier(call["secret"])
    print("valid" if verifier.is_valid(call["body"], call["timestamp"], call["signature"]) else "invalid")
