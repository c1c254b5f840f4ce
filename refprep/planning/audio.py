"""Planning a sound: the part that is kept, and PCM16 WAV or MP3."""

from refprep.consent import Consent
from refprep.envelope import Envelope
from refprep.lineup import Entry
from refprep.media import Audio
from refprep.planning import time
from refprep.planning.steps import Encode, Step, predict

WAV_HEADER = 44
MP3_RATES = (32_000, 44_100, 48_000)
SAMPLE_RATES = range(8_000, 48_001)


def fit(entry: Entry, sound: Audio, envelope: Envelope, consent: Consent) -> list[Step]:
    """No step where the sound lies inside already; else its part, written anew."""
    trims = time.fit(entry, envelope, consent)
    timed: list[Step] = [*trims, *time.lengthen(entry, trims, envelope, consent)]
    demands = {
        "audio-format": sound.format,
        "audio-codec": sound.audio_codec,
        "audio-bytes": sound.bytes,
    }
    fits = all(envelope.bound(rule).limit.admits(fact) for rule, fact in demands.items())
    if fits and not timed and time.whole(entry, envelope):
        return []
    after = predict(sound, timed)
    assert isinstance(after, Audio)
    return [*timed, encoding(after, envelope)]


def encoding(sound: Audio, envelope: Envelope) -> Encode:
    """WAV where it fits, for nothing is lost; MP3 where WAV is too heavy or is not taken."""
    channels = min(sound.channels or 2, 2)
    rate = sound.sample_rate if sound.sample_rate in SAMPLE_RATES else 48_000
    most = int(envelope.range("audio-bytes").nearest(1 << 62))
    weight = WAV_HEADER + 2 * channels * round((sound.seconds or 0) * (rate or 48_000) + 1)
    if weight <= most and envelope.one_of("audio-format").admits("WAV"):
        known = {"format": "WAV", "audio_codec": "pcm_s16le", "bytes": weight}
    else:
        known = {"format": "MP3", "audio_codec": "mp3", "bytes": most}
        rate = rate if rate in MP3_RATES else 48_000
    return Encode.model_validate({**known, "sample_rate": rate, "channels": channels})
