#!/usr/bin/env bash
# Compares two cost tables. Reads BASELINE, OPTIMIZED, FAIL_ON (one gate a line), SILENT_BELOW and VERSION; writes
# comment.md and exit-code into OUT_DIR. Ends well whatever the gates say: the last step of the action ends with the code.
set -euo pipefail

arguments=(diff --baseline "$BASELINE" --optimized "$OPTIMIZED" --format github-comment)
while IFS= read -r gate; do
  [ -z "$gate" ] || arguments+=(--fail-on "$gate")
done <<<"${FAIL_ON:-}"
[ -z "${SILENT_BELOW:-}" ] || arguments+=(--silent-below "$SILENT_BELOW")

read -r -a tokenop <<<"${TOKENOP:-npx --yes @kalmantic/tokenop@${VERSION:-latest}}"
code=0
"${tokenop[@]}" "${arguments[@]}" >"$OUT_DIR/comment.md" || code=$?
printf '%s\n' "$code" >"$OUT_DIR/exit-code"
# A gate that does not hold (3) still has a comment; anything else that failed has none.
[ "$code" -eq 0 ] || [ "$code" -eq 3 ] || : >"$OUT_DIR/comment.md"
cat "$OUT_DIR/comment.md"
[ -z "${GITHUB_STEP_SUMMARY:-}" ] || cat "$OUT_DIR/comment.md" >>"$GITHUB_STEP_SUMMARY"
