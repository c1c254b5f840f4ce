"""What is checked of any file: that it can be read, is complete, and is what its name says."""

from collections.abc import Iterator

from refprep.models import formats
from refprep.models.envelope import Envelope
from refprep.models.finding import Finding
from refprep.models.limits import Range, number
from refprep.models.media import RUINED_SHARE, Audio, Image, Kind, Unreadable, Video
from refprep.models.reference import Reference, ReferenceSet
from refprep.rules.rule import Rule, finding

CLIP_RULES: dict[Kind | None, str] = {"video": "video-duration", "audio": "audio-duration"}
"The rules about the duration of one file."


def unreadable(rule: Rule, references: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
    """A file that no decoder reads, or not within its budget: whichever the rule is about."""
    for reference in references.references:
        if isinstance(reference.media, Unreadable) and reference.media.rule == rule.name:
            yield finding(rule, reference.media.reason, reference)


def of_another_kind(rule: Rule, references: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
    """A file whose content is of another kind than its slot."""
    for reference in references.references:
        media, kind = reference.media, reference.kind
        if media.kind and not reference.fits_slot:
            message = f"{media.format} {media.kind}; this slot takes {kind}"
            yield finding(rule, message, reference, actual=media.kind, required=kind)


def misnamed(rule: Rule, references: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
    """A file whose suffix is that of another format."""
    for reference in references.references:
        name = reference.media.format
        if name and not formats.belongs(reference.suffix, name):
            usual = formats.suffix_of(name)
            message = f"named {reference.suffix}, but the content is {name}"
            yield finding(rule, message, reference, actual=reference.suffix, required=usual)


def truncated(rule: Rule, references: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
    """A file that ends before its header says."""
    for reference in references.references:
        match reference.media:
            case Image(truncated=True, decode_error=reason):
                yield finding(rule, str(reason), reference)
            case Video() | Audio() as media if missing(media, envelope):
                declared = media.declared_duration
                present = round((declared or 0.0) - media.missing_duration, 3)
                message = f"declares {number(declared)} s, holds {number(present)} s"
                yield finding(rule, message, reference, actual=present, required=declared)


def missing(media: Video | Audio, envelope: Envelope) -> bool:
    """True where more is missing at the end than a last packet may lack."""
    return not envelope.range("file-truncated").admits(media.missing_duration)


def corrupt(rule: Rule, references: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
    """A file with decoding errors: an image is lost, as is a video or audio with many of them.

    One with few can be written anew.
    """
    for reference in references.references:
        match reference.media:
            case Image(truncated=False, decode_error=str(reason)):
                yield finding(rule, reason, reference)
            case Video() | Audio() as media if media.ruined:
                share = round(media.damaged_share or 0.0, 3)
                message = f"ruined or encrypted: the decoder refuses {share:.1%} of its packets"
                yield finding(rule, message, reference, actual=share, required=RUINED_SHARE)
            case Video(decode_errors=int(count)) | Audio(decode_errors=int(count)) if count:
                message = f"{count} packet{'s' * (count > 1)} could not be decoded without errors"
                yield finding(rule, message, reference, level="warning", actual=count, required=0)
            case Image(damage=str(damage)) | Video(damage=str(damage)) | Audio(damage=str(damage)):
                yield finding(rule, f"damaged: {damage}", reference, level="warning")


def contradictory(rule: Rule, references: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
    """A file whose duration meets the limits for one reader and breaks them for another."""
    for reference in references.references:
        if disagrees(reference, envelope):
            readings = durations(reference)
            values = " or ".join(f"{number(duration)} s" for duration in readings)
            accepted = f"{envelope.name} takes {duration_limit(reference, envelope)} s"
            yield finding(
                rule, f"readers may report {values}; {accepted}", reference, actual=readings
            )


def durations(reference: Reference) -> tuple[float, ...]:
    """Every duration (s) that a reader could report of a whole file, shortest first."""
    media = reference.media
    if not isinstance(media, Video | Audio) or not reference.fits_slot or reference.window:
        return ()
    return tuple(sorted({round(duration, 3) for duration in media.reported_durations}))


def disagrees(reference: Reference, envelope: Envelope) -> bool:
    """True where readers could report durations on both sides of a limit."""
    readings = durations(reference)
    limit = duration_limit(reference, envelope) if readings else Range()
    return len({limit.admits(duration) for duration in readings}) > 1


def duration_limit(reference: Reference, envelope: Envelope) -> Range:
    """The limit (s) of the duration of one file, whether or not that rule is checked itself."""
    bound = envelope.limits.get(CLIP_RULES[reference.media.kind])
    limit = bound.limit if bound else None
    return limit if isinstance(limit, Range) else Range()


def out_of_range(rule: Rule, references: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
    """A window that starts or ends after the end of its file."""
    for reference in references.references:
        duration, window = getattr(reference.media, "duration", None), reference.window
        if window is None or duration is None or (window.end or 0.0) <= duration > window.start:
            continue
        end = "the end" if window.end is None else f"{number(window.end)} s"
        message = (
            f"the window is {number(window.start)} s to {end}; the file lasts {number(duration)} s"
        )
        level = "error" if window.start >= duration else "info"
        yield finding(rule, message, reference, level=level, required=duration)


def duplicate(rule: Rule, references: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
    """A file with the same content as an earlier one."""
    for reference in references.references:
        if reference.duplicate_of and references.scope != "each":
            message = f"the same content as {reference.duplicate_of}"
            yield finding(rule, message, reference, actual=reference.duplicate_of)
