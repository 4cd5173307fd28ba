"""Speed as ratios: each measure runs our way and DuckDB's bare way side by side, in one run.

Each side is a process of its own (so that memory is its own too), and runs several times; the
median counts. Absolute times belong to a machine and are given with it; claims are ratios.
"""
