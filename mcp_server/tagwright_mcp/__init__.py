"""The MCP server: the registry's tools over stdio and streamable HTTP."""
