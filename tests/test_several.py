"""What is more than one question, by examples."""

from __future__ import annotations

import pytest

from tagwright_agent.several import MOST, Several, questions_in


@pytest.mark.parametrize(
    "text",
    [
        "total cost by team",
        "Our bill doubled. Why?",
        "Our bill doubled.\nWhy?",
        "Hi,\nwhat did we spend last month?",
        "What did we spend last month? Show it by team.",
        "What did we spend\nlast month by team?",
        "what did we spend in\nSeptember\nby team",
        "Why? It was fine in August.",
        "Really? Why did S3 double?",
        "What did we spend last month?\nThanks!",
        "cost of resource i-1?x=2 last month",
        "- total cost by team",
        "what is the cost of 'a? b' last month?",
        "",
    ],
)  # fmt: skip
def test_one_question_stays_one(text: str) -> None:
    assert questions_in(text) == Several((" ".join(text.split()),))


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("Why did S3 go up? And EC2?", ["Why did S3 go up?", "And EC2?"]),
        ("Total cost last month? Why?", ["Total cost last month?", "Why?"]),
        ("How much? Our bill doubled. Why?", ["How much?", "Our bill doubled. Why?"]),
        ("total cost by team\ntop 5 services", ["total cost by team", "top 5 services"]),
        ("What did we spend?\nBy team?", ["What did we spend?", "By team?"]),
        (
            "Two things:\n- total cost by team\n- top 5 services\n  in August",
            ["total cost by team", "top 5 services in August"],
        ),
        ("1. total cost\n2) cost by team", ["total cost", "cost by team"]),
        ("\u2022 total cost\n\u2022 why?\n\nAnd EC2?", ["total cost", "why?", "And EC2?"]),
        ("It doubled.\nWhy?\nWhich team was it?", ["It doubled. Why?", "Which team was it?"]),
    ],
)  # fmt: skip
def test_several_are_taken_apart(text: str, asked: list[str]) -> None:
    assert questions_in(text) == Several(tuple(asked))


def test_what_is_too_many_is_kept_apart() -> None:
    found = questions_in("\n".join(f"cost of service{n}?" for n in range(7)))
    assert len(found.asked) == MOST
    assert found.left == ("cost of service5?", "cost of service6?")
