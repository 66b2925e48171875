"""System checks of a host's own words: footback ..."""

from __future__ import annotations

import polib
import pytest

from shop_plugin import checks


@pytest.fixture
def templates(settings, tmp_path):
    """A host's own folder of templates, with one for footback; returns its writer."""
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [str(tmp_path)]}]

    def write(text, folder="footback/email"):
        path = tmp_path / folder / "own.html"
        path.parent.mkdir(parents=True)
        path.write_text(text, "utf-8")

    return write


def test_finds_a_medical_promise_in_a_hosts_own_template(templates):
    templates("<p>Fits well.</p>\n<p>This shoe\nheals your back.</p>")
    (message,) = checks.check_wording()
    assert message.id == "footback.E050"
    assert "line 3: 'heals'" in message.msg


def test_leaves_a_hosts_other_templates_alone(templates):
    templates("<p>This shoe heals your back.</p>", folder="shop")
    assert checks.check_wording() == []


def test_warns_of_a_promise_beside_footbacks_tags(templates):
    templates("{% load footback %}<p>Relieves pain.</p>{% footback_badge 1 %}", folder="shop")
    (message,) = checks.check_wording_beside()
    assert message.id == "footback.W051"
    assert "line 1: 'Relieves'" in message.msg


def test_finds_a_promise_in_a_hosts_own_translation(settings, tmp_path):
    folder = tmp_path / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    own = polib.POFile()
    own.metadata = {"Content-Type": "text/plain; charset=utf-8"}
    own.append(polib.POEntry(msgid="Guide match", msgstr="Lindert Schmerzen"))
    own.append(polib.POEntry(msgid="A text of the host's own", msgstr="heilt"))
    own.save_as_mofile(str(folder / "django.mo"))
    settings.LOCALE_PATHS = [str(tmp_path)]
    (message,) = checks.check_wording_beside()
    assert message.id == "footback.E052"
    assert "'Lindert'" in message.msg


def test_finds_nothing_in_plain_words(templates):
    templates("<p>This shoe matches the guide for a healthy walk.</p>")
    assert checks.check_wording() == []
