"""Slack: a door, not a room. Requests are stored, answered from a queue, and posted once each.

A request of Slack's is stored before it is acknowledged (:mod:`arrivals`, :mod:`inbox`), whichever
process takes it answers it (:mod:`worker`), and what it says is kept before it is posted
(:mod:`deliver`): a process that dies loses nothing and says nothing twice.
"""
