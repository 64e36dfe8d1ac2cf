"""Native formulas: parsing, values, criteria, functions, evaluation; nothing here knows a file."""
