"""The learn pages: reachable, marked, without a trace of the reader.

No test here asks for the database, and pytest forbids it to those that do not: the pages need
no query.
"""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from shop_plugin.services.learning.texts import GROUPS
from shop_plugin.services.words.explaining import DISCLAIMER, FOOT_RED_FLAGS

SLUGS = [topic.slug for group in GROUPS for topic in group.topics]


def page(client: Client, slug: str) -> str:
    response = client.get(reverse("footback:topic", args=[slug]))
    assert response.status_code == 200
    return response.content.decode()


def test_lists_every_page(client: Client) -> None:
    html = client.get(reverse("footback:learn")).content.decode()
    for slug in SLUGS:
        assert f'href="{reverse("footback:topic", args=[slug])}"' in html
    assert str(DISCLAIMER) in html


@pytest.mark.parametrize("slug", SLUGS)
def test_marks_every_sentence_with_letter_and_word(client: Client, slug: str) -> None:
    said = re.findall(r'<li class="fb-said">(.*?)</li>\s*(?=<li class="fb-said">|</ul>)',
                      page(client, slug), re.DOTALL)  # fmt: skip
    assert said
    for sentence in said:
        assert re.search(r'fb-mark-sign" aria-hidden="true">[^<]+</span>', sentence), sentence


def test_shows_the_source_behind_a_mark_without_a_script(client: Client) -> None:
    html = page(client, "plantar-fasciitis")
    assert re.search(
        r'<details class="fb-basis"><summary>.*?</summary>\s*<ul><li><strong>Review of 43 trials'
        r'</strong> <cite lang="en">Schuitema',
        html,
        re.DOTALL,
    )


def test_ends_with_when_to_see_a_professional(client: Client) -> None:
    assert str(FOOT_RED_FLAGS) in page(client, "bunions")


def test_leads_on_without_naming_a_condition_in_any_query(client: Client) -> None:
    for slug in SLUGS:
        for address in re.findall(r'href="([^"]*\?[^"]*)"', page(client, slug)):
            query = address.partition("?")[2]
            assert not re.search(r"flat_feet|pronation|fasciitis|bunion|hammertoe|neuroma|pain|"
                                 r"diabetes|standing|high_arch", query), address  # fmt: skip


def test_tells_no_other_site_and_sets_no_cookie(client: Client) -> None:
    response = client.get(reverse("footback:topic", args=["bunions"]))
    assert response["Referrer-Policy"] == "same-origin"
    assert not response.cookies
    html = response.content.decode()
    assert re.findall(r'(?:src|href)="(?:https?:)?//[^"]*"', html) == []


def test_writes_heights_in_the_readers_unit(client: Client) -> None:
    client.cookies["footback_unit"] = "mm"
    assert "Rises by 76 mm" in page(client, "heel-height")


def test_says_that_there_is_no_such_page(client: Client) -> None:
    assert client.get(reverse("footback:topic", args=["gout"])).status_code == 404


def test_refuses_to_be_written_to(client: Client) -> None:
    assert client.post(reverse("footback:learn")).status_code == 405
