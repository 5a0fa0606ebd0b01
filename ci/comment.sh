#!/usr/bin/env bash
# Keeps one comment of ours on a pull request. Reads OUT_DIR/comment.md, REPOSITORY (owner/name), PULL_REQUEST (number)
# and GH_TOKEN. An empty comment removes the one that is there: what it said does not hold any more.
set -euo pipefail

case "$PULL_REQUEST" in
  '' | *[!0-9]*) echo "Not a pull request; no comment."; exit 0 ;;
esac
mark='<!-- tokenop-diff -->'
existing=$(gh api --paginate "repos/$REPOSITORY/issues/$PULL_REQUEST/comments" \
  --jq ".[] | select(.body | startswith(\"$mark\")) | .id" | head -n 1)

if [ ! -s "$OUT_DIR/comment.md" ]; then
  [ -z "$existing" ] || gh api --method DELETE "repos/$REPOSITORY/issues/comments/$existing"
  echo "Nothing to say."
elif [ -n "$existing" ]; then
  gh api --method PATCH "repos/$REPOSITORY/issues/comments/$existing" --field body=@"$OUT_DIR/comment.md" >/dev/null
  echo "Updated comment $existing."
else
  gh api --method POST "repos/$REPOSITORY/issues/$PULL_REQUEST/comments" --field body=@"$OUT_DIR/comment.md" >/dev/null
  echo "Commented."
fi
