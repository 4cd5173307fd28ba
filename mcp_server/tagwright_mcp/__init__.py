"""The MCP server: the registry's tools over stdio and streamable HTTP."""

import logging

# Inside another program nothing is logged unless it wants to: without a handler Python would
# write warnings, and tracebacks with them, to stderr.
logging.getLogger("tagwright_mcp").addHandler(logging.NullHandler())
logging.getLogger("mcp").addHandler(logging.NullHandler())
