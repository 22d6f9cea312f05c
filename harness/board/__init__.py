"""The board: every campaign of one or many evidence stores, as pages that say what to do next.

Events of a store become rows (`rows`), rows are kept in a derived index (`index`), and pages show values that are made
of rows (`fleet`, `causes`, `progress`, `live`, `history`). Those are pure; stores, index and pages are at the edges.
"""
