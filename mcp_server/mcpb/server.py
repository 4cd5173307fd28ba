"""What the bundle starts: ``tagwright mcp``."""  # noqa: INP001  a program, not a package

from tagwright_agent.cli import main

if __name__ == "__main__":
    raise SystemExit(main(["mcp"]))
