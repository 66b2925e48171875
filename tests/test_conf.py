"""The settings in force: what a host says last is obeyed, however early it was asked for."""

from __future__ import annotations

from django.conf import settings as django_settings

from shop_plugin.conf import FootbackSettings, get_settings


def test_obeys_another_dict_at_once(settings):
    settings.FOOTBACK = {"CHUNK_SIZE": 7}
    assert get_settings().CHUNK_SIZE == 7
    settings.FOOTBACK = {"CHUNK_SIZE": 8}
    assert get_settings().CHUNK_SIZE == 8


def test_obeys_a_program_that_sets_it_without_a_word_to_django(settings):
    settings.FOOTBACK = {"CHUNK_SIZE": 7}
    before = get_settings()
    # As a script does after django.setup(), by when apps have asked already.
    django_settings.FOOTBACK = {"CHUNK_SIZE": 9}
    assert (before.CHUNK_SIZE, get_settings().CHUNK_SIZE) == (7, 9)


def test_reads_one_dict_once(settings):
    settings.FOOTBACK = {"CHUNK_SIZE": 7}
    assert get_settings() is get_settings()


def test_has_every_default_where_a_host_says_nothing(settings):
    del settings.FOOTBACK
    assert get_settings() == FootbackSettings()


def test_leaves_keys_that_mean_nothing_to_the_checks(settings):
    settings.FOOTBACK = {"CHUNK_SIZE": 7, "NO_SUCH_KEY": 1}
    assert get_settings().CHUNK_SIZE == 7
