"""The pages of the rules, read from pages.toml when the first one is needed."""

import tomllib
from functools import cache
from importlib import resources

from refprep.models.limits import Frozen


class Page(Frozen):
    """What people read about a rule."""

    what: str
    "What is required."
    why: str
    fix: str
    "What refprep does about it."
    example: str
    "A message of its findings."
    advice: str | None = None
    "What the user can do where refprep does nothing."


@cache
def pages() -> dict[str, Page]:
    """All pages by the names of their rules."""
    text = (resources.files("refprep.rules") / "pages.toml").read_text(encoding="utf-8")
    return {name: Page.model_validate(page) for name, page in tomllib.loads(text).items()}


def page(rule: str) -> Page:
    """The page of one rule."""
    return pages()[rule]
