"""From a question to an exact figure: questions about the sample company, judged independently.

The golds are SQL over the warehouse, written without the metrics layer; the judge reads the text of
the answer as a person would. See ``docs/evals.md`` for the format and how to run another agent.
"""
