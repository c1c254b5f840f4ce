"""The pages of the rules: a page per rule, read from pages.toml when one is wanted."""

import tomllib
from functools import cache
from importlib import resources

from refprep.models.limits import Frozen


class Page(Frozen):
    """What a rule demands, why, how it is mended, an example; `advice` where nothing mends it."""

    what: str
    why: str
    mended: str
    example: str
    advice: str | None = None


@cache
def pages() -> dict[str, Page]:
    """All pages by the names of their rules."""
    text = (resources.files("refprep.rules") / "pages.toml").read_text(encoding="utf-8")
    return {name: Page.model_validate(page) for name, page in tomllib.loads(text).items()}


def page(rule: str) -> Page:
    """The page of one rule."""
    return pages()[rule]
