"""How the state store came to be as it is: one step a file in ``versions``, by alembic.

A step that has been released never changes. It stands for itself and takes nothing from
:mod:`tagwright.state.tables`, which says how the store is after the last one.
"""
