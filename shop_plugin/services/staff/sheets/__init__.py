"""Facts in spreadsheets: the work list out, staff values in, every row judged before it counts.

*Out*: :func:`export.write_facts_sheet` writes listings with what staff say of each attribute.
*In*: :func:`checking.check_rows` judges the lines of a table against the database and writes
nothing; :mod:`imports` keeps what it found, lets people choose rows, and hands the chosen ones to
the engine of bulk edits, which does, shows and undoes them as any other edit.
"""
