"""How to set Slack up, as `riskplug notify setup slack` prints it."""

from pathlib import Path

MANIFEST = Path(__file__).with_name("manifest.yaml").read_text(encoding="utf-8")
SETUP = f"""\
{MANIFEST}
# 1. Create the app from this manifest and install it; put the bot token into SLACK_BOT_TOKEN.
# 2. Invite it to the channel: /invite @riskplug
# 3. In riskplug.toml, then `riskplug notify test procurement`:
#
#    [receivers.procurement]
#    kind = "slack"
#    channel = "#procurement-risk"
#    token = {{ env = "SLACK_BOT_TOKEN" }}
#
# 4. For buttons: an app-level token with the scope connections:write (Basic Information, App-Level Tokens) in
#    SLACK_APP_TOKEN, app_token = {{ env = "SLACK_APP_TOKEN" }} beside the token, and `riskplug listen procurement`
#    as a service.
"""
