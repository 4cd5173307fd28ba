"""Pictures of what people see in Slack: real messages, drawn by a browser on this machine.

:mod:`.scenes` has the real worker answer a sample company over a fake Slack; :mod:`.page` draws the
Block Kit that was posted as HTML; :mod:`.shots` photographs it with Chromium. Made to be looked at:
Slack's own clients draw the same blocks a little differently.
"""
