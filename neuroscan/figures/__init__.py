"""Plotly builders: a table in, a figure out, nothing else touched."""
