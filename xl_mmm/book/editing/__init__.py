"""Editing a workbook file: the zip, one sheet, the whole book; nothing here knows what a model is."""
