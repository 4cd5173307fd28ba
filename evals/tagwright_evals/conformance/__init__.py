"""The official MCP conformance suite against our server, with the suite's own fixtures mounted.

``make conformance`` installs the suite (npm, pinned) and runs both revisions. Fixtures are tools,
resources and prompts that the suite calls by name: what it measures there is how our server, its
middle and the SDK carry them. See docs/conformance.md.
"""
