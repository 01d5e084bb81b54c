"""Which policies let a widget work, and the line that would where they do not."""

import pytest

from portal.widgets.page_check import policy as page_policy
from portal.widgets.page_check.policy import Stopped
from portal.widgets.setup import policy_lines
from tests.support.tables import each_row

PORTAL = "https://book.rezzy.example"
TICKETS = "https://tickets.theatre.org"
PAGE = "https://www.theatre.org/eat"
NEEDS = policy_lines.needs(PORTAL, "w_x", f"{TICKETS}/theatre/api/v3/basket?$expand=tickets/instance")


def stopped(header, *metas, nonces=(), page=PAGE):
    return [
        each
        for policy in page_policy.policies(header, metas)
        for each in page_policy.stopped(policy, page, NEEDS, nonces)
    ]


@each_row(
    "policy",
    [
        "",
        ";;",
        "frame-ancestors 'none'; img-src 'none'; style-src 'none'",
        "default-src *",
        "default-src https:",
        "DEFAULT-SRC HTTPS:",
        f"default-src {PORTAL} {TICKETS}",
        f"default-src 'none'; script-src {PORTAL}; frame-src {PORTAL}; connect-src {PORTAL} {TICKETS}",
        f"default-src 'none'; script-src-elem {PORTAL}; child-src {PORTAL}; connect-src {PORTAL} {TICKETS}",
        "default-src book.rezzy.example *.theatre.org",
        "default-src book.rezzy.example:443 https://*.theatre.org:*",
        f"default-src {PORTAL} {TICKETS}/theatre/",
        f"default-src http://book.rezzy.example {TICKETS}/",
        f"script-src 'nonce-abc'; script-src 'none'; frame-src {PORTAL}",
        "script-src 'nonce-abc' 'strict-dynamic'",
    ],
)
def test_policy_that_lets_the_widget_work(policy):
    assert stopped(policy, nonces=["abc"]) == []


@each_row(
    "policy, directive, line, instead_of",
    [
        ("script-src 'self'", "script-src", f"script-src 'self' {PORTAL}", "script-src 'self'"),
        ("script-src 'none'", "script-src", f"script-src {PORTAL}", "script-src 'none'"),
        ("script-src", "script-src", f"script-src {PORTAL}", "script-src"),
        ("script-src http:", "script-src", None, None),
        (f"script-src {PORTAL}/embed.js", "script-src", f"script-src {PORTAL}/embed.js {PORTAL}", ...),
        ("script-src book.rezzy.example:8443", "script-src", ..., ...),
        ("script-src *.book.rezzy.example", "script-src", ..., ...),
        ("script-src 'nonce-other' 'self'", "script-src", f"script-src 'nonce-other' 'self' {PORTAL}", ...),
        (f"script-src 'strict-dynamic' {PORTAL}", "script-src", "", ...),
        ("script-src-elem 'self'; script-src *", "script-src", f"script-src-elem 'self' {PORTAL}", ...),
        ("frame-src 'self'", "frame-src", f"frame-src 'self' {PORTAL}", ...),
        ("child-src 'self'", "frame-src", f"frame-src 'self' {PORTAL}", ""),
        ("connect-src 'self'", "connect-src", f"connect-src 'self' {PORTAL} {TICKETS}", ...),
        (f"connect-src {PORTAL}", "connect-src", f"connect-src {PORTAL} {TICKETS}", ...),
        (f"connect-src {PORTAL} {TICKETS}/other/", "connect-src", ..., ...),
        ("connect-src data: blob: wss:", "connect-src", ..., ...),
    ],
)
def test_policy_that_stops_one_thing_is_given_its_line(policy, directive, line, instead_of):
    found = stopped(policy)
    if line is None:
        assert found == []
        return
    [one] = found
    assert one.directive == directive
    assert line in {one.line, ...}
    assert instead_of in {one.instead_of, ...}


def test_default_stands_for_all_three():
    assert stopped("default-src 'self' data:") == [
        Stopped("script-src", f"script-src 'self' data: {PORTAL}", ""),
        Stopped("frame-src", f"frame-src 'self' data: {PORTAL}", ""),
        Stopped("connect-src", f"connect-src 'self' data: {PORTAL} {TICKETS}", ""),
    ]


@pytest.mark.parametrize(
    "policy", ["default-src 'self'", "script-src 'none'; frame-src 'self'; connect-src x.org"]
)
def test_line_that_is_given_is_enough(policy):
    lines = [one.line for one in stopped(policy)]
    assert lines
    rest = [
        part for part in policy.split("; ") if not part.startswith(tuple(line.split()[0] for line in lines))
    ]
    assert stopped("; ".join([*rest, *lines])) == []


def test_each_policy_has_to_allow_it():
    assert [one.directive for one in stopped("script-src *, frame-src 'none'")] == ["frame-src"]
    assert [one.directive for one in stopped("script-src *", "connect-src 'none'")] == ["connect-src"]


def test_meta_element_is_one_policy_and_cannot_sandbox():
    [policy] = page_policy.policies(
        "", ["sandbox; report-uri /x; frame-ancestors a.org; img-src b.org, script-src c"]
    )
    assert list(policy) == ["img-src"]


def test_self_is_the_page_alone():
    assert [one.directive for one in stopped("frame-src 'self'", page=f"{PORTAL}/eat")] == []


def test_every_script_of_ours_needs_the_nonce():
    assert stopped("script-src 'nonce-abc'", nonces=["abc", "old"])[0].directive == "script-src"


@each_row(
    "header, lines",
    [
        ("require-trusted-types-for 'script'", []),
        ("trusted-types a", []),
        ("require-trusted-types-for; trusted-types a", []),
        ("require-trusted-types-for 'script'; trusted-types a rezzy", []),
        ("require-trusted-types-for 'script'; trusted-types *", []),
        (
            "require-trusted-types-for 'script'; trusted-types a 'allow-duplicates'",
            ["trusted-types a 'allow-duplicates' rezzy"],
        ),
        ("require-trusted-types-for 'script'; trusted-types 'none'", ["trusted-types rezzy"]),
        ("require-trusted-types-for 'script'; trusted-types", ["trusted-types rezzy"]),
        (
            "require-trusted-types-for 'script', trusted-types a, trusted-types b",
            ["trusted-types a rezzy", "trusted-types b rezzy"],
        ),
    ],
)
def test_trusted_types_have_to_name_ours_where_they_are_asked_for(header, lines):
    found = page_policy.untrusted(page_policy.policies(header, []))
    assert [one.line for one in found] == lines
