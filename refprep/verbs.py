"""The verbs: probe, check, plan, fix, pack, verify, estimate. The only place that knows the whole.

Their keywords are those of refprep.terms.Terms.
"""

from pathlib import Path
from typing import Unpack

from refprep import costing, planning, probing, workshop
from refprep.cache import Cache
from refprep.costing import Estimate
from refprep.delivering import publishing, submission
from refprep.errors import UsageError
from refprep.finding import Report
from refprep.gather import Asked, line_up
from refprep.lineup import Lineup
from refprep.media import Media
from refprep.packing import bundle, verifying
from refprep.packing.order import MEDIA, Order, Packing, sendable
from refprep.planning import Plan
from refprep.prepared import Bundle, Fixed, Verified
from refprep.rendering import names
from refprep.request import Request
from refprep.source import Source
from refprep.terms import Settled, Terms, settle


def probe(source: str | Path, *, quick: bool = False) -> Media:
    """The facts of one file, decoded to its end unless `quick`. SourceError, Unreadable."""
    where = Source.parse(source)
    return probing.read(where.path, decode=not quick, window=where.window)


def check(asked: Asked, *, inline: bool = False, **terms: Unpack[Terms]) -> Report:
    """All findings about a request, each with what would mend it; nothing is written.

    `inline` says that the media travel inside the request. UsageError where nothing can be checked.
    """
    how = settle(**meant(asked, terms))
    inline = inline or (isinstance(asked, Request) and asked.inside)
    cache = Cache.at(how.cache)
    lineup = line_up(asked, quick=how.quick, cache=cache, progress=how.progress)
    lineup = workshop.surveyed(lineup.model_copy(update={"inline": inline}), how)
    lineups = workshop.apart(lineup, how)
    findings = [finding for one in lineups for finding in workshop.found(one, how)]
    media = [entry for one in lineups for entry in one.entries]
    return Report(envelope=how.limits.name, findings=findings, media=media, strict=how.strict)


def plan(asked: Asked, **terms: Unpack[Terms]) -> Plan:
    """What `fix` would do, the media it would give, and the findings that would be left."""
    how = settle(**meant(asked, terms))
    plans = [
        workshop.planned(one, how)[1] for one in workshop.apart(line_up(asked, quick=True), how)
    ]
    return Plan(
        envelope=how.limits.name,
        plans=[file for one in plans for file in one.plans],
        findings=[finding for one in plans for finding in one.findings],
        strict=how.strict,
    )


def fix(
    asked: Asked, directory: str | Path, *, force: bool = False, **terms: Unpack[Terms]
) -> Fixed:
    """Write every file so that it lies inside the envelope, into `directory`; sources stay.

    Each result is probed anew, and the findings are those that are left. A file that is right is
    copied byte for byte. A file of the same name and other content is replaced only by `force`.
    """
    how = settle(**meant(asked, terms))
    work = [workshop.planned(one, how) for one in workshop.apart(line_up(asked, quick=True), how)]
    files = [file for _, one in work for file in one.written]
    outcomes = iter(
        workshop.carried_out(files, names.beside(files, Path(directory)), how, force=force)
    )
    results = [workshop.judged(lineup, planned, outcomes, how) for lineup, planned in work]
    return Fixed(
        envelope=how.limits.name,
        prepared=[file for one in results for file in one.prepared],
        findings=[finding for one in results for finding in one.findings],
        strict=how.strict,
    )


def pack(
    asked: Asked,
    directory: str | Path,
    *,
    force: bool = False,
    media_url: str | None = None,
    publish: str | None = None,
    inline: bool = False,
    zipped: bool = False,
    **terms: Unpack[Terms],
) -> Bundle:
    """Fix the request's media and write the bundle: media/, request.json, manifest.json.

    Whole or not at all: where errors are left nothing is written, and `path` is None. An existing
    `directory` that is not empty is replaced only by `force`. `media_url` is where media/ will lie;
    `publish` is a place such as s3://bucket/shoot, where they are put once the bundle stands;
    `inline` puts the media into request.json. `zipped`, or a name that ends in .zip: one archive.
    """
    how = settle(**meant(asked, terms))
    choice = how.consent
    packing = Packing(
        allow=sorted(choice.allow), keep=choice.keep, share=choice.share, exact=choice.exact,
        strict=how.strict, quick=how.quick, inline=inline, media_url=None if publish else media_url,
    )  # fmt: skip
    sendable(packing)
    publishing.usable(publish, media_url)
    target = bundle.named(Path(directory), zipped=zipped)
    if publish and (inline or target.suffix.lower() == bundle.ZIP):
        raise UsageError("--publish: for bundles that are folders, and media that are not inline")
    found = line_up(asked, quick=True)
    bundle.spare([entry.source.path for entry in found.entries], target)
    sent = found.model_copy(update={"scope": "request", "inline": inline}).arranged(how.limits)
    with bundle.place(target, force=force) as place:
        packed = _packed(sent, place.folder, how)
        if packed.verdict == "fail":
            return packed.model_copy(update={"prepared": ()})
        written = bundle.write(place, packed, Order(found.request, how.limits, packing))
    if publish and written.path:
        submission.published(written.path, publish, media_url)
    return written


def _packed(sent: Lineup, folder: Path, how: Settled) -> Bundle:
    """The media of a bundle, rendered into its folder, and what is left to find."""
    lineup, planned = workshop.planned(sent, how)
    known = {"envelope": how.limits.name, "strict": how.strict}
    # How heavy the body will be is known only when the media in it are written.
    early = [finding for finding in planned.findings if finding.rule != "request-bytes"]
    if planned.model_copy(update={"findings": tuple(early)}).verdict == "fail":
        return Bundle.model_validate({**known, "findings": early, "prepared": ()})
    paths = names.slots(planned.written, folder / MEDIA)
    outcomes = iter(workshop.carried_out(planned.written, paths, how, force=True))
    fixed = workshop.judged(lineup, planned, outcomes, how)
    done = {"findings": fixed.findings, "prepared": fixed.prepared}
    return Bundle.model_validate({**known, **done})


def verify(path: str | Path, **terms: Unpack[Terms]) -> Verified:
    """What a bundle, a folder or an archive, is now: what has changed, and what is wrong with it.

    It is judged by the envelope that its manifest holds. UsageError where it is no bundle.
    """
    return verifying.verify(Path(path), terms)


def estimate(asked: Asked, **terms: Unpack[Terms]) -> Estimate:
    """What the request costs once its media are fixed. UsageError where no formula reaches."""
    how = settle(**meant(asked, terms))
    lineup = line_up(asked, quick=True)
    fixed = planning.plan(lineup, how.limits, how.consent)
    return costing.estimate(lineup.request, [one.predicted for one in fixed.kept], how.limits)


def meant(asked: Asked, terms: Terms) -> Terms:
    """The terms; a bundle's own request brings its envelope and rules where none are named."""
    own = asked.made_for if isinstance(asked, Request) else None
    if own is None or "envelope" in terms:
        return terms
    return {"envelope": own, "select": own.select, "ignore": own.ignore, **terms}
