"""Lets Slack's own library read messages and forms, one JSON object a line, from standard input, and says how many there
were."""

import json
import sys

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block
from slack_sdk.models.metadata import Metadata
from slack_sdk.models.views import View


def read(blocks):
    """What the library makes of blocks: it checks its own limits where it writes them."""
    parsed = Block.parse_all(blocks)
    # A block of a type that it does not know becomes None.
    assert len(parsed) == len(blocks) and None not in parsed, "a block was not understood"
    return [plain(block) for block in parsed]


def plain(part):
    """As JSON, since objects may stand within what the library gives back."""
    return json.loads(json.dumps(part.to_dict(), default=lambda inner: inner.to_dict()))


def holds(whole, part):
    """Whether all of `part` is in `whole`; the library may add defaults."""
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(key in whole and holds(whole[key], value) for key, value in part.items())
    if isinstance(part, list):
        return isinstance(whole, list) and len(whole) == len(part) and all(map(holds, whole, part))
    return whole == part


def is_refused(block):
    """Whether the library minds its limits at all; else reading would show nothing."""
    try:
        read([block])
    except (SlackObjectFormationError, AssertionError):
        return True
    return False


def text(length):
    return {"type": "plain_text", "text": "x" * length}


assert is_refused({"type": "section", "text": text(3001)}) and not is_refused({"type": "section", "text": text(3000)})
assert is_refused({"type": "header", "text": text(151)}) and is_refused({"type": "section", "fields": [text(1)] * 11})
def is_refused_form(form):
    try:
        plain(View(**form))
    except SlackObjectFormationError:
        return True
    return False


assert is_refused_form({"type": "modal", "title": text(25), "blocks": []})
assert is_refused({"type": "context", "elements": [text(1)] * 11}) and is_refused({"type": "marquee"})

messages = forms = 0
for line in sys.stdin:
    message = json.loads(line)
    try:
        if message.get("type") == "modal":
            assert holds(plain(View(**message)), message), "something was lost in reading"
            assert holds(read(message["blocks"]), message["blocks"]), "something was lost in reading"
            forms += 1
            continue
        assert holds(read(message["blocks"]), message["blocks"]), "something was lost in reading"
        assert Metadata(**message["metadata"]).to_dict() == message["metadata"], "the metadata is not what it was"
        # What Slack accepts in a change of a message too.
        assert 0 < len(message["text"]) <= 3000, "the text has a wrong length"
    except Exception as error:
        sys.exit(f"{error!r} in {line}")
    messages += 1
print(messages, "messages,", forms, "forms")
