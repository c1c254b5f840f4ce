#!/usr/bin/env bash
# Send this bundle, follow the generation, and fetch what it gives, with bash and curl:
#
#   bash submit.sh [--mode sync|async|sse] [--resume] [-o DIR]
#
# The key is read from the environment and written nowhere. Media that lie only in this folder are
# first put into a repository of yours, under names made of their content. All that comes of it is
# written beside this folder, into one whose name ends in -result. There a generation is kept as
# soon as it is known, and --resume follows it without paying again.
# Exit codes: 0 fetched; 1 refused, or the bundle was changed; 2 it could not be done.
set -feuo pipefail
FROM=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")"

#settings#

KEY=${!KEY_NAME:-}
KEY=${KEY//[[:space:]]/}
IFS=/ read -r OWNER NAME BRANCH <<<"$([[ -z $REPO_NAME ]] || printf '%s' "${!REPO_NAME:-}")"
PLACE=$(pwd -P)-result
KEPT=$PLACE/generation.json
MODE=async RESUME='' LISTENER='' FETCHED='' FAILURES=''
WORK=$(mktemp -d)

tell() { printf '%s\n' "submit.sh: $1" >&2; }
stop() { # CODE LINE
  local onward=''
  [[ ! -e $KEPT || $2 == *--resume* ]] || onward='; the generation goes on: --resume follows it'
  tell "$2$onward"
  exit "$1"
}
leave() { # scraps go, and so does the listener
  [[ -z $LISTENER ]] || kill "$LISTENER" 2>/dev/null || true
  rm -rf "$WORK"
}
trap leave EXIT
trap 'stop 130 interrupted' INT TERM

sum() { if command -v sha256sum >/dev/null; then sha256sum; else shasum -a 256; fi <"$1" | cut -c1-64; }
secure() { # URL: https, or on this very machine
  case $1 in
    https://* | http://127.0.0.1[:/]* | http://localhost[:/]*) printf '%s' "$1" ;;
    *) stop 2 "${1%%\?*}: is not https; nothing was sent" ;;
  esac
}
at() { # URL, moved to REFPREP_BASE_URL if that is set
  local url=$1
  [[ -z $1 || $1 == '{'* || -z ${REFPREP_BASE_URL:-} ]] || url="${REFPREP_BASE_URL%/}/${1#*://*/}"
  printf '%s' "$url"
}
host() { # URL: scheme://host of it, in $HOST
  HOST=${1#*://}
  HOST=${1%%://*}://${HOST%%/*}
}
values() { # NAMES FILE: the strings under these names (a|b) anywhere in JSON, a line each
  tr '\r\n' '  ' <"$2" | { grep -oE "\"($1)\"[[:space:]]*:[[:space:]]*\"([^\"\\\\]|\\\\.)*\"" || true; } |
    sed -E 's/^"[^"]*"[[:space:]]*:[[:space:]]*"//; s/"$//; s#\\/#/#g; s/\\u0026/\&/g'
}
first() { values "$1" "$2" | sed -n 1p; }
words() { # FILE: what it says of an error, in any of the documented shapes
  values 'code|title|detail|message|msg|error|error_message' "$1" |
    awk '!had[$0]++ { printf "%s%s", between, $0; between = ": " }'
}
keyed() { # URL: the header with the key, for the provider's own hosts; a command line is no secret
  local key=${KEY//\\/\\\\}
  host "$1"
  [[ $HOMES != *" $HOST "* ]] || printf 'header = "Authorization: %s %s"\n' "$SCHEME" "${key//\"/\\\"}"
}

call() { # METHOD URL [curl options]: the answer is in $WORK/answer; again after growing pauses
  local method=$1 url=$2 pause=$PAUSE round=0 failed status why content
  shift 2
  while :; do
    failed=0 status=0
    status=$(curl -sS -X "$method" -o "$WORK/answer" -w '%{http_code}' --connect-timeout "$STALL" \
      --speed-limit 1 --speed-time "$STALL" -K <(keyed "$url") "$@" "$url" 2>"$WORK/error") || failed=$?
    if grep -qF -f <(printf '%s' "$KEY") "$WORK/answer" 2>/dev/null; then
      content=$(<"$WORK/answer") && printf '%s' "${content//"$KEY"/***}" >"$WORK/answer"
    fi
    host "$url"
    why="$HOST answers $status"
    case $failed:$status in
      0:2*) return ;;
      0:429 | 0:500 | 0:502 | 0:503) ((round < RETRIES)) || refused "$status" "$why" ;;
      0:*) refused "$status" "$why" ;;
      *)
        why=$(sed -n 1p "$WORK/error")
        # 6 and 7: no host, no connection, so nothing was sent. Anything else may have been paid for.
        [[ $method != POST || $failed == [67] ]] ||
          stop 2 "the request was sent and its answer was lost; it may be under way, so it is not sent again ($why)"
        ((round < RETRIES)) || stop 2 "$why"
        ;;
    esac
    tell "$why; again in $pause s"
    sleep "$pause"
    round=$((round + 1)) pause=$(awk "BEGIN { print 2 * $pause }")
  done
}
refused() { # STATUS WHY
  local means='' code=2 said
  case $1 in
    401) means=": the key in $KEY_NAME is not accepted" ;;
    403) means=": the key in $KEY_NAME is not allowed to do this" ;;
    404) means=': there is no such model, repository or generation' ;;
    413) means=': the body is too large' ;;
    422) means=': the request is refused' ;;
  esac
  case $1 in 400 | 413 | 422) code=1 ;; esac
  said=$(words "$WORK/answer")
  stop "$code" "$2$means${said:+: $said}"
}
reach() { # URL: the status that anybody gets who reads a byte of it, without the key
  curl -sS -r 0-0 -o /dev/null -w '%{http_code}' --retry "$RETRIES" --max-time "$STALL" "$1" 2>/dev/null || true
}

