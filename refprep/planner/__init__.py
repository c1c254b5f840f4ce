"""Planning: from a reference set and its envelope to ordered steps, predicted media, what is left.

No file is opened here. Every aspect fits all its limits at once; a fitter that cannot repair a
limit leaves it, and the rules, run over the predicted media, find what is left.
"""

from collections.abc import Callable, Sequence

from refprep import rules
from refprep.models import formats
from refprep.models.envelope import Envelope
from refprep.models.media import Audio, Image, Unchecked, Unreadable, Video
from refprep.models.plan import FilePlan, Plan
from refprep.models.reference import Reference, ReferenceSet
from refprep.models.steps import Drop, Encode, ExtractAudio, Rename, Step, predict
from refprep.options import Options, permitted
from refprep.planner import audio, image, video
from refprep.planner.share import kept_size, share_duration, share_size
from refprep.planner.surplus import surplus

SIZE_PER_SECOND = 1_500_000
"Bytes per second beyond which an encoded video shows nothing more at the accepted dimensions."
Fitter = Callable[[Reference, Envelope, Options], Sequence[Step]]


def plan(references: ReferenceSet, envelope: Envelope, options: Options | None = None) -> Plan:
    """The least loss, among what the options permit, that brings a reference set into the envelope.

    Args:
        references: The media in their slots, as probed.
        envelope: The limits.
        options: What may be lost; the default options where None.

    Returns:
        A plan per reference, in the same order, and the findings that will be left.
    """
    options = options or Options()
    envelope = envelope.of_request(references.request.parameters, references.filled)
    over = surplus(references, envelope) if permitted(Drop(), options) else frozenset()
    staying = references.without(over)
    places = [i for i, row in enumerate(references.references) if row.slot not in over]
    files = dict(zip(places, _files(staying, envelope, options), strict=True))
    predicted = staying.replace([file.predicted for file in files.values()])
    every = [
        _stay(files[i], references) if i in files else _dropped(row)
        for i, row in enumerate(references.references)
    ]
    left = rules.check(predicted, envelope)
    return Plan(files=tuple(every), envelope=envelope.name, findings=left, strict=options.strict)


def _files(references: ReferenceSet, envelope: Envelope, options: Options) -> list[FilePlan]:
    """A plan per reference: duration is shared first; what is encoded then needs few bytes."""
    as_audio = references.replace([_audio_of(reference) for reference in references.references])
    pairs = list(zip(references.references, as_audio.references, strict=True))
    timed = share_duration(as_audio, envelope, options)
    files = [_file(*pair, tight, options) for pair, tight in zip(pairs, timed, strict=True)]
    shared = share_size(as_audio, [_size(file) for file in files], timed)
    return [
        file if tight is before else _file(*pair, tight, options)
        for file, pair, before, tight in zip(files, pairs, timed, shared, strict=True)
    ]


def _size(file: FilePlan) -> float:
    """Bytes that the file has, or will have where its video is encoded."""
    size, media = kept_size(file.reference), file.predicted.media
    encoded = isinstance(media, Video) and any(isinstance(step, Encode) for step in file.steps)
    return min(size, SIZE_PER_SECOND * (file.predicted.duration or 0)) if encoded else size


def _stay(file: FilePlan, references: ReferenceSet) -> FilePlan:
    """The same plan; a URL stays one where nothing is fixed and it is not to travel inside."""
    reference = file.reference
    wanted = reference.usable and reference.slot in references.inline
    stays = reference.source.url and not file.steps and not wanted
    usable = reference.usable or not reference.checked
    return file.model_copy(update={"remote": True}) if stays and usable else file


def _dropped(reference: Reference) -> FilePlan:
    return FilePlan(reference=reference, steps=(Drop(),), predicted=reference)


def _audio_of(reference: Reference) -> Reference:
    """A video in an audio slot, as the audio that it holds."""
    media = reference.media
    if reference.kind == "audio" and isinstance(media, Video) and media.audio_codec:
        return reference.model_copy(update={"media": ExtractAudio().predict(media)})
    return reference


def _file(
    reference: Reference, as_audio: Reference, envelope: Envelope, options: Options
) -> FilePlan:
    extract = [ExtractAudio()] if as_audio is not reference else []
    steps = gated([*extract, *_fit(as_audio, envelope, options)], options) or _rename(reference)
    if not steps:  # a window that is left keeps the whole file
        whole = reference.model_copy(update={"window": None}) if reference.usable else reference
        return FilePlan(reference=reference, steps=(), predicted=whole)
    assert not isinstance(reference.media, Unreadable | Unchecked)
    media = predict(reference.media, steps)
    written = {"media": media, "window": None, "written_suffix": formats.suffix_of(media.format)}
    predicted = reference.model_copy(update=written)
    return FilePlan(reference=reference, steps=tuple(steps), predicted=predicted)


def gated(steps: Sequence[Step], options: Options) -> Sequence[Step]:
    """The steps; none of them where one is not permitted.

    Fitters ask `permitted` before they choose a step. One that forgets to ask changes nothing: its
    file keeps its findings, and the advice on them names the option.
    """
    return steps if all(permitted(step, options) for step in steps) else ()


def _rename(reference: Reference) -> list[Step]:
    """The right suffix for a file whose bytes stay as they are."""
    name = reference.media.format
    wrong = reference.usable and name and not formats.belongs(reference.suffix, name)
    return [Rename(suffix=formats.suffix_of(str(name)))] if wrong else []


def _fit(reference: Reference, envelope: Envelope, options: Options) -> Sequence[Step]:
    fitter = FITTERS.get(type(reference.media)) if reference.usable else None
    return fitter(reference, envelope, options) if fitter else ()


FITTERS: dict[type, Fitter] = {Image: image.fit, Video: video.fit, Audio: audio.fit}
"Which function fits each kind of media."
