"""Ways to ask the same of requests, tokens, customers: each is planned as its group's name is.

Typed in by hand; what is planned otherwise, rightly or not, does not stand here.
"""

from __future__ import annotations

__all__ = ["USAGE"]

USAGE: dict[str, str] = {
    "cost per request by model in October": """
        What does a request cost on each model in October?
        How much did one request cost per model in October?
        price of a request for each model, October
        average cost of a request by model in October
        What was the cost of a single request by model in October?
        For each model, what did a request cost in October?
        request cost by model in october
        cost/request by model, October
        unit cost per request per model for October
    """,
    "tokens by model in October": """
        How many tokens did each model use in October?
        How many tokens were used per model in October?
        Token usage by model in October
        token consumption per model for October
        What was the token usage of each model in October?
        tokens used by each model, October
        Show me tokens by model for October
    """,
    "cost per customer in October": """
        What did each customer cost us in October?
        How much does each customer cost in October?
        October cost for each customer
        customer costs for October
        How expensive was each customer in October?
        cost by customer, october
    """,
    "margin by customer in October": """
        What was the margin on each customer in October?
        Which customers were profitable in October?
        How profitable is each customer in October?
        customer margins for October
        What margin did we make on each customer in October?
        gross margin per customer, October
    """,
    "number of requests by feature in October": """
        How many requests did each feature make in October?
        requests per feature in October
        request count by feature, October
        How many requests were there per feature in October?
        number of calls by feature in October
        How many API calls did each feature have in October?
    """,
    "cost per million tokens by model in October": """
        What do a million tokens cost on each model in October?
        price per million tokens by model for October
        How much did we pay per million tokens by model in October?
        cost of 1M tokens by model in October
        $/M tokens by model in October
        How much is a million tokens for each model, October?
        what does 1 million tokens cost per model in october
        token price by model in October
    """,
    "cache hit ratio by model in October": """
        What's the cache hit ratio of each model in October?
        cache hit rate per model, October
        cache ratio by model october
    """,
}
