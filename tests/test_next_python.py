"""What `make test-next` asks for, and from where; making the Debian itself takes minutes and root, and is no test."""

import tomllib
from pathlib import Path

from tests import environment, next_python


def test_requirements_are_those_of_the_project_without_our_bound_on_django():
    project = tomllib.loads((environment.ROOT / "pyproject.toml").read_text(encoding="utf-8"))

    found = next_python.list_requirements(project)

    ours = project["project"]["dependencies"]
    assert [one for one in ours if one not in found] == [ours[0]]
    assert found[0] == ours[0].partition(",")[0]
    assert found[0].startswith("django>=")
    assert {"boto3>=1.43.6", "pytest"} <= set(found)


def test_mirror_is_that_of_debian_itself():
    targets = ["https://packages.example.org/|Example", "https://mirror.example.org/debian-security/|Debian-Security"]

    assert next_python.choose_debian_mirror(targets) == ""
    assert next_python.choose_debian_mirror([*targets, "https://mirror.example.org/debian/|Debian\n"]) == (
        "https://mirror.example.org/debian/"
    )


def test_index_is_that_of_this_machine():
    listed = (
        ":env:.find-links='/srv/wheels'\n:env:.require-virtualenv='1'\nglobal.constraint='/etc/pins.txt'\n"
        "global.extra-index-url='\\nfile:///srv/one/simple\\nfile:///srv/two/simple'\nglobal.find-links='/srv/old'\n"
    )

    found = next_python.read_pip_settings(listed)

    assert found == {
        "PIP_FIND_LINKS": "/srv/wheels",
        "PIP_EXTRA_INDEX_URL": "file:///srv/one/simple file:///srv/two/simple",
    }
    assert next_python.find_paths(found["PIP_FIND_LINKS"]) == [Path("/srv/wheels")]
    assert next_python.find_paths(found["PIP_EXTRA_INDEX_URL"]) == [Path("/srv/one"), Path("/srv/two")]
    assert next_python.find_paths("https://index.example.org/simple") == []
