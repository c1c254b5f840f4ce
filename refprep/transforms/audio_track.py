"""The sound of a clip, written as AAC."""

from typing import Any

from av.container import OutputContainer

from refprep.models.media import Video
from refprep.transforms import filters
from refprep.transforms.tracks import Track

SOUND_BIT_RATE = 192_000
AAC_FRAME = 1024
"Samples of an AAC packet: the grain in which sound ends."


def sound_track(output: OutputContainer, predicted: Video) -> Track:
    """The track for the sound, as the plan predicts it."""
    rate, channels = predicted.sample_rate or 48_000, predicted.channels or 2
    encoder: Any = output.add_stream("aac", rate=rate, layout="mono" if channels == 1 else "stereo")
    encoder.bit_rate = SOUND_BIT_RATE // 2 * channels
    # the last packet may overhang by its whole length, and no reader may see it past the end
    seconds = (predicted.duration or 0.0) - AAC_FRAME / rate
    chain = filters.sound(max(0.1, seconds), rate, channels)
    return Track(output, encoder, lambda frame: chain)
