"""Planning an audio: the part that is kept, as PCM16 WAV or MP3."""

from refprep.models.envelope import Envelope
from refprep.models.media import Audio
from refprep.models.reference import Reference
from refprep.models.steps import Encode, Step, predict
from refprep.options import Options
from refprep.planner import fit_time

WAV_HEADER = 44
"Bytes."
MP3_RATES = (32_000, 44_100, 48_000)
SAMPLE_RATES = range(8_000, 48_001)


def fit(reference: Reference, envelope: Envelope, options: Options) -> list[Step]:
    """No step where the audio meets the limits; else the part that is kept, encoded."""
    audio = reference.media
    assert isinstance(audio, Audio)
    trims = fit_time.fit(reference, envelope, options)
    timed: list[Step] = [*trims, *fit_time.lengthen(reference, trims, envelope, options)]
    facts = {
        "audio-format": audio.format,
        "audio-codec": audio.audio_codec,
        "audio-file-size": audio.size,
    }
    fits = all(envelope.bound(rule).limit.admits(fact) for rule, fact in facts.items())
    if fits and not timed and fit_time.intact(reference, envelope):
        return []
    after = predict(audio, timed)
    assert isinstance(after, Audio)
    return [*timed, encoding(after, envelope)]


def encoding(audio: Audio, envelope: Envelope) -> Encode:
    """WAV where it fits: nothing is lost; MP3 where WAV is too large or not accepted."""
    channels = min(audio.channels or 2, 2)
    rate = audio.sample_rate if audio.sample_rate in SAMPLE_RATES else 48_000
    max_size = int(envelope.range("audio-file-size").nearest(1 << 62))
    wav_size = WAV_HEADER + 2 * channels * round((audio.duration or 0) * (rate or 48_000) + 1)
    targets = envelope.targets_of("audio")
    if "WAV" in targets and (wav_size <= max_size or "MP3" not in targets):
        facts = {"format": "WAV", "audio_codec": "pcm_s16le", "max_size": wav_size}
    else:
        facts = {"format": "MP3", "audio_codec": "mp3", "max_size": max_size}
        rate = rate if rate in MP3_RATES else 48_000
    return Encode.model_validate({**facts, "sample_rate": rate, "channels": channels})
