"""What a page asks of the database does not grow with what it shows."""

import pytest

from integrative import version

from .make import make_condition, make_evidence, make_source, make_therapy, manage

pytestmark = pytest.mark.django_db
EVERY_KIND = [
    "/", "/conditions/", "/conditions/low-back-pain/", "/therapies/", "/therapies/?condition=low-back-pain",
    "/therapies/?level=may-help", "/therapies/acupuncture/", "/evidence/", "/evidence/acupuncture/low-back-pain/",
    "/approaches/", "/approaches/integrative-medicine/", "/compare/", "/compare/approaches/", "/compare/for/anxiety/",
    "/compare/therapies/acupuncture/massage-therapy/?condition=low-back-pain", "/faq/", "/faq/what-is-acupuncture/",
    "/articles/", "/articles/meditation-for-beginners/", "/locations/", "/locations/?therapy=acupuncture",
    "/locations/north/", "/sources/", "/sources/gad-2021/", "/glossary/", "/topics/pain/", "/about/",
    "/search/?q=back+pain", "/visit-sheet/", "/visit-sheet/?condition=low-back-pain&therapy=acupuncture", "/data/",
    "/sitemap.xml", "/sitemap-evidence.xml",
]  # fmt: skip


def queries_of(client, address, counter):
    with counter(1000) as captured:
        assert client.get(address).status_code == 200, address
    return len(captured)


@pytest.mark.django_db(transaction=True)
def test_no_page_of_a_reader_takes_more_than_eight_queries(client, django_assert_max_num_queries):
    manage("load_content")
    for page in EVERY_KIND:
        client.get(page)
        with django_assert_max_num_queries(1000) as captured:
            assert client.get(page).status_code == 200, page
        # On PostgreSQL the content version is one tiny read beside them; on SQLite it is read past Django.
        asked = [query["sql"] for query in captured if version.TABLE not in query["sql"]]
        assert len(asked) <= 8, (page, *asked)


def test_no_page_asks_more_of_the_database_when_it_has_more_to_show(client, django_assert_max_num_queries):
    condition, therapy = make_condition(path="back", title="Back"), make_therapy(path="touch", title="Touch")
    make_evidence(condition=condition, therapy=therapy)
    make_evidence(condition=condition, therapy=make_therapy(path="other", title="Other"))
    pages = ["/", "/conditions/", "/conditions/back/", "/therapies/", "/therapies/touch/", "/therapies/?condition=back",
             "/evidence/", "/evidence/touch/back/", "/compare/", "/compare/for/back/",
             "/compare/therapies/other/touch/?condition=back", "/sources/", "/sitemap.xml"]  # fmt: skip
    # The first page that asks for a topic looks up the kinds of records, which Django then remembers.
    client.get("/")
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
