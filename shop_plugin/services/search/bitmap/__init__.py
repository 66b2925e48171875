"""The search index in memory: roaring bitmaps and columns, exact, milliseconds at a million.

Every listing is a *document*, a small number. For each value of each facet
there is the bitmap of the documents that have it, and for each facet a column
with the value of every document; a question is answered by intersecting the
former and, where few documents are left, by looking them up in the latter.

Documents are only ever appended: a changed listing gets a new document and
its old one is taken out of ``alive``, so nothing has to be searched for and
removed. What was there when the index was built stands in the order of the
Guide match, so a first page falls out by reading a bitmap from its start; the
few documents appended since are sorted in. Compacting makes all of it base
again.

=================== ======================================================
:mod:`columns`      arrays that grow, single-valued facets, pairs, numbers
:mod:`terms`        words and their beginnings
:mod:`facts`        distinct sets of facts and their matches per condition
:mod:`documents`    what is read of a listing, and how
:mod:`store`        all of it together: append, take out, compact
:mod:`counting`     criteria to bitmaps, bitmaps to counts
:mod:`ordering`     the stretch of a result list that was asked for
:mod:`index`        the :class:`SearchIndex`
:mod:`packing`      to bytes and back
=================== ======================================================
"""

from shop_plugin.services.search.bitmap.index import BitmapIndex

__all__ = ["BitmapIndex"]
