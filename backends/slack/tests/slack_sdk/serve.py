"""Lets Slack's own library be an app in Socket Mode, to which the stand-in tells what people do.

    serve.py URL TOKEN APP_TOKEN

At a click it asks for a reason, finds fault with the first one, thanks for the second, and leaves at the next click.
"""

import sys
import threading

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.models.blocks import InputBlock, PlainTextInputElement
from slack_sdk.models.views import View
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.webhook import WebhookClient

url, token, app_token = sys.argv[1:4]
slack = WebClient(base_url=url, token=token)
client = SocketModeClient(app_token=app_token, web_client=slack)
element = PlainTextInputElement(action_id="text", max_length=20)
view = View(
    type="modal", callback_id="decide", private_metadata="r1", title="Approve", submit="Approve",
    blocks=[InputBlock(block_id="reason", label="Reason", element=element)],
)
response_urls = []
reasons = []
trouble = []
left = threading.Event()


def acknowledge(request, payload=None):
    client.send_socket_mode_response(SocketModeResponse(envelope_id=request.envelope_id, payload=payload))


def clicked(request):
    acknowledge(request)
    payload = request.payload
    assert payload["type"] == "block_actions" and payload["actions"][0]["action_id"] == "approve", payload
    if reasons:
        left.set()
        return
    response_urls.append(payload["response_url"])
    opened = slack.views_open(trigger_id=payload["trigger_id"], view=view)["view"]
    assert opened["private_metadata"] == "r1" and opened["state"] == {"values": {}}, opened
    # What comes back is a view to the library again, but for what only Slack may write into it.
    theirs = ["app_installed_team_id", "external_id", "submit_disabled"]
    View(**{key: value for key, value in opened.items() if key not in theirs}).validate_json()
    for code, trigger in [("exchanged_trigger_id", payload["trigger_id"]), ("invalid_trigger_id", "1.2.x")]:
        try:
            slack.views_open(trigger_id=trigger, view=view)
        except SlackApiError as error:
            assert error.response["error"] == code, error.response.data
        else:
            raise AssertionError(f"{code} did not come")


def submitted(request):
    payload = request.payload
    assert payload["type"] == "view_submission" and payload["view"]["private_metadata"] == "r1", payload
    reasons.append(payload["view"]["state"]["values"]["reason"]["text"]["value"])
    if len(reasons) == 1:
        acknowledge(request, {"response_action": "errors", "errors": {"reason": "say more"}})
        return
    acknowledge(request)
    answered = WebhookClient(response_urls[0]).send(text="thank you", response_type="ephemeral", replace_original=False)
    assert answered.status_code == 200, answered.body


def listen(_, request):
    try:
        assert request.type == "interactive", request.type
        clicked(request) if request.payload["type"] == "block_actions" else submitted(request)
    except BaseException as error:
        trouble.append(error)
        left.set()


client.socket_mode_request_listeners.append(listen)
client.connect()
assert left.wait(60), "nobody clicked"
client.close()
if trouble:
    raise trouble[0]
print(",".join(reasons))
