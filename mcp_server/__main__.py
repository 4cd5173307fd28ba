"""``python -m mcp_server`` from a checkout: the same as ``python -m tagwright_mcp``."""

import sys

from tagwright_mcp.__main__ import main

if __name__ == "__main__":
    sys.exit(main())
