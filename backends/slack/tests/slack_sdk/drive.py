"""Lets Slack's own library drive the stand-in: every method that our client calls, rightly and wrongly.

    drive.py URL TOKEN  URL TOKEN  URL TOKEN  TS

The first workspace allows everything, the second has the scopes of old guides, in the third rate limits hold. `TS` is a
message of somebody else in the first one's channel `access`.
"""

import sys

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.models.blocks import Block

slack, poor, slow = (WebClient(base_url=url, token=token) for url, token in zip(sys.argv[1:7:2], sys.argv[2:7:2]))
theirs = sys.argv[7]


def refused(code, call, **arguments):
    """Slack's library must see this error, and gets its answer."""
    try:
        call(**arguments)
    except SlackApiError as error:
        assert error.response["error"] == code, (code, arguments, error.response.data)
        return error.response
    raise AssertionError(f"{code} did not come of {arguments}")


def section(text):
    return {"type": "section", "text": {"type": "plain_text", "text": text}}


# Who we are.
me = slack.auth_test()
assert me["user"] == "teleport" and me["bot_id"].startswith("B") and me["team_id"].startswith("T")
assert "chat:write" in me.headers["x-oauth-scopes"]
refused("invalid_auth", WebClient(base_url=sys.argv[1], token="xoxb-wrong").auth_test)

# Channels, page by page, which the library asks for by itself.
kinds = "public_channel,private_channel"
channels = {channel["name"]: channel for page in slack.conversations_list(limit=1, types=kinds) for channel in page["channels"]}
assert set(channels) == {"access", "general", "random", "foreign"}, channels
access, foreign, archived = (channels[name]["id"] for name in ("access", "foreign", "random"))
living = slack.conversations_list(exclude_archived=True)["channels"]
assert {channel["name"] for channel in living} == {"access", "general", "foreign"}
refused("invalid_limit", slack.conversations_list, limit=1001)
refused("invalid_types", slack.conversations_list, types="rooms")
refused("invalid_cursor", slack.conversations_list, cursor="nonsense")
info = slack.conversations_info(channel=access)["channel"]
assert info["id"] == access and info["is_member"] and not info["is_archived"] and not info["is_im"], info
refused("channel_not_found", slack.conversations_info, channel="C000000000")

# People.
bob = slack.users_lookupByEmail(email="bob@example.com")["user"]["id"]
refused("users_not_found", slack.users_lookupByEmail, email="nobody@example.com")
person = slack.users_info(user=bob)["user"]
assert person["name"] == "bob" and person["profile"]["email"] == "bob@example.com" and not person["is_bot"], person
refused("user_not_found", slack.users_info, user="U000000000")
direct = slack.conversations_open(users=bob)["channel"]["id"]
again = slack.conversations_open(users=[bob], return_im=True)
assert again["already_open"] and again["channel"]["id"] == direct and again["channel"]["user"] == bob, again.data
assert refused("missing_scope", slack.conversations_info, channel=direct)["needed"] == "im:read"
refused("user_not_found", slack.conversations_open, users="U000000000")
refused("users_list_not_supplied", slack.conversations_open, users="")
refused("channel_not_found", slack.conversations_open, channel="D000000000")

# A message from its beginning to its end.
metadata = {"event_type": "e", "event_payload": {"n": 1}}
blocks = [section("<b> & c"), {"type": "divider"}]
posted = slack.chat_postMessage(
    channel=access, text="x", blocks=blocks, metadata=metadata, unfurl_links=False, unfurl_media=False
)
place = {"channel": access, "ts": posted["ts"]}
assert posted["channel"] == access and posted["message"]["bot_id"] == me["bot_id"], posted.data
reply = slack.chat_postMessage(channel=access, thread_ts=posted["ts"], text="reply")
history = slack.conversations_history(channel=access, limit=1, include_all_metadata=True, inclusive=True, oldest=posted["ts"])
found = history["messages"][0]
assert found["metadata"] == metadata and found["reply_count"] == 1 and found["thread_ts"] == found["ts"] == posted["ts"], found
assert [block.to_dict()["type"] for block in Block.parse_all(found["blocks"])] == ["section", "divider"]
assert "event_payload" not in slack.conversations_history(channel=access, latest=reply["ts"], limit=1)["messages"][0]["metadata"]
changed = slack.chat_update(**place, text="y", blocks=[], metadata=metadata)
assert changed["text"] == changed["message"]["text"] == "y", changed.data
thread = slack.conversations_replies(channel=access, ts=posted["ts"], limit=1)
assert thread["has_more"]
assert [m["text"] for page in thread for m in page["messages"]] == ["y", "reply"]
assert slack.chat_getPermalink(channel=access, message_ts=posted["ts"])["permalink"].startswith("https://")
# To a person, to a channel's name in both ways; and words that the library sends as a form do not break.
for to, there in [(bob, direct), ("access", access), ("#access", access), (direct, direct)]:
    message = slack.chat_postMessage(channel=to, text="<&> ünï 😀 \n+%")
    assert message["channel"] == there and message["message"]["text"] == "<&> ünï 😀 \n+%", message.data

