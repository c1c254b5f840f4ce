"""What providers say, by kind: short texts of errors from public documentation, issues and clients.

Each is as `error_text` hands it on: places, codes and sentences of an answer, joined by a colon.
"""

NOT_VALID = "InvalidParameter: The parameter `content[{n}]` specified in the request is not valid: "
SEEDANCE = " for model dreamina-seedance-2-0 in r2v. Request id: 0217"
FOLLOWS = "For this task type, the output ratio and duration follow the input video selected."

WORDINGS: dict[tuple[str, str | None], tuple[str, ...]] = {
    ("frame-ratio", "aspect-ratio"): (
        "The parameter ratio specified in the request is not valid. For first-frame or "
        "first-last-frame generation, the output ratio follows the first-frame image.",
        "InvalidParameter.TaskTypeConstraint: the output ratio follows the first frame image",
    ),
    ("task-mismatch", "edit-like-prompt"): (
        "InvalidParameter.TaskTypeMismatch: The specified task type does not match.",
        "The parameter inner_generation_options.pe_classification specified in the request is not "
        "valid: You requested the reference generation task type, but Seedance classified your "
        "task as video extension based on your prompt and input",
    ),
    ("extend-task", "edit-like-prompt"): (
        "Seedance identified your task as video extension based on your prompt.",
    ),
    ("edit-task", "edit-like-prompt"): (
        "InvalidParameter.TaskTypeConstraint",
        "The parameters `ratio` and `duration` specified in the request are not valid. Seedance "
        f"identified your task as video editing based on your prompt. {FOLLOWS} Issues: "
        "[0] `ratio` must be `adaptive`. [1] `duration` must be -1.",
        "The parameter `duration` specified in the request is not valid. Seedance identified your "
        f"task as video editing based on your prompt. {FOLLOWS}",
        "InvalidParameter.TaskTypeConstraint: ratio is invalid",
        "Seedance identified your task as video editing; ratio must be adaptive.",
    ),
    ("mixed-modes", "slot-conflict"): (
        "InvalidParameter: first/last frame content cannot be mixed with reference media content.",
    ),
    ("missing-role", "request-shape"): (
        "40000002 role must be specified for image contents",
        "The parameter `content` specified in the request is not valid: role must be specified for "
        "image contents. Request id: 0217",
        "requires audio role to be reference_audio",
        "InvalidArgumentError.UnknownRole: The role of message is not supported.",
    ),
    ("asset", "asset-media"): (
        "The parameter `content[1].image_url.url` specified in the request is not valid: "
        "The specified asset asset-20261001000000-abcde is not found",
        "The specified asset is not found",
    ),
    ("fetch", "media-unreachable"): (
        "InvalidParameter: The parameter `content[1].image_url` specified in the request is not "
        "valid: timeout while fetching resource. Request id: 0217",
        "resource download failed",
        "1001: Failed to download your reference video. Please replace it or try again.",
        "body.video_urls: file_download_error: Failed to download the file. Please check the URL",
        "body.image_urls.0: Could not download image from https://example.org/a.jpg",
        "download of https://example.org/b.mp4 timed out",
        "the video is not accessible",
        "failed to fetch https://example.org/c.mp4: link has expired",
    ),
    ("aged-out", None): (
        "invalid task_id (2013)",
        "The specified task cgt-2026-abc is not found",
        "Generation not found",
        "ResourceNotFound",
        "Request has expired",
        "the video link has expired",
    ),
    ("faces", None): (
        "InputImageSensitiveContentDetected.PrivacyInformation: the image may contain real person",
        "The request failed because the input video may contain real person.",
        "The request failed because the input image 'content[1]' 'content[3]' may contain real "
        "person. Request id: 0217",
        "body.image_urls: The images or videos provided may contain likenesses of real people or "
        "other private information that cannot be processed.: content_policy_violation: "
        "partner_validation_failed",
        "photorealistic people detected",
    ),
    ("output-audio", None): (
        "OutputAudioSensitiveContentDetected: output audio may contain sensitive information",
        "OutputAudioSensitiveContentDetected.PolicyViolation: The request failed because the "
        "output audio may be related to copyright restrictions.",
        "body.generated_video: Output audio has sensitive content.: content_policy_violation: "
        "partner_validation_failed",
        "The generated audio did not pass review. Please modify your prompt or inputs.",
    ),
    ("output", None): (
        "OutputVideoSensitiveContentDetected: The request failed because the output video may "
        "contain sensitive information.",
        "The request failed because the output video may be related to copyright restrictions",
        "body.generated_video: Output video has sensitive content.: content_policy_violation",
        "The generated video did not pass review. Please modify your prompt or inputs.",
        "OutputVideoCopyright",
        "OutputImageRiskDetection",
    ),
    ("input-prompt", None): (
        "InputTextSensitiveContentDetected.PolicyViolation: the input text may violate rules",
        "The request failed because the input text 'content[0]' may contain sensitive information.",
        "Input Prompt violates policy",
        "unprocessable_entity_error: video description contains sensitive content (1026)",
        "DataInspectionFailed - Green net check rejected text (input)",
        "body.prompt: The content was flagged by a content checker.: content_policy_violation",
        "Your prompt was caught by our AI moderator. Please adjust it and try again!",
    ),
    ("input-media", None): (
        "InputVideoSensitiveContentDetected: the input video may contain sensitive information",
        "The request failed because the input image 'content[1]' may be related to copyright "
        "restrictions. Request id: 0217",
        "Input ImageInfos contains prohibited content.",
        "Your uploaded video may contain sensitive content. Please use a different video.",
        "DataInspectionFailed - Green net check failed for image (input)",
        "Reference image 1 failed review. Please replace it.",
        "InputImageRiskDetection",
    ),
    ("moderation", None): (
        "SensitiveContentDetected.Violence",
        "Content was flagged by the safety system. Try different prompts or inputs.",
        "content_policy_violation",
        "The input or output was flagged as sensitive. Please try again with different inputs.",
        "partner_validation_failed",
    ),
    ("balance", None): (
        "AccountOverdueError: The request failed because your account has an overdue balance.",
        "OperationDenied.ServiceOverdue",
        "User is locked. Reason: Exhausted balance. Top up your balance at fal.ai",
        "insufficient credits",
        "insufficient_balance_error: insufficient balance (1008)",
        "not enough credits",
        "HTTP 402 Payment Required",
    ),
    ("quota", None): (
        "QuotaExceeded: The request has exceeded the quota.",
        "QuotaExceeded: Your account has exhausted the free trial quota for the model",
        "RateLimitExceeded.EndpointRPMExceeded",
        "SetLimitExceeded: Your account has reached the set inference limit for the model",
        "InflightBatchsizeExceeded",
        "rate_limit_error: rate limit, please retry later (1002)",
        "Rate limit reached for Concurrency",
        "Too many requests",
        "reached the concurrent requests limit",
    ),
    ("access", None): (
        "ModelNotOpen: Your account has not activated the model service.",
        "InvalidEndpointOrModel.NotFound: The model or endpoint does not exist or you do not have "
        "access to it.",
        "Model not found: nope",
        "AccessDenied",
    ),
    ("generate-audio", "generate-audio"): (
        "body.generate_audio: Input should be a valid boolean",
    ),
    ("audio-only", "audio-only"): (
        "If audio is provided, at least one reference image or video is required.",
        "reference_audio must be used together with reference images or reference videos",
        "reference_audio cannot be the only reference",
        "audio-only input is not supported",
    ),
    ("file-count", "file-count"): (
        "Total files across all modalities must not exceed 12.",
        "too many reference media for this model",
    ),
    ("image-count", "image-count"): (
        "body.image_urls: List should have at most 9 items after validation, not 10: too_long",
        "body.image_urls: sequence_too_long",
        "Too many images in request: 11 images provided, but a maximum of 10 images is supported.",
        "the number of reference images must be at most 9",
        "Image count 10 exceeds limit 9 per request.",
    ),
    ("video-count", "video-count"): (
        "body.video_urls: List should have at most 3 items after validation, not 4: too_long",
        "the number of reference videos must be less than or equal to 3",
        "too many reference videos",
    ),
    ("audio-count", "audio-count"): (
        "body.audio_urls: List should have at most 3 items after validation, not 4: too_long",
        "the number of reference audios must be less than or equal to 3",
    ),
    ("video-pixels", "video-pixels"): (
        "The parameter video pixel count must be between 407696 and 2086876",
        NOT_VALID.format(n=1) + "the parameter video pixel count specified in the request must be "
        "greater than or equal to 409600" + SEEDANCE,
        "InvalidParameter.PixelCountTooSmall: Pixel count must be between 407696 and 8295044.",
    ),
    ("image-pixels", "image-pixels"): (
        "Image pixel is invalid",
        "the pixel count >= 90000 is needed",
    ),
    ("video-dimensions", "video-dimensions"): (
        "the video width must be between 300 and 6000",
    ),
    ("image-dimensions", "image-dimensions"): (
        "InvalidParameter: image width and height must be at least 300px",
        "Reference material @Image1 could not be prepared: Width must be between 300px and 6000px",
        "body.image_urls.0: image_too_small: Image dimensions are too small",
    ),
    ("video-aspect-ratio", "video-aspect-ratio"): (
        "the aspect ratio of the video must be between 0.4 and 2.5",
        NOT_VALID.format(n=4) + "the parameter video aspect ratio specified in the request must be "
        "less than or equal to 2.5" + SEEDANCE,
    ),
    ("image-aspect-ratio", "image-aspect-ratio"): (
        "The parameter `image aspect ratio` must be between 0.39 and 2.5",
        "aspect ratio must be between 0.4 and 2.5",
    ),
    ("audio-total-duration", "audio-total-duration"): (
        "The parameter `content` specified in the request is not valid: the parameter audio total "
        "duration (seconds) specified in the request must be less than or equal to 30.2",
        "combined audio duration must not exceed 15 seconds",
    ),
    ("video-total-duration", "video-total-duration"): (
        "total duration of reference videos must not exceed 15.2 seconds",
        "reference_video total duration 60.0s exceeds max 15s",
        "The parameter `content` specified in the request is not valid: the parameter video total "
        "duration (seconds) specified in the request must be less than or equal to 30.2",
        "input_video_duration(15.0s) + duration(23.0s) = 38.0s exceeds 30s limit",
    ),
    ("audio-duration", "audio-duration"): (
        "audio duration must be between 1.8 and 15.2",
        NOT_VALID.format(n=7) + "the parameter audio duration (seconds) specified in the request "
        "must be less than or equal to 15.2" + SEEDANCE,
        "Each reference audio must be between 2 and 30 seconds",
        "body.audio_urls: audio_duration_too_short",
    ),
    ("video-duration", "video-duration"): (
        "video duration (seconds) must be between 1.8 and 15.2",
        NOT_VALID.format(n=3) + "the parameter video duration (seconds) specified in the request "
        "must be less than or equal to 15.2" + SEEDANCE,
        "content[1].video_url: invalid param: video duration 52838 ms, expected [2000, 15000] ms",
        "Each reference video must be between 2 and 30 seconds",
        "reference_video_urls duration must be between 1 and 15 seconds",
        "body.video_urls: video_duration_too_long",
        "https://example.org/clip.mp4 duration should be at most 15s, got 23.0s",
    ),
    ("video-fps", "video-fps"): ("the video frame rate must be between 24 and 60",),
    ("audio-codec", "audio-codec"): (
        "The parameter audio format specified in the request is not valid",
        NOT_VALID.format(n=4) + "the parameter audio format specified in the request is not valid"
        + SEEDANCE,
        "body.audio_urls: unsupported_audio_format",
    ),
    ("video-format", "video-format"): (
        "body.video_urls: unsupported_video_format",
        "the video codec is not supported",
    ),
    ("image-format", "image-format"): (
        "image format is not supported",
        "body.image_urls: unsupported_image_format",
    ),
    ("audio-size", "audio-file-size"): ("audio file must be at most 15 MB",),
    ("image-size", "image-file-size"): (
        "image size must be at most 30 MB",
        "body.image_urls: file_too_large",
    ),
    ("file-size", None): ("file_too_large: File size exceeds the limit",),
    ("request-size", "request-size"): ("body exceeds 64 MB", "413 Request Entity Too Large"),
    ("inline-media", "inline-media"): (
        "reference_video must be provided as a web url",
        "InvalidImageURL.InvalidFormat: Invalid base64 image url.",
    ),
    ("broken-file", "file-corrupt"): (
        "input media detect failed: invalid_media",
        "Input 0 data is invalid (too short), index:1",
        "body.image_urls.0: image_load_error: Failed to load the image",
        "invalid image content",
    ),
    ("prompt-missing", "prompt-missing"): (
        "The parameter `content[0].text.text` specified in the request is not valid: text content "
        "must contain at least one character",
        "bad_request_error: invalid params, content must include a non-empty text item "
        "(prompt is required) (2013)",
        "body.prompt: Field required: missing",
    ),
    ("prompt-length", "prompt-length"): (
        "body.prompt: String should have at most 2500 characters: string_too_long",
    ),
    ("duration", "duration"): (
        "body.duration: Input should be 'auto', '4' or '5'",
        "The parameter duration specified in the request is not valid for model "
        "dreamina-seedance-2-0 in t2v Request id: 0217",
    ),
    ("aspect-ratio", "aspect-ratio"): (
        "body.aspect_ratio: Input should be 'auto'",
        "The parameter ratio specified in the request is not valid",
    ),
    ("resolution", "resolution"): (
        "body.resolution: Input should be '480p', '720p' or '1080p'",
        "the parameter resolution specified in the request is not valid for model "
        "dreamina-seedance-2-0-mini in r2v",
        "resolution is not within the range of allowed options",
        "Input should be '1080P', '720P' or '480P': parameters.resolution",
    ),
    ("seed", "seed"): ("body.seed: Input should be a valid integer",),
    ("parameter", "parameter"): (
        "body.color: Extra inputs are not permitted: extra_forbidden",
        "the specified parameter camera_fixed is not supported for model "
        "dreamina-seedance-2-0-mini in r2v, must be empty",
        "invalid_request: num_generations must be an integer between 1 and 4",
        "MissingParameter: The request is missing one or multiple required parameters.",
    ),
    ("key", None): (
        "AuthenticationError: The API key or AK/SK in the request is missing or invalid.",
        "authorized_error: login fail: Please carry the API secret key (1004)",
        "unauthenticated",
    ),
    ("not-cancelled", None): ("TaskRunningCannotCancel", "ALREADY_COMPLETED"),
    ("cancelled", None): ("cancelled", "client_cancelled", "The request was cancelled"),
    ("service", None): (
        "InternalServiceError: The service encountered an unexpected internal error.",
        "request_timeout: Request timed out",
        "runner_disconnected",
        "startup_timeout",
        "downstream_service_error",
        "ServerOverloaded",
        "the server is busy",
        "task time out.",
        "Service temporarily unavailable. Please try again later.",
    ),
}  # fmt: skip
"By the name of the row and its rule."

OWN: dict[tuple[str, str, str | None], tuple[str, ...]] = {
    ("oxen-seedance-2.0", "video-size", "video-total-size"): (
        "video size must be at most 52428800 bytes",
    ),
    ("fal-seedance-2.0", "video-size", "video-total-size"): (
        "body.video_urls: file_too_large",
    ),
    ("byteplus-seedance-2.0", "video-size", "video-file-size"): (
        "video size must be at most 200 MB",
    ),
    ("byteplus-seedance-2.0", "expired", None): ("expired", "task timed out"),
    ("byteplus-seedance-2.5", "expired", None): ("expired",),
    ("fal-seedance-2.0", "aged-out", None): ("expired",),
    ("minimax-h3", "aged-out", None): ("bad_request_error: invalid task_id",),
}  # fmt: skip
"By the envelope, the name of the row and its rule: where providers differ."
