"""Blocks and results as text for one medium each: nothing else writes tables.

``markdown`` (for MCP, models and whoever copies an answer), ``terminal``, ``slack``, ``html``;
``figures`` holds how a value is written in all of them, ``wording`` the sentences they share.
"""
