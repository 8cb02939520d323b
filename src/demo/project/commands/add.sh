last=$(note_ids | tail -n 1)
id=$((${last:-0} + 1))
printf '%s\n' "$*" >"$NOTES_DIR/$id"
echo "$id"
