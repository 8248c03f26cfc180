"""What a page asks of the database does not grow with what it shows."""

import pytest

from .make import make_condition, make_evidence, make_source, make_therapy

pytestmark = pytest.mark.django_db


def queries_of(client, address, counter):
    with counter(1000) as captured:
        assert client.get(address).status_code == 200, address
    return len(captured)


def test_no_page_asks_more_of_the_database_when_it_has_more_to_show(client, django_assert_max_num_queries):
    condition, therapy = make_condition(path="back", title="Back"), make_therapy(path="touch", title="Touch")
    make_evidence(condition=condition, therapy=therapy)
    make_evidence(condition=condition, therapy=make_therapy(path="other", title="Other"))
    pages = ["/", "/conditions/", "/conditions/back/", "/therapies/", "/therapies/touch/", "/therapies/?condition=back",
             "/evidence/", "/evidence/touch/back/", "/compare/", "/compare/for/back/",
             "/compare/therapies/other/touch/?condition=back", "/sources/", "/sitemap.xml"]  # fmt: skip
    before = {page: queries_of(client, page, django_assert_max_num_queries) for page in pages}
    for number in range(15):
        source = make_source(path=f"study-{number}", title=f"Source {number}")
        make_evidence(
            condition=condition, therapy=make_therapy(path=f"t{number}", title=f"T{number}"), sources=[source]
        )
        make_evidence(
            condition=make_condition(path=f"c{number}", title=f"C{number}"), therapy=therapy, sources=[source]
        )
    after = {page: queries_of(client, page, django_assert_max_num_queries) for page in pages}
    assert after == before
