"""What is read of a file as such: that it can be read, is whole, and is what its name says."""

from collections.abc import Iterator

from refprep.models import formats
from refprep.models.envelope import Envelope
from refprep.models.finding import Finding
from refprep.models.limits import Range, number
from refprep.models.media import Audio, Image, Kind, Unreadable, Video
from refprep.models.reference import Reference, ReferenceSet
from refprep.rules.rule import Rule, finding

CLIP_RULES: dict[Kind | None, str] = {"video": "video-duration", "audio": "audio-duration"}


def unreadable(rule: Rule, reference_set: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
    """A file that nothing reads."""
    for reference in reference_set.references:
        if isinstance(reference.media, Unreadable):
            yield finding(rule, reference.media.reason, reference)


def misplaced(rule: Rule, reference_set: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
    """A file whose content is not what its slot is for."""
    for reference in reference_set.references:
        if reference.media.kind and not reference.fits_slot:
            said = (
                f"{reference.media.format} {reference.media.kind}; this slot takes {reference.kind}"
            )
            yield finding(
                rule, said, reference, actual=reference.media.kind, required=reference.kind
            )


def misnamed(rule: Rule, reference_set: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
    """A file whose ending is another format's."""
    for reference in reference_set.references:
        name = reference.media.format
        if name and not formats.belongs(reference.suffix, name):
            usual = formats.suffix_of(name)
            said = f"named {reference.suffix}, but the content is {name}"
            yield finding(rule, said, reference, actual=reference.suffix, required=usual)


def truncated(rule: Rule, reference_set: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
    """A file that ends before its header says."""
    for reference in reference_set.references:
        match reference.media:
            case Image(truncated=True, decode_error=damage):
                yield finding(rule, str(damage), reference)
            case Video() | Audio() as media if missing(media, envelope):
                held = round((media.declared_duration or 0.0) - media.missing_duration, 3)
                declared = number(media.declared_duration)
                said = f"declares {declared} s, and {number(held)} s of it are there"
                yield finding(rule, said, reference, actual=held, required=media.declared_duration)


def missing(media: Video | Audio, envelope: Envelope) -> bool:
    """True where more seconds are missing than a last packet may lack."""
    return not envelope.range("file-truncated").admits(media.missing_duration)


def corrupt(rule: Rule, reference_set: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
    """A file that a decoder complains about: a picture is lost, a clip can be written anew."""
    for reference in reference_set.references:
        match reference.media:
            case Image(truncated=False, decode_error=str(damage)):
                yield finding(rule, damage, reference)
            case Video(decode_errors=int(refused)) | Audio(decode_errors=int(refused)) if refused:
                said = f"the decoder refused {refused} packets or frames"
                yield finding(rule, said, reference, level="warning", actual=refused, required=0)


def contradictory(rule: Rule, reference_set: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
    """A file whose length lies inside the limits for one reader and outside for another."""
    for reference in reference_set.references:
        if disagrees(reference, envelope):
            lengths = ", ".join(f"{number(one)} s" for one in readings(reference))
            said = f"readers may see {lengths}; {envelope.name} takes {seconds_of(reference, envelope)} s"
            yield finding(rule, said, reference, actual=readings(reference))


def readings(reference: Reference) -> tuple[float, ...]:
    """Every length that a reader could report of a whole file, shortest first."""
    media = reference.media
    if not isinstance(media, Video | Audio) or not reference.fits_slot or reference.window:
        return ()
    return tuple(sorted({round(one, 3) for one in media.reported_durations}))


def disagrees(reference: Reference, envelope: Envelope) -> bool:
    """True where its readings lie on both sides of a limit."""
    limit = seconds_of(reference, envelope) if readings(reference) else Range()
    return len({limit.admits(one) for one in readings(reference)}) > 1


def seconds_of(reference: Reference, envelope: Envelope) -> Range:
    """What one clip or sound may last, whether or not that rule is looked at itself."""
    bound = envelope.limits.get(CLIP_RULES[reference.media.kind])
    limit = bound.limit if bound else None
    return limit if isinstance(limit, Range) else Range()


def outside(rule: Rule, reference_set: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
    """A window that begins or ends outside its file."""
    for reference in reference_set.references:
        length, window = getattr(reference.media, "duration", None), reference.window
        if window is None or length is None or (window.end or 0.0) <= length > window.start:
            continue
        over = window.start >= length
        part = f"{number(window.start)} to {number(window.end) if window.end else 'the end'}"
        said = f"the window {part} s lies outside the file, which lasts {number(length)} s"
        ends = f"the window ends at {number(window.end)} s, the file at {number(length)} s"
        level = "error" if over else "info"
        yield finding(rule, said if over else ends, reference, level=level, required=length)


def repeated(rule: Rule, reference_set: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
    """A file whose content stands in an earlier slot, too."""
    for reference in reference_set.references:
        if reference.duplicate_of and reference_set.scope != "each":
            yield finding(
                rule,
                f"the same content as {reference.duplicate_of}",
                reference,
                actual=reference.duplicate_of,
            )
