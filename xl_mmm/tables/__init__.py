"""The planner's tables as values: their words, their cells, their faults, and what together they ask for.

Knows no file and no host: rows of raw cells come in, from a workbook's XML or from a function's arguments, and the
same rules judge them. A fault's address is where the table says it stands.
"""
