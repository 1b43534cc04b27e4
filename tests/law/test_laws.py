"""The tree as it stands keeps every law of the house."""

import pytest

from tests.law.laws import LAWS, Law
from tests.law.tree import PRODUCT, ROOT, Tree


@pytest.fixture(scope="module")
def tree() -> Tree:
    return Tree(ROOT)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_the_house_keeps(law: Law, tree: Tree) -> None:
    if breaches := [str(breach) for breach in law(tree)]:
        pytest.fail("\n".join(breaches), pytrace=False)


def test_the_laws_look_at_the_whole_product(tree: Tree) -> None:
    seen = {module.package for module in tree.modules}
    assert seen >= {*PRODUCT, "tests"}
    assert "requirements/run.txt" in tree.files
    assert ".ci/run" in tree.files
