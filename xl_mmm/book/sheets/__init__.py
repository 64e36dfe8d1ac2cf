"""The sheets of the workbook, one module each; every module has one function `draw(desk)`."""
