"""Every verb: probe, check, plan, fix, pack, verify, estimate, compare, submit, snippet.

The only place that knows all rooms. One call is one `Run`: the options, the envelope, and a loader
that hashes and decodes no file twice. Each reference set goes through it once: headers, content
statistics or a full decode where the plan needs them, the final plan, the results.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal, Unpack

from refprep import envelopes, planner, rules
from refprep.cache import NO_CACHE, Cache
from refprep.decoders.decoder import Decoder
from refprep.decoders.references import Loader, no_progress
from refprep.envelopes import pricing
from refprep.envelopes.outcomes import adapted
from refprep.envelopes.pricing import ComparedPrice, Comparison, Estimate
from refprep.envelopes.tags import arrange_set
from refprep.errors import (
    RefprepError,
    RequestError,
    SourceError,
    UnreadableError,
    UsageError,
    unknown,
)
from refprep.isolation import InProcess, Workers
from refprep.models.bundle import Bundle, FixResult, Prepared, Remote, VerifyResult
from refprep.models.envelope import Envelope
from refprep.models.finding import Finding, Report
from refprep.models.integrity import HeldEnvelope
from refprep.models.limits import Level
from refprep.models.media import Media, Video
from refprep.models.plan import FilePlan, Plan
from refprep.models.reference import Reference, ReferenceSet
from refprep.models.request import LooseFiles, Request
from refprep.models.source import Source
from refprep.options import DEFAULT_ENVELOPE, OptionKeywords, Options, options_of, takes_options
from refprep.packer import bundle, integrity, names
from refprep.packer.loader import load_manifest, opened, unpacked
from refprep.packer.request_file import BundleRequest, is_request_file, load_request
from refprep.planner.suggest import with_advice, with_repairs
from refprep.providers import client, snippets, upload
from refprep.providers.client import SubmitResult
from refprep.providers.video import why_no_video
from refprep.rules import RULES
from refprep.transforms import jobs
from refprep.transforms.jobs import Job, Outcome

Inputs = Request | LooseFiles | str | Path | Iterable[str | Path]
"A request, a request file, or media files, which are assigned to slots by their content."
RULE_NAMES = frozenset(rule.name for rule in RULES)


@takes_options
def probe(source: str | Path, **options: Unpack[OptionKeywords]) -> Media:
    """The facts of one file, decoded to its end.

    Args:
        source: A path, with an optional window: `dance.mov#t=3,12` (seconds).
        **options: See below.

    Returns:
        An Image, a Video or an Audio: facts with units.

    Raises:
        SourceError: There is no such file.
        UnreadableError: No decoder reads it.
    """
    chosen = Options.of("probe", options)
    parsed = Source.parse(source)
    if parsed.path is None:
        raise SourceError(f"{parsed}: probe reads local files; check --fetch reads URLs, too")
    decoder = _decoder(chosen, NO_CACHE)
    return decoder.read(parsed.path, decode=not chosen.quick, window=parsed.window)


def probe_files(
    sources: Iterable[str | Path], **options: Unpack[OptionKeywords]
) -> list[Reference]:
    """As `probe`, for several files, without slots; one that cannot be read is a fact, too."""
    chosen = Options.of("probe", options)
    loader = Loader(_decoder(chosen, NO_CACHE), jobs=chosen.jobs)
    return loader.load_media(map(Source.parse, sources), quick=chosen.quick)


@takes_options
def check(inputs: Inputs, **options: Unpack[OptionKeywords]) -> Report:
    """All findings about a request, each with its remedy; nothing is written.

    Args:
        inputs: A request, a request file, or media files.
        **options: See below.

    Returns:
        A Report: the verdict, the facts of the media, the findings.

    Raises:
        UsageError: Nothing can be checked: a missing file, an unknown option, rule or envelope.
    """
    request, run = _start("check", inputs, options)
    loaded = run.load(request, quick=run.options.quick)
    found = [run.check(references) for references in run.split(loaded)]
    return Report(
        envelope=run.envelope.name,
        findings=tuple(finding for findings, _ in found for finding in findings),
        media=tuple(reference for _, checked in found for reference in checked.references),
        strict=run.options.strict,
    )


@takes_options
def plan(inputs: Inputs, **options: Unpack[OptionKeywords]) -> Plan:
    """What `fix` would do: the steps, the facts that they lead to, the findings that are left.

    Args:
        inputs: A request, a request file, or media files.
        **options: See below.

    Returns:
        A Plan: a FilePlan per file, and the findings that will be left.

    Raises:
        UsageError: Nothing can be planned: a missing file, an unknown option, rule or envelope.
    """
    request, run = _start("plan", inputs, options)
    plans = [run.plan(each)[1] for each in run.split(run.load(request, quick=True))]
    return Plan(
        envelope=run.envelope.name,
        files=tuple(file for each in plans for file in each.files),
        findings=tuple(finding for each in plans for finding in each.findings),
        strict=run.options.strict,
    )


@takes_options
def fix(inputs: Inputs, directory: str | Path, **options: Unpack[OptionKeywords]) -> FixResult:
    """Write every file so that it meets the limits, into `directory`; sources are never altered.

    Each result is probed anew, and the findings are read from it. A file that meets the limits
    already is copied byte for byte.

    Args:
        inputs: A request, a request file, or media files.
        directory: Where the files are written, under their sources' names.
        **options: See below.

    Returns:
        A FixResult: the written files, and the findings that are left.

    Raises:
        UsageError: Nothing can be fixed: a missing file, an unknown option, rule or envelope.
        OutputError: A file cannot be written, or one with other content is in its place.
    """
    request, run = _start("fix", inputs, options)
    planned = [run.plan(each) for each in run.split(run.load(request, quick=True))]
    written = [file for _, each in planned for file in each.written]
    targets = list(names.beside(written, Path(directory)))
    outcomes = run.write(written, targets, replace=run.options.force)
    results = []
    for references, each in planned:  # the outcomes of one set after those of another
        own, outcomes = outcomes[: len(each.written)], outcomes[len(each.written) :]
        results.append(run.review(references, each, own))
    return FixResult(
        envelope=run.envelope.name,
        prepared=tuple(file for result in results for file in result.prepared),
        remote=tuple(media for result in results for media in result.remote),
        findings=tuple(finding for result in results for finding in result.findings),
        strict=run.options.strict,
    )


@takes_options
def pack(inputs: Inputs, directory: str | Path, **options: Unpack[OptionKeywords]) -> Bundle:
    """Fix the request's media and write the bundle: media/, request.json, manifest.json.

    Whole or not at all: where errors are left nothing is written, and `path` is None.

    Args:
        inputs: A request, a request file, or media files.
        directory: The folder of the bundle; a name that ends in .zip makes one archive.
        **options: See below.

    Returns:
        A Bundle: its path, the written files, and the findings that are left.

    Raises:
        UsageError: Nothing can be packed: a missing file, an unknown option, rule or envelope.
        OutputError: The bundle cannot be written, or something is in its place.
        ProviderError: The media cannot be uploaded to `publish`.
    """
    request, run = _start("pack", inputs, options)
    bundle.check_delivery(run.options)
    publish, media_url = run.options.publish, run.options.media_url
    upload.validate_target(publish, media_url)
    target = bundle.target_of(Path(directory), zipped=run.options.zipped)
    if publish and (run.options.inline or target.suffix.lower() == bundle.ZIP):
        raise UsageError("--publish: for bundles that are folders, and media that are not inline")
    loaded = run.load(request, quick=True)
    bundle.refuse_overwrite([row.file for row in loaded.references if row.checked], target)
    arranged = arrange_set(loaded.model_copy(update={"scope": "request"}), run.envelope)
    with bundle.place(target, force=run.options.force) as place:
        packed = _pack(arranged, place.folder, run)
        if packed.verdict == "fail":
            return packed.model_copy(update={"prepared": (), "remote": ()})
        result = bundle.write(place, packed, loaded.request, run.envelope, run.options)
    if publish and result.path:
        client.publish_media(result.path, run.envelope, publish, media_url)
    return result


@takes_options
def verify(path: str | Path, **options: Unpack[OptionKeywords]) -> VerifyResult:
    """What a bundle, a folder or an archive, is now: what has changed, and what is wrong with it.

    It is checked against refprep's own envelope of the name that its manifest has; the limits of an
    unknown one are taken from the manifest, with a finding. Rules that were ignored when it was
    packed are ignored still, with a finding, unless `select` or `ignore` name others. `envelope`
    checks all rules of another one.

    Args:
        path: The bundle.
        **options: See below.

    Returns:
        A VerifyResult: what has changed since packing, and the findings of today.

    Raises:
        UsageError: It is no bundle.
    """
    target = Path(path)
    with unpacked(target) as folder:
        manifest = load_manifest(folder, target)
        rows = ("select", "ignore")
        given = {name: value for name, value in options.items() if value or name not in rows}
        chosen = options.get("envelope")
        own = {} if chosen else {name: getattr(manifest.envelope, name) for name in rows}
        envelope = _envelope(chosen) if chosen else manifest.envelope
        run = Run.of(Options.of("verify", {**own, **given}), envelope)
        references = integrity.load_references(
            folder,
            target,
            manifest.model_copy(update={"envelope": envelope}),
            run.loader,
            quick=run.options.quick,
        )
    held = None if chosen else _left_to(manifest.held, given)
    findings, _ = run.check(references.model_copy(update={"held": held}))
    return VerifyResult(
        envelope=run.envelope.name,
        findings=findings,
        media=references.references,
        strict=run.options.strict,
        path=target,
    )


@takes_options
def estimate(inputs: Inputs, **options: Unpack[OptionKeywords]) -> Estimate:
    """What the request costs once its media are fixed.

    Args:
        inputs: A request, a request file, media files, or a bundle.
        **options: See below.

    Returns:
        An Estimate: the least and the most, each with its evidence.

    Raises:
        UsageError: Nothing can be estimated: a file that cannot be counted, a folder that is no
            bundle, a value that the provider does not offer, an envelope without a formula.
    """
    with _opened(inputs) as contents:
        request, run = _start("estimate", contents, options)
        references = run.load(request, quick=run.options.quick)
        kept, _ = run.sent(references)
    return pricing.estimate(references.request, kept, run.envelope)


@takes_options
def compare(
    inputs: Inputs,
    candidates: Iterable[str | Path | Envelope] = (),
    **options: Unpack[OptionKeywords],
) -> Comparison:
    """What the same request costs by several envelopes, once its media are fixed for each.

    `auto` and the like are asked for in the word of each envelope.

    Args:
        inputs: A request, a request file, media files, or a bundle.
        candidates: Envelopes by name or TOML file; empty: all that come with refprep.
        **options: See below.

    Returns:
        A Comparison: the lowest price first, each with the reasons against it.

    Raises:
        UsageError: Nothing can be estimated: a file that cannot be counted, a folder that is no
            bundle, an unknown envelope.
    """
    chosen = Options.of("compare", options)
    names_or_files = [candidates] if isinstance(candidates, str | Path) else list(candidates)
    runs = [Run.of(chosen, _envelope(each)) for each in names_or_files or envelopes.names()]
    with _opened(inputs) as contents:
        request = _request(contents, runs[0].envelope, allow_outside=chosen.allow_outside)
        references = runs[0].load(request, quick=chosen.quick)
        return pricing.compare([run.price(references) for run in runs])


@takes_options
def submit(inputs: Inputs, **options: Unpack[OptionKeywords]) -> SubmitResult:
    """Send a bundle to its provider, follow the generation, fetch the video.

    What is no bundle yet is packed first, into the folder for results. A downloaded file counts
    once every picture of it decodes.

    Args:
        inputs: A bundle, a folder or an archive; or a request, a request file, media files.
        **options: See below.

    Returns:
        A SubmitResult: the fetched videos; why the provider refuses the request; or, in `unsent`,
        the findings for which it was not sent.

    Raises:
        BundleError: The bundle's files are not those that were packed.
        ProviderError: The provider cannot be reached, denies access, or gives no whole video.
        UsageError: The provider documents no such mode, or there is no such bundle.
    """
    chosen = Options.of("submit", options)
    place, output = submit_place(inputs, chosen.output)
    if not (is_bundle(inputs) or chosen.resume):
        taken = {option.name for option in options_of("pack")} - {"publish"}
        own: Any = {name: value for name, value in options.items() if name in taken}
        with client.unlocked(place):
            packed = pack(inputs, place, **{**own, "force": True})
        if packed.path is None:
            return SubmitResult(bundle=place, mode=chosen.mode, unsent=packed)
    return client.submit(
        place,
        mode=chosen.mode,
        publish=chosen.publish,
        media_url=chosen.media_url if chosen.publish else None,
        resume=chosen.resume,
        again=chosen.again,
        generation=chosen.generation,
        webhook=chosen.webhook,
        output=output,
        tell=chosen.tell,
        envelope=chosen.envelope,
        accept=partial(_video_fault, chosen),
    )


def is_bundle(inputs: Inputs) -> bool:
    """True where the inputs are one bundle, or could only be one: a folder, an archive."""
    if isinstance(inputs, Request | LooseFiles):
        return False
    names = _files(inputs)
    path = Path(names[0]) if len(names) == 1 else Path()
    return len(names) == 1 and (path.is_dir() or path.suffix.lower() in ("", bundle.ZIP))


def submit_place(inputs: Inputs, output: str | Path | None) -> tuple[Path, Path | None]:
    """The bundle that is sent, and the folder for results; None: beside the bundle.

    What is packed first has its bundle in the folder for results.
    """
    if isinstance(inputs, Request | LooseFiles):
        first = str(inputs.files[0]) if isinstance(inputs, LooseFiles) else "request"
    elif is_bundle(inputs):
        return Path(_files(inputs)[0]), Path(output) if output else None
    else:
        first = str(_files(inputs)[0])
    folder = Path(output or f"{Path(first.partition('#')[0]).stem}-result")
    return folder / "bundle", folder


def _video_fault(options: Options, path: Path) -> str:
    """Why a downloaded file is no whole video; "" for one of which every picture decodes.

    A decoder of its own: several files have this name, one after the other.
    """
    if fault := why_no_video(path):
        return fault
    try:
        media = _decoder(options, NO_CACHE).read(path, decode=True)
    except RefprepError as error:
        return str(error)
    if not isinstance(media, Video):
        return "it has no pictures"
    if media.decode_errors:
        return f"{media.decode_errors} of its packets do not decode"
    return media.damage or ""


@takes_options
def snippet(
    path: str | Path, lang: Literal["curl", "python"] = "curl", **options: Unpack[OptionKeywords]
) -> str:
    """The text that submits a bundle by hand, to paste into a terminal or a notebook.

    Args:
        path: A bundle that is a folder.
        lang: `curl` for a terminal, `python` for a notebook.
        **options: See below.

    Returns:
        The text.

    Raises:
        UsageError: The provider documents no such mode, or the bundle is no folder.
        BundleError: The bundle's files are not those that were packed.
    """
    chosen = Options.of("snippet", options)
    return snippets.snippet(path, lang, chosen.mode, chosen.envelope)


@dataclass(frozen=True)
class Run:
    """One call of a verb: its options, its envelope, and what loads its media."""

    options: Options
    envelope: Envelope
    loader: Loader

    @classmethod
    def of(cls, options: Options, envelope: Envelope) -> "Run":
        """UsageError where a rule is named that does not exist."""
        for rule in (*options.select, *options.ignore):
            if rule not in RULE_NAMES:
                raise UsageError(unknown("rule", rule, RULE_NAMES))
        conditional = (rule for case in envelope.cases.values() for rule in case.limits)
        for rule in (*envelope.bounds, *conditional):
            if rule.replace("-", "_") in envelope.parameters:
                continue
            if rule not in RULE_NAMES:
                raise UsageError(
                    unknown("rule", rule, RULE_NAMES, f"envelope {envelope.name}: limits")
                )
        chosen = {"select": frozenset(options.select), "ignore": frozenset(options.ignore)}
        cache = options.cache if isinstance(options.cache, bool) else Path(options.cache)
        loader = Loader(
            _decoder(options, Cache.at(cache)),
            options.progress or no_progress,
            jobs=options.jobs,
            fetch=options.fetch,
        )
        return cls(options, envelope.model_copy(update=chosen), loader)

    def load(self, request: Request | LooseFiles, *, quick: bool) -> ReferenceSet:
        """The media of a request in the slots of the envelope, and which travel inside it."""
        takes = {name: slot.kind for name, slot in self.envelope.slots.items()}
        own = request.inline if isinstance(request, BundleRequest) else frozenset()
        loaded = self.loader.load(request, takes=takes, quick=quick)
        always = {name for name, slot in self.envelope.slots.items() if slot.inline_only}
        inside = {str(row.slot) for row in loaded.references if row.slot_type in always}
        held = request.held if isinstance(request, BundleRequest) else None
        loaded = loaded.model_copy(update={"held": held})
        return bundle.inline_slots(loaded, self.options, own | inside)

    def split(self, references: ReferenceSet) -> list[ReferenceSet]:
        """The set; or, where every file is treated by itself, a set for each."""
        return list(references.split()) if self.options.each else [references]

    def check(self, references: ReferenceSet) -> tuple[tuple[Finding, ...], ReferenceSet]:
        """The findings, each with its repair; and the set, with what was measured for it."""
        plan = planner.plan(references, self.envelope, self.options)
        measured = self._measure(references, plan)
        if measured is not references:
            plan = planner.plan(measured, self.envelope, self.options)
        return with_repairs(rules.check(measured, self.envelope), plan), measured

    def plan(self, references: ReferenceSet) -> tuple[ReferenceSet, Plan]:
        """The final plan: a file that would be copied is decoded first. At most two plannings."""
        plan = planner.plan(references, self.envelope, self.options)
        known = self._measure(references, plan)
        if not self.options.quick:
            whole = (file.reference for file in plan.files if not file.steps)
            copied = {reference.source for reference in whole if reference.checked}
            known = self.loader.decode(known, copied) if copied else known
        if known is not references:
            plan = planner.plan(known, self.envelope, self.options)
        return known, plan.model_copy(update={"findings": with_repairs(plan.findings, plan)})

    def sent(self, references: ReferenceSet) -> tuple[list[Reference], Plan]:
        """The references as they will be sent, and the plan that fixes them."""
        plan = planner.plan(references, self.envelope, self.options)
        return [file.predicted for file in plan.kept], plan

    def price(self, references: ReferenceSet) -> ComparedPrice:
        """What the set costs here; UsageError only for a file that cannot be counted."""
        name, request = self.envelope.name, adapted(references.request, self.envelope)
        kept, plan = self.sent(references.model_copy(update={"request": request}))
        broken = dict.fromkeys(row.rule for row in plan.findings if row.level == "error")
        reasons = [f"limits not met: {', '.join(broken)}"] if broken else []
        try:
            estimated = pricing.estimate(request, kept, self.envelope)
        except UsageError as error:
            if error.source:
                raise
            reason = str(error).removeprefix(f"{name}: ")
            return ComparedPrice(envelope=name, estimate=None, reasons=(reason, *reasons))
        if estimated.no_price:
            reasons.insert(0, estimated.no_price)
        return ComparedPrice(envelope=name, estimate=estimated, reasons=tuple(reasons))

    def _measure(self, references: ReferenceSet, plan: Plan) -> ReferenceSet:
        """The set with content statistics of what is trimmed, where the best part is kept."""
        trimmed = {file.reference.source for file in plan.files if file.trimmed}
        if self.options.keep != "best" or not trimmed:
            return references
        return self.loader.measure(references, trimmed)

    def write(
        self, files: Sequence[FilePlan], targets: Sequence[Path], *, replace: bool
    ) -> list[tuple[FilePlan, Outcome]]:
        """Write the planned files, and probe the results."""
        work = [
            Job(
                slot=file.reference.slot,
                source=file.reference.file,
                name=str(file.reference.source),
                steps=file.steps,
                before=file.reference.media,
                predicted=file.predicted.media,
                target=target,
                replace=replace,
                decoder=self.loader.decoder,
            )
            for file, target in zip(files, targets, strict=True)
        ]
        outcomes = jobs.run(work, self.options.jobs, self.loader.progress)
        return list(zip(files, outcomes, strict=True))

    def review(
        self, references: ReferenceSet, plan: Plan, outcomes: Sequence[tuple[FilePlan, Outcome]]
    ) -> FixResult:
        """The written files of one set, checked in their slots."""
        known = {(file.reference.slot, file.reference.source): out for file, out in outcomes}
        final: list[Reference] = []
        prepared: list[Prepared] = []
        failed: list[Finding] = []
        for reference in references.references:
            outcome = known.get((reference.slot, reference.source))
            facts: dict[str, Any] = {}
            if isinstance(outcome, Prepared):
                inside = reference.slot in references.inline
                prepared.append(outcome.model_copy(update={"inline": inside}))
                suffix = outcome.path.suffix
                facts = {"media": outcome.after, "window": None, "written_suffix": suffix}
            elif outcome is not None:
                failed.append(_failed(reference, outcome))
            final.append(reference.model_copy(update=facts))
        dropped = [file.reference for file in plan.files if file.dropped]
        rest = references.replace(final).without([str(reference.slot) for reference in dropped])
        left = with_advice(rules.check(rest, self.envelope), plan)
        findings = (*failed, *map(_left_out, dropped), *left)
        return FixResult(
            envelope=self.envelope.name,
            prepared=tuple(prepared),
            remote=tuple(self._remote(file.reference) for file in plan.remote),
            findings=findings,
        )

    def _remote(self, reference: Reference) -> Remote:
        return Remote(
            slot=reference.slot,
            source=str(reference.source),
            url=reference.source.url or "",
            sha256=self.loader.digest(reference),
            size=reference.media.size,
            media=reference.media,
        )


def _start(
    verb: str, inputs: Inputs, keywords: Mapping[str, Any]
) -> tuple[Request | LooseFiles, Run]:
    """The request and the run of a verb; the request of a bundle brings its own envelope."""
    outside = bool(keywords.get("allow_outside"))
    request = _request(inputs, keywords.get("envelope"), allow_outside=outside)
    if isinstance(request, BundleRequest):
        chosen = keywords.get("envelope") is not None
        held = None if chosen or request.held is None else _left_to(request.held, keywords)
        request = request.model_copy(update={"held": held})
    if isinstance(request, BundleRequest) and keywords.get("envelope") is None:
        own = request.envelope
        keywords = {"select": own.select, "ignore": own.ignore, **keywords, "envelope": own}
    options = Options.of(verb, keywords)
    return request, Run.of(options, _envelope(options.envelope))


def _left_to(held: HeldEnvelope, keywords: Mapping[str, Any]) -> HeldEnvelope:
    """What is left to a manifest: not the rules that the user chooses."""
    given: dict[str, frozenset[str]] = {
        name: frozenset() for name in ("select", "ignore") if keywords.get(name) is not None
    }
    return held.model_copy(update=given)


def _decoder(options: Options, cache: Cache) -> Decoder:
    """What decodes: this process; or workers, where that is asked for, or several files at once."""
    executor = Workers() if options.isolate or options.jobs > 1 else InProcess()
    return Decoder(executor, options.budget, cache)


def _envelope(chosen: str | Path | Envelope | None) -> Envelope:
    return chosen if isinstance(chosen, Envelope) else envelopes.load(chosen or DEFAULT_ENVELOPE)


@contextmanager
def _opened(inputs: Inputs) -> Iterator[Inputs]:
    """The inputs; in place of a bundle its request.json."""
    if isinstance(inputs, Request | LooseFiles):
        yield inputs
        return
    with opened(_files(inputs)) as contents:
        yield contents


def _files(inputs: str | Path | Iterable[str | Path]) -> list[str | Path]:
    try:
        return [inputs] if isinstance(inputs, str | Path) else list(inputs)
    except TypeError:
        message = f"takes a request, a path or a list of paths, not {inputs!r}"
        raise RequestError(message) from None


def _request(
    inputs: Inputs, chosen: str | Path | Envelope | None, *, allow_outside: bool = False
) -> Request | LooseFiles:
    """Request files are read; other files are yet to be assigned to slots."""
    if isinstance(inputs, Request | LooseFiles):
        return inputs
    files = _files(inputs)
    if not any(map(is_request_file, files)):
        return LooseFiles(files=files)
    if len(files) > 1:
        raise RequestError("a request file stands alone; name its media inside it")
    own = _envelope(chosen) if chosen else None
    return load_request(files[0], chosen=own, allow_outside=allow_outside)


def _pack(references: ReferenceSet, folder: Path, run: Run) -> Bundle:
    """The media of a bundle, written into its folder, and the findings that are left."""
    references, plan = run.plan(references)
    # The size of the body is known only when the media in it are written.
    early = tuple(finding for finding in plan.findings if finding.rule != "request-size")
    bundle = Bundle(
        envelope=run.envelope.name, findings=early, prepared=(), strict=run.options.strict
    )
    if bundle.verdict == "fail":
        return bundle
    targets = list(names.slots(plan.written, folder / names.MEDIA))
    outcomes = run.write(plan.written, targets, replace=True)
    result = run.review(references, plan, outcomes)
    return bundle.model_copy(
        update={
            "findings": result.findings,
            "prepared": result.prepared,
            "remote": result.remote,
        }
    )


def _left_out(reference: Reference) -> Finding:
    return _finding(
        reference, "file-count", "left out: too many files, and drop is allowed", "info"
    )


def _failed(reference: Reference, error: RefprepError) -> Finding:
    rule = error.rule if isinstance(error, UnreadableError) else "file-unreadable"
    return _finding(reference, rule, f"cannot be fixed: {error}")


def _finding(reference: Reference, rule: str, message: str, level: Level = "error") -> Finding:
    source = str(reference.source)
    return Finding(rule=rule, level=level, slot=reference.slot, source=source, message=message)
