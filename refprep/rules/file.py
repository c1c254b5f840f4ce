"""What is read of a file as such: that it can be read, is whole, and is what its name says."""

from collections.abc import Iterator

from refprep import formats
from refprep.envelope import Envelope
from refprep.finding import Finding
from refprep.limits import Range, number
from refprep.lineup import Entry, Lineup
from refprep.media import Audio, Image, Kind, Unread, Video
from refprep.rules.row import Rule, finding

CLIP_RULES: dict[Kind | None, str] = {"video": "clip-seconds", "audio": "audio-clip-seconds"}


def unreadable(rule: Rule, lineup: Lineup, envelope: Envelope) -> Iterator[Finding]:
    """A file that nothing reads."""
    for entry in lineup.entries:
        if isinstance(entry.media, Unread):
            yield finding(rule, entry.media.reason, entry)


def misplaced(rule: Rule, lineup: Lineup, envelope: Envelope) -> Iterator[Finding]:
    """A file whose content is not what its slot is for."""
    for entry in lineup.entries:
        if entry.media.kind and not entry.fits_slot:
            said = f"{entry.media.format} {entry.media.kind}; this slot takes {entry.kind}"
            yield finding(rule, said, entry, actual=entry.media.kind, required=entry.kind)


def misnamed(rule: Rule, lineup: Lineup, envelope: Envelope) -> Iterator[Finding]:
    """A file whose ending is another format's."""
    for entry in lineup.entries:
        name = entry.media.format
        if name and not formats.belongs(entry.ending, name):
            usual = formats.suffix_of(name)
            said = f"named {entry.ending}, but the content is {name}"
            yield finding(rule, said, entry, actual=entry.ending, required=usual)


def truncated(rule: Rule, lineup: Lineup, envelope: Envelope) -> Iterator[Finding]:
    """A file that ends before its header says."""
    for entry in lineup.entries:
        match entry.media:
            case Image(truncated=True, damage=damage):
                yield finding(rule, str(damage), entry)
            case Video() | Audio() as media if missing(media, envelope):
                held = round((media.declared_seconds or 0.0) - media.missing_seconds, 3)
                declared = number(media.declared_seconds)
                said = f"declares {declared} s, and {number(held)} s of it are there"
                yield finding(rule, said, entry, actual=held, required=media.declared_seconds)


def missing(media: Video | Audio, envelope: Envelope) -> bool:
    """True where more seconds are missing than a last packet may lack."""
    return not envelope.range("file-truncated").admits(media.missing_seconds)


def corrupt(rule: Rule, lineup: Lineup, envelope: Envelope) -> Iterator[Finding]:
    """A file that a decoder complains about: a picture is lost, a clip can be written anew."""
    for entry in lineup.entries:
        match entry.media:
            case Image(truncated=False, damage=str(damage)):
                yield finding(rule, damage, entry)
            case Video(decode_errors=int(refused)) | Audio(decode_errors=int(refused)) if refused:
                said = f"the decoder refused {refused} packets or frames"
                yield finding(rule, said, entry, level="warning", actual=refused, required=0)


def contradictory(rule: Rule, lineup: Lineup, envelope: Envelope) -> Iterator[Finding]:
    """A file whose length lies inside the limits for one reader and outside for another."""
    for entry in lineup.entries:
        if disagrees(entry, envelope):
            lengths = ", ".join(f"{number(one)} s" for one in readings(entry))
            said = (
                f"readers may see {lengths}; {envelope.name} takes {seconds_of(entry, envelope)} s"
            )
            yield finding(rule, said, entry, actual=readings(entry))


def readings(entry: Entry) -> tuple[float, ...]:
    """Every length that a reader could report of a whole file, shortest first."""
    media = entry.media
    if not isinstance(media, Video | Audio) or not entry.fits_slot or entry.window:
        return ()
    return tuple(sorted({round(one, 3) for one in media.readings}))


def disagrees(entry: Entry, envelope: Envelope) -> bool:
    """True where its readings lie on both sides of a limit."""
    limit = seconds_of(entry, envelope) if readings(entry) else Range()
    return len({limit.admits(one) for one in readings(entry)}) > 1


def seconds_of(entry: Entry, envelope: Envelope) -> Range:
    """What one clip or sound may last, whether or not that rule is looked at itself."""
    bound = envelope.limits.get(CLIP_RULES[entry.media.kind])
    limit = bound.limit if bound else None
    return limit if isinstance(limit, Range) else Range()


def outside(rule: Rule, lineup: Lineup, envelope: Envelope) -> Iterator[Finding]:
    """A window that begins or ends outside its file."""
    for entry in lineup.entries:
        length, window = getattr(entry.media, "seconds", None), entry.window
        if window is None or length is None or (window.end or 0.0) <= length > window.start:
            continue
        over = window.start >= length
        part = f"{number(window.start)} to {number(window.end) if window.end else 'the end'}"
        said = f"the window {part} s lies outside the file, which lasts {number(length)} s"
        ends = f"the window ends at {number(window.end)} s, the file at {number(length)} s"
        level = "error" if over else "info"
        yield finding(rule, said if over else ends, entry, level=level, required=length)


def repeated(rule: Rule, lineup: Lineup, envelope: Envelope) -> Iterator[Finding]:
    """A file whose content stands in an earlier slot, too."""
    for entry in lineup.entries:
        if entry.twin and lineup.scope != "each":
            yield finding(rule, f"the same content as {entry.twin}", entry, actual=entry.twin)
