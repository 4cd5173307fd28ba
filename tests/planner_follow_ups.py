"""Ways to go on from a question: each means what the second question of its group says whole.

Typed in by hand; what is planned otherwise, rightly or not, does not stand here.
"""

from __future__ import annotations

__all__ = ["FOLLOW_UPS"]

FOLLOW_UPS: tuple[tuple[str, str, str], ...] = (
    (
        "AWS cost in October",
        "AWS cost in October without tax",
        """
        strip the tax out
        strip out the tax
        take the tax out
        tax stripped out
        net of tax
        ex tax
    """,
    ),
    (
        "cost of EC2 in October",
        "cost of EC2 in September",
        """
        do the same for September
        show me the same for September
        run the same thing for September
    """,
    ),
    (
        "cost by team in October",
        "cost by team in September",
        """
        and in September?
        and September?
        what about September?
        how about September?
        September?
        same for September
        same thing for September please
        and the month before?
        what was it in September?
        now for September
        show me September instead
        can I see September?
        and for September
        what did it look like in September?
        I meant September
        sorry, September
        the month before that
        could you do that for September too?
        let's see September
    """,
    ),
    (
        "cost by team in October",
        "cost by service in October",
        """
        by service instead
        what about by service?
        can you split it by service?
        break it down by service instead
        now by service
        services instead of teams
        I'd rather see it by service
        not teams, services
        same by service
        how does that look by service?
        group by service instead
        show it per service
    """,
    ),
    (
        "AWS cost in October",
        "AWS cost in October by service",
        """
        by service
        split that by service
        break it down by service
        which services?
        what services is that?
        what is that made of?
        what's in there?
        and by service?
        show me the services
        per service please
        what does it consist of?
    """,
    ),
    (
        "AWS cost in October",
        "why did AWS cost change in October",
        """
        why?
        why did it go up?
        what happened?
        why is that?
        how come?
        what caused that?
        what's behind that?
        explain
        can you explain that?
        what drove it?
        why did it change?
        why so much?
        what's the reason?
    """,
    ),
    (
        "AWS cost in October",
        "AWS cost in October compared with September",
        """
        compared to September?
        how does that compare to September?
        vs September
        and against September?
        what's the difference to September?
        compare it with September
        is that more than in September?
        more or less than September?
        did it go up since September?
        how much more is that than September?
        compare with the month before
    """,
    ),
    (
        "AWS cost in October",
        "Azure cost in October",
        """
        and Azure?
        what about Azure?
        how about Azure?
        and for Azure?
        Azure?
        same for Azure
        now Azure
        and Azure please
        Azure instead
        how much was Azure?
        I meant Azure
        no, Azure
        not AWS, Azure
    """,
    ),
    (
        "AWS cost in October",
        "billed AWS cost in October",
        """
        billed?
        as billed
        and billed?
        what was billed?
        I meant billed cost
        billed instead of effective
        show billed cost instead
        what about the billed cost?
        in billed cost
        what is on the invoice?
    """,
    ),
    (
        "cost by service in October",
        "top 5 services in October",
        """
        top 5
        only the top 5
        just the top five
        show me the top 5
        the five biggest
        top five only please
        limit to 5
        just show the first 5
        the 5 most expensive
    """,
    ),
    (
        "cost by service in October",
        "cost by service in October without EC2",
        """
        without EC2
        excluding EC2
        exclude EC2
        leave out EC2
        not EC2
        drop EC2
        ignore EC2
        minus EC2
        everything but EC2
        except for EC2
        remove EC2
        EC2 excluded
        other than EC2
    """,
    ),
    (
        "Bedrock cost in October",
        "Bedrock cost in October by day",
        """
        by day
        per day
        daily
        show it daily
        day by day
        can I see it per day?
        and per day?
        how does that look per day?
        show me the days
        daily please
        break it down by day
    """,
    ),
)
