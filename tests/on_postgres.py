"""The same tests on PostgreSQL, with a server started for them: python -m tests.on_postgres [what pytest takes]."""

import os
import sys

import pytest

from .postgres import database


def main():
    try:
        os.environ["DATABASE_URL"] = database()
    except pytest.skip.Exception as reason:
        print(f"The tests did not run on PostgreSQL: {reason}")
        return 0
    except pytest.fail.Exception as reason:
        print(reason)
        return 1
    return pytest.main(["-m", "not browser and not server and not nightly", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
