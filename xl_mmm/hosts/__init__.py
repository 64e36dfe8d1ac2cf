"""Spreadsheet programs: one adapter each over the same functions and jobs."""