intact() { # every file is there, and is what was packed
  local digest path
  [[ -r request.json ]] || stop 1 'request.json: is not there; nothing was sent'
  while read -r digest path; do
    [[ -z $path ]] || { [[ -r $path ]] && [[ $(sum "$path") == "$digest" ]]; } ||
      stop 1 "$path: is not what was packed; nothing was sent"
  done <<<"$FILES"
  while read -r path; do
    [[ -z $path || $FILES == *" $path"* ]] || stop 1 "$path: is not what was packed; nothing was sent"
  done <<<"$(grep -oE '"media/[^"\\]+"' request.json | tr -d '"')"
}
publish() { # put up what lies only here, each content once; all must be there for anybody to read
  local digest path name url status
  while read -r digest path; do
    [[ -n $path ]] && grep -qF "\"$path\"" "$WORK/body" || continue
    [[ -n $UPLOAD && -n $NAME ]] || stop 2 "$path: not published; $PUBLISH; nothing was sent"
    name="${digest:0:16}.${path##*.}"
    url=$(sed "s#{repo}#$OWNER/$NAME#; s#{branch}#${BRANCH:-main}#; s#{path}#$name#" <<<"$UPLOAD")
    if [[ $(reach "$url") != 20[06] ]]; then
      tell "$path -> $url"
      call PUT "$url" -F "file=@$path;filename=$name" -F "message=Add $name" -F name=refprep -F email=refprep@localhost
    fi
    sed "s#\"$path\"#\"$url\"#g" "$WORK/body" >"$WORK/next"
    mv "$WORK/next" "$WORK/body"
  done <<<"$FILES"
  for url in $(grep -oE '"https?://[^"\\]+"' "$WORK/body" | tr -d '"'); do
    secure "$url" >/dev/null
    status=$(reach "$url")
    [[ $status == 20[06] ]] || stop 2 "${url%%\?*}: answers $status: it has expired or is not public; nothing was enqueued"
  done
}
listen() { # begin to take down events; go on when the provider has answered
  local rounds=0
  curl -sSN --speed-limit 1 --speed-time "$STALL" -D "$WORK/head" -o "$WORK/events" -K <(keyed "$EVENTS") "$EVENTS" 2>/dev/null &
  LISTENER=$!
  until [[ -s $WORK/head ]] || ! kill -0 "$LISTENER" 2>/dev/null || ((rounds++ > 10 * STALL)); do sleep 0.1; done
}
heard() { # ID: the event that tells of a generation is in $WORK/answer
  awk -v name="$EVENT" -v id="\"$1\"" '{ sub(/\r$/, "") }
    /^event:/ { event = substr($0, 7); gsub(/ /, "", event) }
    /^data:/ { data = data substr($0, 6) }
    /^$/ { if (event == name && index(data, id)) { print data; exit }; event = data = "" }
  ' "$WORK/events" >"$WORK/answer" 2>/dev/null
  [[ -s $WORK/answer ]]
}
url() { # TEMPLATE ID: its {names} filled from what enqueueing answered
  local url part value
  url=$(at "$1")
  for part in $(grep -oE '[{][a-z_]+[}]' <<<"$1" | tr -d '{}'); do
    value=$2
    [[ $part == "$ID" ]] || value=$(first "$part" "$KEPT")
    url=${url/"{$part}"/"$value"}
  done
  secure "$url"
}
news() { # ID: its state is in $WORK/answer; 1 while the listener may yet hear of it
  local where
  if [[ -n $LISTENER ]]; then
    ! heard "$1" || return 0
    ! kill -0 "$LISTENER" 2>/dev/null || return 1
    tell 'the stream of events broke; asking instead'
    LISTENER=''
  fi
  where=$(url "$STATUS" "$1") || exit
  call GET "$where"
}
follow() { # every generation, to its end
  local waiting left id state end=$((SECONDS + WAIT))
  waiting=$(values "$ID" "$KEPT")
  while [[ -n $waiting ]]; do
    left=''
    for id in $waiting; do
      state=''
      ! news "$id" || state=$(first status "$WORK/answer")
      case " $DONE $FAILED " in
        *" ${state:-?} "*) ended "$id" "$state" ;;
        *) left+=" $id" ;;
      esac
    done
    waiting=$left
    [[ -z $waiting ]] || ((SECONDS < end)) || stop 2 "$waiting: has not ended after $WAIT s"
    [[ -z $waiting ]] || sleep "$([[ -n $LISTENER ]] && echo 0.2 || echo "$POLL")"
  done
}
ended() { # ID STATE
  local where said
  tell "$1: $2"
  if [[ " $FAILED " == *" $2 "* ]]; then
    said=$(words "$WORK/answer")
    FAILURES+="${FAILURES:+; }${said:-$2}"
    record
    return
  fi
  if [[ -n $RESULT ]]; then
    where=$(url "$RESULT" "$1")
    call GET "$where"
  fi
  fetch
}
record() { # the answer, for result.json
  [[ ! -s $WORK/answers ]] || echo , >>"$WORK/answers"
  sed -E 's/("b64_json"[[:space:]]*:[[:space:]]*")[^"]*/\1.../g' "$WORK/answer" >>"$WORK/answers"
}
fetch() { # every video that the answer names or holds, named by its content
  local links link
  record
  links=$(values "$URLS" "$WORK/answer" | awk '!had[$0]++')
  values b64_json "$WORK/answer" >"$WORK/coded"
  [[ -n $links || -s $WORK/coded ]] || stop 2 "the answer names no video: $(head -c 200 "$WORK/answer")"
  while read -r link; do
    printf '%s' "$link" | base64 -d >"$WORK/answer"
    place
  done <"$WORK/coded"
  for link in $links; do
    secure "$link" >/dev/null
    call GET "$link" -L
    place
  done
}
place() {
  local name
  name="video-$(sum "$WORK/answer" | cut -c1-12).mp4"
  mkdir -p "$PLACE"
  cp "$WORK/answer" "$PLACE/.$name.part"
  mv "$PLACE/.$name.part" "$PLACE/$name"
  FETCHED+="${FETCHED:+, }\"$name\""
  printf '%s\n' "$PLACE/$name"
}

