"""Cached and reasoning tokens that stand beside the counts or inside them: the total decides.

Gateways pass on what a provider sent, and providers do not agree. A total that is input + output
shows that the details are inside, one that is the sum of all that they are beside; of input and
output each is judged by itself. Details greater than their count cannot be inside it.
"""

from __future__ import annotations

from dataclasses import dataclass

from tagwright.sources.head import sql_text
from tagwright.sources.json_sql import number, value
from tagwright.usage import FAULT, INPUT_TOKENS

__all__ = ["TokenSplit"]


@dataclass(frozen=True)
class TokenSplit:
    """Counts of one record, each as SQL of text or a number.

    Attributes:
        input, output: The main counts.
        cached, reasoning: What may be inside them.
        total: What the record says is the total.
        total_name: How the record calls it.
        beside: Whether details are beside where no total is given; None where nobody knows.
    """

    input: str
    output: str
    cached: str
    reasoning: str
    total: str
    total_name: str
    beside: bool | None = None

    def level(self) -> str:
        """For ``explode``: a list of one object that holds the counts as numbers."""
        counts = {
            "i": self.input,
            "o": self.output,
            "a": self.cached,
            "b": self.reasoning,
        }
        # What is there and is no number makes all that follows from it null, not 0.
        fields = [
            f"'{key}': CASE WHEN ({text}) IS NULL THEN 0 ELSE {number(text)} END"
            for key, text in counts.items()
        ]
        return f"[to_json({{{', '.join(fields)}, 't': {number(self.total)}}})]"

    def columns(self, level: str, raw_input: str, raw_output: str) -> dict[str, str]:
        """``input_tokens``, ``output_tokens`` and what keeps the record out.

        Args:
            level: The object that :meth:`level` made.
            raw_input: Text of the input, staged as it is where it is absent or no number.
            raw_output: The same of the output.
        """
        i, o, a, b, t = (f"({number(value(level, key))})" for key in "ioabt")
        rest = f"({t} - {i} - {o})"
        unknown = {True: "true", False: "false", None: "NULL"}[self.beside]

        def beside(count: str, detail: str, other: str) -> str:
            return (
                f"CASE WHEN {detail} = 0 OR {detail} > {count} THEN true "
                f"WHEN {t} IS NULL THEN {unknown} "
                f"WHEN {rest} = 0 THEN false "
                f"WHEN {rest} = {detail} + {other} THEN true "
                f"WHEN {detail} = {other} THEN NULL "
                f"WHEN {rest} = {detail} THEN true WHEN {rest} = {other} THEN false END"
            )

        def settled(raw: str, count: str, detail: str, other: str) -> str:
            more = f"CASE WHEN {beside(count, detail, other)} THEN {detail} ELSE 0 END"
            return (
                f"CASE WHEN ({raw}) IS NOT NULL OR {detail} <> 0 "
                f"THEN COALESCE(CAST({count} + {more} AS VARCHAR), {raw}) END"
            )

        undecided = f"({beside(i, a, b)}) IS NULL OR ({beside(o, b, a)}) IS NULL"
        name = self.total_name
        return {
            INPUT_TOKENS: settled(raw_input, i, a, b),
            "output_tokens": settled(raw_output, o, b, a),
            FAULT: f"CASE WHEN ({self.total}) IS NOT NULL AND {t} IS NULL "
            f"THEN {sql_text(name + ': not a number')} "
            f"WHEN {i} IS NULL OR {o} IS NULL OR {a} IS NULL OR {b} IS NULL THEN NULL "
            f"WHEN {t} IS NULL AND ({undecided}) THEN {sql_text(name + _MISSING)} "
            f"WHEN {rest} NOT IN (0, {a}, {b}, {a} + {b}) OR {undecided} "
            f"THEN {sql_text(name + ': not the sum of its parts')} END",
        }


_MISSING = ": missing; are the cached tokens among the input, or beside it?"
