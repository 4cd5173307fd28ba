"""How words of the grammar are spelled: what a misspelled word may be corrected to."""

from __future__ import annotations

__all__ = ["OTHERS", "SPELLED"]

SPELLED = frozenset(
    """
    difference running together annualise annualised annualize annualized owns rest both
    account accounts against amortised amortized april august average between biggest billed
    breakdown categories category caused change changed cheap cheaper cheapest compare
    compared compares contracted cost costs coverage credits currency customer customers daily
    dearest december decrease decreased department effective environment environments except
    excluding expensive explain feature features february fixes forecast happened highest
    increase increased instead invoice invoiced january july june largest last list lowest
    many meant model models month monthly months much november october only owners percentage
    previous product production products propose provider providers quarter quarterly region
    regions requests resource resources savings september service services share show since
    spend spending spent subscription subscriptions tagged tagging team teams thanks tokens
    total trend untagged usage week weekly weeks what which without year yearly yesterday
    """.split()
)

OTHERS = frozenset(
    """
    cast chance coast coasts companies correlation correlations customs deceased director directors environmental feather
    featured futures involved issues modem motel mouth players previously produce produced producer
    producers produces producing protects provide provided provides regional religion sourced squat
    staged state states tears term terms weekday weekdays zoned
    """.split()
)
"""English words that are one slip from one of ours, and are none."""
