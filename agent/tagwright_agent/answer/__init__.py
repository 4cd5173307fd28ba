"""Answers: what a model says is taken back to a tool result before a person reads it."""
