"""Loading references: from a request, or from files, to probed media in their slots."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from refprep.decoders import unreadable
from refprep.decoders.decoder import Decoder
from refprep.errors import ReadError, SourceError, UnreadableError
from refprep.files import CHANGED, Scratch
from refprep.isolation import each
from refprep.models import address
from refprep.models.formats import kind_of
from refprep.models.media import KINDS, AnyMedia, Kind, Media, Unchecked, Unreadable
from refprep.models.reference import Reference, ReferenceSet
from refprep.models.request import LooseFiles, Request, slot_type
from refprep.models.source import Source, Window
from refprep.options import Progress

if TYPE_CHECKING:
    from refprep.decoders.fetch import Fetcher


def no_progress(source: str, part: float) -> None:
    """Progress that nothing shows."""


@dataclass(frozen=True)
class Loader:
    """Loads reference sets; within one run no file is hashed twice, and none decoded needlessly.

    A set is loaded by headers, then `decode` and `measure` add what only decoding tells.
    """

    decoder: Decoder = field(default_factory=Decoder)
    progress: Progress = no_progress
    jobs: int = 1
    "How many files are decoded at once."
    fetch: bool = False
    "Whether URLs are fetched; else their media stay unchecked."
    scratch: Scratch = field(default_factory=Scratch)
    "Where copies are for this run: of what was fetched, or is inside the request."

    def load(
        self,
        inputs: Request | LooseFiles,
        *,
        takes: Mapping[str, Kind] | None = None,
        quick: bool = False,
    ) -> ReferenceSet:
        """Probe what is asked for and assign it to slots; an unreadable file is a fact, too.

        Args:
            inputs: A request, or files that are yet to be assigned to slots by their content.
            takes: What the slots of each type take.
            quick: Whether to read headers and packets only; else files are decoded to their end.

        Raises:
            SourceError: A file is missing; raised before any file is read.
        """
        if isinstance(inputs, LooseFiles):
            return self._assign_slots(inputs, self.load_media(inputs.files, quick=quick))
        media = self.load_media(inputs.slots.values(), quick=quick)
        placed = [
            reference.model_copy(update={"slot": slot, "takes": (takes or {}).get(slot_type(slot))})
            for slot, reference in zip(inputs.slots, media, strict=True)
        ]
        return ReferenceSet(request=inputs, references=self._find_duplicates(placed))

    def load_media(self, sources: Iterable[Source], *, quick: bool = False) -> list[Reference]:
        """Probe files, each by itself, without slots. SourceError as for `load`."""
        sources = list(sources)
        for source in sources:
            if source.is_file and not _exists(source.path or Path()):
                raise SourceError(f"{source.path}: no such file", source=str(source))
        for source in sources:
            self.progress(str(source), 0.0)
        return each(partial(self._reference, quick=quick), sources, self.jobs)

    def decode(self, references: ReferenceSet, sources: Collection[Source]) -> ReferenceSet:
        """The same set, with these sources decoded to their end."""

        def decoded(reference: Reference) -> Media | Unreadable:
            media = self._facts(reference.file, reference.source.window, quick=False)
            stats = getattr(reference.media, "content_stats", ())
            return media.model_copy(update={"content_stats": stats}) if stats else media

        return self._update(references, sources, decoded)

    def measure(self, references: ReferenceSet, sources: Collection[Source]) -> ReferenceSet:
        """The same set, with the content statistics of these sources."""

        def measured(reference: Reference) -> AnyMedia:
            try:
                stats = self.decoder.content_stats(reference.file)
            except UnreadableError as error:
                return unreadable(reference.file, error)
            return reference.media.model_copy(update={"content_stats": stats})

        return self._update(references, sources, measured)

    def _update(
        self,
        references: ReferenceSet,
        sources: Collection[Source],
        media_of: Callable[[Reference], AnyMedia],
    ) -> ReferenceSet:
        """The set with the media of these sources as `media_of` returns them."""

        def updated(reference: Reference) -> Reference:
            if reference.source not in sources or not reference.checked:
                return reference
            return reference.model_copy(update={"media": media_of(reference)})

        return references.replace(each(updated, references.references, self.jobs))

    def digest(self, reference: Reference) -> str | None:
        """The SHA-256 of its whole file; None for a URL that was not fetched."""
        return self.decoder.digests[reference.file] if reference.checked else None

    def _reference(self, source: Source, quick: bool) -> Reference:
        copy = None if source.is_file else self._copy(source)
        file = source.path if source.is_file else copy
        media: AnyMedia
        if not isinstance(file, Path):
            media = file or Unchecked()
        else:
            media = self._facts(file, source.window, quick=quick)
        self.progress(str(source), 1.0)
        return Reference(
            slot=None,
            source=source,
            media=media,
            local_copy=copy if isinstance(copy, Path) else None,
            window=source.window,
        )

    def _facts(self, file: Path, window: Window | None, *, quick: bool) -> Media | Unreadable:
        """The facts of a file that was there when the run began."""
        try:
            return self.decoder.headers(file) if quick else self.decoder.facts(file, window)
        except SourceError:  # it is gone
            return Unreadable(size=None, reason=CHANGED, rule=ReadError.rule)

    def _copy(self, source: Source) -> Path | Unchecked:
        """A file with what is inside the request, or at a URL; where there is none, why."""
        if source.content is not None:
            path = self.scratch.path()
            path.write_bytes(source.content)
            return path
        url = source.url or ""
        fetchable = source.scheme == "https" and address.is_public_host(address.host_of(url))
        return self._fetcher(url) if self.fetch and fetchable else Unchecked()

    @cached_property
    def _fetcher(self) -> "Fetcher":
        from refprep.decoders.fetch import Fetcher

        return Fetcher(self.decoder.cache, self.scratch)

    def _assign_slots(self, files: LooseFiles, references: list[Reference]) -> ReferenceSet:
        """Files in slots by their content; one that cannot be read has no slot."""
        placed: list[Reference] = []
        kinds = {reference.source: _kind(reference) for reference in references}
        for kind in KINDS:
            alike = [row for row in references if kinds[row.source] == kind]
            placed += [
                reference.model_copy(update={"slot": f"{kind}{place}"})
                for place, reference in enumerate(alike, start=1)
            ]
        slots = {str(row.slot): row.source for row in placed}
        unreadable = [reference for reference in references if kinds[reference.source] is None]
        return ReferenceSet(
            request=Request.model_validate(files.model_dump(exclude={"files"})).with_slots(slots),
            references=self._find_duplicates([*placed, *unreadable]),
            scope="files" if files.prompt is None else "request",
        )

    def _find_duplicates(self, references: Sequence[Reference]) -> tuple[Reference, ...]:
        """The references, each with an earlier one of the same content and window, if any."""
        sizes = Counter((reference.media.size, reference.window) for reference in references)
        first: dict[tuple[str, Window | None], Reference] = {}
        result = []
        for reference in references:
            duplicate_of = None
            alike = bool(reference.media.size) or not reference.checked
            if alike and sizes[reference.media.size, reference.window] > 1:
                try:
                    digest = self.digest(reference)
                except OSError:  # a file that cannot be read is like no other
                    digest = str(reference.source)
                content = digest or str(reference.source.url), reference.window
                earlier = first.setdefault(content, reference)
                if earlier is not reference:
                    duplicate_of = earlier.slot or str(earlier.source)
            result.append(reference.model_copy(update={"duplicate_of": duplicate_of}))
        return tuple(result)


def _kind(reference: Reference) -> Kind | None:
    """The kind of the content; of a URL that was not fetched that of its suffix.

    Raises:
        SourceError: Neither is known.
    """
    source, media = reference.source, reference.media
    if not isinstance(media, Unchecked):
        return media.kind
    kind = kind_of(source.suffix)
    if kind is None and media.reason is None:
        other = ", or --fetch it" if source.scheme == "https" else ""
        hint = f"name it in a slot of a request file{other}"
        raise SourceError(f"{source}: its kind is not in its name; {hint}", source=str(source))
    return kind


def _exists(path: Path) -> bool:
    """False for a file that is not there; what cannot be looked at is there, and a finding."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError, ValueError):  # ValueError: a name with a NUL
        return False
    except OSError:
        return True
    return True
