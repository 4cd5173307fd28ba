"""The built-in tools, one file each, registered by entry point like anyone's."""
