from django.db import migrations

from shop_plugin.domain.terms import write_terms

CHUNK = 1000


def fill(apps, schema_editor):
    Listing = apps.get_model("footback", "Listing")
    ListingTerms = apps.get_model("footback", "ListingTerms")
    last = 0
    while rows := list(
        Listing.objects.filter(pk__gt=last)
        .order_by("pk")
        .values_list("pk", "title", "brand", "description")[:CHUNK]
    ):
        ListingTerms.objects.bulk_create(
            ListingTerms(listing_id=pk, terms=write_terms(*texts)) for pk, *texts in rows
        )
        last = rows[-1][0]


class Migration(migrations.Migration):
    dependencies = [("footback", "0006_search_terms_and_bands")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop, elidable=True)]
