"""Answer quality and speed, measured."""
