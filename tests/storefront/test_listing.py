"""The product page: the match, why, who says so, and what nobody says."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import escape
from pytest_django import DjangoAssertNumQueries

from shop_plugin.models import Assessment, FitVote, FootwearProfile, Listing
from shop_plugin.services.evidence.annotation import annotate_stale
from shop_plugin.services.evidence.assessment import assess_stale
from tests.factories import ListingFactory, SizeFactory


def page(client: Client, listing: Listing) -> str:
    response = client.get(reverse("footback:listing", args=[listing.pk]))
    assert response.status_code == 200
    return response.content.decode()


def text(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def point(html: str, factor: str) -> str:
    """The part of the page about one point, up to the next one."""
    start = html.index(f'id="fb-point-{factor}"')
    end = html.find('id="fb-point-', start + 1)
    return html[start : end if end > 0 else html.index("</section>", start)]


def test_explains_every_point_of_the_formula(client: Client, catalogue: dict[str, Listing]) -> None:
    html = page(client, catalogue["walker"])
    for factor in "ASCHTWK":
        assert re.search(r"of \d+ points", point(html, factor)), factor
    shown = text(html)
    assert "The guide advises against heels over two inches." in shown
    assert "Evidence: feet some, low back weak" in shown


def test_shows_points_that_add_up_to_the_total(
    client: Client, catalogue: dict[str, Listing]
) -> None:
    html = page(client, catalogue["walker"])
    low = high = most = 0.0
    for score in re.findall(r"<strong>([^<]+) points</strong>", html):
        earned, all_points = score.split(" of ")
        ends = [float(number) for number in earned.split(" to ")]
        low, high, most = low + ends[0], high + ends[-1], most + float(all_points)
    total = re.search(r"The points add up to ([\d.]+)(?: to ([\d.]+))? of 100", html)
    assert total is not None
    assert most == 100
    assert low == pytest.approx(float(total[1]), abs=0.4)
    assert high == pytest.approx(float(total[2] or total[1]), abs=0.4)


def test_quotes_the_words_behind_a_fact(client: Client, catalogue: dict[str, Listing]) -> None:
    arch = point(page(client, catalogue["walker"]), "A")
    quotes = re.findall(r"<blockquote>(.*?)</blockquote>", arch)
    assert quotes
    marked = re.search(r"<mark>(.*?)</mark>", quotes[0])
    assert marked is not None
    assert marked[1]
    assert escape(catalogue["walker"].description).find(marked[1]) >= 0, "verbatim"
    assert "read from the text" in arch


def test_names_what_limits_the_match(client: Client, catalogue: dict[str, Listing]) -> None:
    shown = text(page(client, catalogue["pump"]))
    assert "Limits of the match" in shown
    limit = re.search(r"Heel above two inches\. The match cannot pass (\d+) of 100\.", shown)
    assert limit is not None
    assert f"This limits the match to {limit[1]} of 100." in shown, "the same number in both places"


def test_says_what_nobody_states(client: Client, catalogue: dict[str, Listing]) -> None:
    html = page(client, catalogue["mystery"])
    assert "No grade yet" in html
    unknown = re.search(r"Nobody states</dt><dd>(.*?)</dd>", html)
    assert unknown is not None
    assert "arch support" in unknown[1]
    assert "The heel height" in unknown[1]
    assert "fb-bar-hatch" in html


def test_draws_the_shoe_with_its_text_alternative(
    client: Client, catalogue: dict[str, Listing]
) -> None:
    html = page(client, catalogue["pump"])
    assert 'aria-label="Side view, drawn to scale. Heel 3½ in, above the two-inch line.' in html
    assert "Cushioning is not known." in html


def test_gives_a_childs_shoe_the_right_words_and_no_score(
    client: Client, catalogue: dict[str, Listing]
) -> None:
    html = page(client, catalogue["child"])
    assert "Children’s shoes are not scored" in html
    assert "Why there is no match" in html
    assert "Check the fit often" in html
    assert "fb-bar" not in html
    assert "fb-letter" not in html
    assert "Measured against particular needs" not in html


def test_ends_with_when_to_see_a_professional_where_it_names_conditions(
    client: Client, catalogue: dict[str, Listing]
) -> None:
    html = page(client, catalogue["walker"])
    needs = html.index("Measured against particular needs")
    assert html.index("Plantar fasciitis") > needs
    assert html.index("When to see a professional") > html.index("Plantar fasciitis")
    assert "This is general information, not medical advice" in html
    assert "Formula fb-1.0" in html


def test_offers_no_address_that_names_a_condition(
    client: Client, catalogue: dict[str, Listing]
) -> None:
    html = page(client, catalogue["walker"])
    for address in re.findall(r'(?:href|action)="([^"]*)"', html):
        assert not re.search(
            r"flat_feet|overpronation|fasciitis|bunion|hammertoe|neuroma|arch=|back_pain|standing",
            address,
        ), address


def test_leads_to_the_shops_own_page_and_shows_its_sizes(
    client: Client, catalogue: dict[str, Listing]
) -> None:
    html = page(client, catalogue["walker"])
    assert 'href="https://shop.example/corrin">Buy in the shop</a>' in html
    assert '<li class="fb-size">38</li>' in html
    assert re.search(r'<li class="fb-size fb-size-gone">39<span[^>]*> not in stock', html)


def test_says_when_no_size_is_left(client: Client, catalogue: dict[str, Listing]) -> None:
    catalogue["walker"].sizes.update(stock=0)
    html = page(client, catalogue["walker"])
    assert "No size is in stock now." in html
    assert "Buy in the shop" not in html


def test_sells_nothing_that_is_gone(client: Client, catalogue: dict[str, Listing]) -> None:
    Listing.objects.filter(pk=catalogue["gone"].pk).update(url="https://shop.example/gone")
    html = page(client, catalogue["gone"])
    assert "does not sell this shoe any more" in html
    assert "Buy in the shop" not in html


def test_never_links_to_a_script(client: Client, catalogue: dict[str, Listing]) -> None:
    Listing.objects.filter(pk=catalogue["walker"].pk).update(url="javascript:alert(1)")
    assert "javascript:" not in page(client, catalogue["walker"])


def test_shows_what_a_stranger_wrote_as_text(client: Client, db: None, now: datetime) -> None:
    listing = ListingFactory(
        title="<b>Bold</b> sneaker",
        description="<script>alert(1)</script> with arch support <i>",
        brand='"><img src=x>',
    )
    annotate_stale(now=now)
    assess_stale(now=now)
    html = page(client, listing)
    assert "<script>alert" not in html
    assert "<b>Bold" not in html
    assert "<img src=x" not in html


def test_shows_both_sides_of_a_disagreement(client: Client, db: None, now: datetime) -> None:
    listing = ListingFactory(
        use_category="heel",
        title="Pump",
        description="Heel height 3 inches. The heel measures 45 mm.",
    )
    annotate_stale(now=now)
    assess_stale(now=now)
    heel = point(page(client, listing), "H")
    assert "sources disagree" in heel
    marked = re.findall(r"<mark>(.*?)</mark>", heel)
    assert any("3 inches" in quote for quote in marked)
    assert any("45 mm" in quote for quote in marked)


def test_says_that_an_unknown_address_has_no_shoe(client: Client, db: None) -> None:
    assert client.get("/shoes/987654/").status_code == 404


def test_opens_before_a_shoe_was_read(client: Client, db: None) -> None:
    html = page(client, ListingFactory())
    assert "Not assessed yet" in html
    assert "fb-bar" not in html


def test_gives_each_line_value_threshold_points_source_and_evidence(
    client: Client, catalogue: dict[str, Listing]
) -> None:
    html = page(client, catalogue["walker"])
    for factor, threshold in (
        ("A", "high"),
        ("C", "high"),
        ("H", "up to 1 in; over 2 in it limits the whole match"),
        ("T", "foot-shaped or wide or open"),
        ("K", "laces, buckle with heel strap or hook and loop"),
    ):
        line = point(html, factor)
        assert "fb-point-value" in line
        assert f"All points: {threshold}." in line
        assert re.search(r"of \d+ points", line)
        assert '<span class="fb-source">read from the text</span>' in line
        assert "<blockquote>" in line
    groups = re.findall(r'<li class="fb-guideline fb-weight-(\w+)">(.*?)</details>', html, re.S)
    assert [weight for weight, _ in groups] == ["some", "some", "some", "weak", "good"]
    assert all("Evidence: feet" in head and "fb-citations" in head for _, head in groups)


def test_says_what_one_more_fact_would_tell(client: Client, catalogue: dict[str, Listing]) -> None:
    shown = text(page(client, catalogue["mystery"]))
    assert re.search(r"would tell most: at its best the match is \d+ or more", shown)
    assert "a fact is missing, not a feature" in shown
    assert "Whether the footbed comes out is not stated" in shown


def test_says_what_would_change_the_grade(client: Client, catalogue: dict[str, Listing]) -> None:
    shown = text(page(client, catalogue["pump"]))
    assert re.search(r"Heel [\d½¼¾⅛⅜⅝⅞ ]+ in lower", shown)


def test_offers_better_shoes_in_the_readers_size(
    client: Client, catalogue: dict[str, Listing]
) -> None:
    better = ListingFactory(
        title="Better sneaker", use_category="casual_sneaker", price_minor=8_000
    )
    profile = catalogue["walker"].profile
    profile.listing = better
    profile.pk = better.pk
    profile.save(force_insert=True)
    SizeFactory(listing=better, label="40")
    address = reverse("footback:listing", args=[catalogue["mystery"].pk])
    html = client.get(address, {"size": "eu:40"}).content.decode()
    assert "In stock in size EU 40." in html
    assert f'href="{reverse("footback:listing", args=[better.pk])}?size=eu%3A40"' in html
    assert "There is none here now" in client.get(address, {"size": "eu:41"}).content.decode()


def test_tells_care_and_life_with_what_it_rests_on(
    client: Client, catalogue: dict[str, Listing]
) -> None:
    shown = text(page(client, catalogue["walker"]))
    assert "Take the insole out to dry" in shown
    assert re.search(r"A pair of this kind may last [\w ]+ to [\w ]+\. Then have a look", shown)
    assert "Estimated from 310 to 620 mi" in shown
    assert "measure them often" in text(page(client, catalogue["child"]))


def test_asks_the_same_few_questions_however_many_shoes_there_are(
    client: Client,
    catalogue: dict[str, Listing],
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    address = reverse("footback:listing", args=[catalogue["walker"].pk])
    ListingFactory.create_batch(20, use_category="walking")
    with django_assert_max_num_queries(13):
        client.get(address)


def test_says_what_buyers_say_of_the_sizes_and_changes_no_match(
    client: Client, catalogue: dict[str, Listing], now: datetime
) -> None:
    walker = catalogue["walker"]
    before = text(page(client, walker))
    assert "What buyers say" not in before
    FitVote.objects.create(
        listing=walker, kind="votes", small=18, neither=6, large=1, updated_at=now
    )
    FitVote.objects.create(
        listing=walker, kind="returns", small=3, neither=5, large=1, updated_at=now
    )
    shown = text(page(client, walker))
    words = "Runs small, say 18 of 25 buyers (interval 52 to 86%)."
    returns = "Of 9 returns, 3 said too small and 1 too big."
    assert shown.count(words) == shown.count(returns) == 2, "with the sizes and with the facts"
    heading = "What buyers say"
    assert "".join(shown.replace(heading, "").replace(words, "").replace(returns, "").split()) == (
        "".join(before.split())
    )


def test_says_what_the_match_was_under_the_formula_before(
    client: Client, catalogue: dict[str, Listing], now: datetime
) -> None:
    assert "under formula" not in page(client, catalogue["walker"])
    profile = FootwearProfile.objects.get(pk=catalogue["walker"].pk)
    row = Assessment.objects.get(attribute_hash=profile.assessed_hash, condition="general")
    row.pk, row.formula_version, row.computed_at = None, "fb-0.9", now - timedelta(days=400)
    row.low, row.high, row.grade_low, row.grade_high = 7_120, 8_000, "C", "B"
    row.save()
    shown = text(page(client, catalogue["walker"]))
    assert "Was 71.2 to 80 (C – B) under formula fb-0.9. The facts are the same." in shown


@pytest.mark.parametrize(
    ("kind", "description", "value", "source", "counted"),
    [
        (
            "running",
            "Lace-up.",
            "Low by design; Heel height: not stated",
            "true of this kind of shoe",
            "low by design in shoes of this kind",
        ),
        (
            "running",
            "Heel-to-toe drop 8 mm.",
            "Heel-to-toe drop: ⅜ in; Heel height: not stated",
            "read from the text",
            "rise from toe to heel: ⅜ in (8 mm). A platform above 1 in adds a part of itself.",
        ),
        (
            "heel",
            "Heel height 90 mm, platform height 20 mm.",
            "3½ in; Platform (under the ball of the foot): ¾ in",
            "read from the text",
            "rise from toe to heel: 2¾ in (70 mm).",
        ),
    ],
)
def test_says_what_the_points_of_a_heel_rest_on(
    client: Client,
    db: None,
    now: datetime,
    kind: str,
    description: str,
    value: str,
    source: str,
    counted: str,
) -> None:
    shoe = ListingFactory(use_category=kind, description=description)
    annotate_stale(now=now)
    assess_stale(now=now)
    line = text(point(page(client, shoe), "H"))
    assert value in line
    assert source in line
    assert counted in line


def test_explains_no_points_of_a_heel_that_nobody_states_or_that_is_stated(
    client: Client, db: None, now: datetime
) -> None:
    bare = ListingFactory(use_category="heel", description="")
    plain = ListingFactory(use_category="heel", description="Heel height 90 mm.")
    annotate_stale(now=now)
    assess_stale(now=now)
    assert "Not stated" in (line := text(point(page(client, bare), "H")))
    assert "What counts" not in line
    assert "What counts" not in text(point(page(client, plain), "H"))


def test_names_what_is_missing_beside_what_stands_in_for_it(
    client: Client, db: None, now: datetime
) -> None:
    shoe = ListingFactory(use_category="flat", description="Removable insole.")
    annotate_stale(now=now)
    assess_stale(now=now)
    line = text(point(page(client, shoe), "A"))
    assert "Removable insole: yes; Arch support: not stated" in line
