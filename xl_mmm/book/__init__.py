"""The workbook: names, builder, reader, writer."""
