"""Drives the stand-in, and parses every message that the backend renders, with Slack's own library.

    pip install slack_sdk
    rm -f corpus; ACCESSBOT_SLACK_CORPUS=$PWD/corpus cargo test -p accessbot-slack --lib render
    SLACK_PORT=8083 cargo run -p accessbot-sandbox --example serve    # in another terminal; it prints the token
    python3 backends/slack/tests/drive_with_slack_sdk.py corpus http://127.0.0.1:8083/api/ xoxb-TOKEN
"""

import json
import sys

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.models.blocks import Block


def refused(code, call, **arguments):
    """Slack's library must see this error."""
    try:
        call(**arguments)
    except SlackApiError as error:
        assert error.response["error"] == code, error.response
    else:
        raise AssertionError(f"{code} did not come")


def without_nulls(value):
    """The library writes defaults that nobody gave."""
    return json.loads(json.dumps(value))


corpus, url, token = sys.argv[1:]
slack = WebClient(base_url=url, token=token)
me = slack.auth_test()
channels = {channel["name"]: channel["id"] for page in slack.conversations_list(limit=1) for channel in page["channels"]}
access = channels["access"]

count = 0
with open(corpus, encoding="utf-8") as lines:
    for line in lines:
        message = json.loads(line)
        blocks = Block.parse_all(message["blocks"])
        assert len(blocks) == len(message["blocks"]) and None not in blocks, line
        kinds = [without_nulls(block.to_dict())["type"] for block in blocks]
        assert kinds == [block["type"] for block in message["blocks"]], line
        if count % 20 == 0:
            posted = slack.chat_postMessage(channel="access", **message)
            assert posted["channel"] == access
        count += 1
assert count > 100, count

posted = slack.chat_postMessage(channel="#access", text="x", metadata={"event_type": "e", "event_payload": {"n": 1}})
slack.chat_update(channel=access, ts=posted["ts"], text="y")
slack.chat_postMessage(channel=access, thread_ts=posted["ts"], text="reply")
history = slack.conversations_history(channel=access, limit=1, include_all_metadata=True)
assert history["messages"][0]["metadata"]["event_payload"] == {"n": 1} and history["messages"][0]["text"] == "y"
assert [m["text"] for m in slack.conversations_replies(channel=access, ts=posted["ts"])["messages"]] == ["y", "reply"]
bob = slack.users_lookupByEmail(email="bob@example.com")["user"]["id"]
assert slack.users_info(user=bob)["user"]["name"] == "bob"
direct = slack.conversations_open(users=bob)["channel"]["id"]
assert slack.chat_postMessage(channel=direct, text="psst")["channel"] == direct
assert slack.chat_getPermalink(channel=access, message_ts=posted["ts"])["permalink"]
slack.chat_delete(channel=access, ts=posted["ts"])
refused("message_not_found", slack.chat_delete, channel=access, ts=posted["ts"])
refused("channel_not_found", slack.chat_postMessage, channel="nowhere", text="x")
refused("no_text", slack.chat_postMessage, channel=access, text="")
refused("users_not_found", slack.users_lookupByEmail, email="nobody@example.com")
refused("invalid_auth", WebClient(base_url=url, token="xoxb-wrong").auth_test)
print(f"{count} messages parsed; {me['user']} was driven")
