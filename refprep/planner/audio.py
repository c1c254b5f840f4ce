"""Planning a sound: the part that is kept, and PCM16 WAV or MP3."""

from refprep.models.envelope import Envelope
from refprep.models.media import Audio
from refprep.models.reference import Reference
from refprep.models.steps import Encode, Step, predict
from refprep.options import Options
from refprep.planner import fit_time

WAV_HEADER = 44
MP3_RATES = (32_000, 44_100, 48_000)
SAMPLE_RATES = range(8_000, 48_001)


def fit(reference: Reference, envelope: Envelope, options: Options) -> list[Step]:
    """No step where the audio meets the limits; else the part that is kept, encoded."""
    sound = reference.media
    assert isinstance(sound, Audio)
    trims = fit_time.fit(reference, envelope, options)
    timed: list[Step] = [*trims, *fit_time.lengthen(reference, trims, envelope, options)]
    demands = {
        "audio-format": sound.format,
        "audio-codec": sound.audio_codec,
        "audio-file-size": sound.size,
    }
    fits = all(envelope.bound(rule).limit.admits(fact) for rule, fact in demands.items())
    if fits and not timed and fit_time.whole(reference, envelope):
        return []
    after = predict(sound, timed)
    assert isinstance(after, Audio)
    return [*timed, encoding(after, envelope)]


def encoding(sound: Audio, envelope: Envelope) -> Encode:
    """WAV where it fits, for nothing is lost; MP3 where WAV is too heavy or is not taken."""
    channels = min(sound.channels or 2, 2)
    rate = sound.sample_rate if sound.sample_rate in SAMPLE_RATES else 48_000
    most = int(envelope.range("audio-file-size").nearest(1 << 62))
    weight = WAV_HEADER + 2 * channels * round((sound.duration or 0) * (rate or 48_000) + 1)
    if weight <= most and envelope.one_of("audio-format").admits("WAV"):
        known = {"format": "WAV", "audio_codec": "pcm_s16le", "max_size": weight}
    else:
        known = {"format": "MP3", "audio_codec": "mp3", "max_size": most}
        rate = rate if rate in MP3_RATES else 48_000
    return Encode.model_validate({**known, "sample_rate": rate, "channels": channels})
