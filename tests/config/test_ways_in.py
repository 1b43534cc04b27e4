"""Settings of the further ways in: where hubs reach us, what is watched, what opens mailboxes."""

import pytest

from config.settings import SettingsError, read_settings

DATABASE = {"SERIESWATCH_DATABASE_URL": "postgresql://desk:pw@rows.example/desk"}


def test_without_them_nothing_is_watched_and_no_hub_is_asked() -> None:
    told = read_settings(DATABASE)
    assert (told.public_url, told.drop_directories, told.opened_by) == ("", (), {})


def test_they_are_read_as_people_write_them() -> None:
    told = read_settings(
        DATABASE
        | {
            "SERIESWATCH_PUBLIC_URL": "https://desk.example/serieswatch/",
            "SERIESWATCH_DROP_DIRECTORIES": "/srv/wire, /srv/agency",
            "SERIESWATCH_CREDENTIALS": (
                "# the agency\n\nimaps://wire@mail.example  pass word \n"
                "https://a.example Basic dTpw"
            ),
        }
    )
    assert told.public_url == "https://desk.example/serieswatch"
    assert told.drop_directories == ("/srv/wire", "/srv/agency")
    assert told.opened_by == {
        "imaps://wire@mail.example": "pass word",
        "https://a.example": "Basic dTpw",
    }


def test_what_opens_sources_is_never_shown() -> None:
    secret = {"SERIESWATCH_CREDENTIALS": "imaps://wire@mail.example herons"}
    shown = read_settings(DATABASE | secret).masked()
    assert shown["credentials"] == "***"
    assert "herons" not in str(shown)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("PUBLIC_URL", "http://desk.example", "over TLS only"),
        ("PUBLIC_URL", "https://", "over TLS only"),
        ("PUBLIC_URL", "https://u:p@desk.example", "over TLS only"),
        ("PUBLIC_URL", "https://desk.example/?a", "over TLS only"),
        ("DROP_DIRECTORIES", "wire/in", "'wire/in'"),
        ("DROP_DIRECTORIES", "/srv/wire,/", "not the root"),
        ("CREDENTIALS", "imaps://a@b.example x\nherons", "line 2"),
        ("CREDENTIALS", "imaps://wire:herons@mail.example", "line 1"),
        ("CREDENTIALS", "ftp://wire@mail.example herons", "line 1"),
    ],
)
def test_a_silly_value_is_refused_by_name_and_no_secret_is_told(
    name: str, value: str, words: str
) -> None:
    with pytest.raises(SettingsError, match=f"SERIESWATCH_{name}") as refused:
        read_settings(DATABASE | {f"SERIESWATCH_{name}": value})
    assert words in str(refused.value)
    assert "herons" not in str(refused.value)
