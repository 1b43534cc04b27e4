"""Whose server a name stands for. The names are invented."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domains import host_of, registrable_domain, tidy


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("outlet.example", "outlet.example"),
        ("feeds.outlet.example", "outlet.example"),
        ("a.b.c.Outlet.Example.", "outlet.example"),
        ("news.outlet.co.uk", "outlet.co.uk"),
        ("outlet.co.uk", "outlet.co.uk"),
        ("co.uk", "co.uk"),
        ("ministry.gov.uk", "ministry.gov.uk"),
        ("writer.github.io", "writer.github.io"),
        ("feeds.writer.github.io", "writer.github.io"),
        ("b\u00fcro.outlet.co.uk", "outlet.co.uk"),
        ("feeds.b\u00fcro.example", "xn--bro-hoa.example"),
        ("feeds.xn--bro-hoa.example", "xn--bro-hoa.example"),
        ("feeds.outlet.intranet", "outlet.intranet"),
        ("localhost", "localhost"),
        ("wire", "wire"),
        ("203.0.113.9", "203.0.113.9"),
        ("203.0.113.9.", "203.0.113.9"),
        ("\uff12\uff10\uff13.0.113.9", "203.0.113.9"),
        ("2001:db8:0::1", "2001:db8::1"),
        ("[2001:DB8::1]", "2001:db8::1"),
        ("a..example", "a..example"),
        ("\u00fc" * 70 + ".example", "\u00fc" * 70 + ".example"),
        ("", ""),
    ],
)
def test_a_host_belongs_to_the_domain_somebody_registered(host: str, domain: str) -> None:
    assert registrable_domain(host) == domain


@pytest.mark.parametrize(
    ("url", "domain"),
    [
        ("https://feeds.outlet.co.uk:8443/world.xml?a=b", "outlet.co.uk"),
        ("http://[2001:db8::1]:8080/", "2001:db8::1"),
        ("file:///srv/wire", ""),
        ("imaps://desk@mail.outlet.example/INBOX", ""),
        ("http://[2001:db8::1/", ""),
        ("outlet.example/feed.xml", ""),
        ("http:///feed.xml", ""),
        ("", ""),
    ],
)
def test_only_web_addresses_belong_to_a_domain(url: str, domain: str) -> None:
    assert host_of(url) == domain


@given(host=st.text(max_size=80))
def test_any_text_belongs_somewhere_and_stays_there(host: str) -> None:
    assert registrable_domain(registrable_domain(host)) == registrable_domain(host)


@pytest.mark.parametrize(
    ("url", "same"),
    [
        ("HTTP://Feeds.Example:8080/A?b=C#D", "http://feeds.example:8080/A?b=C#D"),
        ("imaps://Wire@Mail.Example/INBOX", "imaps://Wire@mail.example/INBOX"),
        ("FILE:///srv/Wire", "file:///srv/Wire"),
        (" HTTP://Feeds.Example/", " HTTP://Feeds.Example/"),
        ("Feeds", "Feeds"),
        ("http://[A", "http://[A"),
        ("", ""),
    ],
)
def test_scheme_and_host_of_an_address_mean_the_same_in_any_case(url: str, same: str) -> None:
    assert tidy(url) == same
