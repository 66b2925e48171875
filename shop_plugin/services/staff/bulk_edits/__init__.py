"""One edit of very many listings: asked, previewed, confirmed, done in chunks, undone later.

The engine knows three kinds of edit, and works through all of them alike:

- *operations*: one set of operations, the same for every listing
  (:func:`asking.ask_for_edit`, or :func:`asking.draft_edit` and :func:`asking.set_operations`);
- *values*: what to do is said for each listing apart, as a spreadsheet does;
- *undo*: the moves of an earlier edit, backwards (:func:`asking.undo_edit`).

To hand in values of many listings, from a file or anywhere::

    edit_id = draft_values(author=user, now=now, reason="spring list", criteria="spring.xlsx")
    for chunk in chunks:                       # each call is one transaction; as many as you like
        add_values(edit_id=edit_id, rows=[
            ListingEdits(listing_id, (AttributeEdit("arch_support", Operation.REPLACE,
                                                    Options.of("3"), "3"),), seen="")
            for ... in chunk
        ])
    ask_for_preview(edit_id=edit_id)           # counts, samples and grades, computed in chunks ...
    confirm_edit(edit_id=edit_id, author=user, now=now)    # ... or this at once

``read_value`` of :mod:`shop_plugin.services.staff.values` makes the value of a cell. ``seen`` is
the ``fingerprint_evidence`` of what the author looked at; a listing whose evidence is another by
then is left and named with the code "changed_meanwhile". A listing handed in twice keeps the
later row. Nothing is worked on before it is confirmed; then the task ``footback.bulk_edits`` and
``manage.py footback_bulk_edits`` work through it, and :func:`reporting.find_edit` says how far
they came and what became of it.
"""