# What only one person sees, and who is there to see it.
assert slack.chat_postEphemeral(channel=access, user=bob, text="psst", blocks=blocks)["message_ts"]
refused("user_not_in_channel", slack.chat_postEphemeral, channel=access, user="U000000000", text="x")
refused("not_in_channel", slack.chat_postEphemeral, channel=foreign, user=bob, text="x")
members = [id for page in slack.conversations_members(channel=access, limit=2) for id in page["members"]]
assert len(members) == len(set(members)) == 5 and bob in members and me["user_id"] in members, members
refused("not_allowed_token_type", slack.apps_connections_open, app_token=sys.argv[2])

# What Slack refuses of a message.
refused("channel_not_found", slack.chat_postMessage, channel="nowhere", text="x")
refused("not_in_channel", slack.chat_postMessage, channel=foreign, text="x")
refused("is_archived", slack.chat_postMessage, channel=archived, text="x")
refused("no_text", slack.chat_postMessage, channel=access, text="")
refused("cannot_reply_to_message", slack.chat_postMessage, channel=access, text="x", thread_ts=reply["ts"])
bad = refused("invalid_blocks", slack.chat_postMessage, channel=access, text="x", blocks=[section("x" * 3001)])
assert "/blocks/0/text/text" in bad["response_metadata"]["messages"][0], bad.data
refused("invalid_blocks", slack.chat_postMessage, channel=access, text="x", blocks=[section("")])
refused("invalid_blocks", slack.chat_postMessage, channel=access, text="x", blocks=[{"type": "divider"}] * 51)
refused("msg_blocks_too_long", slack.chat_postMessage, channel=access, text="x", blocks=[section("x" * 3000)] * 4)
refused("invalid_blocks_format", slack.chat_postMessage, channel=access, text="x", blocks="nonsense")
refused("invalid_metadata_format", slack.chat_postMessage, channel=access, text="x", metadata={"event_type": "e"})
large = {"event_type": "e", "event_payload": {"n": "x" * 5000}}
refused("metadata_too_large", slack.chat_postMessage, channel=access, text="x", metadata=large)
assert slack.chat_postMessage(channel=access, text="x" * 40001)["warning"] == "message_truncated"
refused("msg_too_long", slack.chat_update, **place, text="x" * 4001)
refused("msg_too_long", slack.chat_update, **place, text="x", blocks=[section("x" * 3000)] * 4)
refused("no_text", slack.chat_update, **place, text="")
refused("cant_update_message", slack.chat_update, channel=access, ts=theirs, text="x")
refused("cant_delete_message", slack.chat_delete, channel=access, ts=theirs)
refused("channel_not_found", slack.chat_update, channel="access", ts=posted["ts"], text="x")
refused("invalid_ts_oldest", slack.conversations_history, channel=access, oldest="yesterday")
refused("invalid_ts_latest", slack.conversations_history, channel=access, latest="today")
refused("invalid_cursor", slack.conversations_history, channel=access, cursor="nonsense")
refused("not_in_channel", slack.conversations_history, channel=foreign)
refused("thread_not_found", slack.conversations_replies, channel=access, ts="1.000001")

# A message that is gone.
assert slack.chat_delete(**place)["ts"] == posted["ts"]
refused("message_not_found", slack.chat_delete, **place)
refused("message_not_found", slack.chat_update, **place, text="x")
refused("message_not_found", slack.chat_getPermalink, channel=access, message_ts=posted["ts"])

# With the scopes of old guides: posting by name and to a person goes, reading does not.
posted = poor.chat_postMessage(channel="#access", text="x")
assert poor.chat_getPermalink(channel=posted["channel"], message_ts=posted["ts"])["permalink"]
bob = poor.users_lookupByEmail(email="bob@example.com")["user"]["id"]
assert poor.chat_postMessage(channel=bob, text="x")["channel"].startswith("D")
for call, arguments, scope in [
    (poor.conversations_open, {"users": bob}, "im:write"),
    (poor.conversations_list, {}, "channels:read"),
    (poor.conversations_info, {"channel": posted["channel"]}, "channels:read"),
    (poor.conversations_history, {"channel": posted["channel"]}, "channels:history"),
    (poor.conversations_replies, {"channel": posted["channel"], "ts": posted["ts"]}, "channels:history"),
]:
    answer = refused("missing_scope", call, **arguments)
    assert scope in answer["needed"] and "chat:write" in answer["provided"], answer.data

# A message a second to a channel.
slow.chat_postMessage(channel="access", text="x")
limited = refused("ratelimited", slow.chat_postMessage, channel="access", text="x")
assert limited.status_code == 429 and int(limited.headers["retry-after"]) == 1
slow.chat_postMessage(channel="general", text="x")
print("well driven")
