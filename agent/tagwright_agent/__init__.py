"""The conversational agent: LangGraph graph, planner, answers, command line."""