while (($#)); do
  case $1 in
    --mode) MODE=${2:-} && shift ;;
    --resume) RESUME=yes ;;
    -o | --output) PLACE=$(cd "$FROM" && mkdir -p "${2:-}" && cd "$2" && pwd) KEPT=$PLACE/generation.json && shift ;;
    -h | --help) sed -n '2,10s/^# \{0,1\}//p' "${BASH_SOURCE[0]##*/}" && exit ;;
    *) stop 2 "$1: there is no such option; see --help" ;;
  esac
  shift
done
case $MODE in
  sync) WAY=$SYNC ;;
  async) WAY=$QUEUE ;;
  sse) WAY=$EVENTS ;;
  *) stop 2 "--mode $MODE: there are sync, async, sse" ;;
esac
intact
[[ -n $WAY ]] || stop 2 "$PROVIDER documents no way of $MODE; nothing was sent"
[[ -z $RESUME || -e $KEPT ]] || stop 2 "$KEPT: there is nothing to follow"
[[ -n $RESUME || ! -e $KEPT ]] ||
  stop 2 "$KEPT: a generation is not fetched yet: --resume follows it; delete this to pay for another"
[[ -n $KEY ]] || stop 2 "$KEY_NAME is not set; nothing was sent"
SYNC=$(at "$SYNC") QUEUE=$(at "$QUEUE") EVENTS=$(at "$EVENTS") UPLOAD=$(at "$UPLOAD")
HOMES=' '
for url in "$SYNC" "$QUEUE" "$UPLOAD"; do
  [[ -z $url ]] || secure "$url" >/dev/null
  host "$url" && HOMES+="$HOST "
done

cp request.json "$WORK/body"
[[ -n $RESUME ]] || publish
if [[ -n $RESUME ]]; then
  follow
elif [[ $MODE == sync ]]; then
  tell 'sent; the answer takes 5 to 15 minutes'
  call POST "$SYNC" -H 'Content-Type: application/json' --data-binary "@$WORK/body" --speed-time "$WAIT" --max-time "$WAIT"
  fetch
else
  [[ $MODE == async ]] || listen
  call POST "$QUEUE" -H 'Content-Type: application/json' --data-binary "@$WORK/body"
  [[ -n $(values "$ID" "$WORK/answer") ]] || stop 2 "the answer tells no generation: $(head -c 200 "$WORK/answer")"
  mkdir -p "$PLACE"
  cp "$WORK/answer" "$KEPT"
  tell "queued: $(values "$ID" "$KEPT" | paste -sd' ' -); kept in $KEPT"
  follow
fi
mkdir -p "$PLACE"
printf '{"files": [%s], "failed": [%s], "answers": [\n%s]}\n' "$FETCHED" "${FAILURES:+\"$FAILURES\"}" "$(cat "$WORK/answers")" >"$PLACE/result.json"
rm -f "$KEPT"
[[ -z $FAILURES ]] || stop 1 "the generation failed: ${FAILURES//\\\"/\"}"
